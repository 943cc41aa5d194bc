/** Money as digits of the currency's smallest unit, never as a floating-point number. */

import { running, succeeded } from "./error.mjs";

/** What a person typed ("1,234.50", USD) in minor units ("123450"). Throws when it is not an amount of that currency. */
export function parseAmount(core, text, currency) {
  return succeeded(running(core).ask("parse_amount", { text, currency })).value;
}

/**
 * Minor units ("123450", USD) for a person to read, without the currency: "1,234.50", or "1.234,50" with the locale "de". Digits,
 * separators and their places follow the Unicode CLDR for the locales of the core; English without one.
 */
export function formatAmount(core, value, currency, locale) {
  return succeeded(running(core).ask("format_amount", { value, currency, locale })).text;
}

/** The currencies one may pay in, and those a merchant may be paid in, each with its number of decimals. */
export function currencies(core) {
  const { payment, settlement } = running(core).ask("currencies", {});
  return { payment, settlement };
}
