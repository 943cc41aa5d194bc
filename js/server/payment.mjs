import { clock } from "../clock.mjs";
import { CashierError, succeeded } from "../error.mjs";
import { toBase64 } from "./bytes.mjs";
import { algorithm, privateKey as signingKey, publicKey } from "./keys.mjs";
import { authenticate } from "./message.mjs";

const responseLimit = 1 << 20;
const encoder = new TextEncoder();

/**
 * Asks Alipay for a payment and returns where to send the shopper.
 *
 * Throws with `outcome` set to "INQUIRE" whenever the request may have arrived but no verified answer came back: the
 * payment may exist, so ask for it by its paymentRequestId, or repeat the same order, before anything else.
 */
export async function createPayment(options) {
  return sendPayment({ ...options, request: preparePayment(options) });
}

/** The request for an order, as the core builds it; throws its problems. It lacks only the signature. */
export function preparePayment({ core, config, order, time = clock(config) }) {
  return succeeded(core.ask("build_pay", { config, order, time }));
}

/** Signs and sends the `request` that preparePayment made of the order; the rest is as with createPayment. */
export async function sendPayment({ request, core, config, order, privateKey, keys, fetch = globalThis.fetch, signal, patience = 15_000, language }) {
  const signature = await sign(core, config, encoder.encode(request.contentPrefix + request.body), privateKey, keys);
  const headers = { Signature: signature };
  for (const { name, value } of request.headers) headers[name] = value;
  const { status, headers: received, body } = await send(fetch, request, headers, signal, patience);
  let verified;
  try {
    // The signature decides, whatever the status: that is not signed.
    const head = { config: { clientId: config.clientId }, path: request.path };
    verified = await authenticate(core, "open_response", head, "response-time", received, keys, body);
  } catch (cause) {
    throw unknownOutcome(cause, claimed(status, received, body));
  }
  try {
    const { errors, warnings = [], ...read } = succeeded(core.ask("read_pay", { config, terminalType: order.terminalType, language }, verified));
    belongs(core, config, order, read);
    return { ...read, warnings };
  } catch (cause) {
    throw unknownOutcome(cause);
  }
}

/** Alipay signs the answer, but not the question that it belongs to. A refusal may leave out what it is about. */
function belongs(core, config, { paymentRequestId, paymentAmount, settlementCurrency }, { response, outcome }) {
  const created = outcome === "REDIRECT" || response.resultStatus === "S";
  if (!created && !response.paymentRequestId) return;
  const { paymentAmount: answered = {}, grossSettlementAmount } = response;
  const same = response.paymentRequestId === paymentRequestId && answered.currency === paymentAmount.currency && answered.value === paymentAmount.value;
  if (same && !grossSettlementAmount) return; // what is equal needs no judge
  const stored = { paymentRequestId, paymentAmount, settlementCurrency };
  succeeded(core.ask("match", { config: { clientId: config.clientId }, stored, message: response }));
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

// Of a key of the merchant's, the keys that are known to be another's.
const foreign = new WeakMap();

async function sign(core, config, content, privateKey, keys) {
  const key = await signingKey(privateKey);
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm.name, key, content));
  const others = foreign.get(key) ?? foreign.set(key, new WeakSet()).get(key);
  for (const version of Object.keys(keys)) {
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
  const abort = new AbortController();
  // A timer of its own ends with the call. One of AbortSignal.timeout would go on for its whole time.
  const timer = setTimeout(() => abort.abort(new DOMException("the gateway takes too long", "TimeoutError")), patience);
  try {
    // A redirect is never followed: what was signed is this path, and the answer's signature covers it too.
    const response = await fetch(request.url, { method: "POST", headers, body: request.body, redirect: "manual", signal: signal ?? abort.signal });
    return { status: response.status, headers: response.headers, body: await read(response) };
  } catch (cause) {
    throw unknownOutcome(cause);
  } finally {
    clearTimeout(timer);
  }
}

async function read(response) {
  const { headers } = response;
  const length = headers.get("content-length");
  // With a length the platform reads exactly as much, and at once is cheaper than in parts. What is packed may be longer.
  if (length !== null && Number(length) <= responseLimit && !headers.has("content-encoding")) return new Uint8Array(await response.arrayBuffer());
  const chunks = [];
  let size = 0;
  for (const reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > responseLimit) {
      await reader.cancel();
      throw new CashierError({ code: "RESPONSE_TOO_LARGE", message: `The gateway's answer is larger than ${responseLimit} bytes.` });
    }
    chunks.push(value);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

function unknownOutcome(cause, unverified) {
  const problems =
    cause instanceof CashierError
      ? cause.errors
      : { code: "GATEWAY_UNREACHABLE", message: `No answer from the gateway: ${cause?.cause?.message ?? cause?.message ?? cause}.` };
  return new CashierError(problems, { cause, outcome: "INQUIRE", unverified });
}
