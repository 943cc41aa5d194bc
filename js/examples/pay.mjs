/** Asks for a payment of 1 US dollar and prints where to send the shopper: node pay.mjs order-1 */

import { createPayment } from "@edgecashier/core/server";
import { options, port, tell, words } from "./shop.mjs";

const [id] = words("node pay.mjs", "ORDER");

const order = {
  referenceOrderId: id,
  paymentRequestId: `${id}-1`, // the attempt: the same id never charges twice
  orderDescription: "Pencil",
  paymentAmount: { currency: "USD", value: "100" },
  settlementCurrency: "USD",
  terminalType: "WEB",
  businessType: "4",
  goods: [{ goodsName: "Pencil", goodsQuantity: "1" }],
  paymentNotifyUrl: `http://127.0.0.1:${port}/notify`,
  paymentRedirectUrl: "https://shop.example/thanks",
};

async function pay() {
  const payment = await createPayment({ ...options, order });
  const { paymentId } = payment.response; // Alipay's name of the payment: keep it with the order
  if (payment.outcome !== "REDIRECT") return { paymentId, next: payment.advice.operator }; // paid already: inquire
  const { location, html } = payment.redirect;
  return { paymentId, location, html: location === undefined ? html : undefined }; // answer 303 with location, or the page with html
}

await tell(pay());
