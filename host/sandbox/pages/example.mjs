// Makes a payment in the sandbox and prints where to pay it. Needs Node 20: node example.mjs
import { sign } from "node:crypto";
import { readFile } from "node:fs/promises";

const origin = {{text .Origin}};
const clientId = {{text .ClientID}};
const fail = (sentence) => {
  console.error(sentence);
  process.exit(1);
};
{{- if .KeyFile}}
const key = await readFile({{text .KeyFile}}).catch((error) => fail(`There is no private key: ${error.message}`));
{{- else if .HandsOut}}
const key = await (await fetch(`${origin}/sandbox/api/merchants/${clientId}/private.pem`)).text();
{{- else}}
const key = await readFile("merchant-private.pem").catch((error) => fail(`There is no private key: ${error.message}`));
{{- end}}

const target = "/ams/sandbox/api/v1/payments/pay";
const now = String(Date.now());
const requestId = `example-${now}`;
const info = { chinaExtraTransInfo: { businessType: "4", goodsInfo: "pencil^2|eraser^1", totalQuantity: "3" } };
const amount = { currency: "CNY", value: "100" };
const body = JSON.stringify({
  productCode: "CASHIER_PAYMENT",
  paymentRequestId: requestId,
  paymentAmount: amount,
  paymentMethod: { paymentMethodType: "ALIPAY_CN" },
  settlementStrategy: { settlementCurrency: "{{.Settlement}}" },
  order: {
    referenceOrderId: requestId,
    orderDescription: "pencil^2|eraser^1",
    orderAmount: amount,
    extendInfo: JSON.stringify(info),
  },
  env: { terminalType: "WEB" },
  paymentNotifyUrl: "http://127.0.0.1:9000/notify",
  paymentRedirectUrl: "http://127.0.0.1:9000/return",
});

const signature = sign("sha256", Buffer.from(`POST ${target}\n${clientId}.${now}.${body}`), key).toString("base64");
const response = await fetch(origin + target, {
  method: "POST",
  headers: {
    "Content-Type": "application/json; charset=UTF-8",
    "client-id": clientId,
    "request-time": now,
    signature: `algorithm=RSA256,keyVersion={{.KeyVersion}},signature=${encodeURIComponent(signature)}`,
  },
  body,
}).catch((error) => fail(`The sandbox does not answer at ${origin}: ${error.cause ?? error}`));
const answer = await response.json();
console.log(answer);
if (!answer.normalUrl) fail(`No payment was made: ${origin}/sandbox says why.`);
console.log("Pay at", answer.normalUrl);
