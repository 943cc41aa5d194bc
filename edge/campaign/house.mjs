// The house of a campaign: the real sandbox, the real Worker in workerd and a real shop, each a process of its own that keeps
// what it knows in a file and can be ended at any time and started again.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { clientId, eventually, freePort, labConfig, startProcess } from "../test/world.mjs";
import { shards } from "./ledger.mjs";
import { openWire } from "./wire.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const cashier = join(root, ".build/cashier");

/**
 * Starts all three.
 * @param {object} options
 * @param {number} options.seed of the sandbox's faults
 * @param {string[]} options.faults as the sandbox's --fault takes them
 */
export async function openHouse({ seed, faults }) {
  const folder = await mkdtemp(join(tmpdir(), "cashier-campaign-"));
  const keys = join(folder, "keys");
  const secretFile = join(folder, "webhook-secret.txt");
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const program = join(folder, "webhookshop");
  await Promise.all([
    writeFile(secretFile, secret, { mode: 0o600 }),
    promisify(execFile)(cashier, ["token", "keygen", "--out", keys]),
    promisify(execFile)("go", ["build", "-o", program, "./host/example/webhookshop"], { cwd: root }),
  ]);
  const [alipay, worker, shop] = (await Promise.all([freePort(), freePort(), freePort()])).map((port) => `http://127.0.0.1:${port}`);
  const running = {};
  let ahead = 0;
  const wire = await openWire({ to: shop, seed });
  const house = { alipay, worker, shop, wire };

  const starts = {
    async sandbox() {
      running.sandbox = run(cashier, ["sandbox", "--listen", new URL(alipay).host, "--keys", keys, "--data", join(folder, "alipay.db"),
        "--clock-speed", "60", "--expiry", "25m", "--seed", String(seed), ...faults.flatMap((fault) => ["--fault", fault])]);
      await answering(`${alipay}/sandbox/api/state`, running.sandbox);
    },
    async shop() {
      running.shop = run(program, ["--listen", new URL(shop).host, "--data", join(folder, "shop.db"), "--keys", join(keys, "order-token-issue.json"),
        "--secret", secretFile, "--worker", worker]);
      await answering(`${shop}/books`, running.shop);
    },
    async worker() {
      running.worker = await startProcess({ port: Number(new URL(worker).port), persist: join(folder, "state"), config: labConfig, vars: { ...house.vars, LAB_AHEAD: String(ahead) } });
    },
  };

  /** Gives the Worker the public keys that the sandbox has now; they count from its next start. */
  house.learnKeys = async () => {
    const { keys: publicKeys } = await house.ask(`${alipay}/sandbox/api/keys`);
    house.vars = { ...house.vars, ALIPAY_PUBLIC_KEYS: JSON.stringify(publicKeys) };
  };

  /** The last of what the Worker has said since its start. */
  house.words = () => running.worker?.words() ?? "";

  house.start = (name) => starts[name]();

  /** Ends a part without a warning; the sandbox is asked to, as Alipay never forgets what it has answered. */
  house.stop = async (name) => {
    const part = running[name];
    delete running[name];
    if (name === "worker") await part?.stop();
    else await part?.end(name === "sandbox" ? "SIGTERM" : "SIGKILL");
  };

  house.close = async () => {
    await Promise.all([...["worker", "shop", "sandbox"].map(house.stop), wire.close()]);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };

  /** The JSON that an address answers; an error for anything else. */
  house.ask = async (url, init) => {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
    if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
    return response.json();
  };

  /** Puts the clock of the ledger ahead, from the next start of the Worker: longer than it waits for a payment that Alipay has forgotten. */
  house.hoursPass = () => (ahead += 27 * 3600 * 1000);

  try {
    await Promise.all([starts.sandbox(), starts.shop()]);
    house.vars = {
      CONFIG: JSON.stringify({ clientId, keyVersion: 2, gatewayUrl: alipay, settlementCurrencies: ["USD", "EUR", "JPY"], redirectHosts: [new URL(alipay).host] }),
      ORIGIN: worker,
      ORDER_URL: `${shop}/order`,
      WEBHOOK_URL: `${wire.origin}/webhook`,
      PRIVATE_KEY: await readFile(join(keys, "merchant-private.pem"), "utf8"),
      ORDER_TOKEN_KEYS: await readFile(join(keys, "order-token-verify.json"), "utf8"),
      WEBHOOK_SECRET: secret,
      LEDGER_SHARDS: String(shards),
    };
    await house.learnKeys();
    await starts.worker();
  } catch (error) {
    await house.close();
    throw error;
  }
  return house;
}

/** A process that says on stderr what is wrong with it. */
function run(file, args) {
  const child = spawn(file, args, { stdio: ["ignore", "ignore", "pipe"] });
  const process = { words: "", ended: false, end: undefined };
  child.stderr.setEncoding("utf8").on("data", (text) => (process.words = (process.words + text).slice(-4000)));
  const gone = new Promise((resolve) => child.once("exit", resolve)).then(() => (process.ended = true));
  process.end = async (signal) => {
    child.kill(signal);
    await gone;
  };
  return process;
}

function answering(url, process) {
  return eventually(
    async () => {
      if (process.ended) throw new Error(process.words);
      return fetch(url).then(({ ok }) => ok, () => false);
    },
    { within: 60_000, what: `no answer from ${url}` },
  );
}
