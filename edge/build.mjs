// Builds the Worker's parts into .build/: the Go program, Go's loader for it, and the static files.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..");
const out = join(here, ".build");
const assets = join(out, "public");

const core = readFileSync(join(root, "wasm/core.wasm"));
const program = join(out, "worker.wasm");
mkdirSync(out, { recursive: true });
execFileSync(
  "go",
  ["build", "-trimpath", `-ldflags=-s -w -X main.coreSHA256=${createHash("sha256").update(core).digest("hex")}`, "-o", program, "./edge"],
  { cwd: root, stdio: "inherit", env: { ...process.env, GOOS: "js", GOARCH: "wasm" } },
);
const goroot = execFileSync("go", ["env", "GOROOT"], { cwd: root, encoding: "utf8" }).trim();
cpSync(join(goroot, "lib/wasm/wasm_exec.js"), join(out, "wasm_exec.js"));

rmSync(assets, { recursive: true, force: true });
cpSync(join(root, "js"), join(assets, "js"), { recursive: true, filter: (path) => !/\/(test|server|node_modules|.*\.json|.*\.d\.ts|server\.mjs)$/.test(path) });
cpSync(join(here, "public"), assets, { recursive: true });
writeFileSync(join(assets, "core.wasm"), core);

const size = (file) => `${(gzipSync(readFileSync(file)).length / 1e6).toFixed(2)} MB with gzip`;
console.log(`edge: worker.wasm ${size(program)}`);
