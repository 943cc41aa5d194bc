/** Bodies of requests, which anybody may send: short, with their length said before, in a short time, and not too many at once. */
import { problem } from "./respond.mjs";

/** No body on any route is longer; Alipay's notifications have 0.5 to 2 KB. */
export const maxBody = 16 * 1024;

const patience = 3000;
const budget = 4 * 1024 * 1024;
let inFlight = 0; // of bytes that are being received by this isolate

/**
 * Reads a body.
 * @param {Request} request
 * @param {{limit?: number, patience?: number, budget?: number}} [bounds] bytes, milliseconds, and bytes of all bodies that are being received at once
 * @returns {Promise<Uint8Array | Response>} the bytes, or the answer to a body that is not accepted
 */
export async function readBody(request, { limit = maxBody, patience: within = patience, budget: most = budget } = {}) {
  const said = request.headers.get("content-length");
  if (said === null) {
    if (request.body === null) return new Uint8Array(0);
    return problem(411, "LENGTH_REQUIRED", "send the body with its Content-Length");
  }
  const length = Number(said);
  if (!(length <= limit)) {
    // Whose connection ends in the middle of sending sees no answer; so what is not much too long is taken and thrown away.
    if (length <= 4 * limit) await discard(request, within);
    return problem(413, "INPUT_TOO_LARGE", `a body has at most ${limit} bytes`);
  }
  if (inFlight + length > most) {
    const response = problem(503, "BUSY", "too many requests at once; please try again in a moment");
    response.headers.set("Retry-After", "1");
    return response;
  }
  inFlight += length;
  let timer;
  try {
    // With a length the platform reads exactly as much, and at once is twice as fast as in parts.
    const late = new Promise((resolve) => (timer = setTimeout(resolve, within)));
    const body = await Promise.race([request.arrayBuffer(), late]);
    return body ? new Uint8Array(body) : problem(408, "INPUT_TOO_SLOW", `a body must arrive within ${within / 1000} seconds`);
  } finally {
    clearTimeout(timer);
    inFlight -= length;
  }
}

async function discard({ body }, within) {
  const reader = body?.getReader();
  const end = Date.now() + within;
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, within, { done: true })));
  while (reader && Date.now() < end && !(await Promise.race([reader.read(), late])).done);
  clearTimeout(timer);
}
