// Who may use the operator's calls: whoever has the token.

const encoder = new TextEncoder();

// A shorter one could be guessed, and "" is none: then there are no operator's calls.
const shortest = 24;

/**
 * @param {Request} request with "Authorization: Bearer TOKEN"
 * @param {{OPERATOR_TOKEN?: string}} env
 */
export async function isOperator(request, { OPERATOR_TOKEN = "" }) {
  const [, given] = /^Bearer +([^ ]+)$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  if (given === undefined || OPERATOR_TOKEN.length < shortest) return false;
  // Digests have one length, and comparing them takes one time.
  const [a, b] = await Promise.all([given, OPERATOR_TOKEN].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))));
  return crypto.subtle.timingSafeEqual(a, b);
}
