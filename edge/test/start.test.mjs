// A Worker that cannot start says why and leaves nothing running.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("a Worker without its variables ends with an error and does not hang", { timeout: 110_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "cashier-start-"));
  try {
    await writeFile(join(folder, "vars.json"), JSON.stringify({ CONFIG: "{}", WEBHOOK_SECRET: "whsec_not-to-be-logged" }));
    const started = spawn(process.execPath, [fileURLToPath(new URL("../dev.mjs", import.meta.url)), "--port", "0", "--persist", folder, "--vars", join(folder, "vars.json")]);
    let output = "";
    started.stdout.on("data", (chunk) => (output += chunk));
    started.stderr.on("data", (chunk) => (output += chunk));
    const code = await new Promise((resolve) => started.once("close", resolve));
    assert.equal(code, 1);
    assert.match(output, /the Worker did not start: the Worker answered 500 to \/healthz/);
    assert.doesNotMatch(output, /not-to-be-logged/);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});
