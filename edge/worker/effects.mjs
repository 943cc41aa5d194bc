/**
 * What is done after a record was stored: calls to Alipay and messages to the merchant, and what comes of each goes back to the
 * record as an event. It happens outside of the Ledger objects: one object shares the six connections of an invocation among
 * all that it does, and its one thread should not sign.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import { cancelPayment, CashierError, createPayment, createRefund, inquirePayment, inquireRefund } from "../../js/server.mjs";
import { core } from "./core.mjs";
import { log, reason } from "./log.mjs";
import { settings } from "./settings.mjs";
import { askShard } from "./shards.mjs";
import { deliver } from "./webhook.mjs";

/** Less than the 30 seconds for which advance has the call to itself. */
const patience = 15_000;

/** The client's call for an operation of advance, and what its request is called there. */
const calls = {
  pay: (request, options) => createPayment({ ...options, order: request }),
  inquiry_payment: (request, options) => inquirePayment({ ...options, payment: request }),
  cancel: (request, options) => cancelPayment({ ...options, payment: request }),
  refund: (request, options) => createRefund({ ...options, refund: request }),
  inquiry_refund: (request, options) => inquireRefund({ ...options, refund: request }),
};

/**
 * Does the effects of an order, and those that come of their results. Messages to the merchant are sent meanwhile: nobody
 * waits for them.
 * @param {object} env @param {ExecutionContext} ctx @param {number} shard of the order
 * @param {string} referenceOrderId @param {object[]} effects
 * @returns {Promise<object | undefined>} when the calls have ended: the view after the last one, undefined when there was none or the ledger did
 *   not take its result. It gives the effect again then
 */
export async function perform(env, ctx, shard, referenceOrderId, effects) {
  let last;
  const settle = async (event) => {
    const { id } = event;
    try {
      const reply = await askShard(env, shard, (ledger) => ledger.submit({ referenceOrderId }, event));
      if (!reply || reply.errors) return log.error("a result was refused", { referenceOrderId, id, ...(reply && { code: reply.errors[0].code, path: reply.errors[0].path }) });
      last = reply.view;
      if (reply.effects.length > 0) last = (await perform(env, ctx, shard, referenceOrderId, reply.effects)) ?? last;
    } catch (error) {
      log.error("a result was not stored, the effect comes again", { referenceOrderId, id, error: reason(error) });
    }
  };
  const calls = [];
  for (const effect of effects) {
    if (effect.type === "call") calls.push(call(env, effect, referenceOrderId).then(settle));
    else ctx.waitUntil(message(env, effect, referenceOrderId).then(settle));
  }
  await Promise.all(calls);
  return last;
}

async function call(env, { id, operation, request }, referenceOrderId) {
  const { config, keys, privateKey } = settings(env);
  const at = { operation, id, referenceOrderId };
  try {
    const { response, state, outcome, redirect } = await calls[operation](request, { core, config, keys, privateKey, patience });
    return { type: "answer", id, answer: { response, state, outcome, redirect, errors: [] } };
  } catch (error) {
    if (!(error instanceof CashierError)) {
      log.error("call failed", { ...at, error: reason(error) });
      return { type: "no-answer", id };
    }
    const { response, outcome, errors, unverified } = error;
    if (response) {
      // Alipay's signed no is an answer like another.
      log.info("Alipay refused a call", { ...at, resultCode: response.resultCode, outcome });
      return { type: "answer", id, answer: { response, outcome, errors: [] } };
    }
    const sent = outcome !== undefined;
    log.warn(sent ? "no answer to a call" : "call not sent", { ...at, code: errors[0].code, path: errors[0].path, unverified });
    return { type: "no-answer", id, sent, errors: errors.map(({ code, path, message }) => ({ code, path, message })) };
  }
}

async function message(env, { id, payload }, referenceOrderId) {
  const event = await deliver({ url: env.WEBHOOK_URL, secrets: settings(env).webhookSecrets, id, payload });
  const said = { webhookId: id, referenceOrderId, status: event.status };
  if (event.type === "undelivered") log.warn("webhook not delivered, it comes again", said);
  return { ...event, id };
}

/** The effects that a Ledger object hands over: each call of it is an invocation with connections of its own. */
export class Effects extends WorkerEntrypoint {
  /**
   * @param {number} shard @param {{referenceOrderId: string, effects: object[]}[]} orders
   */
  async perform(shard, orders) {
    await Promise.all(orders.map(({ referenceOrderId, effects }) => perform(this.env, this.ctx, shard, referenceOrderId, effects)));
  }
}
