import assert from "node:assert/strict";
import test from "node:test";
import { CashierError, currencies, formatAmount, match, messages, nextState, parseAmount, validateForm, validateOrder } from "../index.mjs";
import { core, order } from "./support/core.mjs";

const codes = ({ errors }) => errors.map(({ code, path }) => `${path} ${code}`);

test("the guide's order is valid", () => {
  assert.deepEqual(validateOrder(core, order), { valid: true, errors: [], warnings: [] });
});

test("all problems come at once, each with its pointer, in the language asked for", () => {
  const wrong = { ...order, paymentAmount: { currency: "USD", value: 100 }, settlementCurrency: "CNY", terminalType: "TV", referenceOrderId: "" };
  const english = validateOrder(core, wrong);
  assert.equal(english.valid, false);
  assert.deepEqual(codes(english).sort(), [
    "/paymentAmount/value FIELD_NOT_A_STRING",
    "/referenceOrderId FIELD_EMPTY",
    "/settlementCurrency SETTLEMENT_CURRENCY_CNY",
    "/terminalType TERMINAL_TYPE_UNKNOWN",
  ]);
  const chinese = validateOrder(core, wrong, { language: "zh-CN" });
  assert.deepEqual(codes(chinese), codes(english));
  for (const { message } of chinese.errors) assert.match(message, /\p{Script=Han}.*。$/u);
});

test("the contract decides about settlement currencies", () => {
  const config = { settlementCurrencies: ["EUR"] };
  assert.deepEqual(codes(validateOrder(core, order, { config })), ["/settlementCurrency SETTLEMENT_CURRENCY_NOT_CONTRACTED"]);
});

test("of the 15 by 15 pairs of payment and settlement currency exactly 28 are valid", () => {
  const { payment, settlement } = currencies(core);
  assert.equal(payment.length, 15);
  assert.deepEqual(settlement, payment.filter(({ currency }) => currency !== "CNY"));
  const valid = payment.flatMap(({ currency }) =>
    payment.filter((to) => validateOrder(core, { ...order, paymentAmount: { currency, value: "100" }, settlementCurrency: to.currency }).valid),
  );
  assert.equal(valid.length, 28);
});

test("a form is judged by what people type", () => {
  const fields = {
    "/goods/0/goodsName": "铅笔",
    "/goods/0/goodsQuantity": "2",
    "/goods/1/goodsName": "",
    "/goods/1/goodsQuantity": "1",
    "/paymentAmount/currency": "CNY",
    "/paymentAmount/value": "１，２３４．５",
    "/settlementCurrency": "USD",
    "/terminalType": "WAP",
  };
  const reply = validateForm(core, fields);
  assert.deepEqual(reply.errors, []);
  assert.deepEqual(reply.order.paymentAmount, { currency: "CNY", value: "123450" });
  assert.deepEqual(reply.order.goods, [{ goodsName: "铅笔", goodsQuantity: "2" }]);
  assert.deepEqual(codes(validateForm(core, { ...fields, "/paymentAmount/value": "1.234" })), ["/paymentAmount/value AMOUNT_TOO_MANY_DECIMALS"]);
});

test("money is digits, by the decimals of its currency", () => {
  for (const [text, currency, value, written = text] of [
    ["1,234.50", "USD", "123450"],
    ["0.01", "GBP", "1"],
    ["1500", "JPY", "1500", "1,500"],
    [" 12.5 ", "CNY", "1250", "12.50"],
  ]) {
    assert.equal(parseAmount(core, text, currency), value);
    assert.equal(formatAmount(core, value, currency), written);
  }
  const refused = (code) => (error) => error instanceof CashierError && error.code === code && error.errors[0].path === "/text";
  assert.throws(() => parseAmount(core, "1.5", "JPY"), refused("AMOUNT_NO_DECIMALS"));
  assert.throws(() => parseAmount(core, "1e3", "USD"), refused("AMOUNT_TEXT_MALFORMED"));
  assert.throws(() => parseAmount(core, "1,5", "EUR"), refused("AMOUNT_SEPARATORS"));
});

test("amounts are written as a locale writes them", () => {
  for (const [locale, written] of [[undefined, "1,234.50"], ["en", "1,234.50"], ["zh-CN", "1,234.50"], ["de", "1.234,50"], ["de-CH", "1'234.50"], ["fr-FR", "1\u202f234,50"]]) {
    assert.equal(formatAmount(core, "123450", "USD", locale), written);
  }
  for (const unknown of ["tlh", "C", "", "ar-EG"]) assert.equal(formatAmount(core, "123450", "USD", unknown), "1,234.50");
});

test("an expiry is measured against the time of the request", () => {
  const expiring = { ...order, paymentExpiryTime: "2026-01-01T00:00:00Z" };
  assert.equal(validateOrder(core, expiring).valid, true);
  assert.deepEqual(codes(validateOrder(core, expiring, { time: "2026-01-02T00:00:00Z" })), ["/paymentExpiryTime EXPIRY_PASSED"]);
});

test("a state moves forward only", () => {
  assert.deepEqual(nextState(core, "PROCESSING", "SUCCESS"), { state: "SUCCESS", changed: true, conflict: false });
  assert.deepEqual(nextState(core, "SUCCESS", "PENDING"), { state: "SUCCESS", changed: false, conflict: false });
  assert.deepEqual(nextState(core, "CANCELLED", "SUCCESS"), { state: "CANCELLED", changed: false, conflict: true });
  assert.deepEqual(nextState(core, "SUCCESS", "FAIL", "refund"), { state: "SUCCESS", changed: false, conflict: true });
  assert.throws(() => nextState(core, "SUCCESS", "PENDING", "refund"), { code: "STATUS_UNKNOWN", path: "/event" });
});

test("a message is compared with what is stored", () => {
  const stored = { paymentRequestId: "r1", paymentAmount: { currency: "CNY", value: "700" }, settlementCurrency: "USD" };
  const message = { paymentRequestId: "r1", paymentId: "p1", paymentAmount: { currency: "CNY", value: "700" }, grossSettlementAmount: { currency: "USD", value: "98" } };
  assert.deepEqual(match(core, stored, message), { matches: true, errors: [], warnings: [] });
  const other = match(core, stored, { ...message, paymentAmount: { currency: "USD", value: "1" } });
  assert.equal(other.matches, false);
  assert.deepEqual(codes(other).sort(), ["/paymentAmount/currency PAYMENT_CURRENCY_MISMATCH", "/paymentAmount/value PAYMENT_AMOUNT_MISMATCH"]);
});

test("the catalogue has every sentence in both languages", () => {
  const english = messages(core);
  const chinese = messages(core, "zh-CN");
  const words = ({ messages, outcomes }) => [messages.map(({ code }) => code), outcomes.map(({ outcome }) => outcome)];
  assert.deepEqual(words(chinese), words(english));
  assert.ok(english.messages.length > 90 && english.outcomes.length === 9);
  for (const { message } of english.messages) assert.doesNotMatch(message, /\p{Script=Han}/u);
  for (const { message } of chinese.messages) assert.match(message, /\p{Script=Han}/u);
  for (const { advice } of chinese.outcomes) assert.match(advice.operator + advice.shopper, /\p{Script=Han}/u);
  assert.deepEqual(messages(core, "fr"), english);
});
