/** Messages to the merchant, by Standard Webhooks (https://www.standardwebhooks.com), and the result for the merchant's page. */
import { toBase64, toBase64URL } from "./bytes.mjs";

const encoder = new TextEncoder();
const patience = 10_000;
const hmac = { name: "HMAC", hash: "SHA-256" };

/**
 * Sends a message.
 * @param {{url: string, secrets: Uint8Array[], id: string, payload: string, now?: number, fetch?: typeof fetch}} message the payload is
 *   signed and sent to the byte; with two secrets, during their rotation, it has a signature of each
 * @returns {Promise<{type: "delivered" | "undelivered", status?: number}>} the event for advance; without a status there was no answer
 */
export async function deliver({ url, secrets, id, payload, now = Date.now(), fetch = globalThis.fetch }) {
  const timestamp = Math.floor(now / 1000);
  const content = encoder.encode(`${id}.${timestamp}.${payload}`);
  const signatures = await Promise.all(secrets.map(async (secret) => `v1,${toBase64(await sign(secret, content))}`));
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": signatures.join(" "),
      },
      body: payload,
      redirect: "manual",
      signal: abort.signal,
    });
    const { status } = response;
    response.body?.cancel().catch(() => {});
    return { type: response.ok ? "delivered" : "undelivered", ...(status >= 100 && status <= 599 && { status }) };
  } catch {
    return { type: "undelivered" };
  } finally {
    clearTimeout(timer);
  }
}

const resultLifetime = 10 * 60;
const resultHeader = toBase64URL(encoder.encode(JSON.stringify({ alg: "HS256", typ: "payment-result+jwt" })));

/**
 * The merchant's page with the result in the query parameter `result`, so that it can show it before the webhook is there: a
 * JWT, signed with HS256 and the newest secret. A JWT and a webhook never have the same signed text.
 * @param {string} page @param {{secrets: Uint8Array[], origin: string, payment: object, now?: number}} result `payment` is a final view
 */
export async function withResult(page, { secrets, origin, payment, now = Date.now() }) {
  const url = new URL(page);
  const iat = Math.floor(now / 1000);
  const { referenceOrderId, paymentRequestId, paymentId, paymentStatus, paymentAmount } = payment;
  const claims = { iss: origin, aud: url.origin, iat, exp: iat + resultLifetime, referenceOrderId, paymentRequestId, paymentId, paymentStatus, paymentAmount };
  const signed = `${resultHeader}.${toBase64URL(encoder.encode(JSON.stringify(claims)))}`;
  url.searchParams.set("result", `${signed}.${toBase64URL(await sign(secrets[0], encoder.encode(signed)))}`);
  return url.href;
}

// Keys, never promises of keys: a promise belongs to the request that made it.
const imported = new WeakMap();

async function sign(secret, content) {
  let key = imported.get(secret);
  if (!key) imported.set(secret, (key = await crypto.subtle.importKey("raw", secret, hmac, false, ["sign"])));
  return new Uint8Array(await crypto.subtle.sign(hmac.name, key, content));
}
