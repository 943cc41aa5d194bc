/** Who may use the operator's API: those who have a token. Each token has a name, and every action is recorded under it. */

const encoder = new TextEncoder();

const shortest = 24;
const read = new Map(); // by the text of the variable

/**
 * The tokens of the variable OPERATOR_TOKEN: one token, whose name is "operator", or a JSON object of tokens by name, as in
 * {"anna": "…", "dashboard": {"token": "…", "role": "read"}}. Roles, read or write, are for the Go program, which reads the
 * variable as well (host/checkout/operator). Without a token there is no operator, which is nothing wrong.
 * @param {string} [text]
 * @returns {{tokens: Record<string, string>, wrong?: string}} `wrong` says why they cannot be used
 */
export function operatorTokens(text = "") {
  let found = read.get(text);
  if (!found) read.set(text, (found = parse(text)));
  return found;
}

function parse(variable) {
  const text = variable.replace(/^\uFEFF/, "").trim();
  if (text === "") return { tokens: {} };
  let tokens = { operator: text };
  if (text.startsWith("{")) {
    try {
      tokens = JSON.parse(text);
    } catch {
      return { tokens: {}, wrong: "must be a token, or a JSON object of tokens by name" };
    }
  }
  const entries = Object.entries(tokens).map(([name, given]) => [name, given, given?.token ?? given]);
  if (entries.length === 0) return { tokens: {}, wrong: "names no token" };
  for (const [name, given, token] of entries) {
    if (!/^[\w.@-]{1,64}$/.test(name)) return { tokens: {}, wrong: "has a name that is not 1 to 64 letters, digits and . @ _ -" };
    if (given !== token && !(["read", "write"].includes(given.role ?? "write") && Object.keys(given).every((member) => ["token", "role"].includes(member)))) {
      return { tokens: {}, wrong: 'has a name with more than "token" and "role", or with a role that is neither "read" nor "write"' };
    }
    const wrong = unfit(token);
    if (wrong) return { tokens: {}, wrong };
  }
  if (new Set(entries.map(([, , token]) => token)).size < entries.length) return { tokens: {}, wrong: "has the same token under two names" };
  return { tokens: Object.fromEntries(entries.map(([name, , token]) => [name, token])) };
}

/** Why a token cannot be used: it could be guessed, or no client could send it as it is. */
function unfit(token) {
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) return "must be letters, digits and signs, without white space or line feeds";
  if (/^["'`]|["'`]$/.test(token)) return "has quotes around it";
  if (token.length < shortest) return `must have at least ${shortest} characters`;
}

/**
 * The name of the token that a request has, undefined for none that is known.
 * @param {Request} request with "Authorization: Bearer TOKEN"
 * @param {{OPERATOR_TOKEN?: string}} env
 */
export async function operatorOf(request, { OPERATOR_TOKEN }) {
  const [, given] = /^Bearer +([^ ]+)$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  if (given === undefined) return undefined;
  const hash = (text) => crypto.subtle.digest("SHA-256", encoder.encode(text));
  const digest = await hash(given);
  let found;
  for (const [name, token] of Object.entries(operatorTokens(OPERATOR_TOKEN).tokens)) {
    // Digests have one length, and comparing them takes one time.
    if (crypto.subtle.timingSafeEqual(digest, await hash(token))) found = name;
  }
  return found;
}
