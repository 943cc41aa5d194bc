/** What notifications and responses have in common: both come from Alipay, signed over their raw bytes. */

import { CashierError } from "../error.mjs";
import { fromBase64, join } from "./bytes.mjs";
import { algorithm, publicKey } from "./keys.mjs";

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
 * not pay for an error with its stack for each.
 * @returns {Promise<{verified: Uint8Array, problems?: undefined} | {problems: object[]}>}
 */
export async function check(core, operation, head, timeHeader, headers, keys, body) {
  // The core does not look at the body here, so it is spared the copy.
  const opened = core.ask(operation, { ...head, headers: signatureHeaders(headers, timeHeader) }, noBody);
  if (opened.errors.length) return { problems: opened.errors };
  const content = join(opened.contentPrefix, body);
  const key = await publicKey(keys, opened.keyVersion);
  const genuine = await crypto.subtle.verify(algorithm.name, key, fromBase64(opened.signature), content);
  if (!genuine) return { problems: [mismatch] };
  // A part of what was verified, and not the caller's array, which may have changed meanwhile.
  return { verified: content.subarray(content.length - body.length) };
}

const mismatch = {
  code: "SIGNATURE_MISMATCH",
  path: "/headers/signature",
  message: "The signature does not match this path, client id, time and raw body under Alipay's key of that version.",
};

/** The raw body, as bytes. */
export function rawBody(body) {
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string") return encoder.encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new CashierError({
    code: "BODY_NOT_RAW",
    path: "/body",
    message: "Pass the body as it was received, as bytes or text: a parsed one cannot be verified, and writing it again changes its bytes.",
  });
}

export function signatureHeaders(headers, timeHeader) {
  const read = typeof headers.get === "function" ? (name) => headers.get(name) : reader(headers);
  return { "client-id": read("client-id") ?? undefined, [timeHeader]: read(timeHeader) ?? undefined, signature: read("signature") ?? undefined };
}

function reader(headers) {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(",") : value]));
  return (name) => lower.get(name);
}
