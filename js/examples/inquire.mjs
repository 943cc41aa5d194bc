/** Asks what became of a payment: node inquire.mjs order-1-1 */

import { inquirePayment } from "@edgecashier/core/server";
import { options, tell, words } from "./shop.mjs";

const [paymentRequestId] = words("node inquire.mjs", "PAYMENT_REQUEST_ID");

async function inquire() {
  const { state, response, advice } = await inquirePayment({ ...options, payment: { paymentRequestId } });
  return { state, paymentId: response.paymentId, paymentAmount: response.paymentAmount, next: advice.operator };
}

await tell(inquire());
