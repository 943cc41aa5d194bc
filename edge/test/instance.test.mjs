// A real Go program in a pooled instance: what happens to its lease when it ends badly, and to its timers.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Instance } from "../worker/program/instance.mjs";
import { Pool } from "../worker/program/pool.mjs";

const folder = mkdtempSync(join(tmpdir(), "cashier-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "program.wasm");
execFileSync("go", ["build", "-o", file, "./program"], {
  cwd: fileURLToPath(new URL(".", import.meta.url)),
  env: { ...process.env, GOOS: "js", GOARCH: "wasm" },
});
const module = new WebAssembly.Module(readFileSync(file));
const encoder = new TextEncoder();

const start = () => new Instance(module, () => ({}));
const ask = async (instance, wish, env = {}) => (await instance.serve({}, encoder.encode(wish), env, {})).text();

function pooled(options) {
  const pool = new Pool({ start, ...options });
  return { pool, wish: (text) => pool.use((instance) => ask(instance, text)) };
}

for (const end of ["exit", "panic", "trap"]) {
  test(`a program that ends with ${end} fails its own request and no other`, async (t) => {
    t.mock.method(console, "log", () => {}); // Go's last words
    t.mock.method(console, "error", () => {});
    const { pool, wish } = pooled({ size: 1 });
    const [first, ended, next] = await Promise.allSettled([wish("sleep"), wish(end), wish("sleep")]);
    assert.equal(first.value, "done");
    assert.equal(ended.status, "rejected");
    assert.equal(next.value, "done");
    assert.deepEqual([pool.stats.started, pool.stats.dropped], [2, 1]);
  });
}

test("a program that hangs loses its lease in time", async () => {
  const { pool, wish } = pooled({ size: 1, limit: 50 });
  await assert.rejects(wish("hang"), /the lease is over/);
  assert.equal(await wish("sleep"), "done");
  assert.equal(pool.stats.dropped, 1);
});

describe("timers", () => {
  test("work in every lease", async () => {
    const instance = start();
    for (let i = 0; i < 5; i++) assert.equal(await ask(instance, "sleep"), "done");
  });

  test("are quiet between leases and go off in the next", async () => {
    const instance = start();
    await ask(instance, "leave a timer");
    await new Promise((resolve) => setTimeout(resolve, 80));
    assert.equal(await ask(instance, "wait for the timer"), "done");
  });

  test("go off while another lease waits for them", async () => {
    const instance = start();
    await ask(instance, "leave a timer");
    assert.equal(await ask(instance, "wait for the timer"), "done");
  });
});

test("each lease sees its own env", async () => {
  const instance = start();
  assert.equal(await ask(instance, "env", { NAME: "one" }), "undefined one");
  assert.equal(await ask(instance, "env", { NAME: "two" }), "undefined two");
});

test("two programs have two contexts", async () => {
  const [a, b] = [start(), start()];
  const [one, two] = await Promise.all([ask(a, "env", { NAME: "a" }), ask(b, "env", { NAME: "b" })]);
  assert.deepEqual([one, two], ["undefined a", "undefined b"]);
});
