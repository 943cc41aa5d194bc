// The reconciliation of made-up books: each way in which books can disagree is found, and what can be explained is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reconcile } from "./books.mjs";

const usd = (value) => ({ currency: "USD", value });

/** Two orders: one paid, of which a part was given back, and one that failed at first and was paid then. */
function books() {
  const payment = (id, order, paymentStatus, refunds) => ({ paymentRequestId: id, referenceOrderId: order, paymentStatus, paymentAmount: usd("100"), refunds });
  const refund = { refundRequestId: "r1", refundStatus: "SUCCESS", refundAmount: usd("40") };
  const payments = () => [payment("p1", "o1", "SUCCESS", [{ ...refund }]), payment("p2", "o2", "FAIL"), payment("p3", "o2", "SUCCESS")];
  return {
    sandbox: payments(),
    ledger: { payments: payments(), attention: [] },
    shop: {
      orders: ["o1", "o2"].map((referenceOrderId) => ({ referenceOrderId, ...usd("100"), delivered: 1 })),
      payments: payments().map(({ paymentRequestId, referenceOrderId, paymentStatus }) => ({ paymentRequestId, referenceOrderId, paymentStatus })),
      refunds: [{ refundRequestId: "r1", paymentRequestId: "p1", refundStatus: "SUCCESS", ...usd("40") }],
      messages: [{ id: "p1_succeeded", deliveries: 3 }, { id: "p3_succeeded", deliveries: 1 }],
    },
  };
}

const notes = () => ({ formsSentAgain: 0, cancels: [], refunds: [{ refundRequestId: "r1", paymentRequestId: "p1", refundAmount: usd("40") }] });

test("books that agree", () => {
  const { problems, differences } = reconcile(books(), notes());
  assert.deepEqual(problems, []);
  assert.deepEqual(differences.map(({ what, count }) => [what, count]), [["payments of an order that had one already", 1], ["messages that the shop got again", 2]]);
});

for (const [name, spoil, problem] of [
  ["a payment is lost between Alipay and the ledger", ({ ledger }) => ledger.payments.shift(), /^p1: Alipay has a payment that the ledger does not have/],
  ["a result never reached the shop", ({ shop }) => shop.payments.pop(), /^p3: the shop was never told that it is SUCCESS/],
  ["the shop was told another result", ({ shop }) => (shop.payments[0].paymentStatus = "FAIL"), /^p1: the shop was told FAIL, the ledger has SUCCESS/],
  ["an order was fulfilled for each delivery of a message", ({ shop }) => (shop.orders[0].delivered = 3), /^o1: it was fulfilled 3 times/],
  ["a paid order was not fulfilled", ({ shop }) => (shop.orders[1].delivered = 0), /^o2: it was paid and not fulfilled/],
  ["an order was paid twice", ({ sandbox, ledger, shop }) => [sandbox, ledger.payments, shop.payments].forEach((list) => (list[1].paymentStatus = "SUCCESS")), /^o2: it was paid 2 times/],
  ["an order was fulfilled for nothing", ({ sandbox, ledger, shop }) => [sandbox, ledger.payments, shop.payments].forEach((list) => (list[2].paymentStatus = "FAIL")), /^o2: it was fulfilled and not paid/],
  ["a result is other than Alipay's", ({ ledger }) => (ledger.payments[2].paymentStatus = "FAIL"), /^p3: Alipay says SUCCESS, the ledger FAIL/],
  ["a payment stays open", ({ ledger }) => (ledger.payments[2].paymentStatus = "PROCESSING"), /^p3: it is still PROCESSING in the ledger, SUCCESS at Alipay/],
  ["an amount is another one", ({ sandbox }) => (sandbox[0].paymentAmount = usd("1")), /^p1: Alipay took 1 USD, the ledger has 100 USD/],
  ["a payment is only in the ledger, and paid", ({ sandbox }) => sandbox.pop(), /^p3: it is SUCCESS in the ledger, and Alipay does not know it/],
  ["an order has no payment and no explanation", ({ shop }) => shop.orders.push({ referenceOrderId: "o3", ...usd("1"), delivered: 0 }), /^1 orders have no payment/],
  ["a refund is lost", ({ ledger }) => (ledger.payments[0].refunds = []), /^r1: the ledger says nothing, Alipay SUCCESS/],
  ["a refund was made and the ledger says it was not", ({ ledger }) => (ledger.payments[0].refunds[0].refundStatus = "FAIL"), /^r1: the ledger says FAIL, Alipay SUCCESS/],
  ["the shop was not told of a refund", ({ shop }) => (shop.refunds = []), /^r1: the shop was told nothing, the ledger says SUCCESS/],
  ["more is given back than was paid", ({ sandbox }) => sandbox[0].refunds.push({ refundRequestId: "r1", refundStatus: "SUCCESS", refundAmount: usd("61") }), /^p1: more was given back than was paid, 101 of 100 USD/],
  ["nobody wanted a refund", ({ sandbox }) => sandbox[2].refunds = [{ refundRequestId: "r9", refundStatus: "SUCCESS", refundAmount: usd("1") }], /^r9: nobody wanted this refund/],
]) {
  test(`found: ${name}`, () => {
    const spoilt = books();
    spoil(spoilt);
    const { problems } = reconcile(spoilt, notes());
    assert.ok(problems.some((words) => problem.test(words)), problems.join("\n") || "no problem");
  });
}

test("explained: a form that was sent again left an order behind", () => {
  const left = books();
  left.shop.orders.push({ referenceOrderId: "o3", ...usd("1"), delivered: 0 });
  const { problems, differences } = reconcile(left, { ...notes(), formsSentAgain: 2 });
  assert.deepEqual(problems, []);
  assert.ok(differences.some(({ what, count }) => what === "orders at the shop without a payment" && count === 1));
});

test("explained: a payment was called off after the goods were sent", () => {
  const cancelled = books();
  for (const list of [cancelled.sandbox, cancelled.ledger.payments, cancelled.shop.payments]) list[2].paymentStatus = "CANCELLED";
  const { problems, differences } = reconcile(cancelled, { ...notes(), cancels: ["p3"] });
  assert.deepEqual(problems, []);
  assert.ok(differences.some(({ what }) => what === "orders fulfilled whose payment is cancelled"));
  assert.match(reconcile(cancelled, { ...notes(), cancels: ["p1"] }).problems.join(), /p1: the operator called it off, and it is SUCCESS/);
  cancelled.ledger.payments[0].cancelResultCode = "CANCEL_WINDOW_EXCEED";
  assert.deepEqual(reconcile(cancelled, { ...notes(), cancels: ["p1"] }).problems, [], "Alipay refused, and the operator sees it");
});
