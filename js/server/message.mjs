/** What notifications and responses have in common: both come from Alipay, signed over their raw bytes. */

import { CashierError, running } from "../error.mjs";
import { fromBase64, join } from "./bytes.mjs";
import { algorithm, publicKey, versions } from "./keys.mjs";

const encoder = new TextEncoder();
const noBody = new Uint8Array(0);

/**
 * Checks a message's signature and returns its raw bytes, now known to be Alipay's; throws when it is not.
 * @param {"open_notification" | "open_response"} operation how the core finds the signature and the text it covers
 */
export async function authenticate(core, operation, head, timeHeader, headers, keys, body) {
  const { problems, verified } = await check(core, operation, head, timeHeader, headers, keys, body);
  if (problems) throw new CashierError(problems);
  return verified;
}

/**
 * The same, with the problems of a message that is not Alipay's as an answer: whoever is sent forgeries in masses need
 * not pay for an error with its stack for each. `signedPath` is the path that the signature covers: that of the head, or
 * the same without its query.
 * @returns {Promise<{verified: Uint8Array, signedPath: string, problems?: undefined} | {problems: object[]}>}
 */
export async function check(core, operation, head, timeHeader, headers, keys, body) {
  versions(keys);
  // The core does not look at the body here, so it is spared the copy.
  const opened = running(core).ask(operation, { ...head, headers: signatureHeaders(headers, timeHeader) }, noBody);
  if (opened.errors.length) return { problems: opened.errors };
  if (body.length === 0) return { problems: [empty] };
  const content = join(opened.contentPrefix, body);
  // A part of what is verified, and not the caller's array, which may change meanwhile.
  const verified = content.subarray(content.length - body.length);
  const key = await publicKey(keys, opened.keyVersion);
  const fits = (text) => crypto.subtle.verify(algorithm.name, key, fromBase64(opened.signature), text);
  if (await fits(content)) return { verified, signedPath: head.path };
  const prefix = withoutQuery(operation, opened, head.path);
  if (prefix !== undefined && (await fits(join(prefix, verified)))) return { verified, signedPath: head.path.split("?", 1)[0] };
  return { problems: [mismatch] };
}

/**
 * What else may stand in front of the body in the signed text, undefined for paths without a query: Alipay seems to leave out the
 * query of a notification's address, against its documentation.
 */
function withoutQuery(operation, { contentPrefix, contentPrefixWithoutQuery }, path) {
  if (operation !== "open_notification" || !path.includes("?")) return undefined;
  return contentPrefixWithoutQuery ?? contentPrefix.replace(path, () => path.split("?", 1)[0]);
}

const mismatch = {
  code: "SIGNATURE_MISMATCH",
  path: "/headers/signature",
  message: "The signature does not match this path, client id, time and raw body under Alipay's key of that version.",
};

const empty = {
  code: "BODY_EMPTY",
  path: "/body",
  message: "The body is empty: something has read it before, or it was not sent.",
};

/** The raw body, as bytes. Typed arrays and buffers of other realms, such as those of test environments, are bytes as well. */
export function rawBody(body) {
  if (typeof body === "string") return encoder.encode(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(body))) return new Uint8Array(body);
  throw new CashierError({
    code: "BODY_NOT_RAW",
    path: "/body",
    message: "Pass the body as it was received, as bytes or text: a parsed one cannot be verified, and writing it again changes its bytes.",
  });
}

export function signatureHeaders(headers, timeHeader) {
  const read = typeof headers?.get === "function" ? (name) => headers.get(name) : reader(headers ?? {});
  return { "client-id": read("client-id") ?? undefined, [timeHeader]: read(timeHeader) ?? undefined, signature: read("signature") ?? undefined };
}

function reader(headers) {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(",") : value]));
  return (name) => lower.get(name);
}

/** The clock in milliseconds, undefined for `null`, which is the only way to accept a message of any time. */
export function milliseconds(now) {
  if (now === null) return undefined;
  const at = typeof now === "number" ? now : Object.prototype.toString.call(now) === "[object Date]" ? now.getTime() : NaN;
  if (Number.isFinite(at)) return at;
  throw new CashierError({
    code: "MILLISECONDS_MALFORMED",
    path: "/now",
    message: "Pass now as milliseconds since 1970 or as a Date; null accepts a message of any time.",
  });
}
