import assert from "node:assert/strict";
import test, { after, afterEach, before, beforeEach } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { signatures } from "./support/core.mjs";
import { openSite } from "./support/site.mjs";

let browser, site, context, page, complaints, requests;

before(async () => {
  browser = await openBrowser();
  site = await openSite();
});
after(async () => {
  await browser.close();
  await site.close();
});
beforeEach(async () => {
  await open();
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, []);
  assert.deepEqual(requests, [], "nothing leaves the page");
});

/** Opens the playground; from then on every request is remembered. */
async function open(options) {
  complaints = [];
  requests = [];
  await context?.close();
  context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(`${site.origin}/playground`);
  await page.waitForSelector("[data-notification]:not([hidden])");
  await page.waitForLoadState("networkidle");
  page.on("request", (request) => requests.push(request.url()));
}

const text = (selector) => page.locator(selector).innerText();
const verdict = (kind, good) => page.waitForSelector(`[data-${kind}-verdict][data-good="${good}"]`);

test("the guide's order becomes the exact request and the text to sign", async () => {
  await page.fill("#time", "2020-05-18T12:08:56+05:30");
  const request = await text("[data-request-text]");
  assert.match(request, /^POST https:\/\/open-na\.alipay\.com\/ams\/sandbox\/api\/v1\/payments\/pay\n/);
  assert.match(request, /\nRequest-Time: 2020-05-18T12:08:56\+05:30\n/i);
  const body = request.split("\n\n")[1];
  assert.equal(JSON.parse(body).paymentAmount.value, "100");
  assert.equal(await text("[data-sign-text]"), `POST /ams/sandbox/api/v1/payments/pay\nSANDBOX_5Y055A2Y2F6K05235.2020-05-18T12:08:56+05:30.${body}`);
});

test("an order with problems shows every one, in the chosen language", async () => {
  const order = JSON.parse(await page.inputValue("#order"));
  await page.fill("#order", JSON.stringify({ ...order, settlementCurrency: "EUR", terminalType: "TV" }));
  await verdict("order", false);
  assert.deepEqual(await page.locator("[data-order-problems] code").allInnerTexts(), ["SETTLEMENT_CURRENCY_MISMATCH /settlementCurrency", "TERMINAL_TYPE_UNKNOWN /terminalType"]);
  assert.equal(await page.isVisible("[data-request]"), false);
  await page.click("label[for=lang-zh]");
  assert.match(await text("[data-order-problems] li >> nth=0"), /\p{Script=Han}/u);
  assert.match(await text("[data-order-verdict]"), /\p{Script=Han}/u);
});

test("what is no JSON, or has a name twice, is said so", async () => {
  for (const [order, expected] of [["{", "JSON_MALFORMED /order"], ['{"terminalType":"WEB","terminalType":"WAP"}', /^JSON_DUPLICATE_KEY/], ["[]", /NOT_AN_OBJECT/], ['{}}, "x": {"a":1', "JSON_MALFORMED /order"]]) {
    await page.fill("#order", order);
    await verdict("order", false);
    const found = await text("[data-order-problems] code >> nth=0");
    if (typeof expected === "string") assert.equal(found, expected);
    else assert.match(found, expected);
  }
  await page.fill("#config", "nonsense");
  assert.ok((await page.locator("[data-order-problems] code").allInnerTexts()).length > 0);
});

test("where a text stops being JSON is said in both languages, with the place filled in", async () => {
  for (const [order, byte] of [["{", 1], ['{"a":1,}', 7], ['{"铅":}', 7], ["x", 0], ['{"a":1}}', 7]]) {
    await page.click("label[for=lang-en]");
    await page.fill("#order", order);
    await verdict("order", false);
    assert.match(await text("[data-order-problems] li >> nth=0"), new RegExp(`\\bbyte ${byte}\\b`), order);
    await page.click("label[for=lang-zh]");
    assert.match(await text("[data-order-problems] li >> nth=0"), new RegExp(`第 ${byte} 字节`), order);
  }
  await page.fill("#config", "nonsense");
  await page.fill("#order", "{}");
  assert.doesNotMatch(await text("body"), /\{\d\}/);
});

test("today's profile is shown as well", async () => {
  await page.fill("#config", '{"clientId":"C1","wireProfile":"current"}');
  await verdict("order", true);
  assert.match(await text("[data-request-text]"), /\nRequest-Time: \d{13}\n/i);
});

test("the genuine notification of the guide verifies and is read", async () => {
  await verdict("notification", true);
  assert.equal(JSON.parse(await text("[data-notification-text]")).paymentAmount.value, "100");
  assert.equal(JSON.parse(await text("[data-acknowledgement]")).result.resultStatus, "S");
  assert.match(await text("[data-content-text]"), /^POST \/\nSANDBOX_5Y055A2Y2F6K05235\.2020-05-18T12:21:00Z\.\{/);
});

test("a notification that is refused is explained", async () => {
  const cause = () => page.locator("[data-causes] code").first().innerText();
  await page.fill("#path", "/notify");
  await verdict("notification", false);
  assert.equal(await cause(), "PATH_OTHER");
  await page.fill("#path", "/");
  await verdict("notification", true);
  await page.fill("#body", `${await page.inputValue("#body")} `);
  await verdict("notification", false);
  assert.equal(await cause(), "BODY_REENCODED");
  await page.fill("#keys", signatures.own_key.public_spki_b64);
  await page.waitForSelector('[data-causes] code:text("SIGNATURE_MISMATCH")');
  await page.fill("#keys", "nonsense");
  await page.waitForSelector('[data-causes] code:text("KEY_MALFORMED")');
  await page.fill("#headers", "");
  await page.waitForSelector('[data-causes] code:text("HEADER_MISSING")');
});

test("several keys stand under their versions, and the clock counts when asked for", async () => {
  const key = await page.inputValue("#keys");
  await page.fill("#keys", `1: ${signatures.own_key.public_spki_b64}\n2: ${key}`);
  await page.waitForSelector('[data-causes] code:text("KEY_VERSION_OTHER")');
  await page.fill("#keys", `2: ${signatures.own_key.public_spki_pem}\n1: ${key}`);
  await verdict("notification", true);
  await page.click("details summary");
  await page.check("#clock");
  await page.waitForSelector('[data-causes] code:text("TIME_TOO_OLD")');
});

test("a body from a file keeps every byte", async () => {
  const body = await page.inputValue("#body");
  await page.fill("#body", "something else");
  await verdict("notification", false);
  await page.setInputFiles("#body-file", { name: "body.json", mimeType: "application/json", buffer: Buffer.from(body) });
  await verdict("notification", true);
});

test("the browser's language is the page's, on a phone too", async () => {
  await open({ locale: "zh-CN", viewport: { width: 390, height: 844 } });
  assert.equal(await page.title(), "接入调试");
  assert.match(await text("[data-notification-verdict]"), /\p{Script=Han}/u);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
});
