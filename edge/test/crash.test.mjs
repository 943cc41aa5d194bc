// The Worker's process is killed at random moments, while the real sandbox answers badly and notifies worse, and is
// started again on the same database; its local queues are in memory and lost each time. CASHIER_LONG=1 makes 300
// payments of it. CASHIER_SEED repeats the sandbox's faults.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { migrated } from "../dev.mjs";
import { startShop } from "./shop.mjs";
import { clientId, eventually, freePort, operatorToken } from "./world.mjs";

const long = process.env.CASHIER_LONG === "1";
const payments = long ? 300 : 40;
const kills = long ? 12 : 2;
const seed = process.env.CASHIER_SEED ?? String(1 + Math.floor(Math.random() * 1e6));
const json = { Accept: "application/json", "Content-Type": "application/json" };

const faults = [
  ..."notify-twice@20% notify-tampered@15% notify-truncated@10% notify-unsigned@10% notify-wrong-key-version@10%".split(" "),
  ..."notify-reordered=1s@10% notify-late=1s@10% notify-reset@15% notify-stale-time@5% notify-slow=1s@5%".split(" "),
  ..."pay.answer-500@5% pay.answer-429@5% pay.answer-truncated@5% pay.answer-unsigned@5% pay.answer-reset@5% pay.answer-unknown-made@5%".split(" "),
];

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
let folder, sandbox, shop, worker, origin, alipay, vars;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cashier-crash-"));
  shop = await startShop();
  alipay = `http://127.0.0.1:${await freePort()}`;
  const port = await freePort();
  origin = shop.audience = `http://127.0.0.1:${port}`;
  const keys = join(folder, "keys");
  sandbox = spawn(
    path("../../.build/cashier"),
    ["sandbox", "--listen", new URL(alipay).host, "--keys", keys, "--expiry", "20s", "--speed-up", "400", "--seed", seed, ...faults.flatMap((fault) => ["--fault", fault])],
    { stdio: "ignore" },
  );
  await eventually(() => fetch(`${alipay}/sandbox/api/state`).then(({ ok }) => ok, () => false), { what: "no sandbox" });
  const publicKey = await readFile(join(keys, "sandbox-public.pem"), "utf8");
  vars = join(folder, "vars.json");
  await writeFile(
    vars,
    JSON.stringify({
      CONFIG: JSON.stringify({ clientId, keyVersion: 2, gatewayUrl: alipay, settlementCurrencies: ["USD"], redirectHosts: [new URL(alipay).host] }),
      ORIGIN: origin,
      ALIPAY_PUBLIC_KEYS: JSON.stringify({ 1: publicKey.replace(/-----[^-]+-----|\s/g, "") }),
      WEBHOOK_URL: `${shop.origin}/webhook`,
      PRIVATE_KEY: await readFile(join(keys, "merchant-private.pem"), "utf8"),
      ORDER_TOKEN_KEYS: shop.tokenKeys,
      WEBHOOK_SECRET: shop.webhookSecret,
      OPERATOR_TOKEN: operatorToken,
    }),
  );
  await start();
});

after(async () => {
  await kill();
  sandbox?.kill("SIGTERM");
  await shop?.close();
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function start() {
  const { port } = new URL(origin);
  const started = spawn(process.execPath, [path("../dev.mjs"), "--port", port, "--persist", join(folder, "state"), "--vars", vars], {
    stdio: ["ignore", "pipe", "ignore"],
    detached: true, // a group of its own, so that all of it can be killed at once
  });
  worker = started;
  await new Promise((resolve, reject) => {
    started.stdout.once("data", resolve);
    started.once("exit", () => reject(new Error("the Worker ended")));
  });
}

async function kill() {
  if (!worker || worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = new Promise((resolve) => worker.once("exit", resolve));
  process.kill(-worker.pid, "SIGKILL");
  await gone;
}

/** Asks until the Worker, which may be dead at the moment, gives an answer that says something. */
async function ask(url, init) {
  return eventually(
    async () => {
      try {
        const response = await fetch(url, { ...init, headers: json, signal: AbortSignal.timeout(20_000) });
        return response.status < 500 && (await response.json());
      } catch {
        return undefined;
      }
    },
    { within: 120_000, what: `no answer from ${url}` },
  );
}

/** A shopper: checks out, waits for the cashier and pays there, fails there, or goes away. */
async function shopping(i) {
  const body = JSON.stringify({ token: shop.token(shop.order({ referenceOrderId: `crash-${i}` })) });
  let payment = await ask(`${origin}/checkout`, { method: "POST", body });
  while (payment.paymentStatus === "PROCESSING" && !payment.redirect) {
    await sleep(300);
    payment = await ask(`${origin}/return/${payment.paymentRequestId}`);
  }
  assert.ok(payment.paymentRequestId, JSON.stringify(payment));
  if (i % 10 === 9) return;
  await sleep(Math.random() * 1000);
  // One that took too long has expired meanwhile, which is a result like any other.
  await fetch(`${alipay}/sandbox/api/payments/${payment.paymentRequestId}/complete`, { method: "POST", body: JSON.stringify({ outcome: i % 10 === 8 ? "FAIL" : "SUCCESS" }) });
}

const truth = async () => (await (await fetch(`${alipay}/sandbox/api/payments?limit=1000`)).json()).payments;

test(`${payments} payments, the Worker killed ${kills} times`, { timeout: long ? 900_000 : 240_000 }, async (t) => {
  t.diagnostic(`seed ${seed}`);
  let begun = 0;
  let done = 0;
  const shoppers = Array.from({ length: 4 }, async () => {
    while (begun < payments) {
      await shopping(begun++);
      done++;
    }
  });
  const killer = (async () => {
    for (let k = 1; k <= kills; k++) {
      await eventually(() => done >= (payments * k) / (kills + 1), { within: 400_000 });
      await sleep(Math.random() * 700);
      await kill();
      await start();
    }
  })();
  await Promise.all([...shoppers, killer]);

  // What Alipay still tells is told to nobody: the last kill leaves the reconciliation to find it out.
  await kill();
  await fetch(`${alipay}/sandbox/api/faults`, { method: "PUT", body: JSON.stringify({ faults: [] }) });
  await eventually(async () => (await truth()).every(({ paymentStatus }) => !["PROCESSING", "PENDING"].includes(paymentStatus)), { within: 90_000, what: "payments stay open at the sandbox" });
  const all = await truth();
  assert.equal(all.length, payments, "each order has one payment");
  assert.equal(new Set(all.map(({ referenceOrderId }) => referenceOrderId)).size, payments);

  await hoursPass();
  await start();
  const ledger = async () => Promise.all(all.map(async ({ paymentRequestId }) => (await ask(`${origin}/payments/${paymentRequestId}`)).paymentStatus));
  const recovered = (await ledger()).filter((status) => status === "PROCESSING").length;
  for (let round = 0; round <= payments / 40; round++) assert.equal((await fetch(`${origin}/__scheduled`)).status, 200);
  assert.deepEqual(await ledger(), all.map(({ paymentStatus }) => paymentStatus));

  const heard = (id) => shop.received.filter(({ event, status }) => event.data.paymentRequestId === id && status === 200);
  await eventually(() => all.every(({ paymentRequestId }) => heard(paymentRequestId).length > 0), { within: 60_000, what: "the shop was not told of every result" });
  for (const { paymentRequestId, paymentStatus } of all) {
    const messages = heard(paymentRequestId);
    assert.equal(new Set(messages.map(({ id, body }) => id + body)).size, 1, "one message id, and the same bytes each time");
    assert.equal(messages[0].event.data.paymentStatus, paymentStatus);
  }
  const paid = all.filter(({ paymentStatus }) => paymentStatus === "SUCCESS").length;
  assert.ok(paid > payments / 2, `${paid} paid`);
  t.diagnostic(`${paid} of ${payments} paid, ${recovered} results found by inquiry, ${shop.received.length} webhooks`);
});

test("the operator refunds and cancels at the same sandbox", { timeout: 60_000 }, async () => {
  const [first, second] = (await truth()).filter(({ paymentStatus }) => paymentStatus === "SUCCESS");
  const operate = async (call, body = {}) => {
    const response = await fetch(`${origin}/operator/payments/${call}`, { method: "POST", headers: { Authorization: `Bearer ${operatorToken}` }, body: JSON.stringify(body) });
    return { status: response.status, ...(await response.json()) };
  };
  const wanted = { refundRequestId: "refund-1", refundAmount: { currency: "USD", value: "40" } };
  for (let i = 0; i < 2; i++) assert.ok([200, 202].includes((await operate(`${first.paymentRequestId}/refunds`, wanted)).status));
  const told = (type) => eventually(() => shop.received.find(({ event }) => event.type === type), { what: `no ${type}` });
  assert.equal((await told("refund.succeeded")).event.data.refundRequestId, "refund-1");
  const tooMuch = await operate(`${first.paymentRequestId}/refunds`, { refundRequestId: "refund-2", refundAmount: { currency: "USD", value: "61" } });
  assert.deepEqual([tooMuch.status, tooMuch.refundStatus, tooMuch.resultCode], [200, "FAIL", "REFUND_AMOUNT_EXCEED"]);

  for (let i = 0; i < 2; i++) assert.equal((await operate(`${second.paymentRequestId}/cancel`)).paymentStatus, "CANCELLED");
  await told("payment.cancelled");
  const known = await truth();
  const at = ({ paymentRequestId }) => known.find((p) => p.paymentRequestId === paymentRequestId);
  assert.deepEqual(at(first).refunds.map(({ refundAmount }) => refundAmount), [wanted.refundAmount]);
  assert.equal(at(second).paymentStatus, "CANCELLED");
});

/** Everything that is planned in the ledger becomes due. */
function hoursPass() {
  return migrated(join(folder, "state"), async (ledger) => {
    for (const column of ["inquireAt", "announceAt"]) await ledger.prepare(`UPDATE payments SET ${column} = 0 WHERE ${column} > 0`).run();
  });
}
