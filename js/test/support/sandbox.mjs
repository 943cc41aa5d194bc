/** An offline Alipay, the command `cashier sandbox`, with what a client of it needs. */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Starts a sandbox; its keys and config.json are in `folder`. */
export async function startSandbox() {
  const folder = await mkdtemp(join(tmpdir(), "cashier-sandbox-"));
  const command = join(folder, "cashier");
  await promisify(execFile)("go", ["build", "-o", command, "./host/cmd/cashier"], { cwd: root });
  const child = spawn(command, ["sandbox", "--listen", "127.0.0.1:0", "--keys", folder], { stdio: ["ignore", "pipe", "ignore"] });
  const words = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more) => /^config .*\n/m.test((text += more)) && resolve(text));
    child.once("exit", (code) => reject(new Error(`the sandbox ended with status ${code}: ${text}`)));
  });
  const config = JSON.parse(words.match(/^config\s+(.*)$/m)[1]);
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  const read = (name) => readFile(join(folder, name), "utf8");

  /** A call of the control API. */
  async function control(method, path, body) {
    const answer = await fetch(`${config.gatewayUrl}/sandbox/api/${path}`, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  return {
    folder,
    config,
    privateKey: await read("merchant-private.pem"),
    keys: { 1: await read("sandbox-public.pem") },
    /** What a shopper does at the cashier: SUCCESS, FAIL or PENDING. */
    complete: (paymentId, outcome = "SUCCESS") => control("POST", `payments/${paymentId}/complete`, { outcome }),
    /** Sets the faults of the calls to come, such as "pay.answer-reset". */
    setFaults: (...faults) => control("PUT", "faults", { faults }),
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
