// Requests of every kind at once, every third given up by its sender, while Alipay is slow, refuses, answers rubbish or
// nothing. CASHIER_LONG=1 makes 2,000 of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isolateMemory } from "./inspector.mjs";
import { freePort, startWorld } from "./world.mjs";

const long = process.env.CASHIER_LONG === "1";
const requests = long ? 2000 : 400;
const warmUp = long ? 1000 : 100; // until nearly everything that is kept for good is there
const json = { Accept: "application/json", "Content-Type": "application/json" };

let world;
let inspector;
let output = "";
before(async () => {
  inspector = await freePort();
  world = await startWorld({ process: true, inspector });
  world.worker.stdout.on("data", (chunk) => (output += chunk));
  world.worker.stderr.on("data", (chunk) => (output += chunk));
});
after(() => world?.stop());

const behaviours = [{ delay: 400 }, "silent", { status: 500 }, "unsigned", { refuse: "RISK_REJECT" }, { method: "POST" }, undefined, undefined, undefined, undefined];

const kinds = {
  async checkout(signal) {
    const { alipay, shop, origin } = world;
    alipay.behaviours.push(behaviours[Math.floor(Math.random() * behaviours.length)]);
    const response = await fetch(`${origin}/checkout`, { method: "POST", headers: json, body: JSON.stringify({ token: shop.token(shop.order()) }), signal });
    const answer = await response.json();
    assert.ok([200, 202, 402].includes(response.status), `${response.status} ${JSON.stringify(answer)}`);
    if (response.status === 200 && answer.paymentStatus === "PROCESSING") assert.ok(answer.redirect);
  },
  async forgedToken(signal) {
    const { shop, origin } = world;
    const token = shop.token(shop.order(), { claims: { aud: "https://elsewhere.example" } });
    assert.equal((await fetch(`${origin}/checkout`, { method: "POST", headers: json, body: JSON.stringify({ token }), signal })).status, 401);
  },
  async notification(signal) {
    const { alipay, origin } = world;
    const ids = [...alipay.payments.keys()];
    if (ids.length === 0) return;
    const { headers, body } = alipay.notification(ids[Math.floor(Math.random() * ids.length)]);
    const response = await fetch(`${origin}/notify`, { method: "POST", headers, body, signal });
    assert.equal(response.status, 200);
    assert.equal((await response.json()).result.resultStatus, "S");
  },
  async forgedNotification(signal) {
    const { alipay, origin } = world;
    const { headers, body } = alipay.notification("nobody");
    assert.equal((await fetch(`${origin}/notify`, { method: "POST", headers, body: body.replace("100", "101"), signal })).status, 401);
  },
  async page(signal) {
    assert.equal((await fetch(world.origin, { signal }).then(async (response) => (await response.text()) && response)).status, 200);
  },
  async comeBack(signal) {
    const { alipay, origin } = world;
    const id = [...alipay.payments.keys()].at(-1);
    if (!id) return;
    assert.equal((await fetch(`${origin}/return/${id}`, { headers: { Accept: "text/html" }, signal }).then(async (response) => (await response.text()) && response)).status, 200);
  },
  async nobody(signal) {
    assert.equal((await fetch(`${world.origin}/payments/nobody`, { signal })).status, 404);
  },
};

test(`${requests} requests, every third aborted`, { timeout: 600_000 }, async (t) => {
  const names = Object.keys(kinds);
  await run(warmUp);
  const before = await isolateMemory(inspector, world.origin);
  const { aborted, answered } = await run(requests);
  const after = await isolateMemory(inspector, world.origin);
  assert.ok(aborted > requests / 6, `${aborted} aborted`);

  assert.deepEqual(output.split("\n").filter((line) => /warn|error|hung|cancel|exception/i.test(line) && !expected(line)), []);
  assert.ok(after - before < 4 * 2 ** 20, `what JavaScript holds grew from ${before} to ${after} bytes`);
  assert.ok(after < 64 * 2 ** 20, `${after} bytes`);
  t.diagnostic(`${answered} answered, ${aborted} aborted; ${before} bytes in JavaScript before, ${after} after`);

  async function run(count) {
    const tally = { aborted: 0, answered: 0 };
    let next = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (next < count) {
          const i = next++;
          const abort = i % 3 === 2 ? new AbortController() : undefined;
          if (abort) setTimeout(() => abort.abort(), Math.random() * 30);
          try {
            await settled(names[i % names.length], abort?.signal);
            tally.answered++;
          } catch (error) {
            if (error.name !== "AbortError" || !abort) throw error;
            tally.aborted++;
          }
        }
      }),
    );
    return tally;
  }
});

/**
 * A request that gets no answer at all fails by its name. Who gives up waits no longer: of a body that is being read when
 * its signal comes, Node 20's fetch sometimes says neither that it ended nor that it was aborted.
 */
async function settled(kind, signal) {
  let timer;
  const otherwise = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${kind} got no answer in 60 seconds`)), 60_000);
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
  try {
    await Promise.race([kinds[kind](signal), otherwise]);
  } finally {
    clearTimeout(timer);
  }
}

// What the log says about what Alipay did; and that the sender of an aborted request has gone.
function expected(line) {
  return /disconnected: ::write\(.*(Broken pipe|Connection reset by peer)|"msg":"(no answer to a call|Alipay refused a call|notification refused|a notification does not fit the ledger|webhook not delivered, it comes again)"/.test(line);
}
