/** The start of a payment: a verified order token becomes a record, and where the shopper goes comes of it. */
import { askShard, newPaymentRequestId, shardOf } from "./shards.mjs";
import { perform } from "./effects.mjs";
import { problem, problems } from "./respond.mjs";
import { allowsResultPage, settings } from "./settings.mjs";

/** As long as a shopper waits for a call that another request has begun; then the page that goes on waiting is shown. */
const patience = 15_000;

/** What is wrong with a record or the ledger, and not with the order. */
const ours = /^(RECORD_VERSION|CLOCK_WENT_BACK|LEDGER_SHARDS_CHANGED)$|^CONFIG_/;
const conflicts = new Set(["ORDER_CHANGED", "RECORD_TOO_LARGE", "TOO_MANY_ATTEMPTS", "REQUEST_ID_USED"]);

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
  const status = errors.some(({ code }) => ours.test(code)) ? 500 : errors.some(({ code }) => conflicts.has(code)) ? 409 : 422;
  return problems(status, said);
}
