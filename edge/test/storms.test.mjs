// Much at once, and for long: a slow Alipay, abandoned carts, lost notifications, a shop that is down for two days. The clock of the ledger is
// moved; everything else is as it is deployed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually, startWorld } from "./world.mjs";

const minute = 60_000;
const hour = 60 * minute;
const html = { Accept: "text/html" };
const json = { Accept: "application/json" };
const shards = 4;

let world;
const start = () => before(async () => (world = await startWorld({ lab: true, vars: { LEDGER_SHARDS: String(shards) } })));
const stop = () => after(() => world?.stop());

/** Starts the payments of as many new orders and returns their paymentRequestIds. */
async function carts(count) {
  const { shop } = world;
  const ids = [];
  while (ids.length < count) {
    const some = await Promise.all(
      Array.from({ length: Math.min(10, count - ids.length) }, async () => {
        const token = shop.token(shop.order());
        const answer = await (await world.checkout({ token }, json)).text();
        const { paymentRequestId, redirect } = JSON.parse(answer);
        assert.ok(redirect, answer);
        return paymentRequestId;
      }),
    );
    ids.push(...some);
  }
  return ids;
}

const everyShard = (ask) => Promise.all(Array.from({ length: shards }, (_, shard) => ask(shard)));
const overdue = async () => (await everyShard((shard) => world.lab.status(shard))).reduce((sum, { overdue }) => sum + overdue, 0);

/** Puts the clock ahead and lets the alarms ring until nothing is due; returns how often each had to. */
async function at(ahead) {
  await world.lab.clock(ahead);
  for (let rings = 1; ; rings++) {
    await everyShard((shard) => world.lab.alarm(shard));
    if ((await overdue()) === 0 || rings > 20) return rings;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const percentile = (times, p) => times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * p))];

describe("while Alipay takes 8 seconds", () => {
  start();
  stop();

  test("40 waiting tabs cause no call of their own, and other pages are as fast as ever", async (t) => {
    const { alipay, shop, origin } = world;
    const [paid] = await carts(1);
    await world.notify(alipay.notification(paid));
    alipay.behaviours.push(...Array.from({ length: 40 }, () => ({ status: 500 }))); // no cashier for the first call
    const waiting = await Promise.all(
      Array.from({ length: 40 }, async () => (await (await world.checkout({ token: shop.token(shop.order()) }, json)).json()).paymentRequestId),
    );
    alipay.behaviours.push(...Array.from({ length: 400 }, () => ({ delay: 8000 })));
    const end = Date.now() + 12_000;
    const statuses = new Map();
    const look = async (id, headers) => {
      const begun = performance.now();
      const response = await fetch(`${origin}/return/${id}`, { headers });
      await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      return performance.now() - begun;
    };
    const tabs = waiting.map(async (id) => {
      while (Date.now() < end) {
        await look(id, html);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    });
    const others = [];
    while (Date.now() < end) {
      others.push(await look(paid, html));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await Promise.all(tabs);
    assert.deepEqual([...statuses.keys()], [200]);
    const calls = waiting.map((id) => alipay.calls.filter(({ order }) => order.paymentRequestId === id).length);
    assert.ok(Math.max(...calls) <= 3, `${calls} calls: the first, one after 5 seconds, another not before that has ended`);
    const p99 = percentile(others, 0.99);
    t.diagnostic(`${others.length} looks at another page: median ${percentile(others, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; ${calls.reduce((sum, n) => sum + n)} calls for 40 payments`);
    assert.ok(p99 < 3000, `${p99} ms`); // far below Alipay's 8 seconds on any machine; ./build.sh bench measures it
    alipay.behaviours.length = 0;
  });

  test("a hundred looks at once at one payment without a cashier ask for none", async () => {
    const { alipay, shop, origin } = world;
    alipay.behaviours.push({ status: 500 });
    const { paymentRequestId: id } = await (await world.checkout({ token: shop.token(shop.order()) }, json)).json();
    const asked = alipay.calls.filter(({ order }) => order.paymentRequestId === id).length;
    const begun = Date.now();
    await Promise.all(Array.from({ length: 100 }, async (_, i) => (await fetch(`${origin}/return/${id}`, { method: i % 2 ? "GET" : "HEAD", headers: html })).text()));
    if (Date.now() - begun < 4000) assert.equal(alipay.calls.filter(({ order }) => order.paymentRequestId === id).length, asked);
  });
});

// Without a notification a payment is inquired when Alipay has closed it, a minute after its 14, and not before its time.
const minutes = process.env.CASHIER_LONG === "1" ? 60 : 20;

for (const [name, paidOf] of [
  ["all but one abandoned and the notification of that one lost: it is found in its time, and the backlog stays flat", (i) => i === 0],
  ["all paid and no notification arrives: each is found in its time, and the backlog stays flat", () => true],
]) {
  describe("60 orders a minute,", () => {
    start();
    stop();

    test(name, { timeout: 900_000 }, async (t) => {
      const { alipay, shop } = world;
      const made = []; // by the minute
      let rings = 0;
      for (let m = 0; m < minutes; m++) {
        rings = Math.max(rings, await at(m * minute));
        for (const old of made[m - 14] ?? []) if (!old.paid) alipay.payments.get(old.id).paymentStatus = "FAIL"; // Alipay closes it
        made[m] = (await carts(60)).map((id, i) => ({ id, paid: paidOf(i) }));
        for (const { id, paid } of made[m]) if (paid) alipay.payments.get(id).paymentStatus = "SUCCESS";
      }
      rings = Math.max(rings, await at(minutes * minute));
      const due = made.slice(0, minutes - 16).flat();
      const told = (id) => shop.received.filter(({ event }) => event.data.paymentRequestId === id);
      await eventually(() => due.every(({ id }) => told(id).length > 0), { within: 60_000, what: "not all were announced" });
      for (const { id, paid } of due) assert.deepEqual(told(id).map(({ event }) => event.type), [paid ? "payment.succeeded" : "payment.failed"]);
      assert.ok(rings <= 3, `${rings} rounds of an alarm in a minute`);
      assert.equal(await overdue(), 0);
      const ids = new Set(due.map(({ id }) => id));
      const asked = alipay.others.filter(({ order }) => ids.has(order.paymentRequestId)).length;
      assert.equal(asked, due.length, "one inquiry for each");
      t.diagnostic(`${made.flat().length} orders in ${minutes} minutes: ${due.length} found, ${rings} rounds of an alarm in a minute at most`);
    });
  });
}

describe("a shop that is down for two days", () => {
  start();
  stop();

  test("hears of every order when it is back, or a person sees the message that was given up", { timeout: 900_000 }, async (t) => {
    const { alipay, shop } = world;
    shop.down = true;
    const ids = [];
    const step = 20 * minute;
    const days = 48 * hour;
    for (let now = 0; now < days; now += step) {
      await at(now);
      if (now % (6 * hour) === 0) {
        const [id] = await carts(1);
        await world.notify(alipay.notification(id));
        ids.push(id);
      }
    }
    shop.down = false;
    for (let now = days; now < days + 12 * hour; now += step) await at(now);
    const orders = await Promise.all(ids.map((id) => world.lab.order(id)));
    const given = orders.filter(({ record }) => record.attention?.some(({ code }) => code === "MESSAGE_UNDELIVERED"));
    const heard = (id) => new Set(shop.received.filter(({ event, status }) => status === 200 && event.data.paymentRequestId === id).map((hook) => hook.id));
    await eventually(() => orders.every((order, i) => given.includes(order) || heard(ids[i]).size === 1), { what: "some were not announced" });
    assert.ok(given.length > 0 && given.length < ids.length, `${given.length} of ${ids.length} given up`);
    assert.equal((await everyShard((shard) => world.lab.status(shard))).reduce((sum, { attention }) => sum + attention, 0), given.length);
    for (const { record } of given) {
      const id = record.attempts[0].paymentRequestId;
      assert.equal((await world.lab.submit(id, { type: "resend", by: "anna", id: `${id}_succeeded` })).status, 200);
      await eventually(() => heard(id).size === 1);
      assert.equal((await world.lab.order(id)).summary.attention, 0);
    }
    const bodies = new Map();
    for (const { id, body } of shop.received) assert.equal(bodies.get(id) ?? bodies.set(id, body).get(id), body, "the same bytes each time");
    t.diagnostic(`${ids.length} orders, ${shop.received.length} deliveries, ${given.length} given up and sent again by a person`);
  });
});
