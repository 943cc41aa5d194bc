import assert from "node:assert/strict";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { vectorFiles } from "./support/files.mjs";
import { openSite } from "./support/site.mjs";

const name = '[name="/goods/0/goodsName"]';
const quantity = '[name="/goods/0/goodsQuantity"]';
const currency = '[name="/paymentAmount/currency"]';
const amount = '[name="/paymentAmount/value"]';
const settlement = '[name="/settlementCurrency"]';
const errorOf = (pointer) => `[data-error="${pointer}"]`;
const amountError = errorOf("/paymentAmount/value");

/** What cashier validate says to each pair: the same file is its test. */
const pairVectors = JSON.parse((await vectorFiles())["currency-pairs.json"])
  .vectors.filter(({ operation }) => operation === "validate_order")
  .map(({ name, reply }) => ({ pair: name, valid: JSON.parse(reply).valid, errors: JSON.parse(reply).errors }));

let browser, site, context, page, complaints;

before(async () => (browser = await openBrowser()));
after(() => browser.close());
beforeEach(() => (complaints = []));
afterEach(async () => {
  await context?.close();
  await site?.close();
  // A Content-Security-Policy that is not kept, a file that is missing or an exception anywhere fails the test.
  assert.deepEqual(complaints, []);
});

/** Opens the page, by default on a desktop in English with its script running. */
async function open({ server, expected = [], ...options } = {}) {
  site = await openSite(server);
  context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected.some((pattern) => pattern.test(message.text() + message.location().url))) complaints.push(message.text());
  });
  await page.goto(site.origin);
  if (options.javaScriptEnabled !== false && !expected.length) await page.waitForSelector("[data-receipt]:not([hidden])");
}

async function fill() {
  await page.fill(name, "Macbook 12 inch M3 8G 256G SSD");
  await page.fill(amount, "1234.5");
}

const visible = (selector) => page.locator(selector).isVisible();
const text = (selector) => page.locator(selector).innerText();

test("nothing is wrong before anything was touched, nor by passing through", async () => {
  await open();
  for (let i = 0; i < 12; i++) await page.keyboard.press("Tab");
  assert.equal(await page.locator("[data-error]:visible, [data-errors]:visible, [aria-invalid]").count(), 0);
});

test("a message comes when typing pauses and goes when the problem is solved", async () => {
  await open();
  await page.locator(amount).pressSequentially("1.234", { delay: 20 });
  assert.equal(await visible(amountError), false, "not while typing");
  await page.waitForSelector(amountError);
  assert.match(await text(amountError), /2 decimals/);
  assert.equal(await page.getAttribute(amount, "aria-invalid"), "true");
  const described = (await page.getAttribute(amount, "aria-describedby")).split(" ");
  assert.ok(described.includes(await page.getAttribute(amountError, "id")));
  assert.equal(await page.locator("[data-status]").textContent(), await text(amountError), "announced");
  await page.keyboard.press("Backspace");
  assert.equal(await visible(amountError), false, "at once");
  assert.equal(await page.getAttribute(amount, "aria-invalid"), null);
});

test("leaving a field does not wait for the pause", async () => {
  await open();
  await page.fill(quantity, "0");
  await page.keyboard.press("Tab");
  assert.equal(await visible(errorOf("/goods/0/goodsQuantity")), true);
  assert.equal(await visible(errorOf("/goods/0/goodsName")), false, "was never typed into");
});

test("an amount is written back as its currency is written, and never changed in value", async () => {
  await open();
  await page.fill(amount, "1234567.5");
  await page.keyboard.press("Tab");
  assert.equal(await page.inputValue(amount), "1,234,567.50");
  assert.equal(await text("[data-total]"), "$1,234,567.50");
  await page.selectOption(currency, "JPY");
  assert.equal(await page.inputValue(amount), "1,234,567.50");
  assert.match(await text(amountError), /^JPY has no decimals/);
  assert.equal(await text("[data-total]"), "–");
  assert.equal(await text("[data-example]"), "123,450");
  await page.fill(amount, "１，５００");
  await page.keyboard.press("Tab");
  assert.equal(await page.inputValue(amount), "1,500");
  assert.equal(await text("[data-settled]"), "¥1,500");
});

test("the settlement currency is that of the payment, and free to choose for yuan", async () => {
  await open();
  const all = await page.locator(`${currency} option`).evaluateAll((options) => options.map(({ value }) => value));
  assert.equal(all.length, 15);
  for (const letters of all) {
    await page.selectOption(currency, letters);
    assert.equal(await visible(settlement), letters === "CNY");
    if (letters !== "CNY") assert.equal(await page.inputValue(settlement), letters);
  }
  await page.selectOption(currency, "CNY");
  const choices = await page.locator(`${settlement} option:not([disabled])`).evaluateAll((options) => options.map(({ value }) => value));
  assert.deepEqual(choices, all.filter((letters) => letters !== "CNY"));
  await fill();
  await page.selectOption(settlement, "CHF");
  assert.equal(await text("[data-settled]"), "CHF");
  assert.equal(await visible("[data-converted]"), true);
  await page.click("[data-pay]");
  await page.waitForURL("**/checkout");
  assert.equal(site.posts[0].fields["/settlementCurrency"], "CHF");
});

test("what was followed from another currency is not carried over to yuan", async () => {
  await open();
  for (const letters of ["JPY", "CHF", "HKD"]) {
    await page.selectOption(currency, letters);
    await page.selectOption(currency, "CNY");
    assert.equal(await page.inputValue(settlement), "USD", `after ${letters}`);
  }
  await page.selectOption(settlement, "EUR");
  await page.selectOption(currency, "JPY");
  await page.selectOption(currency, "CNY");
  assert.equal(await page.inputValue(settlement), "EUR", "what was chosen for yuan stays");
});

test("the 28 good pairs of currencies can be typed, and no other can be chosen", async () => {
  await open();
  await fill();
  const choose = async (select, letters) => {
    await page.focus(name); // a list begins anew with what is typed once it was left
    await page.focus(select);
    await page.keyboard.type(letters);
  };
  const pairs = new Set();
  const note = async () => {
    await page.fill(amount, "100"); // yen have no decimals
    const [from, to] = [await page.inputValue(currency), await page.inputValue(settlement)];
    assert.equal(await page.locator("[data-error]:visible").count(), 0, `${from} to ${to}`);
    pairs.add(`${from}-${to}`);
  };
  const all = await page.locator(`${currency} option`).evaluateAll((options) => options.map(({ value }) => value));
  for (const letters of all) {
    await choose(currency, letters);
    assert.equal(await page.inputValue(currency), letters);
    if (letters !== "CNY") {
      await note();
      continue;
    }
    for (const to of all.filter((to) => to !== "CNY")) {
      await choose(settlement, to);
      await note();
    }
  }
  const valid = pairVectors.filter(({ valid }) => valid).map(({ pair }) => pair);
  assert.equal(valid.length, 28);
  assert.deepEqual([...pairs].sort(), valid.sort());
});

test("all 225 pairs of currencies are judged in the page as by cashier validate", async () => {
  await open();
  await fill();
  const judged = await page.evaluate(() => {
    const form = document.querySelector("form");
    const { "/paymentAmount/currency": payment, "/settlementCurrency": settlement, "/paymentAmount/value": value } = form.elements;
    // JPY has no decimals, and the page offers no settlement in yuan: both stand in the way of asking for every pair.
    value.value = "100";
    settlement.append(new Option("CNY", "CNY"));
    let reply;
    form.addEventListener("cashier:check", ({ detail }) => (reply = detail));
    const pairs = [];
    for (const { value: from } of payment.options) {
      for (const { value: to } of payment.options) {
        payment.value = from;
        payment.dispatchEvent(new Event("input", { bubbles: true }));
        settlement.value = to;
        settlement.dispatchEvent(new Event("input", { bubbles: true }));
        pairs.push({ pair: `${from}-${to}`, valid: reply.valid, errors: reply.errors });
      }
    }
    return pairs;
  });
  assert.equal(judged.length, 225);
  const byName = (a, b) => (a.pair < b.pair ? -1 : 1);
  assert.deepEqual(judged.sort(byName), pairVectors.toSorted(byName));
});

test("a merchant's contract narrows the choice", async () => {
  const config = JSON.stringify({ settlementCurrencies: ["EUR", "USD"] }).replaceAll('"', "&quot;");
  await open({ server: { page: (html) => html.replace('id="checkout"', `id="checkout" data-config="${config}"`) } });
  await page.selectOption(currency, "GBP");
  await page.selectOption(currency, "CNY");
  assert.deepEqual(await page.locator(`${settlement} option:not([disabled])`).evaluateAll((options) => options.map(({ value }) => value)), ["USD", "EUR"]);
  assert.equal(await page.inputValue(settlement), "USD");
});

test("submitting shows every problem and goes to the first", async () => {
  await open();
  await page.fill(quantity, "0");
  await page.click("[data-pay]");
  assert.deepEqual(site.posts, []);
  assert.equal(await page.evaluate(() => document.activeElement.name), "/goods/0/goodsName");
  const listed = await page.locator("[data-errors] li").allInnerTexts();
  assert.deepEqual(listed.map((line) => line.split(":")[0]), ["Item name 1", "Quantity 1", "Amount to pay"]);
  for (const pointer of ["/goods/0/goodsName", "/goods/0/goodsQuantity", "/paymentAmount/value"]) assert.ok(await visible(errorOf(pointer)), pointer);
  await page.locator("[data-errors] a").last().click();
  assert.equal(await page.evaluate(() => document.activeElement.name), "/paymentAmount/value");
  await page.keyboard.type("5");
  assert.equal(await page.locator("[data-errors] li").count(), 2);
  await page.fill(name, "Pencil");
  await page.fill(quantity, "1");
  assert.equal(await visible("[data-errors]"), false);
});

test("a valid form is posted by the browser as its fields are named", async () => {
  await open();
  await fill();
  await page.click("[data-pay]");
  await page.waitForURL("**/checkout");
  assert.deepEqual(site.posts, [
    {
      path: "/checkout",
      fields: {
        "/goods/0/goodsName": "Macbook 12 inch M3 8G 256G SSD",
        "/goods/0/goodsQuantity": "1",
        "/paymentAmount/currency": "USD",
        "/paymentAmount/value": "1,234.50",
        "/settlementCurrency": "USD",
        "/terminalType": "WEB",
        lang: "en",
        idempotencyKey: "", // the Worker's to fill in
      },
    },
  ]);
});

test("while the answer is awaited the page says so and sends nothing twice", async () => {
  await open({ server: { answer: () => undefined } });
  await page.clock.install();
  await fill();
  await page.click("[data-pay]");
  await page.waitForSelector("[data-pay-waiting]");
  assert.equal(await page.getAttribute("[data-pay]", "aria-disabled"), "true");
  await page.locator(amount).press("Enter");
  await page.click("[data-pay]", { force: true });
  assert.equal(site.posts.length, 1);
  await page.clock.fastForward("00:15");
  assert.equal(await visible('[data-notice="slow"]'), true);
  await page.click("[data-pay]");
  assert.equal(site.posts.length, 2);
});

test("a purchase by keyboard alone", async () => {
  await open();
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
  await press("Tab", "ArrowRight"); // language
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  await press("ArrowLeft", "Tab");
  await page.keyboard.type("Pencil HB");
  await press("Tab", "Tab", "Enter"); // past the quantity, add a row
  assert.equal(await focused(), "goods-1-goodsName");
  await page.keyboard.type("Eraser");
  await press("Tab");
  await page.keyboard.type("5");
  await press("Tab", "Tab", "Tab");
  assert.equal(await focused(), "paymentAmount-currency");
  await page.keyboard.type("CNY");
  await press("Tab");
  await page.keyboard.type("7");
  await press("Tab");
  await page.keyboard.type("EUR");
  await press("Tab", "ArrowDown", "Enter");
  await page.waitForURL("**/checkout");
  const { fields } = site.posts[0];
  assert.equal(fields["/goods/1/goodsName"], "Eraser");
  assert.deepEqual([fields["/goods/1/goodsQuantity"], fields["/paymentAmount/currency"], fields["/paymentAmount/value"]], ["5", "CNY", "7.00"]);
  assert.deepEqual([fields["/settlementCurrency"], fields["/terminalType"]], ["EUR", "WAP"]);
});

test("rows of goods are added and removed", async () => {
  await open();
  const names = () => page.locator(".row:visible .name").evaluateAll((inputs) => inputs.map(({ value }) => value));
  assert.deepEqual(await names(), [""]);
  for (const item of ["one", "two", "three"]) {
    if (item !== "one") await page.click("[data-add]");
    await page.locator(".row:visible .name").last().fill(item);
  }
  await page.locator("[data-remove]").nth(1).click();
  assert.deepEqual(await names(), ["one", "three"]);
  assert.equal(await page.evaluate(() => document.activeElement.value), "three");
  assert.deepEqual(await page.locator("[data-receipt-goods] li span:first-child").allInnerTexts(), ["one", "three"]);
  await page.locator("[data-remove]").nth(0).click();
  assert.equal(await page.locator("[data-remove]:visible").count(), 0);
  for (let i = 0; i < 9; i++) await page.click("[data-add]");
  assert.equal(await page.locator(".row:visible").count(), 10);
  assert.equal(await visible("[data-add]"), false);
});

test("letters that are still being composed are left alone", async () => {
  await open();
  const devtools = await context.newCDPSession(page);
  await page.fill(quantity, "");
  await page.focus(name);
  await devtools.send("Input.imeSetComposition", { text: "a|b", selectionStart: 3, selectionEnd: 3 });
  await page.waitForTimeout(900);
  assert.equal(await visible(errorOf("/goods/0/goodsName")), false);
  await devtools.send("Input.insertText", { text: "铅|笔" });
  await page.waitForSelector(errorOf("/goods/0/goodsName"));
});

test("the language is the browser's and changes while one types", async () => {
  await open({ locale: "zh-TW" });
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  assert.equal(await page.title(), "支付宝付款");
  assert.equal(await text("[data-pay]"), "前往支付宝付款");
  assert.equal(await page.locator(`${currency} option`).first().textContent(), "USD – 美元");
  await page.fill(amount, "0");
  await page.keyboard.press("Tab");
  const chinese = await text(amountError);
  assert.match(chinese, /\p{Script=Han}/u);
  await page.click("label[for=lang-en]");
  assert.doesNotMatch(await text("body"), /[\p{Script=Han}](?<!简体中文|简|体|中|文)/u);
  assert.doesNotMatch(await text(amountError), /\p{Script=Han}/u);
  assert.equal(await page.inputValue(amount), "0");
});

test("a phone is offered to pay on the phone", async () => {
  await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  assert.equal(await page.isChecked('[value="WAP"]'), true);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
});

test("without a script the same form stands ready, in both languages, and posts", async () => {
  await open({ javaScriptEnabled: false });
  assert.equal(await text("h1"), "Pay with Alipay");
  await page.click("label[for=lang-zh]");
  assert.equal(await text("h1"), "支付宝付款");
  await page.click("summary");
  assert.equal(await page.locator(".name:visible").count(), 10);
  await page.fill(name, "铅笔");
  await page.fill(amount, "700");
  await page.selectOption(currency, "CNY");
  await page.selectOption(settlement, "USD");
  await page.click("[data-pay]");
  await page.waitForURL("**/checkout");
  const { fields } = site.posts[0];
  assert.deepEqual([fields.lang, fields["/paymentAmount/currency"], fields["/settlementCurrency"], fields["/terminalType"]], ["zh-CN", "CNY", "USD", "WEB"]);
});

test("without core.wasm the browser's own checks stay, and the server has the rest", async () => {
  await open({ server: { without: ["/core.wasm"] }, expected: [/core\.wasm/] });
  await page.waitForSelector('[data-notice="unchecked"]');
  await page.click("[data-pay]");
  assert.deepEqual(site.posts, [], "the browser asks for what is required");
  await page.fill(name, "a|b");
  await page.fill(amount, "1.234");
  await page.click("[data-pay]");
  await page.waitForURL("**/checkout");
  assert.equal(site.posts[0].fields["/paymentAmount/value"], "1.234");
});

test("what the server answers stays until the field is changed", async () => {
  const answered = (html) =>
    html
      .replace('name="/goods/0/goodsName"', '$& value="a|b" aria-invalid="true"')
      .replace(' id="error-goods-0-goodsName" hidden>', ' id="error-goods-0-goodsName">商品名称不能包含 | 或 ^。')
      .replace('name="/paymentAmount/value"', '$& value="5.00" aria-invalid="true"')
      .replace('name="/goods/1/goodsName"', '$& value="Eraser"')
      .replace('id="lang-zh" name="lang"', "$& checked")
      .replace(' id="error-paymentAmount-value" hidden>', ' id="error-paymentAmount-value">价格已更新，请核对。')
      .replace('tabindex="-1" hidden>', 'tabindex="-1">价格已更新，请核对。');
  await open({ server: { page: answered } });
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  assert.equal(await page.inputValue(amount), "5.00");
  assert.equal(await page.locator(".row:visible").count(), 2);
  assert.equal(await text(amountError), "价格已更新，请核对。");
  assert.equal(await visible(errorOf("/goods/0/goodsName")), true, "which the core finds as well");
  await page.fill(name, "Pencil");
  assert.equal(await visible(errorOf("/goods/0/goodsName")), false);
  assert.equal(await text(amountError), "价格已更新，请核对。");
  assert.deepEqual(await page.locator("[data-errors] li").allInnerTexts(), ["金额：价格已更新，请核对。"]);
  await page.fill(amount, "6.00");
  assert.equal(await visible(amountError), false);
  assert.equal(await visible("[data-errors]"), false);
  await page.click("[data-pay]");
  await page.waitForURL("**/checkout");
});

test("offline nothing is sent and nothing is lost", async () => {
  await open();
  await fill();
  await context.setOffline(true);
  await page.click("[data-pay]");
  assert.equal(await visible('[data-notice="offline"]'), true);
  assert.equal(await visible("[data-pay-idle]"), true);
  await context.setOffline(false);
  await page.waitForSelector('[data-notice="offline"]', { state: "hidden" });
  await page.click("[data-pay]");
  await page.waitForURL("**/checkout");
});

test("coming back finds the form as it was left, ready to be sent again", async () => {
  await open();
  await fill();
  await page.fill(quantity, "3");
  await page.click("[data-add]");
  await page.locator(".row:visible .name").last().fill("Eraser");
  await page.selectOption(currency, "CNY");
  await page.selectOption(settlement, "EUR");
  await page.click('[value="WAP"]');
  await page.click("[data-pay]");
  await page.waitForURL("**/checkout");
  await page.goBack();
  await page.waitForSelector("[data-receipt]:not([hidden])");
  assert.deepEqual(await page.locator(`${amount}, ${currency}, ${settlement}`).evaluateAll((fields) => fields.map(({ value }) => value)), ["CNY", "1,234.50", "EUR"]);
  assert.deepEqual(await page.locator(`.row:visible input`).evaluateAll((fields) => fields.map(({ value }) => value)), ["Macbook 12 inch M3 8G 256G SSD", "3", "Eraser", "1"]);
  assert.equal(await page.isChecked('[value="WAP"]'), true);
  assert.equal(await visible("[data-pay-idle]"), true);
});

test("a reload keeps every entry, and a fresh view none", async () => {
  await open();
  await fill();
  await page.click("[data-add]");
  await page.locator(".row:visible .name").last().fill("铅笔 \"HB\"");
  await page.selectOption(currency, "CNY");
  await page.selectOption(settlement, "EUR");
  await page.click('[value="WAP"]');
  await page.click("label[for=lang-zh]");
  const entries = () => page.evaluate(() => [...new FormData(document.querySelector("form"))]);
  const before = await entries();
  await page.reload();
  await page.waitForSelector("[data-receipt]:not([hidden])");
  assert.deepEqual(await entries(), before);
  await page.goto(site.origin);
  await page.waitForSelector("[data-receipt]:not([hidden])");
  assert.equal(await page.inputValue(name), "");
});

test("every vector gets its reply in Chromium, to the byte", async (t) => {
  await open();
  const { count, differing, digest } = await page.evaluate(async (files) => {
    const [{ readVectors, replay }, { load }] = await Promise.all([import("/js/test/support/vectors.mjs"), import("/js/load.mjs")]);
    return replay(await load("/core.wasm"), readVectors(files));
  }, await vectorFiles());
  assert.deepEqual(differing, []);
  assert.ok(count > 900, `${count} vectors`);
  t.diagnostic(`Chromium ${browser.version()}: ${count} vectors, ${digest}`);
});
