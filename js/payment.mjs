/** What a message changes about a payment or a refund that the merchant has stored. */

import { running, succeeded } from "./error.mjs";

/**
 * The state after a piece of news. It never moves backwards, so what comes late, twice or out of order changes nothing;
 * `conflict` tells of two final states that contradict each other, which somebody should look at.
 */
export function nextState(core, state, event, kind = "payment") {
  const { errors, warnings, ...next } = succeeded(running(core).ask("next_state", { kind, state, event }));
  return next;
}

/**
 * Compares a verified message with what is stored about the payment. Every difference has a code and points into the
 * message; an amount that is said and not stored is a warning.
 */
export function match(core, stored, message, { config = {}, language } = {}) {
  return running(core).ask("match", { config, stored, message, language });
}
