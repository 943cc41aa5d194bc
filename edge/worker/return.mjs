/** Where a payment stands: the page to which shoppers come back, and the same for programs. */
import { refused, requestLanguage, shown, viewAnswer } from "./answers.mjs";
import { core } from "./core.mjs";
import { perform } from "./effects.mjs";
import { forget } from "./form-key.mjs";
import { found, knownMiss, missed } from "./limits.mjs";
import { resultPage } from "./pages/pages.mjs";
import { problem, wantsJSON } from "./respond.mjs";
import { settings } from "./settings.mjs";
import { askShard, shardOfPayment } from "./shards.mjs";

/** The answer to an id that nobody knows. */
export const unknownPayment = () => problem(404, "PAYMENT_UNKNOWN", "there is no such payment");

/** The view of a payment, or the answer when there is none. `event` may bring an inquiry forward; nobody waits for that. */
async function look(request, env, ctx, paymentRequestId, event) {
  const known = knownMiss(request, paymentRequestId);
  if (known) return { refused: known instanceof Response ? known : unknownPayment() };
  const shard = shardOfPayment(paymentRequestId, settings(env).shards);
  const readOnly = request.method === "HEAD";
  const reply = shard === undefined ? undefined : await askShard(env, shard, (ledger) => ledger.submit({ paymentRequestId }, event, { readOnly }));
  if (!reply) {
    await missed(request, paymentRequestId, env.LOOKUPS);
    return { refused: unknownPayment() };
  }
  if (reply.errors) throw new Error(`${reply.errors[0].code} at ${reply.errors[0].path}`);
  found(paymentRequestId);
  if (reply.effects.length > 0) ctx.waitUntil(perform(env, ctx, shard, reply.referenceOrderId, reply.effects));
  return { view: reply.view };
}

/** The page of a shopper who is back from Alipay; that proves nothing. */
export async function comeBack(request, env, ctx, pathname, id) {
  const { view, refused: no } = await look(request, env, ctx, id, { type: "view", returned: true });
  if (no) return refused(request, env, no, pathname);
  if (wantsJSON(request)) return viewAnswer(view, request, env, request.url);
  const payment = await shown(view, env);
  const { text } = core.ask("format_amount", payment.paymentAmount);
  const page = resultPage({
    language: requestLanguage(request),
    view: payment,
    figure: text ?? payment.paymentAmount.value,
    redirectHosts: settings(env).config.redirectHosts,
  });
  // The purchase has come to its end. One that failed goes on under its key, as another attempt to pay the same order.
  if (["SUCCESS", "CANCELLED"].includes(payment.paymentStatus)) forget(page, request, payment.paymentRequestId);
  return page;
}

/** The state of a payment for programs. */
export async function payment(request, env, ctx, url, id) {
  const { view, refused: no } = await look(request, env, ctx, id, { type: "view" });
  return no ? refused(request, env, no, "/payments") : viewAnswer(view, request, env, url);
}
