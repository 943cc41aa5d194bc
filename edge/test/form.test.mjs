// The checkout form and its key, in workerd. What people do with it in a browser is in purchase.test.mjs.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually, startWorld } from "./world.mjs";

const html = { Accept: "text/html" };
const entries = {
  "/goods/0/goodsName": "Pencil HB",
  "/goods/0/goodsQuantity": "2",
  "/paymentAmount/currency": "USD",
  "/paymentAmount/value": "1.00",
  "/settlementCurrency": "USD",
  "/terminalType": "WEB",
};

describe("the form's key", () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world?.stop());

  const cookieOf = (response) => /^checkout=([^;]*)/.exec(response.headers.get("set-cookie") ?? "")?.[1];
  const view = async (cookie) => {
    const response = await fetch(world.origin, { headers: { ...html, ...(cookie && { Cookie: cookie }) } });
    return { response, key: /name="idempotencyKey" value="([^"]*)"/.exec(await response.text())?.[1] };
  };
  const send = (fields, headers) => world.checkout({ ...entries, ...fields }, { ...html, ...headers });
  const lastKey = () => world.shop.keys.at(-1);

  test("is in the page and in a cookie, which keeps it", async () => {
    const { response, key } = await view();
    assert.match(key, /^[\da-f-]{36}$/);
    assert.equal(cookieOf(response), key);
    assert.match(response.headers.get("set-cookie"), /; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
    assert.equal((await view(`other=1; checkout=${key}; more=2`)).key, key);
    assert.equal((await view(`checkout=${key}.${"A".repeat(43)}`)).key, key);
    assert.notEqual((await view()).key, key);
    for (const bad of ["checkout=", "checkout=a b", `checkout=${"x".repeat(65)}`, 'checkout="><script>', `xcheckout=${key}`]) {
      assert.match((await view(bad)).key, /^[\da-f-]{36}$/, bad);
    }
  });

  test("goes to the shop, and the draft's order is found again", async () => {
    const { alipay } = world;
    const before = alipay.calls.length;
    const first = await send({ idempotencyKey: "purchase-1" });
    const key = lastKey();
    assert.match(key, /^[\w-]{43}$/);
    const id = alipay.calls.at(-1).order.paymentRequestId;
    assert.equal(cookieOf(first), `purchase-1.${id}`);
    for (const again of [
      await send({ idempotencyKey: "purchase-1" }),
      await send({ idempotencyKey: "purchase-1", lang: "zh-CN" }),
      await send({ idempotencyKey: "purchase-1", "/terminalType": "WAP" }),
      await send({}, { Cookie: "checkout=purchase-1" }),
      await send({}, { "Idempotency-Key": "purchase-1" }),
    ]) {
      assert.equal(lastKey(), key);
      assert.equal(again.headers.get("location"), first.headers.get("location"));
    }
    assert.equal(alipay.calls.length, before + 1);
    await send({ idempotencyKey: "purchase-1", "/goods/0/goodsQuantity": "3" });
    assert.notEqual(lastKey(), key);
    await send({ idempotencyKey: "purchase-2" });
    assert.equal(alipay.calls.length, before + 3);
  });

  test("of the form counts, and not that of the cookie", async () => {
    await send({ idempotencyKey: "purchase-3" });
    const key = lastKey();
    await send({ idempotencyKey: "purchase-3" }, { Cookie: "checkout=purchase-4" });
    assert.equal(lastKey(), key);
  });

  test("stays when the form comes back with a message", async () => {
    const page = await (await send({ idempotencyKey: "purchase-5", "/paymentAmount/value": "x" })).text();
    assert.match(page, /name="idempotencyKey" value="purchase-5"/);
  });

  test("is refused when it has another form", async () => {
    const drafts = world.shop.drafts.length;
    for (const bad of ["a b", "x".repeat(65), "é", "a\r\nb", "a;b"]) {
      const response = await send({ idempotencyKey: bad }, { Accept: "application/json" });
      assert.equal(response.status, 400, bad);
      assert.equal((await response.json()).errors[0].code, "IDEMPOTENCY_KEY_MALFORMED");
    }
    assert.equal(world.shop.drafts.length, drafts);
  });

  test("is forgotten when its payment is paid, and by no other page", async () => {
    const { alipay } = world;
    const cookie = cookieOf(await send({ idempotencyKey: "purchase-6" }));
    const id = alipay.calls.at(-1).order.paymentRequestId;
    await send({ idempotencyKey: "purchase-7" });
    const other = alipay.calls.at(-1).order.paymentRequestId;
    const back = async (id) => fetch(`${world.origin}/return/${id}`, { headers: { ...html, Cookie: `checkout=${cookie}` } });
    assert.equal(cookieOf(await back(id)), undefined, "it is not paid yet");
    for (const each of [id, other]) await world.notify(alipay.notification(each));
    await eventually(async () => (await world.payment(id)).paymentStatus === "SUCCESS" && (await world.payment(other)).paymentStatus === "SUCCESS");
    assert.equal(cookieOf(await back(other)), undefined, "the page of another payment");
    const paid = await back(id);
    assert.equal(cookieOf(paid), "");
    assert.match(paid.headers.get("set-cookie"), /Max-Age=0/);
    const again = await send({ idempotencyKey: "purchase-6" });
    assert.equal(again.headers.get("location"), `${world.origin}/return/${id}`, "the form that was left open leads to what was paid");
  });

  test("is kept when the payment failed: the next try is another attempt to pay the same order", async () => {
    const { alipay } = world;
    alipay.behaviours.push({ refuse: "RISK_REJECT" });
    const response = await send({ idempotencyKey: "purchase-8" });
    assert.equal(response.status, 402);
    const { referenceOrderId, paymentRequestId } = alipay.calls.at(-1).order;
    const page = await fetch(`${world.origin}/return/${paymentRequestId}`, { headers: { ...html, Cookie: `checkout=purchase-8.${paymentRequestId}` } });
    assert.equal(cookieOf(page), undefined);
    await send({ idempotencyKey: "purchase-8" });
    assert.equal(alipay.calls.at(-1).order.referenceOrderId, referenceOrderId);
    assert.notEqual(alipay.calls.at(-1).order.paymentRequestId, paymentRequestId);
  });

  test("the way to the playground is there for those who try the sandbox", async () => {
    assert.match(await (await fetch(world.origin, { headers: html })).text(), /<footer[^>]*><a href="\/playground">/);
  });
});

describe("in production", () => {
  let world;
  before(async () => (world = await startWorld({ config: { clientId: "5Y055A2Y2F6K05235" } })));
  after(() => world?.stop());

  test("shoppers are not sent to the playground", async () => {
    const page = await (await fetch(world.origin, { headers: html })).text();
    assert.match(page, /<form id="checkout"/);
    assert.doesNotMatch(page, /playground/);
  });
});

describe("without ORDER_URL", () => {
  let world;
  before(async () => (world = await startWorld({ vars: { ORDER_URL: undefined } })));
  after(() => world?.stop());

  test("there is no form that could never be sent, and no way back to one", async () => {
    for (const [language, words] of [["en", /There is nothing to pay here\. Start the payment in the shop\./], ["zh-CN", /此处没有待付款的订单/]]) {
      const response = await fetch(world.origin, { headers: { ...html, "Accept-Language": language } });
      const text = await response.text();
      assert.equal(response.status, 404);
      assert.match(text, words);
      assert.doesNotMatch(text, /<form|href="\/"/);
      assert.doesNotMatch(await (await world.checkout({ token: "hello" }, html)).text(), /href="\/"/);
    }
    const token = world.shop.token(world.shop.order());
    assert.equal((await world.checkout({ token })).status, 303);
  });
});
