// Alipay, a shop and the Worker between them, on free loopback ports.
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startWorker } from "../dev.mjs";
import { startAlipay } from "./alipay.mjs";
import { startShop } from "./shop.mjs";

export const clientId = "SANDBOX_5Y055A2Y2F6K05235";

export const operatorToken = "operator-token-of-the-tests";

/**
 * @param {object} [options] for startWorker; with `process` the Worker runs in a process of its own, `world.worker`; `config`
 *   has members of CONFIG that are to be others; with `lab` the Worker is lab.worker.mjs, and `world.lab` reaches its shards; `vars` variables that are, undefined for none
 */
export async function startWorld(options = {}) {
  const merchant = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const alipay = await startAlipay({ clientId, merchantKey: merchant.publicKey });
  const shop = await startShop();
  const persist = await mkdtemp(join(tmpdir(), "cashier-"));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  shop.audience = origin;
  const vars = {
    CONFIG: JSON.stringify({
      clientId,
      keyVersion: 2,
      gatewayUrl: alipay.origin,
      settlementCurrencies: ["USD", "EUR"],
      redirectHosts: [new URL(alipay.origin).host],
      ...options.config,
    }),
    ORIGIN: origin,
    ALIPAY_PUBLIC_KEYS: JSON.stringify({ 1: alipay.publicKey }),
    ORDER_URL: `${shop.origin}/order`,
    WEBHOOK_URL: `${shop.origin}/webhook`,
    PRIVATE_KEY: merchant.privateKey.export({ type: "pkcs8", format: "pem" }),
    ORDER_TOKEN_KEYS: shop.tokenKeys,
    WEBHOOK_SECRET: shop.webhookSecret,
    OPERATOR_TOKEN: operatorToken,
    ...options.vars,
  };
  for (const name of Object.keys(vars)) if (vars[name] === undefined) delete vars[name];
  const closeOthers = () => Promise.all([alipay.close(), shop.close(), rm(persist, { recursive: true, force: true })]);
  const { process: apart, config, vars: others, lab = false, ...rest } = options;
  const start = apart ? startProcess : startWorker;
  const startIt = () => start({ port, persist, vars, logLevel: "error", ...rest, ...(lab && { config: labConfig }) });
  let worker = await startIt().catch(async (error) => {
    await closeOthers();
    throw error;
  });
  return {
    alipay,
    shop,
    origin,
    worker: worker.process,
    checkout: (fields, headers = {}) =>
      fetch(`${origin}/checkout`, { method: "POST", body: new URLSearchParams(fields), headers, redirect: "manual" }),
    notify: ({ headers, body }, path = "/notify") => fetch(origin + path, { method: "POST", headers, body }),
    payment: async (id) => (await fetch(`${origin}/payments/${id}`)).json(),
    operator: (path, body, token = operatorToken) =>
      fetch(`${origin}/operator/${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
    /** Stops the Worker and starts it again, with other values of some variables. */
    async restart(changes = {}) {
      await worker.stop();
      Object.assign(vars, changes);
      worker = await startIt();
    },
    lab: lab && laboratory(origin),
    async stop() {
      await worker.stop();
      await closeOthers();
    },
  };
}

/** The config of lab.worker.mjs. */
export const labConfig = fileURLToPath(new URL("lab.wrangler.jsonc", import.meta.url));

/** What lab.worker.mjs lets tests do to the shards of the ledger. */
function laboratory(origin) {
  const post = async (path, body) => (await fetch(`${origin}/lab/${path}`, { method: "POST", body })).json();
  return {
    /** Puts the clock of the ledger ahead, in milliseconds. */
    clock: (ahead) => post("0/clock", String(ahead)),
    /** Rings the alarm of a shard. */
    alarm: (shard) => post(`${shard}/turn`, ""),
    /** Has the platform lose the alarm of a shard. */
    loseAlarm: (shard) => post(`${shard}/lose`, ""),
    /** Ends the object of a shard, as the platform does to move or update it. */
    abort: (shard) => post(`${shard}/abort`, ""),
    sql: (shard, text) => post(`${shard}/exec`, text),
    /** The internal HTTP interface (LEDGER.md). */
    ask: (shard, path, body) =>
      fetch(`${origin}/lab/${shard}/ask${path}`, { method: body === undefined ? "GET" : "POST", ...(body !== undefined && { body: JSON.stringify(body) }) }),
    async status(shard) {
      return (await this.ask(shard, "/status")).json();
    },
    /** An event of an operator. */
    async submit(paymentRequestId, event, wait = 5000) {
      const shard = shardOfPayment(paymentRequestId);
      const { orders } = await (await this.ask(shard, `/find?id=${paymentRequestId}`)).json();
      return this.ask(shard, "/submit", { referenceOrderId: orders[0].referenceOrderId, event, wait });
    },
    /** The order of a payment as it is stored. */
    async order(paymentRequestId) {
      const shard = shardOfPayment(paymentRequestId);
      const { orders } = await (await this.ask(shard, `/find?id=${paymentRequestId}`)).json();
      return (await this.ask(shard, `/order?referenceOrderId=${encodeURIComponent(orders[0].referenceOrderId)}`)).json();
    },
  };
}

/** The shard that a paymentRequestId names. */
export const shardOfPayment = (paymentRequestId) => parseInt(paymentRequestId.slice(0, 2), 36);

/** Waits until `check` gives something. */
export async function eventually(check, { within = 15_000, what = "nothing" } = {}) {
  const deadline = Date.now() + within;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Starts the Worker in a process of its own; `stop` ends it without a warning.
 * @param {{port: number, persist: string, vars: Record<string, string>, unchecked?: boolean, inspector?: number, config?: string}} options
 */
export async function startProcess({ port, persist, vars, unchecked = false, inspector, config }) {
  await mkdir(persist, { recursive: true });
  const file = join(persist, "vars.json");
  await writeFile(file, JSON.stringify(vars), { mode: 0o600 });
  const options = ["--port", String(port), "--persist", persist, "--vars", file];
  if (unchecked) options.push("--unchecked");
  if (config) options.push("--config", config);
  if (inspector) options.push("--inspector", String(inspector));
  const started = spawn(process.execPath, [fileURLToPath(new URL("../dev.mjs", import.meta.url)), ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own, so that all of it ends at once
  });
  // What it says has to be read, or it waits for ever to say more.
  let words = "";
  for (const stream of [started.stdout, started.stderr]) stream.setEncoding("utf8").on("data", (text) => (words = (words + text).slice(-20_000)));
  const ended = new Promise((resolve) => started.once("exit", resolve));
  await Promise.race([new Promise((resolve) => started.stdout.on("data", resolve)), ended.then(() => Promise.reject(new Error(`the Worker ended: ${words}`)))]);
  return {
    process: started,
    /** The last of what it has said. */
    words: () => words,
    async stop() {
      if (started.exitCode === null && started.signalCode === null) process.kill(-started.pid, "SIGKILL");
      await ended;
    },
  };
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
