// The modules of each Worker, as they would be uploaded.
import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const edge = fileURLToPath(new URL("..", import.meta.url));
const root = join(edge, "..");
const kinds = { ".js": "esModule", ".mjs": "esModule", ".wasm": "wasm", ".html": "text", ".mustache": "text", ".txt": "text", ".bin": "data" };

/** Ours, as wrangler deploys it, with what wrangler.jsonc binds to it. Build it first (build.mjs). */
export async function bundleOurs(folder) {
  const out = join(folder, "ours");
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", WRANGLER_LOG: "error" };
  execFileSync(process.execPath, [join(edge, "node_modules/wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--outdir", out], { cwd: edge, env, stdio: ["ignore", "ignore", "inherit"] });
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const config = readConfig({ config: join(edge, "wrangler.jsonc") });
  return {
    modules: await modulesOf(out, "worker.js"),
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    objects: Object.fromEntries(config.durable_objects.bindings.map(({ name, class_name: className }) => [name, className])),
    limits: (config.ratelimits ?? []).map(({ name }) => name),
  };
}

/** The Go program in stock/, behind the entry that syumai/workers gives to every Worker. */
export async function bundleStock(folder) {
  const out = join(folder, "stock");
  await mkdir(out);
  const go = (...args) => execFileSync("go", args, { cwd: root, encoding: "utf8", env: { ...process.env, GOOS: "js", GOARCH: "wasm" } }).trim();
  go("build", "-trimpath", "-ldflags=-s -w", "-o", join(out, "app.wasm"), "./edge/bench/stock");
  const assets = join(go("list", "-m", "-f", "{{.Dir}}", "github.com/syumai/workers"), "cmd/workers-assets-gen/assets");
  await cp(join(assets, "common/worker.mjs"), join(out, "worker.mjs"));
  await cp(join(assets, "runtime/cloudflare.mjs"), join(out, "runtime.mjs"));
  await cp(join(assets, "wasm_exec_go.js"), join(out, "wasm_exec.js"));
  return { modules: await modulesOf(out, "worker.mjs"), compatibilityDate: "2026-04-01" };
}

/** The one that an engineer would write by hand. */
export async function bundleBaseline({ compatibilityDate }) {
  const content = await readFile(new URL("baseline.mjs", import.meta.url));
  return { modules: [{ name: "worker.mjs", kind: "esModule", content }], compatibilityDate, objects: { LEDGER: "Ledger" } };
}

/** The files of a folder that are modules, the entry first. */
async function modulesOf(folder, entry) {
  const names = (await readdir(folder)).filter((name) => kinds[extname(name)]);
  names.sort((a, b) => (b === entry) - (a === entry));
  return Promise.all(names.map(async (name) => ({ name, kind: kinds[extname(name)], content: await readFile(join(folder, name)) })));
}
