// The short form of the fault campaign. CASHIER_SEED repeats one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("60 payments with all faults and restarts, and the books agree", { timeout: 600_000 }, async (t) => {
  const seed = process.env.CASHIER_SEED ? ["--seed", process.env.CASHIER_SEED] : [];
  const campaign = spawn(process.execPath, [fileURLToPath(new URL("campaign.mjs", import.meta.url)), "--payments", "60", ...seed], { stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  let errors = "";
  campaign.stdout.setEncoding("utf8").on("data", (text) => (words += text));
  campaign.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  const status = await new Promise((resolve) => campaign.once("exit", resolve));
  assert.equal(status, 0, words + errors);
  assert.match(words, /The books agree: nothing lost, nothing fulfilled twice\.\n$/);
  t.diagnostic(words.match(/^.*seed \d+$/m)[0]);
});
