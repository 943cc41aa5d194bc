// Those who act in a campaign: shoppers, who buy and pay or do not, and the shop's operator, who gives money back. Each
// repeats what got no clear answer, as people do, and keeps a note of what was wanted.
import { setTimeout as sleep } from "node:timers/promises";
import { chance, choose } from "./chance.mjs";
import { operate as submit } from "./ledger.mjs";

const goods = { "Fountain pen": ["USD", "USD"], Ink: ["EUR", "EUR"], Brush: ["JPY", "JPY"], "Rice paper": ["CNY", "USD"] };
const json = { Accept: "application/json", "Content-Type": "application/json" };

/**
 * Repeats a request until the answer says something: until then parts of the house may be dead.
 * @returns {Promise<{status: number, body: any, times: number}>}
 */
export async function insist(url, init, { within = 180_000, enough = (status) => status < 500 } = {}) {
  const deadline = Date.now() + within;
  for (let times = 1; ; times++) {
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
      const body = await response.json();
      if (enough(response.status, body)) return { status: response.status, body, times };
    } catch {
      // It goes on with the next attempt.
    }
    if (Date.now() > deadline) throw new Error(`no answer from ${new URL(url).pathname} within ${within / 1000} s`);
    await sleep(300);
  }
}

/**
 * One shopper's visit.
 * @param {object} house
 * @param {object} notes what was wanted and what was odd; the reconciliation explains with it
 */
export async function shop(house, notes, { seed, number, description = "" }) {
  const pick = (weights, purpose) => choose(weights, seed, "shopper", number, purpose);
  const name = pick({ "Fountain pen": 4, Ink: 3, Brush: 2, "Rice paper": 2 }, "goods");
  const pieces = String(1 + Math.floor(9 * chance(seed, "shopper", number, "pieces")));
  const [currency, settlementCurrency] = goods[name];
  const order = { orderDescription: `${name} x ${pieces}${description}`, terminalType: pick({ WEB: 2, WAP: 1 }, "terminal"), businessType: "4", goods: [{ goodsName: name, goodsQuantity: pieces }] };

  // Most come with a signed order, some with the checkout form, of which the Worker asks the shop for one.
  let checkout;
  if (description || pick({ token: 7, form: 3 }, "way") === "token") {
    const { body } = await insist(`${house.shop}/order`, { method: "POST", headers: json, body: JSON.stringify({ order }) });
    checkout = { method: "POST", headers: json, body: JSON.stringify({ token: body.token }) };
  } else {
    const fields = { "/goods/0/goodsName": name, "/goods/0/goodsQuantity": pieces, "/paymentAmount/currency": currency, "/paymentAmount/value": "1",
      "/settlementCurrency": settlementCurrency, "/terminalType": order.terminalType };
    checkout = { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields), form: true };
  }
  const start = async () => {
    const { status, body, times } = await insist(`${house.worker}/checkout`, checkout);
    if (checkout.form) notes.formsSentAgain += times - 1;
    if (status >= 400) notes.odd.push(`shopper ${number}: /checkout answered ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const intent = description ? "pay" : pick({ pay: 60, "pay late": 8, decline: 12, leave: 8, "pay with two tabs": 12 }, "intent");
  const tabs = intent === "pay with two tabs" && !checkout.form ? await Promise.all([start(), start()]) : [await start()];
  let payment = tabs[0];
  if (tabs.some(({ paymentRequestId }) => paymentRequestId !== payment.paymentRequestId)) notes.odd.push(`shopper ${number}: two tabs began two payments`);
  const again = checkout.form ? undefined : start;
  payment = await untilCashier(house, payment, again);
  if (!payment.redirect || intent === "leave") return;
  await sleep(400 * chance(seed, "shopper", number, "hesitation"));
  if (!(await atCashier(house, payment, { decline: "FAIL", "pay late": "PENDING" }[intent] ?? "SUCCESS"))) return;
  if (intent === "decline" && !checkout.form && pick({ again: 1, "give up": 1 }, "second thoughts") === "again") {
    // The same order again: a new attempt, once the ledger knows of the first one's end.
    const url = `${house.worker}/return/${payment.paymentRequestId}`;
    const over = await insist(url, { headers: json }, { enough: (status, body) => status === 200 && body.paymentStatus !== "PROCESSING", within: 15_000 }).catch(() => undefined);
    if (!over) return;
    payment = await untilCashier(house, await start(), again);
    if (!payment.redirect || !(await atCashier(house, payment, "SUCCESS"))) return;
  }
  if (intent !== "decline" || payment !== tabs[0]) await operate(house, notes, { seed, number, payment });
}

/** Waits until there is a cashier to go to, or nothing to wait for; a shopper's patience has an end. */
async function untilCashier(house, payment, again) {
  const open = ({ paymentStatus, redirect }) => paymentStatus === "PROCESSING" && !redirect;
  for (let times = 0; payment.paymentRequestId && open(payment) && times < 30; times++) {
    await sleep(500);
    // A page is loaded again, or an order that Alipay may not have heard of is sent again.
    if (again && times % 4 === 3) payment = await again();
    else ({ body: payment } = await insist(`${house.worker}/return/${payment.paymentRequestId}`, { headers: json }));
  }
  return payment;
}

/** What the shopper does at Alipay; false when it is too late for it. */
async function atCashier(house, { paymentRequestId }, outcome) {
  const { status } = await insist(`${house.alipay}/sandbox/api/payments/${paymentRequestId}/complete`, { method: "POST", headers: json, body: JSON.stringify({ outcome }) });
  return status === 200;
}

/** The shop's operator calls some payments off and gives money of others back, in part or whole, sometimes too much. */
async function operate(house, notes, { seed, number, payment: { paymentRequestId } }) {
  const what = choose({ nothing: 80, "part refund": 7, "whole refund": 5, "refund of too much": 3, cancel: 5 }, seed, "operator", number);
  if (what === "nothing") return;
  const url = `${house.worker}/payments/${paymentRequestId}`;
  const known = await insist(url, { headers: json }, { enough: (status, body) => status === 200 && !["PROCESSING", "PENDING"].includes(body.paymentStatus), within: 20_000 }).catch(() => undefined);
  if (known?.body.paymentStatus !== "SUCCESS") return; // the money is not there yet
  /** Repeats it until the ledger answers: asking again is asking for the same. */
  const tell = async (event) => {
    for (let times = 0; ; times++) {
      try {
        return await submit(house, paymentRequestId, event);
      } catch (error) {
        if (times > 300) throw error;
        await sleep(300);
      }
    }
  };
  if (what === "cancel") {
    notes.cancels.push(paymentRequestId);
    const { status, body } = await tell({ type: "cancel" });
    if (status !== 200) notes.odd.push(`cancel of ${paymentRequestId}: ${status} ${JSON.stringify(body)}`);
    return;
  }
  const { currency, value } = known.body.paymentAmount;
  const parts = { "part refund": [value / 10], "whole refund": [Number(value)], "refund of too much": [value / 2, Number(value)] }[what];
  for (const [i, part] of parts.entries()) {
    const refund = { refundRequestId: `refund-${number}-${i + 1}`, refundAmount: { currency, value: String(Math.max(1, Math.floor(part))) } };
    const noted = { ...refund, paymentRequestId };
    notes.refunds.push(noted);
    const { status, body } = await tell({ type: "refund", ...refund });
    // More than is left is refused before Alipay is asked.
    if (status === 422 && i > 0 && body.errors?.[0].code === "REFUND_EXCEEDS_PAYMENT") notes.refunds.splice(notes.refunds.indexOf(noted), 1);
    else if (status >= 400) notes.odd.push(`${refund.refundRequestId}: ${status} ${JSON.stringify(body)}`);
  }
}
