import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { gzipSync } from "node:zlib";

const root = new URL("../", import.meta.url);
const read = (path) => readFile(new URL(path, root), "utf8");
const manifest = JSON.parse(await read("package.json"));

/** The source of an entry and of everything it imports. */
async function bundle(entry) {
  const sources = new Map();
  const visit = async (url) => {
    if (sources.has(url.href)) return;
    const source = await readFile(url, "utf8");
    sources.set(url.href, source);
    for (const [, path] of source.matchAll(/^(?:import|export)\b[^;]*? from "([^"]+)";/gm)) {
      assert.match(path, /^\.\.?\//, "no dependencies");
      await visit(new URL(path, url));
    }
  };
  await visit(new URL(entry, root));
  return sources;
}

test("the entry for browsers holds no code for keys or signatures", async () => {
  for (const entry of ["index.mjs", "form.mjs", "page/page.mjs"]) {
    const sources = await bundle(entry);
    for (const url of sources.keys()) assert.doesNotMatch(url, /server/);
    assert.doesNotMatch([...sources.values()].join("\n"), /subtle|crypto|privateKey|RSASSA|PKCS|base64/i, entry);
  }
});

test("the entry for browsers is at most 4 KB, even before its comments are taken out", async (t) => {
  const size = gzipSync([...(await bundle("index.mjs")).values()].join("\n"), { level: 9 }).length;
  t.diagnostic(`. is ${size} bytes gzip`);
  assert.ok(size <= 4096, `${size} bytes`);
});

test("the page asks for all its modules at once", async () => {
  const page = await readFile(new URL("../index.html", root), "utf8");
  const asked = [...page.matchAll(/(?:modulepreload" href|module" src)="\/js\/([^"]+)"/g)].map(([, path]) => path);
  const needed = [...(await bundle("page/page.mjs")).keys()].map((url) => url.slice(root.href.length));
  assert.deepEqual(asked.sort(), needed.sort());
});

test("what is imported is what is declared", async () => {
  for (const [entry, { types, default: module }] of Object.entries(manifest.exports).filter(([, target]) => target.types)) {
    const declared = [...(await read(types)).matchAll(/^export (?:function|class) (\w+)|^export \{ (\w+) \} from/gm)].map(([, a, b]) => a ?? b);
    assert.deepEqual(Object.keys(await import(new URL(module, root))).sort(), declared.sort(), entry);
  }
  assert.deepEqual([manifest.sideEffects, manifest.type, manifest.dependencies], [false, "module", undefined]);
});

test("the declared codes are those of the core and of this package", async () => {
  const declarations = await read("codes.d.ts");
  const union = (name) => [...declarations.split(`type ${name} =`)[1].split(";")[0].matchAll(/"(\w+)"/g)].map(([, code]) => code).sort();
  const core = [...(await readFile(new URL("../wasm/core/code.go", root), "utf8")).matchAll(/Code = "(\w+)"/g)].map(([, code]) => code);
  assert.deepEqual(union("CoreCode"), core.sort());
  const thrown = async (entry) => {
    const codes = [...(await bundle(entry)).values()].flatMap((source) => [...source.matchAll(/code: "(\w+)"/g)].map(([, code]) => code));
    return [...new Set(codes)].filter((code) => !core.includes(code));
  };
  const load = await thrown("index.mjs");
  assert.deepEqual(union("LoadCode"), load.sort());
  assert.deepEqual(union("ServerCode"), (await thrown("server.mjs")).filter((code) => !load.includes(code)).sort());
});

test("the package holds the modules, their types and core.wasm, and no more", () => {
  const [{ files }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--offline"], { cwd: root, stdio: ["ignore", "pipe", "ignore"] }));
  const paths = files.map(({ path }) => path);
  for (const path of ["package.json", "README.md", "core.wasm", "index.mjs", "index.d.ts", "server.d.ts", "form.d.ts", "codes.d.ts"]) {
    assert.ok(paths.includes(path), path);
  }
  for (const path of paths) assert.match(path, /^((server\/|form\/)?\w+\.mjs|\w+\.d\.ts|core\.wasm|package\.json|README\.md|LICENSE)$/);
});
