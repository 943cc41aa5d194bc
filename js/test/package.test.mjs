import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { messages } from "../index.mjs";
import { core, coreBytes } from "./support/core.mjs";

const { build } = createRequire(new URL("../../edge/package.json", import.meta.url))("esbuild");
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

/** The entry as a bundler makes one file of it: the text, and what went into it. */
async function bundled(entry) {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(entry, root))],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

test("the bundles for browsers hold no code for keys or signatures", async () => {
  const secrets = /subtle|crypto|privateKey|publicKey|RSASSA|PKCS|base64|\bbtoa\b|\batob\b/i;
  assert.match((await bundled("server.mjs")).text, secrets);
  for (const entry of ["index.mjs", "form.mjs", "page/page.mjs"]) {
    const { text, inputs } = await bundled(entry);
    for (const path of inputs) assert.doesNotMatch(path, /server/);
    assert.doesNotMatch(text, secrets, entry);
  }
});

test("the entry for browsers is at most 4 KB with gzip, and 5 KB with all its comments", async (t) => {
  const size = gzipSync((await bundled("index.mjs")).text, { level: 9 }).length;
  const sources = gzipSync([...(await bundle("index.mjs")).values()].join("\n"), { level: 9 }).length;
  t.diagnostic(`. is ${size} bytes gzip, ${sources} as it is published, comments and all`);
  assert.ok(size <= 4096 && sources <= 5120, `${size}, ${sources} bytes`);
});

test("core.wasm is at most 60 KB with brotli", (t) => {
  const size = brotliCompressSync(coreBytes).length;
  t.diagnostic(`core.wasm is ${size} bytes brotli`);
  assert.ok(size <= 60 * 1024, `${size} bytes`);
});

test("an unused function leaves no trace in a bundle", async () => {
  const { outputFiles } = await build({
    stdin: { contents: 'import { parseAmount } from "./index.mjs"; console.log(parseAmount);', resolveDir: fileURLToPath(root) },
    bundle: true,
    format: "esm",
    write: false,
  });
  assert.doesNotMatch(outputFiles[0].text, /validate_order|compileStreaming|next_state/);
});

test("what is imported is what is declared", async () => {
  const modules = Object.entries(manifest.exports).filter(([entry, target]) => target.types && !entry.endsWith(".wasm"));
  for (const [entry, { types, default: module }] of modules) {
    const declared = [...(await read(types)).matchAll(/^export (?:function|class) (\w+)|^export \{ (\w+) \} from/gm)].map(([, a, b]) => a ?? b);
    assert.deepEqual(Object.keys(await import(new URL(module, root))).sort(), [...new Set(declared)].sort(), entry);
  }
  assert.deepEqual([manifest.sideEffects, manifest.type, manifest.dependencies], [false, "module", undefined]);
});

test("the declared codes are those of the core's catalogue and of this package", async () => {
  const declarations = await read("codes.d.ts");
  const union = (name, text = declarations) => [...text.split(`type ${name} =`)[1].split(";")[0].matchAll(/"(\w+)"/g)].map(([, code]) => code).sort();
  const catalogue = messages(core);
  const known = catalogue.messages.map(({ code }) => code);
  assert.deepEqual(union("CoreCode"), known.toSorted());
  assert.deepEqual(union("Outcome", await read("index.d.ts")), catalogue.outcomes.map(({ outcome }) => outcome).sort());
  const thrown = async (entry) => {
    const codes = [...(await bundle(entry)).values()].flatMap((source) => [...source.matchAll(/code: "(\w+)"/g)].map(([, code]) => code));
    return [...new Set(codes)].filter((code) => !known.includes(code));
  };
  const load = await thrown("index.mjs");
  assert.deepEqual(union("LoadCode"), load.sort());
  assert.deepEqual(union("ServerCode"), (await thrown("server.mjs")).filter((code) => !load.includes(code)).sort());
});

test("the package holds the modules, their types and core.wasm, and no more", () => {
  const [{ files }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--offline"], { cwd: root, stdio: ["ignore", "pipe", "ignore"] }));
  const paths = files.map(({ path }) => path);
  for (const path of ["package.json", "README.md", "core.wasm", "index.mjs", "index.d.ts", "server.d.ts", "form.d.ts", "codes.d.ts", "node.mjs", "workerd.mjs", "core.wasm.d.ts"]) {
    assert.ok(paths.includes(path), path);
  }
  for (const path of paths) assert.match(path, /^((server\/|form\/)?\w+\.mjs|\w+(\.wasm)?\.d\.ts|core\.wasm|package\.json|README\.md|LICENSE)$/);
});
