/** One call to Alipay: its request is built by the core, signed and sent; its answer is verified, read and compared with it. */

import { clock } from "../clock.mjs";
import { CashierError, running, succeeded } from "../error.mjs";
import { toBase64 } from "./bytes.mjs";
import { readBody } from "./body.mjs";
import { algorithm, privateKey as signingKey, publicKey, versions } from "./keys.mjs";
import { authenticate } from "./message.mjs";

const responseLimit = 1 << 20;
const encoder = new TextEncoder();

/**
 * The request as the core builds it, or its problems thrown. It lacks only the signature.
 * @param {string} operation of the core, such as build_pay @param {object} subject the order or request under its name
 */
export function prepare(operation, { core, config, time = clock(config), language }, subject) {
  return succeeded(running(core).ask(operation, { config, time, language, ...subject }));
}

/**
 * Signs and sends a request and reads the verified answer, whatever Alipay says in it. Throws with `outcome` "INQUIRE"
 * whenever the request may have arrived and no answer came that can be believed.
 * @param {string} operation of the core that reads the answer @param {object} request what `prepare` gave
 * @param {object} head what the operation takes besides @param {(answer: object) => object | undefined} stored what the answer
 *   must agree with, if it has to
 */
export async function converse(operation, request, { core, config, privateKey, keys, fetch = globalThis.fetch, signal, patience = 15_000, language }, head, stored) {
  const signature = await sign(core, config, encoder.encode(request.contentPrefix + request.body), privateKey, keys);
  const headers = { Signature: signature };
  for (const { name, value } of request.headers) headers[name] = value;
  const { status, headers: received, body } = await send(fetch, request, headers, signal, patience);
  let verified;
  try {
    // The signature decides, whatever the status: that is not signed.
    verified = await authenticate(core, "open_response", { config: { clientId: config.clientId }, path: request.path }, "response-time", received, keys, body);
  } catch (cause) {
    throw unknownOutcome(withStatus(cause, status), claimed(status, received, body));
  }
  try {
    const { errors, warnings = [], ...read } = succeeded(core.ask(operation, { config, language, ...head }, verified));
    const expected = stored(read);
    // Alipay signs the answer, but not the question that it belongs to.
    if (expected) succeeded(core.ask("match", { config: { clientId: config.clientId }, stored: expected, message: read.response }));
    return { ...read, warnings };
  } catch (cause) {
    throw unknownOutcome(cause);
  }
}

/**
 * Alipay's signed answer that a call did not do what it was asked to, with the result code as `code`.
 * @param {{response: object, outcome: string, advice: object, undecided?: boolean}} answer
 * @param {boolean} [inquiry] of a question, the failure of which says nothing about what was asked
 */
export function refusal({ response, outcome, advice, undecided }, inquiry = false) {
  const { resultCode, resultMessage } = response;
  const message = `Alipay answers ${resultCode}${resultMessage ? ` (${resultMessage})` : ""}. ${advice.operator}`;
  const outcomeUnknown = inquiry || ["INQUIRE", "REPEAT", "WAIT"].includes(outcome);
  return new CashierError({ code: resultCode, message }, { outcome, outcomeUnknown, undecided, response, advice });
}

/** What a person who looks for the mistake wants to know of an answer that proves nothing; anybody could have written it. */
function claimed(httpStatus, headers, body) {
  const printable = (text) => String(text ?? "").slice(0, 256).replace(/[^ -~]/g, "?");
  let result;
  try {
    ({ result } = JSON.parse(new TextDecoder().decode(body)));
  } catch {
    // It claims nothing.
  }
  const { resultStatus, resultCode, resultMessage } = result ?? {};
  return {
    httpStatus,
    contentType: printable(headers.get("content-type")),
    resultStatus: printable(resultStatus),
    resultCode: printable(resultCode),
    resultMessage: printable(resultMessage),
  };
}

function withStatus(cause, status) {
  if (status === 200 || !(cause instanceof CashierError)) return cause;
  const [first, ...others] = cause.errors;
  return new CashierError([{ ...first, message: `The gateway answered with HTTP status ${status}. ${first.message}` }, ...others], { cause });
}

// Of a key of the merchant's, the keys that are known to be another's.
const foreign = new WeakMap();

async function sign(core, config, content, privateKey, keys) {
  const key = await signingKey(privateKey);
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm.name, key, content));
  const others = foreign.get(key) ?? foreign.set(key, new WeakSet()).get(key);
  for (const version of versions(keys)) {
    const alipay = await publicKey(keys, version);
    if (others.has(alipay)) continue;
    // The commonest mistake of all: the merchant's own public key where Alipay's belongs. It would refuse every answer.
    if (await crypto.subtle.verify(algorithm.name, alipay, signature, content)) {
      throw new CashierError({ code: "KEY_IS_YOUR_OWN", path: `/keys/${version}`, message: "This is the merchant's own public key; Alipay's is needed here." });
    }
    others.add(alipay);
  }
  return succeeded(core.ask("signature_header", { keyVersion: config.keyVersion ?? 1, signature: toBase64(signature) })).header;
}

async function send(fetch, request, headers, signal, patience) {
  if (typeof fetch !== "function") throw unsent("fetch is not a function");
  if (signal?.aborted) throw unsent("the signal had ended the call before", signal.reason);
  const abort = new AbortController();
  // A timer of its own ends with the call. One of AbortSignal.timeout would go on for its whole time.
  const timer = setTimeout(() => abort.abort(new DOMException("the gateway takes too long", "TimeoutError")), patience);
  try {
    // A redirect is never followed: what was signed is this path, and the answer's signature covers it too.
    const response = await fetch(request.url, { method: "POST", headers, body: request.body, redirect: "manual", signal: signal ?? abort.signal });
    return { status: response.status, headers: response.headers, body: await readBody(response, responseLimit) };
  } catch (cause) {
    throw unknownOutcome(cause);
  } finally {
    clearTimeout(timer);
  }
}

function unsent(reason, cause) {
  return new CashierError({ code: "GATEWAY_UNREACHABLE", message: `Nothing was sent: ${reason}.` }, { cause });
}

function unknownOutcome(cause, unverified) {
  const problems =
    cause instanceof CashierError
      ? cause.errors
      : { code: "GATEWAY_UNREACHABLE", message: `No answer from the gateway: ${cause?.cause?.message ?? cause?.message ?? cause}.` };
  return new CashierError(problems, { cause, outcome: "INQUIRE", unverified });
}
