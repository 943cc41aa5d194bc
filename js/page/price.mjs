/** An amount with its currency, as they are written in a language. */

/**
 * "$1,234.50" for ("1,234.50", "USD", "en"), "US$1,234.50" in Chinese. The figure stays as core.wasm wrote it: only the
 * sign and its place come from the platform, which would take a number and round it.
 * @param {string} figure @param {string} currency an ISO 4217 code @param {string} language
 */
export function price(figure, currency, language) {
  const parts = new Intl.NumberFormat(language, { style: "currency", currency }).formatToParts(0);
  return parts.map(({ type, value }) => (type === "integer" ? figure : type === "decimal" || type === "fraction" ? "" : value)).join("");
}
