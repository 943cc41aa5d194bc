// The payment of an order that nobody has paid yet, as nearly every checkout is: the ledger's row, then Alipay, then the
// redirect into the row. This is what start in checkout.go does for it, without an instance of the Go program, which
// would cost as much again as all the rest. Whatever else comes up is left to that program: an order that is there
// already or has problems, a refusal, an answer that did not come.
import { CashierError } from "../js/server.mjs";
import { preparePayment, sendPayment } from "../js/server/payment.mjs";
import { firstAttempt } from "./attempt.mjs";
import { settings } from "./settings.mjs";
import insertText from "./statements/insertPayment.sql";
import redirectText from "./statements/setRedirect.sql";

const insertPayment = `${insertText} RETURNING attempt`;
const setRedirect = `${redirectText} RETURNING paymentStatus, redirectJSON, cancelAt`;
const inquiryPause = 120_000; // as in reconcile.go

/**
 * @param {import("../js/index.mjs").Core} core
 * @param {object} env
 * @param {object} order of a verified token
 * @param {string} id of the request, for the log
 * @returns {Promise<{view: object} | {begun: object}>} what the shopper may know of the payment, as in return.go; or what
 *   the Go program needs to go on from here
 */
export async function startPayment(core, env, order, id) {
  const { config, keys, origin, resultHosts } = settings(env);
  const resultPage = order.paymentRedirectUrl ?? "";
  if (!plain(order) || (resultPage !== "" && !allowed(resultPage, resultHosts))) return { begun: { order } };
  const paymentRequestId = await firstAttempt(env.WEBHOOK_SECRET, config.clientId, order.referenceOrderId);
  const complete = { ...order, paymentRequestId, paymentNotifyUrl: `${origin}/notify`, paymentRedirectUrl: `${origin}/return/${paymentRequestId}` };
  let request;
  try {
    request = preparePayment({ core, config, order: complete });
  } catch (error) {
    if (!(error instanceof CashierError)) throw error;
    return { begun: { order } };
  }
  // Members that are not known: the merchant signed something else than what would be paid.
  if (request.warnings?.length) return { begun: { order } };

  const { referenceOrderId, paymentAmount, settlementCurrency = "" } = complete;
  const now = Date.now();
  const made = await env.LEDGER.prepare(insertPayment)
    .bind(paymentRequestId, referenceOrderId, 1, paymentAmount.currency, paymentAmount.value, settlementCurrency, JSON.stringify(complete), resultPage, now, now, now + inquiryPause)
    .raw();
  if (made.length === 0) return { begun: { order } };

  const answer = await ask({ core, config, keys, order: complete, privateKey: env.PRIVATE_KEY, request });
  if (answer.outcome !== "REDIRECT") return { begun: { order, made: paymentRequestId, answer } };
  const { paymentId } = answer.response;
  log("payment started", { operation: "pay", paymentRequestId, paymentId, outcome: answer.outcome, requestId: id });
  const text = JSON.stringify(answer.redirect);
  const [[paymentStatus, redirect, cancelAt] = []] = await env.LEDGER.prepare(setRedirect)
    .bind(paymentId || null, text, Date.now(), paymentRequestId)
    .raw();
  if (paymentStatus !== "PROCESSING" || redirect !== text || cancelAt !== null) return { begun: { order } };
  return { view: { paymentRequestId, referenceOrderId, paymentStatus, paymentAmount, redirect: answer.redirect } };
}

/**
 * Asks Alipay for a payment.
 * @param {object} options those of createPayment; with `request` what preparePayment made of the order
 * @returns {Promise<object>} the verified answer; or `failed`, the problems, with `sent` when the payment may exist all the
 *   same, and what an answer claimed that could not be verified
 */
export async function ask({ request, ...options }) {
  try {
    return await sendPayment({ ...options, request: request ?? preparePayment(options) });
  } catch ({ errors, outcome, unverified, message }) {
    return { failed: errors ?? [{ code: "INTERNAL", path: "", message }], sent: outcome === "INQUIRE", unverified };
  }
}

// The members of an order that are more than a text; core.wasm knows what is in them.
const structured = new Set(["paymentAmount", "orderAmount", "goods", "env", "buyer", "shipping", "merchant", "extendInfo"]);

/** Whether the Go program, too, could read the order in the ledger: core.wasm does not look at members that an order does not need. */
function plain(order) {
  return Object.entries(order).every(([name, value]) => typeof value === "string" || structured.has(name));
}

/** Whether shoppers may be sent to a page without any doubt; where there is one, allowsResultPage in settings.go decides. */
function allowed(page, hosts) {
  const [, scheme, host] = /^(https?):\/\/([\w.-]+(?::\d+)?)(?:[/?#][!-\[\]-~]*)?$/.exec(page) ?? [];
  return host !== undefined && (scheme === "https" || /^(localhost|127\.0\.0\.1)(:|$)/.test(host)) && hosts.includes(host.toLowerCase());
}

/** A line as the Go program writes them. */
function log(msg, attributes) {
  console.log(JSON.stringify({ time: new Date().toISOString(), level: "INFO", msg, ...attributes }));
}
