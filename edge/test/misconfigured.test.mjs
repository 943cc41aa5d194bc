// A Worker whose CONFIG names another client than Alipay's notifications do: it must not look like an attack.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clientId, eventually, startWorld } from "./world.mjs";

let world;
let output = "";
before(async () => {
  world = await startWorld({ process: true, config: { clientId: "SANDBOX_OF_ANOTHER" } });
  world.worker.stdout.on("data", (chunk) => (output += chunk));
  world.worker.stderr.on("data", (chunk) => (output += chunk));
});
after(() => world?.stop());

const refused = async () => (await (await fetch(`${world.origin}/healthz`)).json()).refusedNotification;

async function sends(message) {
  await sleep(1100); // one line a second
  const response = await world.notify(message);
  return { status: response.status, body: (await response.text()).replace(/"requestId":"[^"]*"/, "") };
}

test("a notification of another client is told apart from a forgery, in the log and in health, and not in the answer", async () => {
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
