// Runs the Worker on this machine, in workerd: what `wrangler dev` runs, with the variables given by a file and nothing
// written outside of the chosen folder.
//
//   node dev.mjs --port 8787 --persist FOLDER --vars FILE.json [--unchecked] [--inspector PORT] [--config WRANGLER.jsonc]
//
// prints "ready http://127.0.0.1:8787" when requests are answered, and ends on SIGTERM.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

process.env.WRANGLER_SEND_METRICS ??= "false";
process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= "false";
process.env.WRANGLER_HIDE_BANNER ??= "true"; // the banner asks for updates

const here = fileURLToPath(new URL(".", import.meta.url));
const configPath = join(here, "wrangler.jsonc");

/**
 * Starts the Worker. Build it first (build.mjs).
 * @param {object} options
 * @param {number} [options.port] 0 for any free one
 * @param {string} options.persist the folder of the ledger
 * @param {Record<string, string>} options.vars variables and secrets of the Worker
 * @param {string} [options.logLevel]
 * @param {boolean} [options.unchecked] whether it may run although its /healthz says that something is wrong with it
 * @param {number} [options.inspector] the port of DevTools; 0 for none
 * @param {number} [options.perMinute] requests without a valid token from one address; practically any number by default, since here
 *   they all come from one
 * @param {string} [options.config] another wrangler.jsonc
 * @returns {Promise<{url: string, stop: () => Promise<void>}>}
 */
export async function startWorker({ port = 0, persist, vars, logLevel = "warn", unchecked = false, inspector = 0, perMinute = 1e6, config = configPath }) {
  process.env.WRANGLER_LOG ??= logLevel;
  const wrangler = await import("wrangler");
  const worker = await wrangler.unstable_startWorker({
    config,
    bindings: {
      ...Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, { type: "secret_text", value }])),
      CHECKOUTS: { type: "ratelimit", namespace_id: "1001", simple: { limit: perMinute, period: 60 } },
      LOOKUPS: { type: "ratelimit", namespace_id: "1002", simple: { limit: perMinute, period: 60 } },
    },
    dev: {
      server: { hostname: "127.0.0.1", port, secure: false },
      inspector: inspector > 0 && { hostname: "127.0.0.1", port: inspector },
      watch: false,
      testScheduled: true, // nothing fires crons here; GET /__scheduled does
      persist,
      logLevel,
    },
  });
  try {
    return await inTime(answering(worker, unchecked), "the Worker");
  } catch (error) {
    // What was started must not keep the caller's process alive. Cut off in the middle, esbuild would print its stacks.
    const late = new Promise((resolve) => setTimeout(resolve, 5000).unref());
    await Promise.race([worker.dispose().catch(() => {}), late]);
    throw error;
  }
}

async function answering(worker, unchecked) {
  await worker.ready;
  const url = (await worker.url).origin;
  const health = await fetch(`${url}/healthz`);
  if (!health.ok && !unchecked) throw new Error(`the Worker answered ${health.status} to /healthz; its lines above say why`);
  return { url, stop: () => worker.dispose() };
}

const startTime = 100_000;

async function inTime(work, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not start within ${startTime / 1000} seconds`)), startTime);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: "string", default: "8787" }, persist: { type: "string" }, vars: { type: "string" }, unchecked: { type: "boolean" }, inspector: { type: "string", default: "0" }, config: { type: "string", default: configPath } } });
  if (!values.persist || !values.vars) {
    console.error("usage: node dev.mjs [--port PORT] --persist FOLDER --vars FILE.json [--unchecked] [--inspector PORT] [--config WRANGLER.jsonc]");
    process.exit(2);
  }
  const { persist, unchecked, config } = values;
  const vars = JSON.parse(readFileSync(values.vars, "utf8"));
  const worker = await startWorker({ port: Number(values.port), persist, vars, unchecked, config, inspector: Number(values.inspector) }).catch((error) => {
    console.error(`the Worker did not start: ${error.message}`);
    process.exit(1);
  });
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, async () => {
      await worker.stop();
      process.exit(0);
    });
  }
  console.log(`ready ${worker.url}`);
}
