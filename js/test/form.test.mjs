/** bindForm with the form of README.md, and the names of inputs that are listed there. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test, { after, before } from "node:test";
import { validateForm } from "../index.mjs";
import { openBrowser } from "./support/browser.mjs";
import { core } from "./support/core.mjs";
import { openSite } from "./support/site.mjs";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const form = readme.match(/```html\n([\s\S]*?)```/)[1];
const listed = [...readme.matchAll(/^\| (`\/.*?) \| /gm)].flatMap(([, names]) => [...names.matchAll(/`(\/[\w/]+)`/g)].map(([, name]) => name));

let browser, site;

before(async () => ([browser, site] = await Promise.all([openBrowser(), openSite()])));
after(() => Promise.all([browser?.close(), site?.close()]));

/** A page that has nothing but the form, bound. */
async function open(html) {
  const page = await browser.newPage();
  await page.goto(site.origin);
  await page.evaluate(async (html) => {
    document.body.innerHTML = html;
    const [{ bindForm }, { load }] = await Promise.all([import("/js/form.mjs"), import("/js/index.mjs")]);
    await bindForm(document.querySelector("form"), { core: load("/core.wasm") }).ready;
  }, html);
  return page;
}

const problems = (page) => page.locator("[data-errors] li").allInnerTexts();

test("the form of the README works as it stands there", async () => {
  const page = await open(form);
  await page.click("button");
  assert.equal((await problems(page)).length, 2, String(await problems(page)));
  await page.fill('[name="/goods/0/goodsName"]', "Pencil");
  await page.fill('[name="/paymentAmount/value"]', "1,234.50");
  assert.deepEqual(await problems(page), []);
  await page.click("button");
  await page.waitForURL("**/checkout");
  assert.deepEqual(site.posts.at(-1).fields["/paymentAmount/value"], "1,234.50");
  await page.close();
});

test("a problem that has no input says what it is about", async () => {
  const page = await open(form.replace(/ *<input type="hidden" .*\n/g, ""));
  await page.click("button");
  const found = await problems(page);
  for (const pointer of ["/paymentAmount/currency", "/settlementCurrency", "/terminalType"]) {
    assert.ok(found.some((text) => text.startsWith(`${pointer}: `)), `${pointer} is not in ${found}`);
  }
  await page.close();
});

test("the inputs that the README lists are all that the core reads", async () => {
  const values = { "/paymentAmount/value": "1.00", "/paymentAmount/currency": "USD", "/settlementCurrency": "USD", "/terminalType": "WAP", "/osType": "IOS",
    "/goods/0/goodsName": "Pencil", "/goods/0/goodsQuantity": "2", "/orderDescription": "Pencils", "/referenceOrderId": "o1" };
  assert.deepEqual(listed.toSorted(), Object.keys(values).toSorted());
  const { order, errors } = validateForm(core, values);
  assert.deepEqual(errors, []);
  const at = (name) => name.slice(1).split("/").reduce((value, member) => value[member], order);
  for (const name of listed) assert.ok(at(name), name);
  // Nothing but the trade that is implied is in the draft besides.
  const leaves = (value) => (value !== null && typeof value === "object" ? Object.values(value).flatMap(leaves) : [value]);
  assert.equal(leaves(order).length, listed.length + 1);
  // The inputs of the checkout page are among them.
  const page = await readFile(new URL("../../index.html", import.meta.url), "utf8");
  for (const [, name] of page.matchAll(/name="(\/[^"]*)"/g)) assert.ok(listed.includes(name.replace(/\/\d+\//, "/0/")), name);
});
