// What a payment is called before Alipay has heard of it.
import { toBase64 } from "../js/server/bytes.mjs";

const encoder = new TextEncoder();
const digests = new Map(); // keys by secret

/**
 * The paymentRequestId of the first attempt to pay an order, as paymentRequestID in checkout.go makes it.
 * @param {string} secret the variable WEBHOOK_SECRET
 * @param {string} clientId @param {string} referenceOrderId
 */
export async function firstAttempt(secret, clientId, referenceOrderId) {
  let key = digests.get(secret);
  if (!key) {
    key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    digests.set(secret, key);
  }
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`paymentRequestId\n${clientId}\n1\n${referenceOrderId}`));
  return toBase64(new Uint8Array(mac)).replaceAll("+", "-").replaceAll("/", "_").slice(0, -1);
}

/** The form of every paymentRequestId that this Worker makes: an HMAC-SHA-256 in base64url. */
export const paymentRequestIdForm = "[A-Za-z0-9_-]{43}";
