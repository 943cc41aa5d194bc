/** The five calls and both kinds of notification, against a sandbox that has signature code of its own. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { cancelPayment, CashierError, createPayment, createRefund, inquirePayment, inquireRefund, verifyNotification } from "../server.mjs";
import { core, order as guideOrder } from "./support/core.mjs";
import { startSandbox } from "./support/sandbox.mjs";

let sandbox, options, shop;
const received = [];

before(async () => {
  sandbox = await startSandbox();
  const { config, privateKey, keys } = sandbox;
  options = { core, config, privateKey, keys };
  shop = createServer(async (request, response) => {
    try {
      const verified = await verifyNotification({ core, config, keys, path: request.url, headers: request.headers, body: await buffer(request) });
      response.end(verified.acknowledgement);
      received.push(verified);
    } catch (error) {
      received.push(error);
      response.writeHead(500).end();
    }
    shop.emit("notified");
  });
  await new Promise((resolve) => shop.listen(0, "127.0.0.1", resolve));
});

after(async () => {
  shop?.close();
  await sandbox?.stop();
});

let orders = 0;

function order(changes) {
  const id = `order-${++orders}`;
  const notify = `http://127.0.0.1:${shop.address().port}/notify?shop=7&x=%2f`;
  return { ...guideOrder, referenceOrderId: id, paymentRequestId: `${id}-1`, paymentNotifyUrl: notify, ...changes };
}

/** The next notification that fits, waited for. */
async function notified(fits) {
  for (;;) {
    const found = received.find((message) => message instanceof Error || fits(message.notification));
    if (found instanceof Error) throw found;
    if (found) return found;
    await new Promise((resolve) => shop.once("notified", resolve));
  }
}

async function paid(changes) {
  const bought = order(changes);
  const { response } = await createPayment({ ...options, order: bought });
  await sandbox.complete(response.paymentId);
  return { ...bought, paymentId: response.paymentId };
}

test("a payment is made, inquired, notified, and given back in two parts", async () => {
  const bought = order();
  const payment = await createPayment({ ...options, order: bought });
  assert.equal(payment.outcome, "REDIRECT");
  const { paymentId } = payment.response;
  const byRequest = await inquirePayment({ ...options, payment: { paymentRequestId: bought.paymentRequestId } });
  assert.deepEqual([byRequest.state, byRequest.response.paymentId], ["PROCESSING", paymentId]);

  await sandbox.complete(paymentId);
  const byPayment = await inquirePayment({ ...options, payment: { paymentId } });
  assert.deepEqual([byPayment.state, byPayment.outcome, byPayment.response.paymentAmount], ["SUCCESS", "SUCCEED", bought.paymentAmount]);
  const { notification, state } = await notified((message) => message.paymentId === paymentId);
  assert.deepEqual([notification.notifyType, state, notification.paymentRequestId], ["PAYMENT_RESULT", "SUCCESS", bought.paymentRequestId]);

  const refund = { refundRequestId: `${bought.referenceOrderId}-refund-1`, paymentId, refundAmount: { currency: "USD", value: "40" }, refundNotifyUrl: bought.paymentNotifyUrl };
  const first = await createRefund({ ...options, refund });
  assert.deepEqual([first.state, first.response.refundAmount], ["SUCCESS", refund.refundAmount]);
  const again = await createRefund({ ...options, refund });
  assert.equal(again.response.refundId, first.response.refundId, "the same id never refunds twice");
  const told = await notified((message) => message.refundRequestId === refund.refundRequestId);
  assert.deepEqual([told.notification.notifyType, told.state], ["REFUND_RESULT", "SUCCESS"]);
  const rest = { ...refund, refundRequestId: `${bought.referenceOrderId}-refund-2`, refundAmount: { currency: "USD", value: "60" } };
  await createRefund({ ...options, refund: rest });
  for (const which of [{ refundRequestId: rest.refundRequestId }, { refundId: first.response.refundId }]) {
    assert.equal((await inquireRefund({ ...options, refund: which })).state, "SUCCESS");
  }
  const { response } = await inquirePayment({ ...options, payment: { paymentId } });
  assert.deepEqual(response.transactions.map(({ transactionType }) => transactionType), ["REFUND", "REFUND"]);
});

test("a payment is cancelled, before it is paid and after", async () => {
  const open = order();
  await createPayment({ ...options, order: open });
  const done = await cancelPayment({ ...options, payment: { paymentRequestId: open.paymentRequestId } });
  assert.equal(done.state, "CANCELLED");
  assert.equal((await inquirePayment({ ...options, payment: { paymentRequestId: open.paymentRequestId } })).state, "CANCELLED");
  const { paymentId } = await paid();
  assert.equal((await cancelPayment({ ...options, payment: { paymentId } })).state, "CANCELLED");
});

test("an order that is paid already has no redirect", async () => {
  const { paymentId, ...bought } = await paid();
  const again = await createPayment({ ...options, order: bought }).catch((error) => error);
  if (again instanceof CashierError) assert.ok(again.outcome, "a refusal says what to do next");
  else assert.equal(again.redirect === undefined, again.outcome !== "REDIRECT");
});

test("a refusal is an error with the result code, what to do next and the signed answer", async () => {
  const { paymentId, paymentRequestId, ...bought } = await paid();
  const refund = { refundRequestId: `${paymentRequestId}-r`, paymentId, refundAmount: { currency: "USD", value: "101" } };
  for (const [call, code, outcome, outcomeUnknown] of [
    [() => createRefund({ ...options, refund }), "REFUND_AMOUNT_EXCEED", "FIX_REQUEST", false],
    [() => createPayment({ ...options, order: { ...bought, paymentRequestId, paymentAmount: { currency: "USD", value: "101" } } }), "REPEAT_REQ_INCONSISTENT", "FIX_REQUEST", false],
    [() => inquirePayment({ ...options, payment: { paymentRequestId: "nobody" } }), "ORDER_NOT_EXIST", undefined, true],
    [() => inquireRefund({ ...options, refund: { refundRequestId: "nobody" } }), undefined, undefined, true],
    [() => cancelPayment({ ...options, payment: { paymentRequestId: "nobody" } }), "ORDER_NOT_EXIST", "INQUIRE", true],
  ]) {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof CashierError, error);
      assert.deepEqual([error.code, error.outcome], [code ?? error.code, outcome ?? error.outcome], error.message);
      assert.equal(error.outcomeUnknown, outcomeUnknown, error.code);
      assert.equal(error.response.resultCode, error.code);
      assert.ok(error.advice.operator && error.advice.shopper);
      return true;
    });
  }
});

test("a call that ends without an answer that can be believed says so in one way", async () => {
  const bought = await paid();
  const open = order();
  const refund = { refundRequestId: "faulty", paymentId: bought.paymentId, refundAmount: { currency: "USD", value: "1" } };
  const calls = {
    pay: () => createPayment({ ...options, order: open }),
    inquiryPayment: () => inquirePayment({ ...options, payment: { paymentId: bought.paymentId } }),
    cancel: () => cancelPayment({ ...options, payment: { paymentRequestId: open.paymentRequestId } }),
    refund: () => createRefund({ ...options, refund }),
    inquiryRefund: () => inquireRefund({ ...options, refund: { refundRequestId: refund.refundRequestId } }),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const [fault, code] of [
      ["answer-reset", "GATEWAY_UNREACHABLE"],
      ["answer-tampered", "SIGNATURE_MISMATCH"],
      ["answer-unsigned", "HEADER_MISSING"],
      ["answer-wrong-key-version", undefined],
      ["answer-html", "HEADER_MISSING"],
      ["answer-429", "HEADER_MISSING"],
      ["answer-500", "HEADER_MISSING"],
    ]) {
      await sandbox.setFaults(`${name}.${fault}`);
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof CashierError, error);
        assert.deepEqual([error.code, error.outcome, error.outcomeUnknown], [code ?? error.code, "INQUIRE", true], `${name} ${fault}: ${error.message}`);
        return true;
      });
      await sandbox.setFaults();
    }
  }
  // What was left open is settled by the same request with the same id.
  assert.equal((await calls.refund()).state, "SUCCESS");
});

test("a request with problems is not sent", async () => {
  const never = { ...options, fetch: () => assert.fail("sent") };
  const refund = { refundRequestId: "r", paymentId: "p", refundAmount: { currency: "USD", value: "1" } };
  for (const [call, code, path] of [
    [() => inquirePayment({ ...never, payment: {} }), "ONE_OF_REQUIRED", ""],
    [() => inquirePayment({ ...never, payment: { paymentId: 5 } }), "FIELD_NOT_A_STRING", "/paymentId"],
    [() => inquirePayment({ ...never }), "FIELD_REQUIRED", "/request"],
    [() => cancelPayment({ ...never, payment: {} }), "ONE_OF_REQUIRED", ""],
    [() => createRefund({ ...never, refund: { ...refund, refundRequestId: undefined } }), "FIELD_REQUIRED", "/refundRequestId"],
    [() => createRefund({ ...never, refund: { ...refund, refundRequestId: "a b" } }), "FIELD_SPECIAL_CHARACTER", "/refundRequestId"],
    [() => createRefund({ ...never, refund: { ...refund, refundAmount: { currency: "USD", value: 1 } } }), "FIELD_NOT_A_STRING", "/refundAmount/value"],
    [() => createRefund({ ...never, refund: { ...refund, refundAmount: { currency: "USD", value: NaN } } }), "JSON_MALFORMED", "/refundAmount/value"],
    [() => inquireRefund({ ...never, refund: {} }), "ONE_OF_REQUIRED", ""],
    [() => inquireRefund({ ...never, refund: { refundId: "1" }, privateKey: "no key" }), "KEY_MALFORMED", "/privateKey"],
    [() => inquireRefund(), "CORE_UNAVAILABLE", ""],
  ]) {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof CashierError, error);
      assert.deepEqual([error.code, error.path, error.outcome, error.outcomeUnknown], [code, path, undefined, false], error.message);
      return true;
    });
  }
});
