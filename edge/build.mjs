// Builds the Worker's parts into .build/: the Go program, Go's loader for it, and the static files.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundle } from "./bundle.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..");
const out = join(here, ".build");
const assets = join(out, "public");

// What the pages of js/page load; the modules that only these import become part of them.
const pageFile = /^((page|playground)\.mjs|.*\.(css|html|svg))$/;

const core = readFileSync(join(root, "wasm/core.wasm"));
const program = join(out, "operator.wasm");
mkdirSync(out, { recursive: true });
execFileSync(
  "go",
  ["build", "-trimpath", `-ldflags=-s -w -X main.coreSHA256=${createHash("sha256").update(core).digest("hex")}`, "-o", program, "./edge/operator"],
  { cwd: root, stdio: "inherit", env: { ...process.env, GOOS: "js", GOARCH: "wasm" } },
);
const goroot = execFileSync("go", ["env", "GOROOT"], { cwd: root, encoding: "utf8" }).trim();
cpSync(join(goroot, "lib/wasm/wasm_exec.js"), join(out, "wasm_exec.js"));

rmSync(assets, { recursive: true, force: true });
cpSync(join(here, "public"), assets, { recursive: true });
cpSync(join(root, "host/checkout/pages/static"), join(assets, "pages"), { recursive: true });
writeFileSync(join(assets, "core.wasm"), core);
const page = join(root, "js/page");
mkdirSync(join(assets, "js/page"), { recursive: true });
for (const name of readdirSync(page).filter((name) => pageFile.test(name))) {
  const to = join(assets, name.endsWith(".html") ? name : `js/page/${name}`);
  if (/\.(css|mjs)$/.test(name)) writeFileSync(to, await bundle(join(page, name)));
  else cpSync(join(page, name), to);
}

const size = (file) => `${(gzipSync(readFileSync(file)).length / 1e6).toFixed(2)} MB with gzip`;
console.log(`edge: operator.wasm ${size(program)}`);
