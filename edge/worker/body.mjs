import { problem } from "./respond.mjs";

/** What {@link readBody} returns instead of a body. */
export const tooLarge = "too large";
export const tooSlow = "too slow";

/**
 * Reads a body of at most `limit` bytes, without ever holding more.
 * @param {Request} request
 * @param {number} limit
 * @param {number} [patience] milliseconds that it may take
 * @returns {Promise<Uint8Array | "too large" | "too slow">}
 */
export function readBody(request, limit, patience = 10_000) {
  const length = request.headers.get("content-length");
  if (!(Number(length) <= limit)) return Promise.resolve(tooLarge);
  // With a length the platform reads exactly as much, and at once is twice as fast as in parts.
  const reading = length === null ? inParts(request.body ?? [], limit) : request.arrayBuffer();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, patience, tooSlow);
    const end = (settle) => (value) => {
      clearTimeout(timer);
      settle(value);
    };
    reading.then(end((body) => resolve(body instanceof ArrayBuffer ? new Uint8Array(body) : body)), end(reject));
  });
}

/** The answer to such a body. */
export function refusedBody(reason, what) {
  if (reason === tooSlow) return problem(408, "INPUT_TOO_SLOW", `${what} must arrive within 10 seconds`);
  return problem(413, "INPUT_TOO_LARGE", `${what} has at most 64 KiB`);
}

async function inParts(stream, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > limit) return tooLarge;
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}
