import { sign } from "node:crypto";

/** The Signature header of a message of Alipay. */
export function seal({ path, clientId, time, body, key }) {
  const signature = sign("RSA-SHA256", Buffer.from(`POST ${path}\n${clientId}.${time}.${body}`), key);
  return `algorithm=RSA256,keyVersion=1,signature=${encodeURIComponent(signature.toString("base64"))}`;
}
