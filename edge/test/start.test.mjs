// A Worker that cannot start says why and leaves nothing running.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** Starts a Worker with these variables, which is expected to fail; returns what it said. */
async function failing(variables) {
  const folder = await mkdtemp(join(tmpdir(), "cashier-start-"));
  try {
    await writeFile(join(folder, "vars.json"), JSON.stringify(variables));
    const started = spawn(process.execPath, [fileURLToPath(new URL("../dev.mjs", import.meta.url)), "--port", "0", "--persist", folder, "--vars", join(folder, "vars.json")]);
    let output = "";
    started.stdout.on("data", (chunk) => (output += chunk));
    started.stderr.on("data", (chunk) => (output += chunk));
    const code = await new Promise((resolve) => started.once("close", resolve));
    assert.equal(code, 1);
    assert.match(output, /the Worker did not start: the Worker answered 500 to \/healthz/);
    assert.doesNotMatch(output, /not-to-be-logged|goroutine/);
    return output;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

test("a Worker without its variables ends with an error that names all of them, and does not hang", { timeout: 110_000 }, async () => {
  const output = await failing({ CONFIG: "{}", WEBHOOK_SECRET: "whsec_not-to-be-logged" });
  for (const name of ["ORIGIN", "ALIPAY_PUBLIC_KEYS", "WEBHOOK_URL", "PRIVATE_KEY", "ORDER_TOKEN_KEYS"]) assert.ok(output.includes(`${name} is not set`), `${name}: ${output}`);
  assert.match(output, /WEBHOOK_SECRET must be whsec_/);
});

test("a Worker whose variables are wrong says which, all at once", { timeout: 110_000 }, async () => {
  const output = await failing({
    CONFIG: '{"clientID":"not-to-be-logged"}', ORIGIN: "http://not-to-be-logged.example", ALIPAY_PUBLIC_KEYS: '{"1":"not-to-be-logged"}', WEBHOOK_URL: "not-to-be-logged",
    ORDER_URL: "not-to-be-logged", PRIVATE_KEY: "not-to-be-logged", ORDER_TOKEN_KEYS: "not-to-be-logged", WEBHOOK_SECRET: "not-to-be-logged", OPERATOR_TOKEN: "not-to-be-logged",
    RESULT_HOSTS: "https://not-to-be-logged",
  });
  for (const name of ["CONFIG has", "ORIGIN must", "ALIPAY_PUBLIC_KEYS cannot", "WEBHOOK_URL must", "ORDER_URL must", "PRIVATE_KEY cannot", "ORDER_TOKEN_KEYS", "WEBHOOK_SECRET must", "OPERATOR_TOKEN must", "RESULT_HOSTS must"]) {
    assert.ok(output.includes(name), `${name}: ${output}`);
  }
});
