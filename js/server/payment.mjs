import { clock } from "../clock.mjs";
import { CashierError, succeeded } from "../error.mjs";
import { join, toBase64 } from "./bytes.mjs";
import { algorithm, privateKey as signingKey, publicKey } from "./keys.mjs";
import { authenticate } from "./message.mjs";

const responseLimit = 1 << 20;
const patience = 15_000;
const noBody = new Uint8Array(0);

/**
 * Asks Alipay for a payment and returns where to send the shopper.
 *
 * Throws with `outcome` set to "INQUIRE" whenever the request may have arrived but no verified answer came back: the
 * payment may exist, so ask for it by its paymentRequestId, or repeat the same order, before anything else.
 */
export async function createPayment({ core, config, order, privateKey, keys, time = clock(config), fetch = globalThis.fetch, signal, language }) {
  const request = succeeded(core.ask("build_pay", { config, order, time }));
  const headers = new Headers(request.headers.map(({ name, value }) => [name, value]));
  headers.set("Signature", await sign(core, config, join(request.contentPrefix + request.body, noBody), privateKey, keys));
  const { status, headers: received, body } = await send(fetch, request, headers, signal);
  try {
    if (status !== 200) throw new CashierError({ code: "RESPONSE_STATUS", message: `The gateway answered with status ${status}.` });
    const head = { config: { clientId: config.clientId }, path: request.path };
    const verified = await authenticate(core, "open_response", head, "response-time", received, keys, body);
    const { errors, warnings = [], ...read } = succeeded(core.ask("read_pay", { config, terminalType: order.terminalType, language }, verified));
    return { ...read, warnings };
  } catch (cause) {
    throw unknownOutcome(cause);
  }
}

async function sign(core, config, content, privateKey, keys) {
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm.name, await signingKey(privateKey), content));
  for (const version of Object.keys(keys)) {
    // The commonest mistake of all: the merchant's own public key where Alipay's belongs. It would refuse every answer.
    if (await crypto.subtle.verify(algorithm.name, await publicKey(keys, version), signature, content)) {
      throw new CashierError({ code: "KEY_IS_YOUR_OWN", path: `/keys/${version}`, message: "This is the merchant's own public key; Alipay's is needed here." });
    }
  }
  return succeeded(core.ask("signature_header", { keyVersion: config.keyVersion ?? 1, signature: toBase64(signature) })).header;
}

async function send(fetch, request, headers, signal = AbortSignal.timeout(patience)) {
  try {
    // A redirect is never followed: what was signed is this path, and the answer's signature covers it too.
    const response = await fetch(request.url, { method: "POST", headers, body: request.body, redirect: "manual", signal });
    return { status: response.status, headers: response.headers, body: await read(response) };
  } catch (cause) {
    throw unknownOutcome(cause);
  }
}

async function read(response) {
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

function unknownOutcome(cause) {
  const problems =
    cause instanceof CashierError
      ? cause.errors
      : { code: "GATEWAY_UNREACHABLE", message: `No answer from the gateway: ${cause?.cause?.message ?? cause?.message ?? cause}.` };
  return new CashierError(problems, { cause, outcome: "INQUIRE" });
}
