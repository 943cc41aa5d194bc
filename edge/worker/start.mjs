/** The start of a payment: a verified order token becomes a record, and where the shopper goes comes of it. */
import { askShard, newPaymentRequestId, shardOf } from "./shards.mjs";
import { perform } from "./effects.mjs";
import statuses from "../../host/checkout/problem/statuses.json";
import { problem, problems } from "./respond.mjs";
import { allowsResultPage, settings } from "./settings.mjs";

/** As long as a shopper waits for a call that another request has begun; then the page that goes on waiting is shown. */
const patience = 15_000;

/**
 * Puts a signed order into the ledger and asks Alipay for its payment, unless that is done.
 * @param {object} env @param {ExecutionContext} ctx
 * @param {{order: object, issued: number}} signed what verifyToken gave
 * @param {string} language of the problems
 * @returns {Promise<{view: object} | {refused: Response}>} what the shopper may know
 */
export async function startPayment(env, ctx, { order, issued }, language) {
  const { shards, resultHosts } = settings(env);
  const { paymentRedirectUrl } = order;
  // One that is no text is refused by advance, as every order that breaks the rules is.
  const referenceOrderId = String(order.referenceOrderId);
  if (paymentRedirectUrl !== undefined && paymentRedirectUrl !== "" && !(typeof paymentRedirectUrl === "string" && allowsResultPage(paymentRedirectUrl, resultHosts))) {
    return { refused: problem(422, "URL_NOT_ALLOWED", "the order's result page is not at one of the hosts in RESULT_HOSTS", "/paymentRedirectUrl") };
  }
  const shard = await shardOf(referenceOrderId, shards);
  const event = { type: "order", order, issuedAt: issued * 1000, paymentRequestId: newPaymentRequestId(shard) };
  const reply = await askShard(env, shard, (ledger) => ledger.submit({ referenceOrderId }, event, { wait: patience, language }));
  if (reply.errors) return { refused: refusal(reply.errors) };
  if (reply.effects.length === 0) return { view: reply.view };
  // A payment that was begun is finished and remembered, also when the shopper's connection is lost.
  const performing = perform(env, ctx, shard, referenceOrderId, reply.effects);
  ctx.waitUntil(performing);
  return { view: (await performing) ?? reply.view };
}

/** The answer to an order that advance refuses; its pointers lead into the order. */
function refusal(errors) {
  const said = errors.map(({ code, path, message }) => ({ code, path: path.replace(/^\/(event|record)\/order(?=\/|$)/, ""), message }));
  return problems(Math.max(...errors.map(({ code }) => statusOf(code))), said);
}

/** The table that both shells have; what stands neither in it nor below is the order's own fault. */
function statusOf(code) {
  if (code === "LEDGER_SHARDS_CHANGED" || code.startsWith("CONFIG_")) return 500;
  return statuses[code] ?? 422;
}
