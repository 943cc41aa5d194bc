/** The calls that follow a payment, as host/gateway has them. */

import { converse, prepare, refusal } from "./call.mjs";

/**
 * Asks what became of a payment, which `payment` names by its paymentId or its paymentRequestId. It may be asked at any time.
 * `state` has the answer. Each error but for problems of the request leaves open what became of the payment; ORDER_NOT_EXIST means
 * that Alipay does not know it (yet: a request on its way may still arrive).
 */
export async function inquirePayment({ payment, ...options } = {}) {
  return question("inquiry_payment", options, payment, ({ response }) => paymentIds(payment, response));
}

/**
 * Calls off a payment that was not paid, or gives a paid one back in full, until 00:15 of the next day in China (UTC+8); later,
 * createRefund. `payment` names it as with inquirePayment. No notification follows. When it throws with `outcomeUnknown`, cancel
 * again or inquire.
 */
export async function cancelPayment({ payment, ...options } = {}) {
  const request = prepare("build_cancel", options, { request: payment });
  const answer = await converse("read_cancel", request, options, {}, ({ response }) => (response.resultStatus === "S" ? paymentIds(payment, response) : undefined));
  if (answer.response.resultStatus !== "S") throw refusal(answer);
  return answer;
}

/**
 * Gives a paid payment back, in whole or in part. `refund` has its refundRequestId, which names the refund (the same id never
 * refunds twice, another one does), paymentId and refundAmount. `state` is SUCCESS, or PROCESSING when a notification or
 * inquireRefund will tell the end. When it throws with `outcomeUnknown`, send the same refund again or inquire, and take no
 * other refundRequestId before it is known what became of this one.
 */
export async function createRefund({ refund, ...options } = {}) {
  const request = prepare("build_refund", options, { request: refund });
  const answer = await converse("read_refund", request, options, {}, ({ response, state }) => {
    if (!response.refundRequestId && state !== "SUCCESS") return undefined;
    const { refundRequestId, paymentId, refundAmount } = refund;
    return { refundRequestId, paymentId, refundAmount };
  });
  if (answer.state !== "SUCCESS" && answer.state !== "PROCESSING") throw refusal(answer);
  return answer;
}

/**
 * Asks what became of a refund, which `refund` names by its refundId or its refundRequestId, as inquirePayment does of a payment.
 * When ORDER_NOT_EXIST comes three times, 15 seconds apart, the refund was not placed.
 */
export async function inquireRefund({ refund, ...options } = {}) {
  return question("inquiry_refund", options, refund, ({ response }) => {
    const { refundId, refundRequestId = response.refundRequestId } = refund;
    return { refundId, refundRequestId };
  });
}

async function question(name, options, which, stored) {
  const request = prepare(`build_${name}`, options, { request: which });
  const answer = await converse(`read_${name}`, request, options, {}, (read) => (read.response.resultStatus === "S" ? stored(read) : undefined));
  if (answer.response.resultStatus !== "S") throw refusal(answer, true);
  return answer;
}

/** The core goes by the paymentRequestId; where only the paymentId was asked for, that of the answer stands in. */
function paymentIds({ paymentId, paymentRequestId }, response) {
  return { paymentId, paymentRequestId: paymentRequestId ?? response.paymentRequestId };
}
