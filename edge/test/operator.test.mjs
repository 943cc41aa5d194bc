// What the merchant's people can do, in workerd.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { eventually, operatorToken, startWorld } from "./world.mjs";

let world;
before(async () => (world = await startWorld({ checkoutsPerMinute: 12 })));
after(() => world?.stop());

async function start() {
  const { shop, alipay } = world;
  assert.equal((await world.checkout({ token: shop.token(shop.order()) })).status, 303);
  return alipay.calls.at(-1).order.paymentRequestId;
}

async function paid() {
  const id = await start();
  await world.notify(world.alipay.notification(id));
  await eventually(async () => (await world.payment(id)).paymentStatus === "SUCCESS");
  return id;
}

const told = (type, id) => eventually(() => world.shop.received.find(({ event }) => event.type === type && event.data.paymentRequestId === id));

test("without the token nothing is told, and Go is not woken", async () => {
  const leases = async () => (await (await fetch(`${world.origin}/healthz`)).json()).pool.leases;
  const before = await leases();
  for (const headers of [
    {},
    { Authorization: "" },
    { Authorization: "Bearer " },
    { Authorization: `Bearer ${operatorToken}x` },
    { Authorization: `Bearer ${operatorToken.slice(0, -1)}` },
    { Authorization: `Basic ${operatorToken}` },
  ]) {
    const response = await fetch(`${world.origin}/operator/payments`, { headers });
    assert.equal(response.status, 401);
    assert.match(response.headers.get("www-authenticate"), /^Bearer/);
  }
  assert.equal(await leases(), before + 1);
});

test("payments are listed and shown", async () => {
  const id = await paid();
  const { payments } = await (await world.operator("payments?paymentStatus=SUCCESS&limit=1")).json();
  assert.equal(payments.length, 1);
  assert.equal(payments[0].paymentRequestId, id);
  const shown = await (await world.operator(`payments/${id}`)).json();
  assert.equal(shown.paymentStatus, "SUCCESS");
  assert.deepEqual(shown.paymentAmount, { currency: "USD", value: "100" });
  const ofOrder = await (await world.operator(`payments?referenceOrderId=${shown.referenceOrderId}`)).json();
  assert.deepEqual(ofOrder.payments.map((p) => p.paymentRequestId), [id]);
  assert.deepEqual((await (await world.operator(`payments?before=${shown.createdAt}&paymentStatus=SUCCESS`)).json()).payments, []);
  assert.equal((await world.operator("payments/nobody")).status, 404);
  assert.equal((await world.operator("payments?limit=1000")).status, 400);
  assert.equal((await world.operator("payments?paymentStatus=x%27%20OR%201=1")).status, 400);
});

test("a refund is asked for once, and its notification settles it", async () => {
  const { alipay } = world;
  const id = await paid();
  const wanted = { refundRequestId: "refund-1", refundAmount: { currency: "USD", value: "40" }, refundReason: "broken" };
  for (let i = 0; i < 3; i++) {
    const response = await world.operator(`payments/${id}/refunds`, wanted);
    assert.equal(response.status, 202);
    assert.equal((await response.json()).refundStatus, "PROCESSING");
  }
  assert.equal((await world.operator(`payments/${id}/refunds`, { ...wanted, refundAmount: { currency: "USD", value: "41" } })).status, 409);
  const sent = alipay.others.filter(({ path }) => path.endsWith("/refund"));
  assert.equal(sent.length, 1);
  assert.ok(sent[0].genuine);
  assert.equal(sent[0].order.refundNotifyUrl, `${world.origin}/notify`);

  const other = await world.notify(alipay.refundNotification("refund-1", { refundAmount: { currency: "USD", value: "100" } }));
  assert.equal(other.status, 200);
  const message = alipay.refundNotification("refund-1");
  for (let i = 0; i < 2; i++) assert.equal((await world.notify(message)).status, 200);
  const webhook = await told("refund.succeeded", id);
  assert.equal(webhook.id, "refund-1_refund_succeeded");
  assert.deepEqual(webhook.event.data.refundAmount, { currency: "USD", value: "40" });
  const { refunds, paymentStatus } = await (await world.operator(`payments/${id}`)).json();
  assert.equal(paymentStatus, "SUCCESS");
  assert.deepEqual(refunds.map((r) => [r.refundRequestId, r.refundStatus]), [["refund-1", "SUCCESS"]]);
});

test("a payment is cancelled once, and a late success does not undo it", async () => {
  const { shop } = world;
  const token = shop.token(shop.order());
  assert.equal((await world.checkout({ token })).status, 303);
  const id = world.alipay.calls.at(-1).order.paymentRequestId;
  for (let i = 0; i < 2; i++) {
    const response = await world.operator(`payments/${id}/cancel`, {});
    assert.equal(response.status, 200);
    assert.equal((await response.json()).paymentStatus, "CANCELLED");
  }
  assert.equal(world.alipay.others.filter(({ path }) => path.endsWith("/cancel")).length, 1);
  await told("payment.cancelled", id);
  await world.notify(world.alipay.notification(id));
  await paid();
  assert.equal((await world.payment(id)).paymentStatus, "CANCELLED");
  const { length } = world.alipay.calls;
  const again = await world.checkout({ token });
  assert.equal(again.headers.get("location"), `${world.origin}/return/${id}`, "the same token pays no cancelled order");
  assert.equal(world.alipay.calls.length, length);
});

test("a notification that does not fit the ledger is a dead letter, and one that is not there cannot be requeued", async () => {
  const id = await start();
  await world.notify(world.alipay.notification(id, { paymentAmount: { currency: "USD", value: "1" } }));
  const letter = await eventually(async () => {
    const { deadLetters } = await (await world.operator("dead-letters")).json();
    return deadLetters.find(({ body }) => JSON.parse(body).notification.paymentRequestId === id);
  });
  assert.equal(letter.queue, "NOTIFICATIONS");
  assert.match(letter.reason, /PAYMENT_AMOUNT_MISMATCH/);
  assert.equal((await world.payment(id)).paymentStatus, "PROCESSING");
  assert.equal((await world.operator("dead-letters/nobody/requeue", {})).status, 404);
});

test("healthz names the core and the schema", async () => {
  const { status, core, schema } = await (await fetch(`${world.origin}/healthz`)).json();
  const file = readFileSync(new URL("../../wasm/core.wasm", import.meta.url));
  assert.deepEqual({ status, core, schema }, { status: "ok", core: createHash("sha256").update(file).digest("hex"), schema: 3 });
});

describe("a flood of checkouts is refused", () => {
  const forged = { token: "hello" };
  const from = (address) => ({ Accept: "application/json", "CF-Connecting-IP": address });
  const flood = async (fields, addresses) => {
    const statuses = [];
    for (let i = 0; i < 14; i++) statuses.push((await world.checkout(fields(i), from(addresses(i)))).status);
    return statuses;
  };

  test("that has no good token, by its address", async () => {
    assert.deepEqual((await flood(() => forged, () => "203.0.113.7")).slice(-2), [429, 429]);
    const page = await world.checkout(forged, { Accept: "text/html", "Accept-Language": "zh-CN", "CF-Connecting-IP": "203.0.113.7" });
    assert.equal(page.status, 429);
    assert.equal(page.headers.get("retry-after"), "60");
    assert.match(await page.text(), /操作过于频繁/);
    assert.equal((await world.checkout(forged, from("203.0.113.9"))).status, 401);
    const { shop } = world;
    assert.equal((await world.checkout({ token: shop.token(shop.order()) }, from("203.0.113.7"))).status, 200, "who has a token is not who floods");
  });

  test("from the addresses of one IPv6 network", async () => {
    const statuses = await flood(() => forged, (i) => [`2001:db8:0:7::${i}`, `2001:0db8:0000:0007:${i}:0:0:1`, `2001:DB8::7:${i}:0:0:1`][i % 3]);
    assert.equal(statuses.at(-1), 429);
    assert.equal((await world.checkout(forged, from("2001:db8:0:8::1"))).status, 401, "another network");
  });

  test("of one order, and not of a shop's many", async () => {
    const { shop } = world;
    const token = shop.token(shop.order());
    assert.deepEqual((await flood(() => ({ token: shop.token(shop.order()) }), () => "203.0.113.20")).filter((status) => status !== 200), []);
    assert.equal((await flood(() => ({ token }), () => "203.0.113.20")).at(-1), 429);
  });
});
