// What is checked before the Worker is sent to Cloudflare, and after.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { smoke, wrongConfig } from "../deploy.mjs";
import { startWorld } from "./world.mjs";

const { unstable_readConfig: readConfig } = await import("wrangler");
const script = fileURLToPath(new URL("../deploy.mjs", import.meta.url));
const read = (env) => readConfig({ config: fileURLToPath(new URL("../wrangler.jsonc", import.meta.url)), env });
const run = (...args) => new Promise((resolve) => execFile(process.execPath, [script, ...args], (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr })));

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), "cashier-deploy-"))));
after(() => rm(folder, { recursive: true, force: true }));

describe("the config", () => {
  test("of the sandbox is right as it is, with no id to paste", () => assert.deepEqual(wrongConfig(read("sandbox"), "sandbox"), []));
  test("of production lacks only its routes", () => {
    assert.deepEqual(wrongConfig(read("production"), "production"), ["without workers_dev there must be routes"]);
    assert.deepEqual(wrongConfig({ ...read("production"), routes: ["pay.example/*"] }, "production"), []);
  });
  for (const [what, change] of [
    ["preview_urls", { preview_urls: true }],
    ["LEDGER", { durable_objects: { bindings: [] } }],
    ["new_sqlite_classes", { migrations: [{ tag: "v1", new_classes: ["Ledger"] }] }],
    ["CHECKOUTS", { ratelimits: [] }],
    ["cron", { triggers: { crons: [] } }],
    ["workers_dev", { workers_dev: true, routes: ["pay.example/*"] }],
  ]) {
    test(`is refused without ${what}`, () => assert.ok(wrongConfig({ ...read("production"), routes: ["pay.example/*"], ...change }, "production").some((sentence) => sentence.includes(what))));
  }
});

describe("deploy", () => {
  test("names all that is wrong with the variables, and sends nothing", async () => {
    const file = join(folder, "wrong.json");
    await writeFile(file, JSON.stringify({ CONFIG: '{"clientId":"X","settlementCurrencies":"USD"}', ORIGIN: "http://pay.example", PRIVATE_KEY: "not-to-be-shown" }));
    const { code, output } = await run("--env", "sandbox", "--vars", file, "--really");
    assert.equal(code, 1);
    for (const name of ["CONFIG is wrong", "ORIGIN must", "PRIVATE_KEY cannot", "WEBHOOK_URL is not set", "ALIPAY_PUBLIC_KEYS is not set"]) assert.ok(output.includes(name), output);
    assert.doesNotMatch(output, /not-to-be-shown/);
  });
  test("wants an environment", async () => {
    const { code, output } = await run("--really");
    assert.equal(code, 1);
    assert.match(output, /--env/);
  });
  test("without --really prints the size and sends nothing", async () => {
    const { code, output } = await run("--env", "sandbox");
    assert.equal(code, 0, output);
    assert.match(output, /Total Upload: .*\n[^]*env\.LEDGER \(Ledger\)[^]*Nothing was sent\./);
  });
});

describe("the smoke test", () => {
  let world;
  before(async () => (world = await startWorld()));
  after(() => world?.stop());

  test("passes a Worker that works", () => smoke(world.origin, { within: 10_000 }));
  test("fails one that is not configured", async () => {
    await world.stop();
    world = await startWorld({ unchecked: true, vars: { WEBHOOK_URL: undefined } });
    await assert.rejects(smoke(world.origin, { within: 100 }), /\/healthz is answered with 500/);
  });
});
