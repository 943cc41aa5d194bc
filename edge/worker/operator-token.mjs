// Who may use the operator's calls: those who have the token.

const encoder = new TextEncoder();

const shortest = 24;

/**
 * Why a token cannot be used: it could be guessed, or no client could send it as it is.
 * @param {string} [token] the variable OPERATOR_TOKEN; without one there are no operator's calls, which is nothing
 *   wrong
 * @returns {string | undefined} undefined for one that can
 */
export function unfitOperatorToken(token) {
  if (token === undefined || token === "") return undefined;
  if (!/^[\x21-\x7e]+$/.test(token)) return "must be letters, digits and signs, without white space or line feeds";
  if (/^["'`]|["'`]$/.test(token)) return "has quotes around it";
  if (token.length < shortest) return `must have at least ${shortest} characters`;
}

/**
 * @param {Request} request with "Authorization: Bearer TOKEN"
 * @param {{OPERATOR_TOKEN?: string}} env
 */
export async function isOperator(request, { OPERATOR_TOKEN = "" }) {
  const [, given] = /^Bearer +([^ ]+)$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  if (given === undefined || OPERATOR_TOKEN === "" || unfitOperatorToken(OPERATOR_TOKEN)) return false;
  // Digests have one length, and comparing them takes one time.
  const [a, b] = await Promise.all([given, OPERATOR_TOKEN].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))));
  return crypto.subtle.timingSafeEqual(a, b);
}
