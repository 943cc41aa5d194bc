// The three books of a campaign, the sandbox's, the ledger and the shop's, and their reconciliation: nothing may be lost,
// nothing fulfilled twice, and each difference has an explanation in what happened.
import { readLedger } from "./ledger.mjs";

/** Reads all three, as their keepers see them. */
export async function readBooks(house) {
  const [sandbox, ledger, shop] = await Promise.all([readSandbox(house), readLedger(house), house.ask(`${house.shop}/books`)]);
  return { sandbox, ledger, shop };
}

async function readSandbox({ ask, alipay }) {
  return (await ask(`${alipay}/sandbox/api/payments?limit=0`)).payments;
}

const amount = ({ currency, value }) => `${value} ${currency}`;
const by = (list, key) => new Map(list.map((item) => [item[key], item]));

/** Why a person is asked for, where that is expected. */
const attentions = {
  REFUND_FAILED: "Alipay refused the refund; a new one needs another refundRequestId",
  CANCELLATION_REFUSED: "Alipay refused the cancellation; the operator may refund",
  MESSAGE_UNDELIVERED: "the shop took the message at no time in 29 hours",
};
const isOpen = ({ paymentStatus }) => paymentStatus === "PROCESSING" || paymentStatus === "PENDING";

/**
 * Compares the books.
 * @param {{sandbox: object[], ledger: {payments: object[], attention: object[]}, shop: object}} books
 * @param {{formsSentAgain: number, refunds: object[], cancels: string[]}} notes what people wanted and did
 * @returns {{problems: string[], differences: {what: string, why: string, count: number}[]}}
 */
export function reconcile({ sandbox, ledger, shop }, notes) {
  const problems = [];
  const differences = new Map();
  const explain = (what, why, count = 1) => {
    const key = what + why;
    const difference = differences.get(key) ?? { what, why, count: 0 };
    difference.count += count;
    if (count > 0) differences.set(key, difference);
  };

  const atAlipay = by(sandbox, "paymentRequestId");
  const inLedger = by(ledger.payments, "paymentRequestId");
  const atShop = by(shop.payments, "paymentRequestId");
  const orders = by(shop.orders, "referenceOrderId");

  for (const id of atAlipay.keys()) if (!inLedger.has(id)) problems.push(`${id}: Alipay has a payment that the ledger does not have`);
  for (const id of atShop.keys()) if (!inLedger.has(id)) problems.push(`${id}: the shop was told of a payment that the ledger does not have`);

  for (const payment of ledger.payments) {
    const { paymentRequestId: id, referenceOrderId, paymentStatus } = payment;
    const made = atAlipay.get(id);
    const told = atShop.get(id);
    const order = orders.get(referenceOrderId);
    if (isOpen(payment)) problems.push(`${id}: it is still ${paymentStatus} in the ledger, ${made?.paymentStatus ?? "not known"} at Alipay`);
    if (!made && paymentStatus === "FAIL") explain("payments in the ledger that Alipay never made", "Alipay said so when it was inquired, and they were closed");
    else if (!made) problems.push(`${id}: it is ${paymentStatus} in the ledger, and Alipay does not know it`);
    else if (made.paymentStatus !== paymentStatus) problems.push(`${id}: Alipay says ${made.paymentStatus}, the ledger ${paymentStatus}`);
    if (made && amount(made.paymentAmount) !== amount(payment.paymentAmount)) problems.push(`${id}: Alipay took ${amount(made.paymentAmount)}, the ledger has ${amount(payment.paymentAmount)}`);
    if (!order) problems.push(`${id}: it pays the order ${referenceOrderId}, which the shop does not have`);
    else if (amount(order) !== amount(payment.paymentAmount)) problems.push(`${id}: the order costs ${amount(order)}, the ledger has ${amount(payment.paymentAmount)}`);
    if (!told) problems.push(`${id}: the shop was never told that it is ${paymentStatus}`);
    else if (told.paymentStatus !== paymentStatus) problems.push(`${id}: the shop was told ${told.paymentStatus}, the ledger has ${paymentStatus}`);
  }

  const attempts = group(ledger.payments, "referenceOrderId");
  let unpaidOrders = 0;
  for (const { referenceOrderId, delivered } of shop.orders) {
    const payments = attempts.get(referenceOrderId) ?? [];
    const paid = payments.filter(({ paymentStatus }) => paymentStatus === "SUCCESS").length;
    const cancelled = payments.filter(({ paymentStatus }) => paymentStatus === "CANCELLED").length;
    if (payments.length === 0) unpaidOrders++;
    if (payments.length > 1) explain("payments of an order that had one already", "the first had failed and the shopper tried again", payments.length - 1);
    if (paid > 1) problems.push(`${referenceOrderId}: it was paid ${paid} times`);
    if (delivered > 1) problems.push(`${referenceOrderId}: it was fulfilled ${delivered} times`);
    if (paid && !delivered) problems.push(`${referenceOrderId}: it was paid and not fulfilled`);
    if (delivered && !paid && !cancelled) problems.push(`${referenceOrderId}: it was fulfilled and not paid`);
    if (delivered && !paid && cancelled) explain("orders fulfilled whose payment is cancelled", "the operator called them off after they were paid");
  }
  if (unpaidOrders > notes.formsSentAgain) problems.push(`${unpaidOrders} orders have no payment; only ${notes.formsSentAgain} forms were sent again`);
  explain("orders at the shop without a payment", `a form got no answer and was sent again, ${notes.formsSentAgain} times; each time it is a new order`, unpaidOrders);

  reconcileRefunds();
  for (const id of notes.cancels) {
    const { paymentStatus, cancelResultCode } = inLedger.get(id) ?? {};
    if (paymentStatus === "CANCELLED") continue;
    if (cancelResultCode) explain("cancellations that Alipay refused", `with ${cancelResultCode}; the operator sees it and may refund`);
    else problems.push(`${id}: the operator called it off, and it is ${paymentStatus}`);
  }

  const again = shop.messages.reduce((sum, { deliveries }) => sum + deliveries - 1, 0);
  explain("messages that the shop got again", "nobody knew whether the first delivery had arrived; they have the same webhook-id", again);
  for (const [code, list] of group(ledger.attention, "code")) explain(`entries ${code} that wait for a person`, attentions[code] ?? "the operator sees them", list.length);
  return { problems, differences: [...differences.values()] };

  function reconcileRefunds() {
    const at = by(sandbox.flatMap(({ refunds = [] }) => refunds), "refundRequestId");
    const inBook = by(ledger.payments.flatMap(({ refunds = [] }) => refunds), "refundRequestId");
    const told = by(shop.refunds, "refundRequestId");
    const wanted = by(notes.refunds, "refundRequestId");
    for (const id of new Set([...at.keys(), ...inBook.keys(), ...told.keys()])) {
      if (!wanted.has(id)) problems.push(`${id}: nobody wanted this refund`);
    }
    for (const { paymentRequestId, paymentAmount, refunds = [] } of sandbox) {
      const back = refunds.filter(({ refundStatus }) => refundStatus === "SUCCESS").reduce((sum, { refundAmount }) => sum + BigInt(refundAmount.value), 0n);
      if (back > BigInt(paymentAmount.value)) problems.push(`${paymentRequestId}: more was given back than was paid, ${back} of ${amount(paymentAmount)}`);
    }
    for (const [id, { refundAmount }] of wanted) {
      const status = inBook.get(id)?.refundStatus;
      const given = at.get(id)?.refundStatus === "SUCCESS";
      if (status !== (given ? "SUCCESS" : "FAIL")) problems.push(`${id}: the ledger says ${status ?? "nothing"}, Alipay ${at.get(id)?.refundStatus ?? "nothing"}`);
      if (told.get(id)?.refundStatus !== status) problems.push(`${id}: the shop was told ${told.get(id)?.refundStatus ?? "nothing"}, the ledger says ${status}`);
      for (const found of [at.get(id)?.refundAmount, inBook.get(id)?.refundAmount, told.get(id)]) {
        if (found && amount(found) !== amount(refundAmount)) problems.push(`${id}: ${amount(refundAmount)} was wanted, and ${amount(found)} is in a book`);
      }
      if (!given && status === "FAIL") explain("refunds that Alipay refused", `with ${inBook.get(id).resultCode}; the operator may ask again under another id`);
    }
  }
}

function group(list, key) {
  const groups = new Map();
  for (const item of list) groups.set(item[key], [...(groups.get(item[key]) ?? []), item]);
  return groups;
}

/** The sums of the books beside each other: `[what, sandbox, ledger, shop]`. */
export function summary({ sandbox, ledger, shop }) {
  const rows = [["orders", undefined, undefined, shop.orders.length], ["payments", sandbox.length, ledger.payments.length, shop.payments.length]];
  const lists = [sandbox, ledger.payments, shop.payments];
  for (const status of ["SUCCESS", "FAIL", "CANCELLED", "PROCESSING", "PENDING"]) {
    const counts = lists.map((list) => list.filter(({ paymentStatus }) => paymentStatus === status).length);
    if (counts.some((count) => count)) rows.push([`  ${status}`, ...counts]);
  }
  const refunds = [sandbox.flatMap(({ refunds = [] }) => refunds), ledger.payments.flatMap(({ refunds = [] }) => refunds), shop.refunds];
  for (const status of ["SUCCESS", "FAIL", "PROCESSING"]) {
    const counts = refunds.map((list) => list.filter(({ refundStatus }) => refundStatus === status).length);
    if (counts.some((count) => count)) rows.push([`refunds ${status}`, ...counts]);
  }
  // Money that stays with the merchant: paid, not called off, less what was given back.
  const orders = by(shop.orders, "referenceOrderId");
  const paid = [
    sandbox.filter(({ paymentStatus }) => paymentStatus === "SUCCESS").map(({ paymentAmount }) => paymentAmount),
    ledger.payments.filter(({ paymentStatus }) => paymentStatus === "SUCCESS").map(({ paymentAmount }) => paymentAmount),
    shop.payments.filter(({ paymentStatus }) => paymentStatus === "SUCCESS").map(({ referenceOrderId }) => orders.get(referenceOrderId)),
  ];
  const back = refunds.map((list) => list.filter(({ refundStatus }) => refundStatus === "SUCCESS").map((refund) => refund.refundAmount ?? refund));
  for (const currency of ["USD", "EUR", "JPY", "CNY"]) {
    const total = (list) => list.reduce((sum, one) => (one.currency === currency ? sum + BigInt(one.value) : sum), 0n);
    rows.push([`${currency}, smallest units`, ...paid.map((list, i) => total(list) - total(back[i]))]);
  }
  rows.push(["orders fulfilled", undefined, undefined, shop.orders.filter(({ delivered }) => delivered).length]);
  rows.push(["messages, deliveries", undefined, undefined, `${shop.messages.length}, ${shop.messages.reduce((sum, { deliveries }) => sum + deliveries, 0)}`]);
  return rows;
}
