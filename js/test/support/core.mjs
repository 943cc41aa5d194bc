/** core.wasm for the tests, and the vectors that all runtimes share. */

import { readFile } from "node:fs/promises";
import { load } from "../../index.mjs";

const wasm = new URL("../../../wasm/", import.meta.url);

export const coreBytes = await readFile(new URL("core.wasm", wasm));
export const core = await load(coreBytes);
export const signatures = JSON.parse(await readFile(new URL("vectors/signatures.json", wasm), "utf8"));

/** The guide's order. */
export const order = {
  referenceOrderId: "alipayCNOrder12345",
  orderDescription: "Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1",
  paymentRequestId: "ams_alipaycn_cashier_pay_sandbox_request_0001",
  paymentAmount: { currency: "USD", value: "100" },
  settlementCurrency: "USD",
  terminalType: "WEB",
  goods: [
    { goodsName: "Macbook 12 inch M3 8G 256G SSD", goodsQuantity: "1" },
    { goodsName: "Apple iPad Pro 11 inch", goodsQuantity: "1" },
  ],
  businessType: "4",
  paymentNotifyUrl: "http://af927046.ngrok.io",
  paymentRedirectUrl: "https://www.taobao.com?param1=sl",
};
