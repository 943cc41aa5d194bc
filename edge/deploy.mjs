// Sends the Worker to Cloudflare, and only one that would work there.
//
//   node deploy.mjs --env NAME [--vars FILE.json] [--really]
//
// Without --really nothing is sent: it builds what would be, prints its size and checks all it can. FILE has the variables and secrets
// as a JSON object of texts. All of them become secrets in the same deployment, so that a key and its version change together;
// without FILE those of before stay.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { load } from "../js/index.mjs";
import { required, wrongVariables } from "./worker/settings.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * What is wrong with an environment of wrangler.jsonc, as wrangler reads it.
 * @param {object} config @param {string} name of the environment
 * @returns {string[]} a sentence for each
 */
export function wrongConfig(config, name) {
  const wrong = [];
  if (config.preview_urls !== false) wrong.push("preview_urls must be false: old versions would stay reachable, with the secrets of today");
  if (!config.durable_objects?.bindings?.some(({ name, class_name: className }) => name === "LEDGER" && className === "Ledger")) {
    wrong.push("durable_objects has no binding LEDGER of the class Ledger");
  }
  if (!config.migrations?.some(({ new_sqlite_classes: classes }) => classes?.includes("Ledger"))) wrong.push("migrations must make Ledger one of new_sqlite_classes");
  for (const limiter of ["CHECKOUTS", "LOOKUPS"]) if (!config.ratelimits?.some(({ name }) => name === limiter)) wrong.push(`ratelimits has no ${limiter}`);
  if (!config.triggers?.crons?.length) wrong.push("triggers has no cron: nobody would watch over the ledger");
  if (name === "production" && config.workers_dev !== false) wrong.push("workers_dev must be false in production: it leads past the zone's firewall");
  if (config.workers_dev === false && !(config.routes?.length || config.route)) wrong.push("without workers_dev there must be routes");
  return wrong;
}

/** The variables of a file, or an error that says nothing of their values. */
function readVariables(file) {
  let variables;
  try {
    variables = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new Error(`${file} cannot be read as JSON`);
  }
  const texts = typeof variables === "object" && variables !== null && !Array.isArray(variables) && Object.values(variables).every((value) => typeof value === "string");
  if (!texts) throw new Error(`${file} must be a JSON object of texts`);
  return variables;
}

async function main() {
  const { values } = parseArgs({ options: { env: { type: "string" }, vars: { type: "string" }, really: { type: "boolean" } } });
  const { env, vars, really } = values;
  const wrangler = (args, options = {}) =>
    execFileSync(process.execPath, [join(here, "node_modules/wrangler/bin/wrangler.js"), ...args, ...(env ? ["--env", env] : [])], {
      cwd: here,
      encoding: "utf8",
      env: { ...process.env, WRANGLER_SEND_METRICS: process.env.WRANGLER_SEND_METRICS ?? "false", WRANGLER_HIDE_BANNER: "true" },
      ...options,
    });
  const wrong = [];
  if (really && !env) wrong.push("name the environment with --env");
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const config = readConfig({ config: join(here, "wrangler.jsonc"), env });
  if (env) wrong.push(...wrongConfig(config, really ? env : "").filter((sentence) => really || !/routes/.test(sentence)));
  const variables = vars && readVariables(vars);
  if (variables) {
    const core = await load(readFileSync(new URL("../wasm/core.wasm", import.meta.url)));
    wrong.push(...(await wrongVariables(variables, core)));
  }
  if (really && !variables && wrong.length === 0) {
    const there = new Set(JSON.parse(wrangler(["secret", "list", "--format", "json"])).map(({ name }) => name));
    for (const name of required) if (!there.has(name) && !(name in (config.vars ?? {}))) wrong.push(`${name} is not set: give all variables with --vars`);
  }
  if (wrong.length > 0) throw new Error(wrong.join("\n"));

  console.log(wrangler(["deploy", "--dry-run"]).trim());
  if (!really) return console.log(`${vars ? "The variables are right. " : ""}Nothing was sent.`);
  wrangler(["deploy", ...(vars ? ["--secrets-file", vars] : [])], { stdio: "inherit" });
  const origin = (variables?.ORIGIN ?? config.vars?.ORIGIN)?.replace(/\/$/, "");
  if (!origin) return console.log("Sent. Without ORIGIN in a file of variables it cannot be tried: look at /healthz.");
  await smoke(origin);
  console.log(`${origin} answers as it should.`);
}

/**
 * Tries a Worker from outside: it is configured, its ledger answers, and a forged notification is refused.
 * @param {string} origin @param {{within?: number}} [options] milliseconds until the deployment must have arrived
 */
export async function smoke(origin, { within = 90_000 } = {}) {
  const expectations = [
    ["GET", "/healthz", 200],
    ["GET", `/payments/00${"x".repeat(22)}`, 404],
    ["POST", "/notify", 401],
  ];
  for (const end = Date.now() + within; ; await new Promise((resolve) => setTimeout(resolve, 2000))) {
    const found = await Promise.all(
      expectations.map(async ([method, path, status]) => {
        const response = await fetch(origin + path, { method, ...(method === "POST" && { body: "{}" }), headers: { Accept: "application/json" } }).catch(() => undefined);
        return response?.status === status ? undefined : `${method} ${path} is answered with ${response?.status ?? "nothing"} and not ${status}`;
      }),
    );
    const wrong = found.filter(Boolean);
    if (wrong.length === 0) return;
    if (Date.now() > end) throw new Error(`${origin} was deployed and does not work:\n${wrong.join("\n")}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error) => {
    console.error(error.stdout ? error.stdout : error.message);
    process.exit(1);
  });
}
