/** Asks what became of a refund: node inquire-refund.mjs refund-1 */

import { inquireRefund } from "@edgecashier/core/server";
import { options, tell, words } from "./shop.mjs";

const [refundRequestId] = words("node inquire-refund.mjs", "REFUND_REQUEST_ID");

async function inquire() {
  const { state, response } = await inquireRefund({ ...options, refund: { refundRequestId } });
  return { state, refundId: response.refundId, refundAmount: response.refundAmount };
}

await tell(inquire());
