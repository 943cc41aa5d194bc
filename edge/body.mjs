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
export async function readBody(request, limit, patience = 10_000) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, patience, tooSlow)));
  try {
    return await Promise.race([read(request, limit), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The answer to such a body. */
export function refusedBody(reason, what) {
  if (reason === tooSlow) return problem(408, "INPUT_TOO_SLOW", `${what} must arrive within 10 seconds`);
  return problem(413, "INPUT_TOO_LARGE", `${what} has at most 64 KiB`);
}

async function read(request, limit) {
  const length = request.headers.get("content-length");
  // With a length the platform reads exactly as much, and at once is twice as fast as in parts.
  if (length !== null) return Number(length) <= limit ? new Uint8Array(await request.arrayBuffer()) : tooLarge;
  const chunks = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
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
