// The shards of the ledger in workerd: what is kept is kept, whatever becomes of the objects and their alarms.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { shardOf, shardOfPayment, newPaymentRequestId } from "../worker/shards.mjs";
import { eventually, startWorld } from "./world.mjs";

const shards = 3;
const json = { Accept: "application/json" };
let world;
before(async () => (world = await startWorld({ lab: true, vars: { LEDGER_SHARDS: String(shards) } })));
after(() => world?.stop());

/** Starts the payment of a new order. */
async function start(members) {
  const { shop, alipay } = world;
  const order = shop.order(members);
  const response = await world.checkout({ token: shop.token(order) }, json);
  const { paymentRequestId, paymentStatus } = await response.json();
  return { order, id: paymentRequestId, status: response.status, paymentStatus, shard: shardOfPayment(paymentRequestId, shards), call: alipay.calls.at(-1) };
}

const webhooksOf = (id) => world.shop.received.filter(({ event }) => event.data.paymentRequestId === id);
const statusOf = async (id) => (await world.payment(id)).paymentStatus;
const get = async (shard, path) => (await world.lab.ask(shard, path)).json();

describe("an order has one shard", () => {
  test("that its id alone chooses, and that its paymentRequestId names", async () => {
    const seen = new Set();
    for (let i = 0; i < 8; i++) {
      const { order, id, shard } = await start();
      assert.equal(shard, await shardOf(order.referenceOrderId, shards));
      assert.equal((await world.lab.ask(shard, `/order?referenceOrderId=${order.referenceOrderId}`)).status, 200);
      assert.equal((await get(shard, `/find?id=${id}`)).orders.length, 1);
      seen.add(shard);
    }
    assert.ok(seen.size > 1, "with eight orders more than one shard has some");
  });

  test("and the number of shards never changes the place of an order by itself", async () => {
    // Fixed for ever: an order that is looked for elsewhere would be paid twice.
    for (const [id, of32, of256] of [["order-1", 1, 33], ["订单-1", 25, 89]]) {
      assert.deepEqual([await shardOf(id, 32), await shardOf(id, 256)], [of32, of256], id);
    }
  });

  test("paymentRequestIds differ, have one form and name shards up to 1296", () => {
    const ids = Array.from({ length: 1000 }, (_, i) => newPaymentRequestId(i));
    assert.equal(new Set(ids).size, 1000);
    for (const [i, id] of ids.entries()) {
      assert.match(id, /^[0-9a-z]{2}[A-Za-z0-9]{22}$/);
      assert.equal(shardOfPayment(id, 1296), i);
    }
    assert.equal(shardOfPayment(newPaymentRequestId(31), 31), undefined, "there are 0 to 30");
    assert.equal(shardOfPayment("nobody", 32), undefined);
  });
});

test("the ledger outlives the process", async () => {
  const { id, order, shard } = await start();
  await world.notify(world.alipay.notification(id));
  await eventually(() => webhooksOf(id).length);
  await eventually(async () => (await world.lab.order(id)).summary.undelivered === 0);
  const before = await world.lab.order(id);
  await world.restart();
  assert.deepEqual(await world.lab.order(id), before);
  const again = await (await world.checkout({ token: world.shop.token(order) }, json)).json();
  assert.equal(again.paymentRequestId, id);
  const { shard: number, shards: of } = await world.lab.status(shard);
  assert.deepEqual([number, of], [shard, shards], "it knows which one it is");
});

test("what was under way when the process ended is done after it", async () => {
  const { alipay, shop } = world;
  const { id } = await start();
  shop.statuses.set(id, 500);
  await world.notify(alipay.notification(id));
  await eventually(() => webhooksOf(id).length === 1);
  await world.restart();
  // Five seconds later, or 30 when the process ended before it had noted the refusal.
  await eventually(() => webhooksOf(id).length >= 2, { within: 60_000, what: "no second delivery" });
  const [first, second] = webhooksOf(id);
  assert.deepEqual([second.id, second.body], [first.id, first.body]);
});

test("an object that ends in the middle loses nothing", async () => {
  const { alipay } = world;
  alipay.behaviours.push({ delay: 1500 });
  const before = alipay.calls.length;
  const starting = start();
  const call = await eventually(() => alipay.calls.length > before && alipay.calls.at(-1));
  await world.lab.abort(shardOfPayment(call.order.paymentRequestId, shards));
  const { id, status } = await starting;
  assert.equal(id, call.order.paymentRequestId);
  assert.equal(status, 200, "Alipay's answer is stored by the object's successor");
  assert.equal((await world.payment(id)).redirect.method, "GET");
});

test("many tabs with one order are one call and one payment", async () => {
  const { alipay, shop } = world;
  const token = shop.token(shop.order());
  const before = alipay.calls.length;
  alipay.behaviours.push({ delay: 700 });
  const answers = await Promise.all(Array.from({ length: 12 }, () => world.checkout({ token })));
  assert.deepEqual(answers.map(({ status }) => status), Array(12).fill(303));
  assert.equal(new Set(answers.map(({ headers }) => headers.get("location"))).size, 1);
  assert.ok(answers[0].headers.get("location").startsWith(alipay.origin), "all of them wait for the one call");
  assert.equal(alipay.calls.length, before + 1);
});

test("HEAD changes nothing and asks nobody", async () => {
  const { alipay, origin } = world;
  alipay.behaviours.push("silent");
  const { id } = await start();
  const before = (await world.lab.order(id)).record;
  const asked = alipay.calls.length + alipay.others.length;
  for (const path of ["return", "payments"]) {
    const response = await fetch(`${origin}/${path}/${id}`, { method: "HEAD" });
    assert.ok(response.ok);
    assert.equal(await response.text(), "");
  }
  assert.deepEqual((await world.lab.order(id)).record, before);
  assert.equal(alipay.calls.length + alipay.others.length, asked);
});

describe("the alarm", () => {
  test("that the platform lost is set again by the watch over the shards", async () => {
    const { shard } = await start();
    await world.lab.loseAlarm(shard);
    const found = await world.lab.status(shard);
    assert.equal(found.rearmed, true);
    assert.ok(found.alarmAt > 0);
    assert.equal((await world.lab.status(shard)).rearmed, false);
  });

  test("that the platform lost is set again when the object starts", async () => {
    const { shard } = await start();
    await world.lab.loseAlarm(shard);
    await world.restart();
    const { alarmAt, rearmed } = await world.lab.status(shard);
    assert.ok(alarmAt > 0);
    assert.equal(rearmed, false, "the constructor has set it");
  });

  test("may come twice, or too early", async () => {
    const { alipay } = world;
    const { id, shard } = await start();
    const asked = alipay.calls.length + alipay.others.length;
    await Promise.all([world.lab.alarm(shard), world.lab.alarm(shard), world.lab.alarm(shard)]);
    assert.equal(alipay.calls.length + alipay.others.length, asked);
    assert.ok((await world.lab.status(shard)).alarmAt > Date.now());
    assert.equal(await statusOf(id), "PROCESSING");
  });

  test("sets aside an order that fails three times, and starves no other", async () => {
    const bad = await start();
    let good = await start();
    while (good.shard !== bad.shard) good = await start();
    const { shard } = bad;
    await world.lab.sql(shard, `UPDATE orders SET record = '{"version":99}', dueAt = 1 WHERE referenceOrderId = '${bad.order.referenceOrderId}'`);
    world.alipay.payments.get(good.id).paymentStatus = "SUCCESS";
    for (let i = 0; i < 3; i++) {
      await world.lab.clock((i + 1) * 20 * 60_000);
      await world.lab.alarm(shard);
    }
    await eventually(async () => (await statusOf(good.id)) === "SUCCESS");
    const { setAside } = await world.lab.status(shard);
    assert.deepEqual(setAside.map(({ referenceOrderId }) => referenceOrderId), [bad.order.referenceOrderId]);
    assert.match(setAside[0].error, /RECORD_VERSION/);
    assert.equal((await get(shard, `/find?id=${bad.id}`)).orders[0].setAside > 0, true);

    await world.lab.ask(shard, "/retry", { referenceOrderId: bad.order.referenceOrderId, by: "anna" });
    assert.deepEqual((await world.lab.status(shard)).setAside, []);
    await world.lab.sql(shard, `DELETE FROM orders WHERE referenceOrderId = '${bad.order.referenceOrderId}'`);
    await world.lab.clock(0);
  });

  test("goes on after storage failed", async () => {
    const { id, shard } = await start();
    await world.lab.clock(20 * 60_000);
    await world.lab.sql(shard, "ALTER TABLE orders RENAME TO elsewhere");
    await world.lab.alarm(shard);
    await world.lab.sql(shard, "ALTER TABLE elsewhere RENAME TO orders");
    await world.lab.alarm(shard);
    assert.ok((await world.lab.status(shard)).alarmAt !== null);
    await eventually(() => world.alipay.others.some(({ order }) => order.paymentRequestId === id), { what: "it was not inquired" });
    await world.lab.clock(0);
  });
});

describe("the lists", () => {
  const all = async (path) => (await Promise.all(Array.from({ length: shards }, (_, shard) => get(shard, path)))).flatMap(({ orders }) => orders);

  test("page without losing orders of one millisecond", async () => {
    await world.lab.sql(0, "UPDATE orders SET createdAt = 5, summary = json_set(summary, '$.createdAt', 5)");
    const ids = (await get(0, "/orders?limit=200")).orders.map(({ referenceOrderId }) => referenceOrderId);
    const seen = [];
    for (let before = ""; ; ) {
      const { orders } = await get(0, `/orders?limit=2${before}`);
      if (orders.length === 0) break;
      seen.push(...orders.map(({ referenceOrderId }) => referenceOrderId));
      before = `&before=${encodeURIComponent(`${orders.at(-1).createdAt},${orders.at(-1).referenceOrderId}`)}`;
    }
    assert.deepEqual(seen, ids);
    assert.ok(ids.length > 2);
  });

  test("filter", async () => {
    const { id, order } = await start();
    await world.notify(world.alipay.notification(id));
    await eventually(async () => (await world.lab.order(id)).summary.undelivered === 0);
    const named = (orders) => orders.some(({ referenceOrderId }) => referenceOrderId === order.referenceOrderId);
    assert.ok(named(await all("/orders?paymentStatus=SUCCESS&limit=200")));
    assert.ok(!named(await all("/orders?paymentStatus=FAIL&limit=200")));
    assert.ok(!named(await all("/orders?attention=true&limit=200")));
    assert.ok(!named(await all("/orders?open=true&limit=200")));
    assert.ok(!named(await all(`/orders?to=${Date.now() - 60_000}&limit=200`)));
    const { paymentId } = await world.payment(id);
    for (const any of [id, paymentId, order.referenceOrderId]) assert.ok(named(await all(`/find?id=${encodeURIComponent(any)}`)), any);
  });

  test("use an index for each filter that an operator has", async () => {
    for (const [filter, index] of [
      ["WHERE paymentStatus = 'FAIL'", "ordersByStatus"], ["WHERE attention > 0", "ordersWithAttention"], ["WHERE undelivered > 0", "ordersUndelivered"],
      ["", "ordersByAge"], ["WHERE createdAt < 5", "ordersByAge"],
    ]) {
      const plan = await world.lab.sql(0, `EXPLAIN QUERY PLAN SELECT summary FROM orders ${filter} ORDER BY createdAt DESC, referenceOrderId DESC LIMIT 50`);
      assert.ok(plan.every(({ detail }) => detail.includes(index)), JSON.stringify(plan));
    }
    assert.match(JSON.stringify(await world.lab.sql(0, "EXPLAIN QUERY PLAN SELECT referenceOrderId FROM orders WHERE dueAt <= 5 ORDER BY dueAt LIMIT 50")), /ordersDue/);
  });

  for (const [what, path, body, status, code] of [
    ["an unknown parameter", "/orders?status=SUCCESS", undefined, 422, "FIELD_UNKNOWN"],
    ["a limit beyond 200", "/orders?limit=201", undefined, 422, "FIELD_NOT_A_WHOLE_NUMBER"],
    ["a cursor of another form", "/orders?before=x", undefined, 422, "FIELD_NOT_IN_SET"],
    ["a parameter that comes twice", "/orders?limit=1&limit=2", undefined, 422, "FIELD_REPEATED"],
    ["an event that is not an operator's", "/submit", { referenceOrderId: "x", event: { type: "notification" } }, 422, "EVENT_UNKNOWN"],
    ["an unknown member", "/submit", { referenceOrderId: "x", event: { type: "cancel" }, amount: 1 }, 422, "FIELD_UNKNOWN"],
    ["an order that is not there", "/submit", { referenceOrderId: "x", event: { type: "cancel", by: "anna" } }, 404, "ORDER_UNKNOWN"],
    ["an order that is not there", "/order?referenceOrderId=x", undefined, 404, "ORDER_UNKNOWN"],
    ["another path", "/everything", undefined, 404, "NOT_FOUND"],
  ]) {
    test(`refuse ${what}: ${code}`, async () => {
      const response = await world.lab.ask(0, path, body);
      assert.equal(response.status, status);
      assert.equal((await response.json()).errors[0].code, code);
    });
  }
});

test("an operator's call is in the record before Alipay is asked, and its result is waited for only as long as wanted", async () => {
  const { id } = await start();
  const at = Date.now();
  const now = await (await world.lab.submit(id, { type: "cancel", by: "anna", reason: "a test" }, 0)).json();
  assert.equal(now.record.attempts[0].cancellation.by, "operator:anna");
  const later = await (await world.lab.submit(id, { type: "cancel", by: "anna" }, 5000)).json();
  assert.ok(Date.now() - at < 5000);
  assert.equal(later.summary.paymentStatus, "CANCELLED");
  await eventually(async () => (await statusOf(id)) === "CANCELLED");
});

// Last: afterwards the ledger is another one.
describe("another number of shards", () => {
  test("is refused before an order is looked for where it is not", async () => {
    const { id, order, shard } = await start();
    for (const number of ["2", "4"]) {
      await world.restart({ LEDGER_SHARDS: number });
      const orders = [order, ...Array.from({ length: 6 }, () => world.shop.order())];
      const asked = () => world.alipay.calls.filter((call) => orders.some(({ referenceOrderId }) => referenceOrderId === call.order.order.referenceOrderId)).length;
      const before = asked();
      // The other orders are for shards that nobody has used before, too.
      for (const each of orders) assert.equal((await world.checkout({ token: world.shop.token(each) }, json)).status, 500);
      assert.equal(asked(), before);
      assert.equal((await world.lab.ask(shard, "/status")).status, 500);
      assert.equal((await world.lab.ask(shard, "/orders")).status, 500);
    }
    assert.equal((await world.notify(world.alipay.notification(id))).status, 200, "what is there goes on");
    await world.restart({ LEDGER_SHARDS: String(shards) });
    assert.equal(await statusOf(id), "SUCCESS");
  });
});

describe("after RETENTION_DAYS", () => {
  const day = 86_400_000;
  test("an order loses buyer and shipping, and after twice as long it goes", async () => {
    await world.restart({ RETENTION_DAYS: "10", LEDGER_SHARDS: String(shards) });
    const { id, order, shard } = await start({ buyer: { referenceBuyerId: "buyer-1" } });
    await world.notify(world.alipay.notification(id));
    await eventually(async () => (await world.lab.order(id)).summary.undelivered === 0);
    assert.deepEqual((await world.lab.order(id)).record.order.buyer, { referenceBuyerId: "buyer-1" });
    for (const days of [2, 9]) {
      await world.lab.clock(days * day);
      await world.lab.alarm(shard);
      assert.ok((await world.lab.order(id)).record.order.buyer, `${days} days`);
    }
    await world.lab.clock(11 * day);
    await world.lab.alarm(shard);
    const { record } = await world.lab.order(id);
    assert.equal(record.order.buyer, undefined);
    assert.equal(record.order.referenceOrderId, order.referenceOrderId);
    assert.equal(await statusOf(id), "SUCCESS", "the record is still one");
    await world.lab.clock(21 * day);
    await world.lab.alarm(shard);
    assert.equal((await get(shard, `/find?id=${id}`)).orders.length, 0);
    assert.equal((await world.lab.sql(shard, `SELECT * FROM ids WHERE referenceOrderId = '${order.referenceOrderId}'`)).length, 0);
    await world.lab.clock(0);
  });
});
