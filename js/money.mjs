/** Money as digits of the currency's smallest unit, never as a floating-point number. */

import { succeeded } from "./error.mjs";

/** What a person typed ("1,234.50", USD) in minor units ("123450"). Throws when it is not an amount of that currency. */
export function parseAmount(core, text, currency) {
  return succeeded(core.ask("parse_amount", { text, currency })).value;
}

/** Minor units ("123450", USD) for a person to read ("1,234.50", or "1.234,50" with the locale "de"). */
export function formatAmount(core, value, currency, locale) {
  return succeeded(core.ask("format_amount", { value, currency, locale })).text;
}

/** The currencies one may pay in, and those a merchant may be paid in, each with its number of decimals. */
export function currencies(core) {
  const { payment, settlement } = core.ask("currencies", {});
  return { payment, settlement };
}
