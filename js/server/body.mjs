/** The body of a Request or a Response, up to a size. */

import { CashierError } from "../error.mjs";

/**
 * All bytes of a body; throws BODY_TOO_LARGE for more than the limit.
 * @param {Request | Response} message @param {number} limit
 */
export async function readBody(message, limit) {
  const { headers } = message;
  const length = headers.get("content-length");
  // With a length the platform reads exactly as much, and at once is cheaper than in parts. What is packed may be longer.
  if (length !== null && Number(length) <= limit && !headers.has("content-encoding")) return new Uint8Array(await message.arrayBuffer());
  const chunks = [];
  let size = 0;
  for (const reader = message.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new CashierError({ code: "BODY_TOO_LARGE", path: "/body", message: `The body is larger than ${limit} bytes.` });
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
