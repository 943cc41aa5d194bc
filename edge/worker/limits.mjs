/**
 * Limits for what has no valid token, by the network that it comes from. Where counting fails nobody is refused.
 */
import { problem } from "./respond.mjs";

/** What people share of their address: all of IPv4, and of IPv6 the network that one customer is given (a /64). */
export function network(address) {
  if (!address.includes(":")) return address;
  const [head, tail = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return [...head, ...zeros, ...tail].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "").toLowerCase()).join(":");
}

const networkOf = (request) => network(request.headers.get("CF-Connecting-IP") ?? "");

/**
 * Counts a request without a valid token.
 * @returns {Promise<Response | undefined>} the refusal of one too many
 */
export async function limited(request, limiter) {
  const { success = true } = (await limiter?.limit({ key: networkOf(request) }).catch(() => undefined)) ?? {};
  return success ? undefined : tooMany();
}

function tooMany() {
  const response = problem(429, "TOO_MANY_REQUESTS", "too many requests from this address; please wait a minute");
  response.headers.set("Retry-After", "60");
  return response;
}

const forgetAfter = 10_000;
const most = 5000;
const minute = 60_000;

/**
 * The paymentRequestIds that nobody knows, for a while, and the networks that ask for too many of them: neither is a reason to wake the
 * ledger. Each isolate has its own.
 */
const unknown = new Map(); // id → when it may be asked for again
const guessing = new Map(); // network → until when it waits

/** @returns {"unknown" | Response | undefined} what is known without asking the ledger; undefined when it has to be asked */
export function knownMiss(request, id) {
  const now = Date.now();
  if (guessing.size > 0 && guessing.get(networkOf(request)) > now) return tooMany();
  return unknown.get(id) > now ? "unknown" : undefined;
}

/** Remembers an id that the ledger does not know, and counts it against the network that asked. */
export async function missed(request, id, limiter) {
  const now = Date.now();
  if (unknown.size >= most) unknown.clear();
  unknown.set(id, now + forgetAfter);
  if (guessing.size >= most) guessing.clear();
  if (await limited(request, limiter)) guessing.set(networkOf(request), now + minute);
}

/** An id that is known now. */
export function found(id) {
  if (unknown.size > 0) unknown.delete(id);
}
