import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { eventually, startWorld } from "./world.mjs";

let world;
before(async () => {
  world = await startWorld();
});
after(() => world?.stop());

const json = { Accept: "application/json" };
const html = { Accept: "text/html" };

/** Posts a new order and returns the paymentRequestId that Alipay was asked for. */
async function start(members) {
  const { shop, alipay, checkout } = world;
  const token = shop.token(shop.order(members));
  const response = await checkout({ token });
  assert.equal(response.status, 303, await response.text());
  return { token, id: alipay.calls.at(-1).order.paymentRequestId, location: response.headers.get("location") };
}

test("an order token leads to the cashier, a notification to the shop", async () => {
  const { alipay, shop, payment, notify, origin } = world;
  const { id, location } = await start();
  const call = alipay.calls.at(-1);
  assert.ok(call.genuine);
  assert.match(id, /^[A-Za-z0-9_-]{1,64}$/);
  assert.equal(call.order.paymentNotifyUrl, `${origin}/notify`);
  assert.equal(call.order.paymentRedirectUrl, `${origin}/return/${id}`);
  assert.ok(location.startsWith(`${alipay.origin}/alipaycn/pc/cashier?`), location);
  assert.equal((await payment(id)).paymentStatus, "PROCESSING");

  const acknowledged = await notify(alipay.notification(id));
  assert.equal(acknowledged.status, 200);
  assert.deepEqual(await acknowledged.json(), { result: { resultCode: "SUCCESS", resultStatus: "S", resultMessage: "success" } });
  const webhook = await eventually(() => shop.received.find(({ event }) => event.data.paymentRequestId === id), { what: "no webhook" });
  assert.equal(webhook.event.type, "payment.succeeded");
  assert.deepEqual(webhook.event.data.paymentAmount, { currency: "USD", value: "100" });
  assert.equal((await payment(id)).paymentStatus, "SUCCESS");

  const page = await fetch(`${origin}/return/${id}`, { headers: html });
  const text = await page.text();
  assert.match(text, /Paid/);
  assert.match(text, new RegExp(`href="${shop.origin}/thanks"`));
  assert.equal(page.headers.get("refresh"), null);
});
