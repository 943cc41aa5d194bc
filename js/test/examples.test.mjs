/** js/examples, run as a reader would: with the package installed, and a sandbox. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installPackage } from "./support/installed.mjs";
import { startSandbox } from "./support/sandbox.mjs";

const run = promisify(execFile);
const sources = fileURLToPath(new URL("../examples", import.meta.url));
let sandbox, installed, notifications, env;
const printed = [];

before(async () => {
  [sandbox, installed] = await Promise.all([startSandbox(), installPackage()]);
  await cp(sources, installed.folder, { recursive: true });
  env = { ...process.env, CASHIER_KEYS: sandbox.folder, PORT: "0" };
  notifications = spawn(process.execPath, ["notifications.mjs"], { cwd: installed.folder, env, stdio: ["ignore", "pipe", "inherit"] });
  notifications.stdout.setEncoding("utf8").on("data", (lines) => {
    printed.push(...lines.trim().split("\n"));
    notifications.emit("printed");
  });
  const [listening] = await lineWith("Listening");
  env.PORT = /:(\d+)\//.exec(listening)[1];
});

after(async () => {
  notifications?.kill();
  await sandbox?.stop();
  await installed?.remove();
});

/** The line that holds the words, waited for, and what JSON it is. */
async function lineWith(words) {
  for (;;) {
    const line = printed.find((line) => line.includes(words));
    if (line?.startsWith("{")) return [line, JSON.parse(line)];
    if (line) return [line];
    await new Promise((resolve) => notifications.once("printed", resolve));
  }
}

async function example(name, ...words) {
  const { stdout } = await run(process.execPath, [name, ...words], { cwd: installed.folder, env });
  return JSON.parse(stdout);
}

const failing = (name, ...words) => run(process.execPath, [name, ...words], { cwd: installed.folder, env }).then(assert.fail, (error) => error);

test("every example is run here", async () => {
  assert.deepEqual((await readdir(sources)).sort(), ["cancel.mjs", "inquire-refund.mjs", "inquire.mjs", "notifications.mjs", "pay.mjs", "refund.mjs", "shop.mjs"]);
});

test("the examples pay, inquire, refund and are notified", async () => {
  const { paymentId, location } = await example("pay.mjs", "order-1");
  assert.ok(location.startsWith(sandbox.config.gatewayUrl), location);
  assert.equal((await example("inquire.mjs", "order-1-1")).state, "PROCESSING");
  await sandbox.complete(paymentId);
  assert.deepEqual((await lineWith("PAYMENT_RESULT"))[1], { notifyType: "PAYMENT_RESULT", paymentRequestId: "order-1-1", state: "SUCCESS" });
  const inquired = await example("inquire.mjs", "order-1-1");
  assert.deepEqual([inquired.state, inquired.paymentId, inquired.paymentAmount], ["SUCCESS", paymentId, { currency: "USD", value: "100" }]);
  const refunded = await example("refund.mjs", paymentId, "refund-1");
  assert.deepEqual([refunded.state, refunded.refundAmount], ["SUCCESS", { currency: "USD", value: "40" }]);
  const [, { refundRequestId, state }] = await lineWith("REFUND_RESULT");
  assert.deepEqual([refundRequestId, state], ["refund-1", "SUCCESS"]);
  assert.deepEqual(await example("inquire-refund.mjs", "refund-1"), refunded);
});

test("the examples cancel", async () => {
  await example("pay.mjs", "order-2");
  assert.equal((await example("cancel.mjs", "order-2-1")).state, "CANCELLED");
});

test("the examples say what failed and what is unknown", async () => {
  const missing = await failing("inquire.mjs", "nobody");
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^ORDER_NOT_EXIST: /);
  await sandbox.setFaults("pay.answer-reset");
  const open = await failing("pay.mjs", "order-3");
  assert.match(open.stderr, /^GATEWAY_UNREACHABLE: .*\n.*outcome is unknown/);
  assert.ok((await example("pay.mjs", "order-3")).location, "the same order again settles it");
  assert.equal((await failing("refund.mjs")).code, 2);
});

test("a forged notification is answered with 401 and without the reason", async () => {
  const answer = await fetch(`http://127.0.0.1:${env.PORT}/notify`, { method: "POST", body: "{}" });
  assert.deepEqual([answer.status, await answer.text()], [401, ""]);
});
