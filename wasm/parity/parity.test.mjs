// The parity report of this tree, and of copies of it in which one byte is another one.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "cashier-parity-"));
after(() => rmSync(copy, { recursive: true, force: true }));

function parity(folder) {
  const { status, stdout, stderr } = spawnSync("./build.sh", ["parity"], { cwd: folder, encoding: "utf8" });
  const rows = stdout.split("\n").slice(1).flatMap((line) => line.match(/^(\S.*?)\s{2,}(\d+)\s+([0-9a-f]{64})$/)?.slice(1, 4).join("|") ?? []);
  const digests = Object.fromEntries(rows.map((row) => row.split("|")).map(([runtime, , digest]) => [runtime.replace(/ v?[\d.go]+$/, ""), digest]));
  return { status, stderr, digests, distinct: new Set(Object.values(digests)).size, text: stdout + stderr };
}

const names = ["native", "wazero compiler", "wazero interpreter", "Node", "workerd", "Chromium"];
let right;

test("six runtimes give one digest", (t) => {
  const { status, digests, distinct, text } = parity(root);
  assert.equal(status, 0, text);
  assert.deepEqual(Object.keys(digests), names);
  assert.equal(distinct, 1, text);
  right = digests.native;
  t.diagnostic(text.trim());
});

/** The copy with one byte changed: `find` in a file becomes as much of `put`. */
function spoil(file, find, put) {
  const path = join(copy, file);
  const bytes = readFileSync(path);
  const at = bytes.indexOf(find);
  assert.ok(at >= 0 && find.length === put.length, `${find} in ${file}`);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + put.length)]));
  return () => writeFileSync(path, bytes);
}

test("a byte of core.wasm is another one", () => {
  const kept = (path) => !["node_modules", ".build", ".wrangler"].includes(basename(path));
  for (const name of ["build.sh", "go.mod", "go.sum", "index.html", "wasm", "host", "edge", "js"]) cpSync(join(root, name), join(copy, name), { recursive: true, filter: kept });
  for (const name of ["wasm", "edge"]) symlinkSync(join(root, name, "node_modules"), join(copy, name, "node_modules"));

  const restore = spoil("wasm/core.wasm", "FIELD_REQUIRED", "FIELD_REQUIREX");
  const { status, stderr, digests, distinct } = parity(copy);
  restore();
  assert.equal(status, 1);
  assert.match(stderr, /^core\.wasm has the SHA-256 [0-9a-f]{64}, which is not the one/m);
  assert.equal(digests.native, right, "no core.wasm is in the native run");
  assert.equal(distinct, 2);
  for (const runtime of names.slice(1)) assert.match(stderr, new RegExp(`^${runtime}.*: \\d+ vectors differ, [a-z-]+/.* first:`, "m"));
});

test("a byte of a vector's reply is another one", () => {
  spoil("wasm/vectors/seed.json", '"reply": "{', '"reply": "[');
  const { status, stderr, distinct } = parity(copy);
  assert.equal(status, 1);
  assert.equal(distinct, 1, "all runtimes agree, and not with the file");
  const named = stderr.match(/^\S.*: 1 vectors differ, (seed\/.*) first:$/gm);
  assert.equal(named?.length, names.length, stderr);
});
