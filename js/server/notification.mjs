import { CashierError } from "../error.mjs";
import { authenticate, rawBody } from "./message.mjs";

/**
 * Verifies a payment notification and reads it, in this order. Answer the request with `acknowledgement` once the
 * notification is stored safely; with 401 when this throws.
 *
 * `path` is the request target of the notification URL as it came over the wire, with its query if there is one.
 * `keys` are Alipay's public keys by version. `now` is the clock in epoch milliseconds; `null` accepts a message of any time.
 */
export async function verifyNotification({ core, config, keys, path, headers, body, now = Date.now() }) {
  const head = { config: { clientId: config.clientId }, path, now: now === null ? undefined : Number(now) };
  const verified = await authenticate(core, "open_notification", head, "request-time", headers, keys, rawBody(body));
  const { notification, acknowledgement, errors, warnings = [] } = core.ask("read_notification", { config }, verified);
  if (errors.length) throw new CashierError(errors);
  return { notification, acknowledgement, warnings };
}
