// A Worker whose variables are wrong: genuine notifications must neither look like an attack nor be lost.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clientId, eventually, startWorld } from "./world.mjs";

let world;
let output = "";
async function start(config) {
  world = await startWorld({ process: true, unchecked: true, config });
  output = "";
  world.worker.stdout.on("data", (chunk) => (output += chunk));
  world.worker.stderr.on("data", (chunk) => (output += chunk));
}
afterEach(() => world?.stop());

const refused = async () => (await (await fetch(`${world.origin}/healthz`)).json()).refusedNotification;

async function sends(message) {
  await sleep(1100); // one line a second
  const response = await world.notify(message);
  const id = response.headers.get("x-request-id");
  await eventually(() => output.includes(`"requestId":"${id}"`), { what: `no line in the log for ${id}` });
  return { status: response.status, body: await response.text() };
}

test("a notification of another client is told apart from a forgery, in the log and in health, and not in the answer", async () => {
  await start({ clientId: "SANDBOX_OF_ANOTHER" });
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const forged = await sends(world.alipay.notification("nobody", { key }));
  assert.equal(await refused(), undefined);
  assert.doesNotMatch(output, /genuine notification/);

  const genuine = await sends(world.alipay.notification("nobody"));
  assert.deepEqual(genuine, forged);
  assert.equal(genuine.status, 401);
  assert.equal((await refused()).code, "CLIENT_ID_MISMATCH");
  await eventually(() => /a genuine notification was refused.*CLIENT_ID_MISMATCH/.test(output), { what: "no line in the log" });
  assert.doesNotMatch(output, new RegExp(clientId));
});

test("a notification is not acknowledged while the Go program, which would have to take it from the queue, cannot start", async () => {
  await start({ settlementCurrencies: "USD" });
  const { status, body } = await sends(world.alipay.notification("nobody"));
  assert.equal(status, 500);
  assert.equal(JSON.parse(body).errors[0].code, "INTERNAL");
  assert.match(output, /not acknowledged: the Go program has not started/);
  assert.equal((await fetch(`${world.origin}/healthz`)).status, 500);
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  assert.equal((await sends(world.alipay.notification("nobody", { key }))).status, 401);
});
