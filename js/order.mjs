/** Checking an order, written by a program or typed by a person. */

import { CashierError, running } from "./error.mjs";

/**
 * All problems of an order at once. Never throws for what the order says; an order beyond the size limit throws INPUT_TOO_LARGE.
 * With `time`, when the request would be sent, paymentExpiryTime is checked too.
 * @param {import("./core.mjs").Core} core
 */
export function validateOrder(core, order, { config = {}, language, time } = {}) {
  return judge(core, "validate_order", { config, order, language, time });
}

/**
 * The same for what a shopper typed into a form whose input names are the order's JSON pointers, as in
 * `{"/paymentAmount/value": "1,234.50"}`. Ids, addresses and the description are the merchant's to add and not asked for.
 * The reply's `order` is the draft, its amount in minor units.
 * @param {import("./core.mjs").Core} core
 */
export function validateForm(core, form, { config = {}, language } = {}) {
  return judge(core, "validate_form", { config, form, language });
}

function judge(core, operation, head) {
  try {
    return running(core).ask(operation, head);
  } catch (error) {
    if (!(error instanceof CashierError) || error.code !== "JSON_MALFORMED") throw error;
    return { valid: false, errors: error.errors, warnings: [] };
  }
}
