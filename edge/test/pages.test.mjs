// The shoppers' pages are, to the byte, those that Go makes of the same template and texts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { languageOf, shopperPages } from "../worker/pages/shopper.mjs";

const read = (name) => readFileSync(new URL(`../../host/checkout/pages/${name}`, import.meta.url), "utf8");
const pages = shopperPages(read("page.mustache"), JSON.parse(read("catalogue.json")));

for (const { name, kind, input, page } of JSON.parse(read("vectors.json"))) {
  test(name, () => assert.deepEqual(JSON.parse(JSON.stringify(pages[kind](input))), page));
}

test("the first language that is spoken here is chosen", () => {
  for (const [wishes, language] of [[["", "fr, zh-TW;q=0.9, en"], "zh-CN"], [["en", "zh"], "en"], [["", ""], "en"], [["ZH-cn", "en"], "zh-CN"], [["", "english, zhuang"], "en"]]) {
    assert.equal(languageOf(...wishes), language, wishes.join());
  }
});
