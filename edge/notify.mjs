// The guard before the ledger: nothing gets past it that Alipay has not signed.
import { CashierError, verifyNotification } from "../js/server.mjs";
import { readBody } from "./body.mjs";
import { problem, target } from "./respond.mjs";
import { settings } from "./settings.mjs";

const maxNotification = 64 * 1024;

// Failures of ours, after which Alipay must send the notification again.
const ours = new Set(["KEY_MALFORMED", "KEY_TOO_SHORT", "CORE_TRAPPED", "CORE_ABI_MISMATCH"]);

/**
 * Verifies a notification, puts it on the queue and acknowledges it, in this order: what was acknowledged is never
 * sent again, so it must be safe by then.
 * @param {import("../js/index.mjs").Core} core
 * @param {Request} request
 * @param {{NOTIFICATIONS: Queue}} env
 */
export async function notify(core, request, env) {
  const body = await readBody(request, maxNotification);
  if (body === null) return problem(413, "INPUT_TOO_LARGE", "a notification has at most 64 KiB");
  const { config, keys } = settings(env);
  let verified;
  try {
    verified = await verifyNotification({ core, config, keys, path: target(request), headers: request.headers, body });
  } catch (error) {
    if (!(error instanceof CashierError) || ours.has(error.code)) throw error;
    note(error.code);
    // Whoever forged it need not learn what gave it away.
    return problem(401, "NOTIFICATION_REFUSED", "this is no notification of Alipay");
  }
  await env.NOTIFICATIONS.send(JSON.stringify({ clientId: config.clientId, notification: verified.notification }), { contentType: "text" });
  return new Response(verified.acknowledgement, { headers: { "Content-Type": "application/json; charset=UTF-8" } });
}

let noted = 0;
let unnoted = 0;

// One line a second is enough to see that something is wrong, and a flood of forgeries is no flood of lines.
function note(code) {
  const now = Date.now();
  if (now - noted < 1000) {
    unnoted++;
    return;
  }
  console.warn(JSON.stringify({ level: "WARN", msg: "notification refused", code, more: unnoted }));
  noted = now;
  unnoted = 0;
}
