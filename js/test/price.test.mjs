import assert from "node:assert/strict";
import test from "node:test";
import { price } from "../page/price.mjs";

for (const [figure, currency, language, want] of [
  ["1,234.50", "USD", "en", "$1,234.50"],
  ["1,234.50", "USD", "zh-CN", "US$1,234.50"],
  ["345.50", "CNY", "en", "CN¥345.50"],
  ["345.50", "CNY", "zh-CN", "¥345.50"],
  ["1,500", "JPY", "en", "¥1,500"],
  ["1,500", "JPY", "zh-CN", "JP¥1,500"],
  ["0.01", "CHF", "en", "CHF\u00a00.01"],
  // More digits than a floating-point number has.
  ["99,999,999,999,999.99", "EUR", "en", "€99,999,999,999,999.99"],
]) {
  test(`${figure} ${currency} in ${language}`, () => assert.equal(price(figure, currency, language), want));
}
