import { CashierError } from "../error.mjs";
import { readBody } from "./body.mjs";
import { check, milliseconds, rawBody } from "./message.mjs";

/** No notification is larger; those of Alipay's guide have 500 bytes. */
const bodyLimit = 64 * 1024;

/**
 * Verifies a notification of a payment or a refund and reads it, in this order. Answer the request with
 * `acknowledgement` once the notification is stored safely; with the `status` of the error when this throws.
 *
 * `request` is the Request that came in, whose body nothing has read before. Without it, `path` is the request target of the
 * notification URL as it came over the wire, with its query if there is one, and `headers` and the raw `body` go with it. With
 * `request`, `path` replaces the path that this process sees, where a proxy in front of it has changed that.
 * `keys` are Alipay's public keys by version. `now` is the clock in epoch milliseconds or a Date; `null` accepts a message of any
 * time. `window` replaces the 25 hours into the past and five minutes ahead within which its time must lie.
 *
 * A notification of a type that the core does not know is returned with a warning and without acknowledgement, state
 * and outcome: to acknowledge what was not understood is for the merchant to decide.
 */
export async function verifyNotification({ request, ...message } = {}) {
  let checked;
  try {
    checked = await checkNotification(request === undefined ? message : { ...(await received(request)), ...message });
  } catch (error) {
    if (error instanceof CashierError) error.status = statusOf(error);
    throw error;
  }
  const { problems, signed, ...read } = checked;
  if (problems) throw new CashierError(problems, { status: signed ? 422 : statusOf(problems[0]) });
  return read;
}

/** What to answer to a request that is refused before its signature is found good; 500 where the merchant's own side is wrong. */
function statusOf({ code, path }) {
  const known = { BODY_EMPTY: 400, BODY_UNREADABLE: 400, METHOD_NOT_ALLOWED: 405, BODY_TOO_LARGE: 413 };
  return known[code] ?? (path.startsWith("/headers") || path === "/path" ? 401 : 500);
}

/**
 * The same without `request`, with the problems of a notification that is not Alipay's, or cannot be read (then `signed` is
 * true), as an answer.
 */
export async function checkNotification({ core, config, keys, path, headers, body, now = Date.now(), window, language }) {
  const head = { config: { clientId: config?.clientId }, path, window, now: milliseconds(now), language };
  const { problems, verified, signedPath } = await check(core, "open_notification", head, "request-time", headers, keys, rawBody(body));
  if (problems) return { problems };
  const { errors, warnings = [], ...read } = core.ask("read_notification", { language }, verified);
  return errors.length ? { problems: errors, signed: true } : { ...read, signedPath, warnings };
}

/** The target, the headers and the body of a Request. */
async function received(request) {
  if (typeof request?.arrayBuffer !== "function") {
    const message = "Pass a Request as request. From node:http pass path: request.url, headers: request.headers and the raw body.";
    throw new CashierError({ code: "BODY_NOT_RAW", path: "/request", message });
  }
  if (request.method !== "POST") throw new CashierError({ code: "METHOD_NOT_ALLOWED", path: "/request", message: "Alipay sends notifications with POST." });
  const { origin } = new URL(request.url);
  return { path: request.url.slice(origin.length).split("#", 1)[0], headers: request.headers, body: await bodyOf(request) };
}

async function bodyOf(request) {
  try {
    if (request.bodyUsed) throw new TypeError("it was read before");
    return await readBody(request, bodyLimit);
  } catch (cause) {
    if (cause instanceof CashierError) throw cause;
    throw new CashierError({ code: "BODY_UNREADABLE", path: "/body", message: `The body cannot be read: ${cause?.message ?? cause}.` }, { cause });
  }
}
