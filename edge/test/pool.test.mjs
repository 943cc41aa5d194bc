import assert from "node:assert/strict";
import { test } from "node:test";
import { Busy, Pool } from "../worker/program/pool.mjs";

function pooled(options) {
  const started = [];
  const start = () => {
    const instance = { usable: true, closed: false, close: () => (instance.closed = true) };
    started.push(instance);
    return instance;
  };
  return { started, pool: new Pool({ start, ...options }) };
}

const tick = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));

test("one lease at a time for each instance, the last used first", async () => {
  const { pool, started } = pooled({ size: 3, requests: 3 });
  const inUse = new Set();
  const work = async (instance) => {
    assert.ok(!inUse.has(instance));
    inUse.add(instance);
    await tick();
    inUse.delete(instance);
    return instance;
  };
  await Promise.all(Array.from({ length: 20 }, () => pool.use(work)));
  assert.equal(started.length, 3);
  const last = await pool.use(work);
  assert.equal(await pool.use(work), last);
  assert.equal(started.length, 3);
});

test("an instance whose work failed is dropped, and only its own request fails", async () => {
  const { pool, started } = pooled({ size: 1 });
  const failing = pool.use(async () => {
    await tick();
    throw new Error("exit");
  });
  const waiting = pool.use(async (instance) => instance);
  await assert.rejects(failing, /exit/);
  assert.equal(await waiting, started[1]);
  assert.ok(started[0].closed);
});

test("an instance that died during its work is dropped", async () => {
  const { pool, started } = pooled();
  await pool.use(async (instance) => (instance.usable = false));
  assert.notEqual(await pool.use(async (instance) => instance), started[0]);
  assert.equal(pool.stats.dropped, 1);
});

test("a lease that lasts too long fails and its instance never comes back", async () => {
  const { pool, started } = pooled({ size: 1, limit: 20 });
  let finish;
  await assert.rejects(
    pool.use(() => new Promise((resolve) => (finish = resolve))),
    /the lease is over/,
  );
  finish();
  await tick();
  assert.equal(await pool.use(async (instance) => instance), started[1]);
});

test("a lease whose request was ended from outside is given up", async (t) => {
  // Such a lease neither returns nor throws, and its timer does not fire: time is all that passes.
  t.mock.timers.enable({ apis: ["Date"], now: 0 });
  const { pool, started } = pooled({ size: 1, limit: 1000 });
  pool.use(() => new Promise(() => {})).catch(() => {});
  await Promise.resolve();
  t.mock.timers.tick(2001);
  assert.equal(await pool.use(async (instance) => instance), started[1]);
  t.mock.timers.reset();
  assert.deepEqual([pool.stats.busy, pool.stats.idle, pool.stats.dropped], [0, 1, 1]);
});

test("an instance retires after its leases", async () => {
  const { pool, started } = pooled({ leases: 2 });
  for (let i = 0; i < 4; i++) await pool.use(async () => {});
  assert.equal(started.length, 2);
  assert.deepEqual([pool.stats.retired, pool.stats.dropped], [2, 0]);
});

test("who waits too long, or behind too many, is told that it is busy", async () => {
  const { pool } = pooled({ size: 1, wait: 20, queue: 1 });
  const long = pool.use(() => tick(60));
  const waiting = pool.use(async () => {});
  await assert.rejects(pool.use(async () => {}), Busy);
  await assert.rejects(waiting, Busy);
  await long;
  await pool.use(async () => {});
  assert.equal(pool.stats.refused, 2);
});

test("an instance that does not start fails its request and takes no place", async () => {
  let fails = true;
  const pool = new Pool({
    size: 1,
    start() {
      if (fails) throw new Error("no memory");
      return { usable: true };
    },
  });
  await assert.rejects(pool.use(async () => {}), /no memory/);
  fails = false;
  await pool.use(async () => {});
});

test("a flood of requests leaves instances to work behind the scenes, and that leaves some to requests", async () => {
  const { pool, started } = pooled({ size: 4, requests: 3, background: 2, wait: 20, queue: 10 });
  let end;
  const ended = new Promise((resolve) => (end = resolve));
  const flood = Array.from({ length: 40 }, () => pool.use(() => ended).catch((error) => error));
  assert.equal(await pool.use(async () => "reconciled", { background: true }), "reconciled");
  assert.deepEqual([pool.stats.busy, pool.stats.idle], [3, 1]);
  end();
  assert.equal((await Promise.all(flood)).filter((result) => result instanceof Busy).length, 27);

  let stop;
  const stopped = new Promise((resolve) => (stop = resolve));
  const behind = Array.from({ length: 6 }, () => pool.use(() => stopped, { background: true, limit: 1000 }).catch((error) => error));
  assert.equal(await pool.use(async () => "paid"), "paid");
  assert.equal(pool.stats.busy, 2);
  stop();
  assert.deepEqual((await Promise.all(behind)).filter((result) => result instanceof Error), []);
  assert.equal(started.length, 4);
});

test("work behind the scenes comes before requests that wait longer", async () => {
  const { pool } = pooled({ size: 1, requests: 1, background: 1 });
  const order = [];
  const first = pool.use(() => tick(20));
  const waiting = [pool.use(async () => order.push("request")), pool.use(async () => order.push("cron"), { background: true })];
  await Promise.all([first, ...waiting]);
  assert.deepEqual(order, ["cron", "request"]);
});

test("a waiting request that was ended from outside wakes up nobody's place", async (t) => {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: 0 });
  const { pool } = pooled({ size: 1, wait: 1000 });
  let end;
  const first = pool.use(() => new Promise((resolve) => (end = resolve)));
  await Promise.resolve();
  pool.use(async () => {}).catch(() => {}); // its timer never fires, as that of a request that is gone
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ["Date"], now: 2000 });
  const alive = pool.use(async () => "served");
  end();
  await first;
  assert.equal(await alive, "served");
  assert.equal(pool.stats.waiting, 0);
});

test("an instance whose memory is full retires and is not counted as lost", async () => {
  const { pool, started } = pooled();
  await pool.use(async (instance) => (instance.full = true));
  assert.notEqual(await pool.use(async (instance) => instance), started[0]);
  assert.ok(started[0].closed);
  assert.deepEqual([pool.stats.retired, pool.stats.dropped], [1, 0]);
});
