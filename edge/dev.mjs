// Runs the Worker on this machine, in workerd by Miniflare, with the config that wrangler reads, the variables given by a file
// and nothing written outside of the chosen folder.
//
//   node dev.mjs --port 8787 --persist FOLDER --vars FILE.json [--unchecked] [--inspector PORT] [--config WRANGLER.jsonc]
//
// prints "ready http://127.0.0.1:8787" when requests are answered, and ends on SIGTERM. Nothing fires crons here;
// GET /cdn-cgi/handler/scheduled does.
import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
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
 * @param {"warn" | "error"} [options.logLevel] the least of what the Worker says is printed
 * @param {boolean} [options.unchecked] whether it may run although its /healthz says that something is wrong with it
 * @param {number} [options.inspector] the port of DevTools; 0 for none
 * @param {number} [options.perMinute] requests without a valid token from one address; practically any number by default, since here
 *   they all come from one
 * @param {string} [options.config] another wrangler.jsonc
 * @returns {Promise<{url: string, stop: () => Promise<void>}>}
 */
export async function startWorker({ port = 0, persist, vars, logLevel = "warn", unchecked = false, inspector = 0, perMinute = 1e6, config = configPath }) {
  process.env.WRANGLER_LOG ??= "error";
  const [{ unstable_getMiniflareWorkerOptions: readOptions }, { Miniflare, Log, LogLevel }] = await Promise.all([import("wrangler"), import("miniflare")]);
  const { workerOptions, main } = readOptions(config);
  const { modulesRules, ...options } = workerOptions;
  const worker = new Miniflare({
    ...options,
    name: "cashier",
    modulesRoot: "/",
    modules: await modulesOf(main),
    bindings: vars,
    ratelimits: Object.fromEntries(["CHECKOUTS", "LOOKUPS"].map((name) => [name, { simple: { limit: perMinute, period: 60 } }])),
    host: "127.0.0.1",
    port,
    ...(inspector > 0 && { inspectorHost: "127.0.0.1", inspectorPort: inspector }),
    durableObjectsPersist: join(resolve(persist), "ledger"),
    unsafeTriggerHandlers: true,
    log: new Log(LogLevel.ERROR),
    structuredWorkerdLogs: true,
    handleStructuredLogs: ({ level, message }) => print(level, message, logLevel),
  });
  try {
    return await inTime(answering(worker, unchecked), "the Worker");
  } catch (error) {
    await worker.dispose().catch(() => {});
    throw error;
  }
}

const levels = ["debug", "info", "log", "warn", "error"];

function print(level, message, least) {
  if (levels.indexOf(level) >= levels.indexOf(least)) process.stderr.write(`${message}\n`);
}

/** The Worker's modules, bundled as wrangler does it: JavaScript in one, each wasm file as it is. */
export async function modulesOf(main) {
  const { build } = await import("esbuild");
  const wasm = new Map();
  const asModule = {
    name: "wasm",
    setup({ onResolve }) {
      onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
        const file = resolve(resolveDir, path);
        wasm.set(basename(file), file);
        return { path: `./${basename(file)}`, external: true };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [main],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".html": "text", ".mustache": "text" },
    plugins: [asModule],
    logLevel: "error",
  });
  const folder = dirname(main);
  return [
    { type: "ESModule", path: join(folder, "bundle.mjs"), contents: outputFiles[0].text },
    ...[...wasm].map(([name, file]) => ({ type: "CompiledWasm", path: join(folder, name), contents: readFileSync(file) })),
  ];
}

async function answering(worker, unchecked) {
  const url = (await worker.ready).origin;
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
