// Order tokens: compact JWS that the merchant's server signed (host/ordertoken issues them), without which no payment starts.
// This is that package's Verifier on WebCrypto, so that a forged token is refused before anything wakes.
// wasm/vectors/clients/order-tokens.json holds both to the same answers.

import { fromBase64 } from "./bytes.mjs";
import { unambiguous } from "./json.mjs";

const tokenType = "order+jwt";
const maxToken = 32 << 10;
// In seconds: the longest time from iat to exp, and how far iat and nbf may be ahead of our clock.
const maxLifetime = 24 * 3600;
const leeway = 60;
const minSecret = 32;

// The members that mean something to readers of tokens. Headers that name or carry another key, or change what is signed,
// are refused.
const refusedHeaders = ["crit", "b64", "jwk", "jku", "x5u", "x5c", "nonce"];
const headerNames = ["alg", "typ", "kid", ...refusedHeaders];
const claimNames = ["iss", "aud", "exp", "iat", "nbf", "jti", "order"];

const compact = /^([\w-]*)\.([\w-]*)\.([\w-]*)$/;
// Base64url whose last character has no bits to spare: other encodings of the same bytes are no tokens.
const canonical = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

// The algorithms that a key may be for. Which one it is, the key says and never the token.
const algorithms = {
  EdDSA: { name: "Ed25519", import: "Ed25519", fits: ({ kty, crv }) => kty === "OKP" && crv === "Ed25519" },
  HS256: { name: "HMAC", import: { name: "HMAC", hash: "SHA-256" }, fits: ({ kty }) => kty === "oct" },
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Why a token is not accepted. Its code is one of host/ordertoken's; it says nothing that the holder may not know. */
export class TokenError extends Error {
  name = "TokenError";

  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Takes the order out of a token. What it says is signed by the merchant and otherwise unchecked: its members are for
 * ordertoken.ReadOrder, its content for core.wasm.
 * @param {string} token
 * @param {{keys: string, audience: string, now?: number}} options the variable ORDER_TOKEN_KEYS, the public origin of
 *   the checkout, and the time in epoch milliseconds
 * @returns {Promise<{order: object, issued: number}>} the order, and when it was signed, in epoch seconds; throws a {@link TokenError}
 */
export async function verifyToken(token, { keys, audience, now = Date.now() }) {
  const known = imported.get(keys) ?? (await importKeys(keys));
  token = trimEnd(token);
  if (encoder.encode(token).length > maxToken) throw new TokenError("TOKEN_TOO_LARGE", "the token has more than 32 KiB");
  const [, head, payload, signature] = compact.exec(token) ?? malformed("this is no token in compact JWS form");
  const bytes = fromBase64URL(signature);
  const header = object(head, headerNames);
  if (!header || !bytes || !canonical.test(payload)) malformed("this is no token in compact JWS form");
  if (!Object.hasOwn(algorithms, header.alg)) throw new TokenError("TOKEN_ALGORITHM", "the token is signed with an algorithm that is not allowed");
  if (header.typ !== tokenType) throw new TokenError("TOKEN_TYPE", "the token is not of the type order+jwt");
  if (refusedHeaders.some((name) => Object.hasOwn(header, name))) {
    malformed("the token's header demands what is not known here, or names a key of its own");
  }
  const key = known.get(header.kid);
  if (!key) throw new TokenError("TOKEN_KEY_UNKNOWN", "the token names no key that is known here");
  if (header.alg !== key.alg) throw new TokenError("TOKEN_ALGORITHM", "the token is signed with another algorithm than its key is for");
  const signed = encoder.encode(token.slice(0, head.length + 1 + payload.length));
  if (!(await crypto.subtle.verify(algorithms[key.alg].name, key.cryptoKey, bytes, signed))) {
    throw new TokenError("TOKEN_SIGNATURE", "the signature of the token is wrong");
  }
  const claims = object(payload, claimNames) ?? malformed("the claims of the token are of a wrong kind, come twice or are not spelt as they should be");
  const issued = checkClaims(claims, audience, now / 1000);
  if (!isObject(claims.order)) throw new TokenError("TOKEN_ORDER", "the token holds no order, or one with members that are not known here");
  return { order: claims.order, issued };
}

function checkClaims(claims, audience, now) {
  const given = (name, kind) => {
    const value = claims[name] ?? undefined; // null counts as absent
    if (value !== undefined && typeof value !== kind) malformed("the claims of the token are of a wrong kind");
    return value;
  };
  const date = (name) => {
    const seconds = given(name, "number");
    if (seconds === undefined) return undefined;
    return Number.isSafeInteger(Math.trunc(seconds)) ? Math.trunc(seconds) : malformed("the claims of the token are of a wrong kind");
  };
  const [exp, iat, nbf] = [date("exp"), date("iat"), date("nbf")];
  const jti = given("jti", "string");
  given("iss", "string");
  const audiences = [claims.aud ?? []].flat();
  if (audiences.some((each) => typeof each !== "string")) malformed("the claims of the token are of a wrong kind");

  if (exp === undefined || iat === undefined || !jti) malformed("the token lacks exp, iat or jti");
  if (!audience || !audiences.some((each) => origin(each) === origin(audience))) throw new TokenError("TOKEN_AUDIENCE", "the token is meant for another checkout");
  if (now >= exp) throw new TokenError("TOKEN_EXPIRED", "the token has expired; order again");
  if (iat > now + leeway || nbf > now + leeway) throw new TokenError("TOKEN_NOT_YET_VALID", "the token is not valid yet; is the clock right?");
  if (exp - iat > maxLifetime) throw new TokenError("TOKEN_LIFETIME", "the token is valid for longer than is allowed here");
  return iat;
}

// By the text of the variable. Keys, never promises of keys: a promise belongs to the request that made it.
const imported = new Map();

/**
 * Reads the variable ORDER_TOKEN_KEYS, a JWK Set in which every key has kid and alg. The error holds nothing of the text.
 * @param {string} text
 */
export async function importKeys(text) {
  const keys = new Map();
  const list = read(text, [])?.keys;
  if (!Array.isArray(list) || list.length === 0) throw new Error("ORDER_TOKEN_KEYS is no JSON Web Key Set");
  for (const [i, jwk] of list.entries()) {
    const reason = unfit(jwk) ?? (keys.has(jwk.kid) && "has a kid that is there twice");
    if (reason) throw new Error(`ORDER_TOKEN_KEYS: key ${i} ${reason}`);
    const { kty, crv, x, k, kid, alg } = jwk;
    try {
      keys.set(kid, { alg, cryptoKey: await crypto.subtle.importKey("jwk", { kty, crv, x, k }, algorithms[alg].import, false, ["verify"]) });
    } catch {
      throw new Error(`ORDER_TOKEN_KEYS: key ${i} cannot be read`);
    }
  }
  imported.set(text, keys);
  return keys;
}

function unfit(jwk) {
  if (!isObject(jwk)) return "is no JSON Web Key";
  const { kid, alg, use, k } = jwk;
  if (typeof kid !== "string" || kid === "") return "has no kid";
  if (use && use !== "sig") return "is not for signatures";
  if (jwk.kty !== "oct" && Object.hasOwn(jwk, "d")) {
    return "is a private key, with which orders could be made up; only the shop may have it. Take the public one, from order-token-verify.json";
  }
  if (!Object.hasOwn(algorithms, alg) || !algorithms[alg].fits(jwk)) return "is not an Ed25519 key with the alg EdDSA or a secret with HS256";
  if (alg === "HS256" && !(fromBase64URL(String(k))?.length >= minSecret)) return "has fewer than 32 bytes";
}

function malformed(message) {
  throw new TokenError("TOKEN_MALFORMED", message);
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON object in a part of a token, undefined when there is none. */
function object(part, names) {
  try {
    return canonical.test(part) ? read(decoder.decode(fromBase64URL(part)), names) : undefined;
  } catch {
    return undefined; // It is not UTF-8.
  }
}

/**
 * A JSON object, undefined when the text is none, or one that two readers may understand differently: with members that come
 * twice, halves of surrogates, or members that differ from one of the names only in case.
 */
function read(text, names) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || !unambiguous(text)) return undefined;
  return Object.keys(value).some((name) => !names.includes(name) && names.includes(lower(name))) ? undefined : value;
}

/** The ASCII letters of a text in lower case. */
function lower(text) {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** A token without the blanks and line ends after it. */
function trimEnd(token) {
  let end = token.length;
  while (end > 0 && " \t\r\n".includes(token[end - 1])) end--;
  return token.slice(0, end);
}

/** An audience without the slash that some write at its end. */
function origin(audience) {
  return audience.replace(/\/$/, "");
}

function fromBase64URL(text) {
  try {
    return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}
