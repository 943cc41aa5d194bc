/** Alipay's notifications. Nothing gets past this that Alipay has not signed, and nothing is acknowledged that is not kept. */
import { CashierError, explain, verifyNotification } from "../../js/server.mjs";
import { readBody } from "./body.mjs";
import { core } from "./core.mjs";
import { perform } from "./effects.mjs";
import { log } from "./log.mjs";
import { answer, bareAnswer, jsonHeaders, problem, requestID } from "./respond.mjs";
import { settings } from "./settings.mjs";
import { askShard, shardOf, shardOfPayment } from "./shards.mjs";

// Only a refusal that is in the log has a body, and the id under which it is there. Any other is one of a flood.
const bareRefusal = bareAnswer(401);

/**
 * Verifies a notification, commits it to the ledger and acknowledges it, in this order: what was acknowledged is never sent
 * again. A forgery touches no storage.
 * @param {Request} request @param {object} env @param {ExecutionContext} ctx
 * @param {string} path the request's target
 * @param {string} [about] the paymentRequestId in the address, which notifications of refunds have
 */
export async function notify(request, env, ctx, path, about) {
  const body = await readBody(request);
  if (body instanceof Response) return body;
  const { config, keys, shards } = settings(env);
  const message = { core, config, keys, path, headers: request.headers, body };
  let read;
  try {
    read = await verifyNotification(message);
  } catch (error) {
    if (!(error instanceof CashierError) || error.status >= 500) throw error;
    if (error.status === 422) return unreadable(request, env, ctx, error);
    return refuse(request, env, ctx, message, error);
  }
  const { acknowledgement, signedPath, ...reply } = read;
  const { paymentRequestId = about, refundRequestId } = reply.notification;
  const kept = paymentRequestId === undefined
    ? await keepRefund(env, shards, refundRequestId, reply)
    : await keep(env, shardOfPayment(paymentRequestId, shards) ?? (await shardOf(paymentRequestId, shards)), { paymentRequestId }, reply);
  if (kept.errors) {
    // It comes again, by then perhaps to a version that can read the record; and a person sees it meanwhile.
    log.error("a notification could not be kept in its record", { requestId: requestID(request), paymentRequestId, code: kept.errors[0].code });
    return problem(500, "INTERNAL", "the notification could not be processed; please send it again");
  }
  if (kept.misfit || kept.stray) log.error("a notification does not fit the ledger", { requestId: requestID(request), paymentRequestId, refundRequestId, code: kept.misfit ?? kept.stray });
  if (kept.effects?.length > 0) ctx.waitUntil(perform(env, ctx, kept.shard, kept.referenceOrderId, kept.effects));
  if (acknowledgement === undefined) {
    // Genuine, and of a kind that nothing here understands. It is kept for a person; and it comes again, by then perhaps to a version that
    // knows the kind.
    log.error("notification of an unknown kind", { requestId: requestID(request), paymentRequestId, notifyType: String(reply.notification.notifyType).slice(0, 64) });
    return problem(501, "NOTIFY_TYPE_UNKNOWN", "this kind of notification is not handled here");
  }
  return answer(acknowledgement, 200, jsonHeaders, request.url, requestID(request));
}

async function keep(env, shard, which, reply) {
  return { shard, ...(await askShard(env, shard, (ledger) => ledger.notified(which, reply))) };
}

/** A refund's notification that does not come to the address of its payment, as one of a refund made elsewhere: any shard may know it. */
async function keepRefund(env, shards, refundRequestId, reply) {
  if (typeof refundRequestId === "string") {
    for (let shard = 0; shard < shards; shard++) {
      const kept = await askShard(env, shard, (ledger) => ledger.notified({ refundRequestId }, reply, { stray: false }));
      if (kept) return { shard, ...kept };
    }
  }
  return keep(env, 0, { refundRequestId: refundRequestId ?? "" }, reply);
}

/** Alipay has signed it, and it cannot be read. It comes again, by then perhaps to a version that can. */
function unreadable(request, env, ctx, { code, path }) {
  log.error("a genuine notification cannot be read", { requestId: requestID(request), code, path });
  ctx.waitUntil(askShard(env, 0, (ledger) => ledger.refused(code)).catch(() => {}));
  return problem(422, code, "the notification cannot be read", path);
}

/** By the code of a refusal: when one was noted, and how many were not since. */
const notes = new Map();

/**
 * One refusal a second for each code is noted in the log, which is enough to see that something is wrong: a flood of forgeries is no flood of
 * lines, nor of the work that goes into one.
 */
async function refuse(request, env, ctx, message, { code }) {
  const now = Date.now();
  const last = notes.get(code);
  if (last && now - last.at < 1000) {
    last.more++;
    return bareRefusal(request.url);
  }
  notes.set(code, { at: now, more: 0 });
  await note(env, ctx, message, { requestId: requestID(request), code, more: last?.more ?? 0 });
  // The body does not say what gave it away.
  return problem(401, "NOTIFICATION_REFUSED", "this is no notification of Alipay");
}

// Tells a forgery from a genuine message that does not fit what is configured here: that one verifies under Alipay's key
// once the cause is allowed for, which nobody else can bring about.
async function note(env, ctx, message, refusal) {
  const causes = await genuine(message);
  if (causes === undefined) return log.warn("notification refused", refusal);
  log.error("a genuine notification was refused: CONFIG, ALIPAY_PUBLIC_KEYS or the address do not fit, or it is old", { ...refusal, causes });
  ctx.waitUntil(askShard(env, 0, (ledger) => ledger.refused(causes[0] ?? refusal.code)).catch(() => {}));
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
