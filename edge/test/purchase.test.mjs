// The main job from end to end, with nothing replaced: a shopper in Chromium, the
// checkout page, the Worker in workerd, the sandbox's cashier, the notification,
// the ledger and the shop, as ./build.sh demo starts them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openBrowser } from "../../js/test/support/browser.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pictures = `${root}.build/screenshots`;
const patience = 20_000;

const desktop = { viewport: { width: 1280, height: 900 } };
const phone = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1",
};

let demo, at, browser;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  demo = spawn(`${root}.build/demo`, ["-checkout-port", "0", "-sandbox-port", "0", "-shop-port", "0", "-retry", "200ms", "-json"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  at = await new Promise((resolve, reject) => {
    createInterface({ input: demo.stdout }).once("line", (line) => resolve(JSON.parse(line)));
    demo.once("error", reject);
    demo.once("exit", (code) => reject(new Error(`the demo ended with ${code}`)));
  });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  if (demo && demo.exitCode === null) {
    demo.kill("SIGTERM");
    await new Promise((resolve) => demo.once("exit", resolve));
  }
});

const purchases = [
  { name: "WEB, USD settled in USD", terminalType: "WEB", currency: "USD", typed: "1.00", value: "100", gross: "100" },
  { name: "WEB, CNY settled in USD", terminalType: "WEB", currency: "CNY", typed: "1", value: "100", gross: "14" },
  { name: "WAP, USD settled in USD", terminalType: "WAP", currency: "USD", typed: "1,234.50", value: "123450", gross: "123450" },
  { name: "WAP, CNY settled in USD", terminalType: "WAP", currency: "CNY", typed: "7.00", value: "700", gross: "98" },
  { name: "WEB without JavaScript", terminalType: "WEB", currency: "CNY", typed: "1.00", value: "100", gross: "14", javaScriptEnabled: false },
];

for (const purchase of purchases) {
  test(purchase.name, async () => {
    const { javaScriptEnabled = true, terminalType } = purchase;
    const context = await browser.newContext({ ...(terminalType === "WAP" ? phone : desktop), javaScriptEnabled, locale: "en-US" });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const picture = (step) => page.screenshot({ path: `${pictures}/${purchase.name.replaceAll(/\W+/g, "-")}-${step}.png`.toLowerCase(), fullPage: true });

    await page.goto(`${at.checkout}/`);
    await fill(page, purchase);
    await picture("1-checkout");
    await page.locator("[data-pay]").click();

    await page.waitForURL(`${at.sandbox}/alipaycn/${terminalType === "WEB" ? "pc" : "h5"}/cashier**`);
    await picture("2-cashier");
    if (terminalType === "WEB") await page.locator("a.button").click();
    await page.locator("#account").fill("any@example.com");
    await page.locator("#password").fill("any");
    await page.locator("form button.button").click();
    await page.locator("dl.facts").waitFor();
    await picture("3-confirm");
    await page.locator("#password").fill("any");
    await page.locator("form[method=post] button.button").click();
    await page.locator(".mark.good").waitFor();
    await picture("4-paid");

    await page.waitForURL(new RegExp(`^(${at.checkout}/return/|${at.shop}/orders/)`));
    const order = await paidOrder(purchase);
    const payment = await ledger(page, order);
    assert.equal(payment.paymentStatus, "SUCCESS");
    assert.deepEqual(payment.paymentAmount, { currency: purchase.currency, value: purchase.value });
    assert.equal(order.terminalType, terminalType);
    assert.equal(order.settlementCurrency, "USD");
    assert.equal(new Set(order.messages).size, 1, "the shop heard of the payment once");

    const { payments } = await json(`${at.sandbox}/sandbox/api/payments`);
    const truth = payments.find((p) => p.referenceOrderId === order.referenceOrderId);
    assert.equal(truth.paymentStatus, "SUCCESS");
    assert.deepEqual(truth.grossSettlementAmount, { currency: "USD", value: purchase.gross });
    assert.equal(truth.notifications[0].state, "ACKNOWLEDGED");

    await page.goto(`${at.checkout}/return/${payment.paymentRequestId}`);
    await picture("5-return");
    await page.goto(`${at.shop}/orders/${order.referenceOrderId}`);
    await page.locator('[data-state="PAID"]').waitFor();
    await picture("6-shop");
    await context.close();
  });
}

for (const { name, javaScriptEnabled = true, language = "en-US" } of [
  { name: "by keyboard alone" },
  { name: "by keyboard alone, in Chinese and without JavaScript", javaScriptEnabled: false, language: "zh-CN" },
]) {
  test(`a purchase ${name}`, async () => {
    const context = await browser.newContext({ ...desktop, javaScriptEnabled, locale: language });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    /** Moves on with Tab, as people do, until the focus is there. */
    const tabTo = async (selector) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        if (await page.locator(`${selector}:focus`).count()) return;
      }
      assert.fail(`${selector} cannot be reached`);
    };
    const enter = async (selector, text) => {
      await tabTo(selector);
      await page.keyboard.type(text);
    };

    await page.goto(`${at.checkout}/`);
    assert.equal(await page.getAttribute("html", "lang"), language === "en-US" ? "en" : "zh-CN");
    await enter('[name="/goods/0/goodsName"]', "Pencil HB");
    await enter('[name="/paymentAmount/currency"]', "CNY");
    await enter('[name="/paymentAmount/value"]', "7");
    await enter('[name="/settlementCurrency"]', "EUR");
    await tabTo("[data-pay]");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${at.sandbox}/alipaycn/pc/cashier**`);
    await tabTo("a.button");
    await page.keyboard.press("Enter");
    await page.locator("#account").waitFor();
    if (!(await page.locator("#account:focus").count())) await tabTo("#account");
    await page.keyboard.type("any@example.com");
    await enter("#password", "any");
    await page.keyboard.press("Enter");
    await page.locator("dl.facts").waitFor();
    if (!(await page.locator("#password:focus").count())) await tabTo("#password");
    await page.keyboard.type("any");
    await page.keyboard.press("Enter");
    await page.locator(".mark.good").waitFor();
    const order = await paidOrder({ value: "700", currency: "CNY" });
    assert.deepEqual([order.goods[0].goodsName, order.settlementCurrency], ["Pencil HB", "EUR"]);
    assert.equal((await ledger(page, order)).paymentStatus, "SUCCESS");
    await context.close();
  });
}

for (const [language, wrong] of [
  ["en", { title: "Pay with Alipay", amount: "CNY has 2 decimals at most.", option: "CNY – Chinese yuan" }],
  ["zh-CN", { title: "支付宝付款", amount: "CNY 金额最多保留 2 位小数。", option: "CNY – 人民币" }],
]) {
  test(`without JavaScript a form that is wrong comes back with its messages, in ${language}`, async () => {
    const context = await browser.newContext({ ...desktop, javaScriptEnabled: false, locale: language });
    const page = await context.newPage();
    const currency = '[name="/paymentAmount/currency"]';
    await page.goto(`${at.checkout}/`);
    assert.equal(await page.title(), wrong.title, "by Accept-Language");
    await page.locator('[name="/goods/0/goodsName"]').fill("铅笔 | \"HB\" &amp;");
    await page.locator(currency).selectOption("CNY");
    await page.locator('[name="/paymentAmount/value"]').fill("1.234");
    await page.locator('[name="/settlementCurrency"]').selectOption("CHF");
    await page.locator("[data-pay]").click();
    await page.waitForURL("**/checkout");

    const visible = await page.locator("[data-error]:visible").evaluateAll((slots) => slots.map((slot) => slot.dataset.error));
    assert.deepEqual(visible, ["/goods/0/goodsName", "/paymentAmount/value"]);
    assert.equal(await page.locator('[data-error="/paymentAmount/value"]').innerText(), wrong.amount);
    assert.equal(await page.locator("[data-errors] li").count(), 2);
    assert.equal(await page.locator('[name="/paymentAmount/value"]').getAttribute("aria-invalid"), "true");
    assert.deepEqual(
      await page.locator('[name="/goods/0/goodsName"], select, [name="/paymentAmount/value"]').evaluateAll((fields) => fields.map(({ value }) => value)),
      ["铅笔 | \"HB\" &amp;", "CNY", "1.234", "CHF"],
      "what was typed is kept",
    );
    assert.equal(await page.locator(`${currency} option:checked`).textContent(), wrong.option);
    assert.equal(await page.getAttribute("html", "lang"), language);

    await page.locator("[data-errors] a").last().click();
    await page.locator('[name="/goods/0/goodsName"]').fill("铅笔 HB");
    await page.locator('[name="/paymentAmount/value"]').fill("1.23");
    await page.locator("[data-pay]").click();
    await page.waitForURL(`${at.sandbox}/alipaycn/pc/cashier**`);
    await context.close();
  });
}

for (const javaScriptEnabled of [true, false]) {
  describe(`the same form ${javaScriptEnabled ? "with" : "without"} JavaScript is one payable order`, () => {
    const ways = {
      "when it is sent by a double click": async ({ page, enter }) => {
        await enter(page);
        await page.locator("[data-pay]").dblclick({ noWaitAfter: true });
        await atCashier(page);
      },
      "after Back": async ({ page, enter, send }) => {
        await enter(page);
        await send(page);
        await page.goBack();
        await send(page);
      },
      "after Back and for the other device": async ({ page, enter, send }) => {
        await enter(page);
        await send(page);
        await page.goBack();
        await page.locator('[value="WAP"]').check();
        await send(page);
      },
      "after reload and after Back with reload": async ({ page, enter, send }) => {
        await enter(page);
        await page.reload();
        if (!javaScriptEnabled) await enter(page); // Chromium itself keeps nothing over a reload
        await send(page);
        await page.goBack();
        await page.reload();
        if (!javaScriptEnabled) await enter(page);
        await send(page);
      },
      "after Back and another view of the page": async ({ page, enter, send }) => {
        await enter(page);
        await send(page);
        await page.goto(`${at.checkout}/`);
        await enter(page);
        await send(page);
      },
      "from two tabs": async ({ page, enter, send, another }) => {
        const other = await another();
        await enter(page);
        await enter(other);
        await Promise.all([send(page), send(other)]);
      },
      "after it came back with a message": async ({ page, enter, send }) => {
        await enter(page);
        await send(page);
        await page.goBack();
        if (javaScriptEnabled) return send(page); // the page itself refuses it
        await page.locator('[name="/paymentAmount/value"]').fill("1.234");
        await page.locator("[data-pay]").click();
        await page.locator("[data-errors] li").waitFor();
        await page.locator('[name="/paymentAmount/value"]').fill("1.00");
        await send(page);
      },
    };
    for (const [name, way] of Object.entries(ways)) {
      test(name, async () => {
        const { context, goods, ...tools } = await shopper({ javaScriptEnabled });
        await way(tools);
        assert.equal((await payable(goods)).length, 1);
        await context.close();
      });
    }

    test(`entries are kept over Back${javaScriptEnabled ? " and reload" : ""}`, async () => {
      const { context, page, enter, send } = await shopper({ javaScriptEnabled });
      await enter(page);
      await page.locator('[name="/goods/0/goodsQuantity"]').fill("3");
      await page.locator(javaScriptEnabled ? "[data-add]" : "summary").click();
      await page.locator('[name="/goods/1/goodsName"]').fill("Eraser");
      const entries = () =>
        page.locator('[name="/goods/0/goodsName"], [name="/goods/0/goodsQuantity"], [name="/goods/1/goodsName"], [name="/paymentAmount/value"]').evaluateAll((fields) => fields.map(({ value }) => value));
      const before = await entries();
      if (javaScriptEnabled) {
        await page.reload();
        assert.deepEqual(await entries(), before, "after reload");
      }
      await send(page);
      await page.goBack();
      assert.deepEqual(await entries(), before, "after Back");
      await context.close();
    });

    test("and what is bought after it was paid, or in another amount, is another", async () => {
      const { context, page, goods, enter, send } = await shopper({ javaScriptEnabled });
      await enter(page);
      await send(page);
      const [{ paymentRequestId }] = await payable(goods);
      await fetch(`${at.sandbox}/sandbox/api/payments/${paymentRequestId}/complete`, { method: "POST", headers: { "content-type": "application/json" }, body: '{"outcome":"SUCCESS"}' });
      for (const end = Date.now() + patience; (await json(`${at.checkout}/payments/${paymentRequestId}`)).paymentStatus !== "SUCCESS" && Date.now() < end; ) await sleep(100);

      await page.goBack();
      await page.locator("[data-pay]").click();
      await page.waitForURL(/return|orders/);
      assert.equal((await payable(goods)).length, 0, "the paid order is shown once more");
      await page.goto(`${at.checkout}/return/${paymentRequestId}`);

      await page.goto(`${at.checkout}/`);
      await enter(page);
      await send(page);
      assert.equal((await payable(goods)).length, 1);
      await page.goBack();
      await page.locator('[name="/paymentAmount/value"]').fill("2.00");
      await send(page);
      assert.equal((await payable(goods)).length, 2);
      await context.close();
    });
  });
}

/** Somebody with a browser of their own, on the checkout page, who wants something that nobody else wants. */
async function shopper({ javaScriptEnabled }) {
  const context = await browser.newContext({ ...desktop, javaScriptEnabled, locale: "en-US" });
  const another = async () => {
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(`${at.checkout}/`);
    return page;
  };
  const goods = `Pencil ${randomUUID()}`;
  return {
    context,
    goods,
    another,
    page: await another(),
    enter: async (page) => {
      await page.locator('[name="/goods/0/goodsName"]').fill(goods);
      await page.locator('[name="/paymentAmount/value"]').fill("1.00");
    },
    send: async (page) => {
      await page.locator("[data-pay]").click();
      await atCashier(page);
    },
  };
}

const atCashier = (page) => page.waitForURL(new RegExp(`^${at.sandbox}/alipaycn/`));

/** The payments of these goods that can be paid at Alipay. */
async function payable(goods) {
  const orders = (await json(`${at.shop}/orders.json`)).filter((order) => order.goods[0].goodsName === goods).map(({ referenceOrderId }) => referenceOrderId);
  const { payments } = await json(`${at.sandbox}/sandbox/api/payments`);
  return payments.filter((p) => orders.includes(p.referenceOrderId) && p.paymentStatus === "PROCESSING");
}

test("an order that nobody has signed starts no payment", async () => {
  const before = (await json(`${at.sandbox}/sandbox/api/payments`)).payments.length;
  const answer = await fetch(`${at.checkout}/checkout`, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({ token: "eyJhbGciOiJub25lIiwidHlwIjoib3JkZXIrand0In0.e30." }),
    redirect: "manual",
  });
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
  assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
  assert.equal((await json(`${at.sandbox}/sandbox/api/payments`)).payments.length, before);
});

async function fill(page, { currency, typed, javaScriptEnabled = true }) {
  await page.locator('[name="/goods/0/goodsName"]').fill("Macbook 12 inch M3 8G 256G SSD");
  await page.locator('[name="/goods/0/goodsQuantity"]').fill("1");
  await page.locator('[name="/paymentAmount/currency"]').selectOption(currency);
  await page.locator('[name="/paymentAmount/value"]').fill(typed);
  if (currency === "CNY" || !javaScriptEnabled) await page.locator('[name="/settlementCurrency"]').selectOption("USD");
}

// paidOrder waits until the newest order at the shop is paid.
async function paidOrder({ value, currency }) {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(100)) {
    const [order] = await json(`${at.shop}/orders.json`);
    if (order?.state === "PAID" && order.paymentAmount.value === value && order.paymentAmount.currency === currency) return order;
  }
  throw new Error("the shop was not told of the payment");
}

// ledger returns what the Worker knows of the order's payment.
async function ledger(page, order) {
  const { payments } = await json(`${at.sandbox}/sandbox/api/payments`);
  const { paymentRequestId } = payments.find((p) => p.referenceOrderId === order.referenceOrderId);
  return json(`${at.checkout}/payments/${paymentRequestId}`);
}

async function json(url) {
  const answer = await fetch(url, { headers: { accept: "application/json" } });
  assert.ok(answer.ok, `${url}: ${answer.status}`);
  return answer.json();
}
