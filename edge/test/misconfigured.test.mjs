// A Worker whose variables are wrong: genuine notifications must neither look like an attack nor be lost.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clientId, eventually, startWorld } from "./world.mjs";

let world;
let output = "";
async function start(config) {
  world = await startWorld({ process: true, unchecked: true, lab: true, config });
  output = "";
  world.worker.stdout.on("data", (chunk) => (output += chunk));
  world.worker.stderr.on("data", (chunk) => (output += chunk));
}
afterEach(() => world?.stop());

/** What the ledger keeps of a refused notification, for the operator. */
const refused = async () => (await world.lab.status(0)).refused;

async function sends(message) {
  await sleep(1100); // one line a second
  const response = await world.notify(message);
  const id = response.headers.get("x-request-id");
  await eventually(() => output.includes(`"requestId":"${id}"`), { what: `no line in the log for ${id}` });
  return { status: response.status, body: await response.text() };
}

test("a notification of another client is told apart from a forgery, in the log and in the ledger, and not in the answer", async () => {
  await start({ clientId: "SANDBOX_OF_ANOTHER" });
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const forged = await sends(world.alipay.notification("nobody", { key }));
  assert.equal(await refused(), null);
  assert.doesNotMatch(output, /genuine notification/);

  const genuine = await sends(world.alipay.notification("nobody"));
  assert.deepEqual(genuine, forged);
  assert.equal(genuine.status, 401);
  assert.equal((await eventually(refused)).code, "CLIENT_ID_MISMATCH");
  await eventually(() => /a genuine notification was refused.*CLIENT_ID_MISMATCH/.test(output), { what: "no line in the log" });
  assert.doesNotMatch(output, new RegExp(clientId));
});

test("nothing is acknowledged, started or told while a variable is wrong; healthz says so and the log names it", async () => {
  await start({ settlementCurrencies: "USD" });
  const { shop, alipay, origin } = world;
  const notified = await world.notify(alipay.notification("nobody"));
  assert.equal(notified.status, 500);
  assert.equal((await notified.json()).errors[0].code, "NOT_CONFIGURED");
  assert.equal((await world.checkout({ token: shop.token(shop.order()) })).status, 500);
  assert.equal(alipay.calls.length, 0);
  for (const path of ["/healthz", "/"]) assert.equal((await fetch(origin + path)).status, 500, path);
  await eventually(() => /variables are missing or wrong.*CONFIG is wrong: FIELD_NOT_AN_ARRAY at \/settlementCurrencies/.test(output), { what: "no line in the log" });
});
