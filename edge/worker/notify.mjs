// The guard before the ledger: nothing gets past it that Alipay has not signed.
import { CashierError, explain } from "../js/server.mjs";
import { checkNotification } from "../js/server/notification.mjs";
import { readBody, refusedBody } from "./body.mjs";
import { answer, bareAnswer, jsonHeaders, problem, requestID } from "./respond.mjs";
import { settings } from "./settings.mjs";

const maxNotification = 64 * 1024;

// Failures of ours, after which Alipay must send the notification again.
const ours = new Set(["KEY_MALFORMED", "KEY_TOO_SHORT", "CORE_TRAPPED", "CORE_ABI_MISMATCH"]);

// Only a refusal that is in the log has a body, and the id under which it is there. Any other is one of a flood.
const bareRefusal = bareAnswer(401);

/**
 * Verifies a notification, puts it on the queue and acknowledges it, in this order: what was acknowledged is never
 * sent again, so it must be safe by then.
 * @param {import("../js/index.mjs").Core} core
 * @param {Request} request
 * @param {{NOTIFICATIONS: Queue}} env
 * @param {string} path the request's target
 * @param {string} url the request's
 * @param {() => boolean | Promise<boolean>} configured whether the program behind the queue can work with the Worker's variables
 */
export async function notify(core, request, env, path, url, configured) {
  const body = await readBody(request, maxNotification);
  if (!(body instanceof Uint8Array)) return refusedBody(body, "a notification");
  const { config, keys } = settings(env);
  // A fault of ours, and none of the notification's.
  if (!config.clientId) throw new Error("the variable CONFIG has no clientId");
  const message = { core, config, keys, path, headers: request.headers, body };
  let checked;
  try {
    checked = await checkNotification(message);
  } catch (error) {
    if (!(error instanceof CashierError) || ours.has(error.code)) throw error;
    checked = { problems: error.errors };
  }
  const { problems, notification, state, acknowledgement } = checked;
  if (problems) {
    const [{ code }] = problems;
    const unnoted = count(code);
    if (unnoted === undefined) return bareRefusal(url);
    await note(code, unnoted, requestID(request), message);
    // The body does not say what gave it away.
    return problem(401, "NOTIFICATION_REFUSED", "this is no notification of Alipay");
  }
  if (acknowledgement === undefined) {
    // Genuine, and of a kind that nothing here can do anything with. To say "received" would be to lose it: it comes
    // again, by then perhaps to a version that knows the kind.
    const { notifyType } = notification;
    console.error(JSON.stringify({ level: "ERROR", msg: "notification of an unknown kind", requestId: requestID(request), notifyType: String(notifyType).slice(0, 64) }));
    return problem(501, "NOTIFY_TYPE_UNKNOWN", "this kind of notification is not handled here");
  }
  // Acknowledged, it would be lost unless somebody put the variables right before the queue gives it up.
  if (!(await configured())) throw new Error("not acknowledged: the Go program has not started, its variables are wrong or too much is going on");
  await env.NOTIFICATIONS.send(JSON.stringify({ clientId: config.clientId, notification, state }), { contentType: "text" });
  return answer(acknowledgement, 200, jsonHeaders, url, requestID(request));
}

/** By the code of a refusal: when one was noted, and how many were not since. */
const notes = new Map();
let misfit;

/** The last notification that was refused though Alipay has signed it, for /healthz: undefined where there was none. */
export function refusedGenuine() {
  return misfit;
}

/**
 * Counts a refusal. One a second for each code is noted in the log, which is enough to see that something is wrong: a flood
 * of forgeries is no flood of lines, nor of the work that goes into one.
 * @returns {number | undefined} for one that is to be noted, how many were not since the last; for any other undefined
 */
function count(code) {
  const now = Date.now();
  const last = notes.get(code);
  if (last && now - last.at < 1000) {
    last.more++;
    return undefined;
  }
  notes.set(code, { at: now, more: 0 });
  return last?.more ?? 0;
}

// Tells a forgery from a genuine message that does not fit what is configured here: that one verifies under Alipay's key
// once the cause is allowed for, which nobody else can bring about.
async function note(code, more, id, message) {
  const causes = await genuine(message);
  if (causes === undefined) {
    console.warn(JSON.stringify({ level: "WARN", msg: "notification refused", requestId: id, code, more }));
    return;
  }
  misfit = { code: causes[0] ?? code, at: new Date().toISOString() };
  const msg = "a genuine notification was refused: CONFIG, ALIPAY_PUBLIC_KEYS or the address do not fit, or it is old";
  console.error(JSON.stringify({ level: "ERROR", msg, requestId: id, code, causes, more }));
}

// The codes of what is wrong with a message of Alipay's, undefined for one that Alipay has not signed.
async function genuine(message) {
  try {
    const { content, causes } = await explain({ ...message, now: null });
    return content === undefined ? undefined : causes.map(({ code }) => code);
  } catch (error) {
    if (error instanceof CashierError) return undefined;
    throw error;
  }
}
