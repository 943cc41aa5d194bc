/** Gives 40 cents of a paid payment back: node refund.mjs 2026112810000000000000000000000000001 refund-1 */

import { createRefund } from "@edgecashier/core/server";
import { options, port, tell, words } from "./shop.mjs";

const [paymentId, refundRequestId] = words("node refund.mjs", "PAYMENT_ID", "REFUND_REQUEST_ID");

const refund = {
  refundRequestId, // the same id never refunds twice
  paymentId,
  refundAmount: { currency: "USD", value: "40" },
  refundReason: "One pencil was broken",
  refundNotifyUrl: `http://127.0.0.1:${port}/notify`,
};

async function giveBack() {
  const { state, response } = await createRefund({ ...options, refund });
  return { state, refundId: response.refundId, refundAmount: response.refundAmount };
}

await tell(giveBack());
