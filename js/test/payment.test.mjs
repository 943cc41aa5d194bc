import assert from "node:assert/strict";
import { createSign, createVerify, generateKeyPairSync } from "node:crypto";
import test from "node:test";
import { createPayment } from "../server.mjs";
import { core, order, signatures } from "./support/core.mjs";

const alipay = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keys = { 1: alipay.publicKey.export({ type: "spki", format: "der" }).toString("base64") };
const config = { clientId: "SANDBOX_5Y055A2Y2F6K05235", keyVersion: 2, redirectHosts: ["127.0.0.1:8801"] };
const merchant = signatures.own_key;
const time = "2020-05-18T12:08:56+05:30";
const path = "/ams/sandbox/api/v1/payments/pay";

const answer = {
  paymentAmount: order.paymentAmount,
  paymentCreateTime: "2020-06-01T17:25:10+08:00",
  paymentId: "2020060110000100",
  paymentRequestId: order.paymentRequestId,
  redirectActionForm: {
    method: "GET",
    parameters: '{"paymentExpireTime":1591046710000,"county":"US"}',
    redirectUrl: "https://iopensandbox.alipay.com/alipaycn/pc/cashier",
  },
  result: { resultCode: "PAYMENT_IN_PROCESS", resultMessage: "payment in process", resultStatus: "U" },
};

function signed(body, { signer = alipay.privateKey, clientId = config.clientId, headers = {}, status = 200 } = {}) {
  const at = "2020-06-01T17:25:10+08:00";
  const signature = createSign("sha256").update(`POST ${path}\n${clientId}.${at}.${body}`).sign(signer, "base64");
  const signatureHeader = `algorithm=RSA256,keyVersion=1,signature=${encodeURIComponent(signature)}`;
  return new Response(body, { status, headers: { "client-id": clientId, "response-time": at, signature: signatureHeader, ...headers } });
}

function pay(fetch, changes) {
  return createPayment({ core, config, order, privateKey: merchant.private_pkcs8_pem, keys, time, fetch, ...changes });
}

/** The call failed after the request may have arrived. */
const unknown = (code) => (error) => {
  assert.equal(error.code, code);
  assert.deepEqual([error.outcome, error.outcomeUnknown], ["INQUIRE", true]);
  return true;
};

/** Nothing was sent. */
const refused = (code) => (error) => {
  assert.equal(error.code, code);
  assert.deepEqual([error.name, error.outcome, error.outcomeUnknown], ["CashierError", undefined, false]);
  return true;
};

test("sends the guide's request, signed, and reads the verified answer", async () => {
  let sent;
  const payment = await pay((url, request) => {
    sent = { url, ...request };
    return signed(JSON.stringify(answer));
  });
  assert.equal(sent.url, `https://open-na.alipay.com${path}`);
  assert.equal(sent.method, "POST");
  assert.equal(sent.redirect, "manual");
  assert.equal(new Headers(sent.headers).get("client-id"), config.clientId);
  assert.equal(new Headers(sent.headers).get("request-time"), time);
  const [, signature] = /^algorithm=RSA256,keyVersion=2,signature=([^,]+)$/.exec(new Headers(sent.headers).get("signature"));
  const content = `POST ${path}\n${config.clientId}.${time}.${sent.body}`;
  assert.ok(createVerify("sha256").update(content).verify(merchant.public_spki_pem, decodeURIComponent(signature), "base64"));
  assert.deepEqual(JSON.parse(sent.body).paymentAmount, order.paymentAmount);

  assert.equal(payment.outcome, "REDIRECT");
  assert.equal(payment.state, "PROCESSING");
  assert.match(payment.advice.shopper, /Alipay/);
  assert.match(payment.redirect.html, /^<form method="get" accept-charset="UTF-8" action="https:/);
  assert.equal(payment.response.paymentId, answer.paymentId);
  assert.equal(payment.redirect.location, "https://iopensandbox.alipay.com/alipaycn/pc/cashier?paymentExpireTime=1591046710000&county=US");
});

test("the time of now is written as the profile wants it", async () => {
  for (const [profile, form] of [
    [{}, "iso8601"],
    [{ wireProfile: "guide" }, "iso8601"],
    [{ wireProfile: "current" }, "epoch-ms"],
    [{ requestTime: "epoch-ms" }, "epoch-ms"],
    [{ wireProfile: "current", requestTime: "iso8601" }, "iso8601"],
  ]) {
    let sent;
    const config = { clientId: "SANDBOX_5Y055A2Y2F6K05235", ...profile };
    await pay((url, request) => ((sent = new Headers(request.headers).get("request-time")), signed(JSON.stringify(answer))), { config, time: undefined });
    assert.match(sent, form === "iso8601" ? /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/ : /^\d{13}$/);
  }
});

test("an order with problems is not sent", async () => {
  const never = () => assert.fail("sent");
  await assert.rejects(pay(never, { order: { ...order, settlementCurrency: "EUR" } }), refused("SETTLEMENT_CURRENCY_MISMATCH"));
  await assert.rejects(pay(never, { privateKey: merchant.public_spki_b64 }), refused("KEY_MALFORMED"));
});

test("the merchant's own key in place of Alipay's is noticed before anything is sent", async () => {
  await assert.rejects(pay(() => assert.fail("sent"), { keys: { 1: merchant.public_spki_b64 } }), refused("KEY_IS_YOUR_OWN"));
});

test("no answer, or one that is not Alipay's, leaves the outcome unknown", async () => {
  const body = JSON.stringify(answer);
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const unsigned = { headers: { signature: "" } };
  await assert.rejects(pay(() => Promise.reject(new TypeError("fetch failed"))), unknown("GATEWAY_UNREACHABLE"));
  await assert.rejects(pay(() => signed(body, { status: 500, ...unsigned })), unknown("HEADER_MISSING"));
  await assert.rejects(pay(() => new Response("<h1>Bad gateway</h1>", { status: 502 })), (error) => unknown("HEADER_MISSING")(error) && /HTTP status 502/.test(error.message));
  await assert.rejects(pay(() => signed("", { status: 302, headers: { location: "https://example.com/" } })), unknown("BODY_EMPTY"));
  await assert.rejects(pay(() => signed(body, { signer: other })), unknown("SIGNATURE_MISMATCH"));
  await assert.rejects(pay(() => signed(body, { clientId: "OTHER" })), unknown("CLIENT_ID_MISMATCH"));
  await assert.rejects(pay(() => signed(body, unsigned)), unknown("HEADER_MISSING"));
  await assert.rejects(pay(() => signed("<html>")), unknown("JSON_MALFORMED"));
  await assert.rejects(pay(() => signed(" ".repeat((1 << 20) + 1))), unknown("BODY_TOO_LARGE"));
});

test("createPayment throws where Alipay refuses", async () => {
  for (const [result, outcome, outcomeUnknown] of [
    [{ resultStatus: "F", resultCode: "REPEAT_REQ_INCONSISTENT", resultMessage: "repeated request, inconsistent" }, "FIX_REQUEST", false],
    [{ resultStatus: "F", resultCode: "RISK_REJECT", resultMessage: "" }, "TELL_SHOPPER", false],
    [{ resultStatus: "F", resultCode: "ACCESS_DENIED", resultMessage: "denied" }, "FIX_CONFIGURATION", false],
    [{ resultStatus: "U", resultCode: "UNKNOWN_EXCEPTION", resultMessage: "?" }, "INQUIRE", true],
    [{ resultStatus: "U", resultCode: "REQUEST_TRAFFIC_EXCEED_LIMIT", resultMessage: "slowly" }, "REPEAT", true],
  ]) {
    await assert.rejects(pay(() => signed(JSON.stringify({ result }))), (error) => {
      assert.deepEqual([error.name, error.code, error.outcome, error.outcomeUnknown], ["CashierError", result.resultCode, outcome, outcomeUnknown]);
      assert.equal(error.response.resultStatus, result.resultStatus);
      assert.ok(error.message.includes(result.resultCode) && error.message.includes(error.advice.operator), error.message);
      return true;
    });
  }
});

test("createPayment resolves without a redirect only where Alipay says that the order is paid", async () => {
  const { redirectActionForm, ...paid } = answer;
  const body = JSON.stringify({ ...paid, result: { resultStatus: "S", resultCode: "SUCCESS", resultMessage: "success" } });
  const { outcome, redirect } = await pay(() => signed(body));
  assert.deepEqual([outcome, redirect], ["INQUIRE", undefined]);
  await assert.rejects(pay(() => signed(JSON.stringify(paid))), (error) => error.outcomeUnknown && error.outcome !== undefined);
});

test("what Alipay has signed is believed whatever the HTTP status", async () => {
  assert.equal((await pay(() => signed(JSON.stringify(answer), { status: 500 }))).outcome, "REDIRECT");
});

test("nothing is sent for options that cannot work, and the error says so", async () => {
  const never = () => assert.fail("sent");
  for (const [changes, code] of [
    [{ keys: undefined }, "KEY_MALFORMED"],
    [{ keys: { latest: keys[1] } }, "KEY_MALFORMED"],
    [{ privateKey: undefined }, "KEY_MALFORMED"],
    [{ config: undefined }, "FIELD_REQUIRED"],
    [{ config: null }, "FIELD_REQUIRED"],
    [{ order: undefined }, "ORDER_REQUIRED"],
    [{ core: undefined }, "CORE_UNAVAILABLE"],
    [{ fetch: null }, "GATEWAY_UNREACHABLE"],
    [{ signal: AbortSignal.abort() }, "GATEWAY_UNREACHABLE"],
    [{ order: { ...order, paymentExpiryTime: new Date("x") } }, "JSON_MALFORMED"],
    [{ config: { ...config, amountLimits: { CNY: { maximum: NaN } } } }, "JSON_MALFORMED"],
    [{ config: { ...config, keyVersion: NaN } }, "JSON_MALFORMED"],
  ]) {
    await assert.rejects(pay(never, changes), refused(code));
  }
  await assert.rejects(createPayment(), refused("CORE_UNAVAILABLE"));
});

test("problems of an order are in the language that was asked for", async () => {
  await assert.rejects(pay(() => assert.fail("sent"), { order: { ...order, settlementCurrency: "EUR" }, language: "zh-CN" }), /结算币种/);
});

test("an answer that belongs to another payment is refused", async () => {
  for (const [change, code] of [
    [{ paymentRequestId: "another" }, "PAYMENT_REQUEST_ID_MISMATCH"],
    [{ paymentAmount: { ...order.paymentAmount, value: "1" } }, "PAYMENT_AMOUNT_MISMATCH"],
  ]) {
    await assert.rejects(pay(() => signed(JSON.stringify({ ...answer, ...change }))), unknown(code));
  }
});

test("what an answer claims that is not signed is told for people to look at", async () => {
  const body = JSON.stringify({ result: { resultStatus: "F", resultCode: "SIGNATURE_INVALID", resultMessage: "bad\nsignature" } });
  const headers = { signature: "", "content-type": "application/json" };
  await assert.rejects(pay(() => signed(body, { headers })), ({ unverified }) => {
    assert.deepEqual(unverified, { httpStatus: 200, contentType: "application/json", resultStatus: "F", resultCode: "SIGNATURE_INVALID", resultMessage: "bad?signature" });
    return true;
  });
});

test("a redirect to a host that is not Alipay's is refused", async () => {
  const body = JSON.stringify({ ...answer, redirectActionForm: { ...answer.redirectActionForm, redirectUrl: "https://example.com/" } });
  await assert.rejects(pay(() => signed(body)), unknown("REDIRECT_HOST"));
});

test("a call that takes too long is given up", async () => {
  const never = (url, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const patience = new AbortController();
  const paying = pay(never, { signal: patience.signal });
  setTimeout(() => patience.abort(), 50);
  await assert.rejects(paying, unknown("GATEWAY_UNREACHABLE"));
});

test("in today's profile the request is today's, and a plain address is read", async () => {
  let sent;
  const config = { clientId: "SANDBOX_5Y055A2Y2F6K05235", wireProfile: "current" };
  const { redirectActionForm, ...plain } = answer;
  const body = JSON.stringify({ ...plain, normalUrl: "https://open-na.alipay.com/pay?token=1" });
  const payment = await pay((url, request) => ((sent = request), signed(body)), { config, time: undefined, language: "zh-CN" });
  assert.equal(new Headers(sent.headers).get("original_host"), null);
  assert.equal(JSON.parse(sent.body).env.terminalType, "WEB");
  assert.equal(payment.redirect.location, "https://open-na.alipay.com/pay?token=1");
  assert.match(payment.redirect.html, /前往支付宝付款/);
});
