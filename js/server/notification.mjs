import { CashierError } from "../error.mjs";
import { check, rawBody } from "./message.mjs";

/**
 * Verifies a notification of a payment or a refund and reads it, in this order. Answer the request with
 * `acknowledgement` once the notification is stored safely; with 401 when this throws.
 *
 * `path` is the request target of the notification URL as it came over the wire, with its query if there is one.
 * `keys` are Alipay's public keys by version. `now` is the clock in epoch milliseconds; `null` accepts a message of any
 * time. `window` replaces the 25 hours into the past and five minutes ahead within which its time must lie.
 *
 * A notification of a type that the core does not know is returned with a warning and without acknowledgement, state
 * and outcome: to acknowledge what was not understood is for the merchant to decide.
 */
export async function verifyNotification(options) {
  const { problems, ...read } = await checkNotification(options);
  if (problems) throw new CashierError(problems);
  return read;
}

/** The same, with the problems of a notification that is not Alipay's, or cannot be read, as an answer. */
export async function checkNotification({ core, config, keys, path, headers, body, now = Date.now(), window, language }) {
  const head = { config: { clientId: config.clientId }, path, window, now: now === null ? undefined : Number(now), language };
  const { problems, verified } = await check(core, "open_notification", head, "request-time", headers, keys, rawBody(body));
  if (problems) return { problems };
  const { errors, warnings = [], ...read } = core.ask("read_notification", { language }, verified);
  return errors.length ? { problems: errors } : { ...read, warnings };
}
