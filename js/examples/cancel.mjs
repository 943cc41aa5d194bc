/** Calls a payment off, or gives a paid one back in full on the same day: node cancel.mjs order-1-1 */

import { cancelPayment } from "@edgecashier/core/server";
import { options, tell, words } from "./shop.mjs";

const [paymentRequestId] = words("node cancel.mjs", "PAYMENT_REQUEST_ID");

async function cancel() {
  const { state, response } = await cancelPayment({ ...options, payment: { paymentRequestId } });
  return { state, cancelTime: response.cancelTime };
}

await tell(cancel());
