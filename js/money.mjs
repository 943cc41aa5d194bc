/** Money as digits of the currency's smallest unit, never as a floating-point number. */

import { CashierError } from "./error.mjs";

/** What a person typed ("1,234.50", USD) in minor units ("123450"). Throws when it is not an amount of that currency. */
export function parseAmount(core, text, currency) {
  const reply = core.ask("parse_amount", { text, currency });
  if (reply.errors.length) throw new CashierError(reply.errors);
  return reply.value;
}

/** Minor units ("123450", USD) for a person to read ("1,234.50"). */
export function formatAmount(core, value, currency) {
  const reply = core.ask("format_amount", { value, currency });
  if (reply.errors.length) throw new CashierError(reply.errors);
  return reply.text;
}

/** The currencies one may pay in, and those a merchant may be paid in, each with its number of decimals. */
export function currencies(core) {
  const { payment, settlement } = core.ask("currencies", {});
  return { payment, settlement };
}
