import { converse, prepare, refusal } from "./call.mjs";

/**
 * Asks Alipay for a payment and returns where to send the shopper, as `redirect`. It is missing only where Alipay answers that
 * the order is paid already, with `outcome` "INQUIRE": inquirePayment tells.
 *
 * Throws a CashierError where Alipay refuses, with the result code as `code`, what to do next as `outcome`, and the signed answer
 * as `response`. Throws with `outcomeUnknown` whenever the payment may exist all the same: ask for it by its paymentRequestId, or
 * repeat the same order, before anything else.
 */
export async function createPayment(options = {}) {
  const answer = await sendPayment({ ...options, request: preparePayment(options) });
  if (!created(answer)) throw refusal(answer);
  return answer;
}

/** The request for an order, as the core builds it; throws its problems. It lacks only the signature. */
export function preparePayment({ order, ...options }) {
  return prepare("build_pay", options, { order });
}

/** Signs and sends the `request` that preparePayment made of the order, and returns what Alipay has signed, be it a refusal. */
export async function sendPayment({ request, order, ...options }) {
  const { paymentRequestId, paymentAmount, settlementCurrency, terminalType } = order;
  return converse("read_pay", request, options, { terminalType }, (answer) => {
    // A refusal may leave out what it is about.
    if (!created(answer) && !answer.response.paymentRequestId) return undefined;
    return { paymentRequestId, paymentAmount, settlementCurrency };
  });
}

function created({ outcome, response }) {
  return outcome === "REDIRECT" || response.resultStatus === "S";
}
