/**
 * wasm/vectors/clients/answers.json: HTTP status, signature and result of an answer, and what the client makes of it. The client in Go
 * runs the same table (host/gateway/answers_test.go).
 */
import assert from "node:assert/strict";
import { createSign, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as server from "../server.mjs";
import { core, order, signatures } from "./support/core.mjs";

const { cases } = JSON.parse(readFileSync(new URL("../../wasm/vectors/clients/answers.json", import.meta.url), "utf8"));
const [alipay, stranger] = [0, 1].map(() => generateKeyPairSync("rsa", { modulusLength: 2048 }));
const clientId = "SANDBOX_5Y055A2Y2F6K05235";
const payment = { paymentRequestId: order.paymentRequestId };
const refund = { refundRequestId: "refund-1", paymentId: "p1", refundAmount: { currency: "USD", value: "40" } };

/** The function for each call, and what it is about. A call that the package does not have is not in here. */
const calls = Object.fromEntries(
  Object.entries({
    pay: [server.createPayment, { order }],
    inquiryPayment: [server.inquirePayment, { payment }],
    cancel: [server.cancelPayment, { payment }],
    refund: [server.createRefund, { refund }],
  }).filter(([, [call]]) => call),
);

function answer(url, { signature: kind, httpStatus, body }) {
  const at = "2020-06-01T17:25:11+08:00";
  const signer = kind === "bad" ? stranger : alipay;
  const signature = createSign("sha256").update(`POST ${new URL(url).pathname}\n${clientId}.${at}.${body}`).sign(signer.privateKey, "base64");
  const headers = { "content-type": "application/json", "client-id": clientId, "response-time": at };
  if (kind !== "none") headers.signature = `algorithm=RSA256,keyVersion=1,signature=${encodeURIComponent(signature)}`;
  return new Response(body, { status: httpStatus, headers });
}

async function outcomeOf(one) {
  const [call, subject] = calls[one.call];
  try {
    const { response, outcome } = await call({
      core,
      config: { clientId, keyVersion: 2 },
      privateKey: signatures.own_key.private_pkcs8_pem,
      keys: { 1: alipay.publicKey.export({ type: "spki", format: "der" }).toString("base64") },
      time: "2020-05-18T12:08:56+05:30",
      fetch: (url) => answer(url, one),
      ...subject,
    });
    return { code: response.resultCode, outcome, unknown: response.resultStatus === "U" && ["INQUIRE", "REPEAT"].includes(outcome) };
  } catch (error) {
    const { code, outcome, outcomeUnknown = outcome === "INQUIRE" } = error;
    return { code, outcome, unknown: outcomeUnknown };
  }
}

for (const call of Object.keys(calls)) {
  test(`answers to ${call}`, async () => {
    const own = cases.filter((one) => one.call === call);
    assert.ok(own.length > 20);
    for (const one of own) {
      assert.deepEqual(await outcomeOf(one), { code: one.code, outcome: one.outcome, unknown: one.unknown }, one.name);
    }
  });
}

test("the package pays", () => assert.ok(calls.pay));
