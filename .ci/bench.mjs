// The measurements of `./build.sh bench` in one table. Each part adds its lines with `record` (Go: a line of JSON of the
// same members) to the file that BENCH_RESULTS names; without it they are only printed where they are measured.
//
//   node .ci/bench.mjs    adds the sizes and prints the table

import { appendFileSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

/**
 * @param {object} line
 * @param {string} line.area host, edge, browser or size
 * @param {string} line.what is measured
 * @param {string} line.value with its unit
 * @param {string} [line.against] what it is compared with, and that one's value
 * @param {number} [line.ratio] of the two
 * @param {string} [line.target] "at most 2" or "at least 0.8"
 * @param {boolean} [line.reached]
 * @param {string} line.command that measures this line alone
 */
export function record(line) {
  if (process.env.BENCH_RESULTS) appendFileSync(process.env.BENCH_RESULTS, `${JSON.stringify(line)}\n`);
}

async function sizes() {
  const root = new URL("../", import.meta.url);
  const read = (name) => readFileSync(new URL(name, root));
  const { build } = createRequire(new URL("edge/package.json", root))("esbuild");
  const bundle = async (name) => {
    const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL(name, root))], bundle: true, minify: true, format: "esm", write: false, logLevel: "error" });
    return outputFiles[0].contents;
  };
  const core = read("wasm/core.wasm");
  const bytes = (what, size, limit) =>
    record({ area: "size", what, value: `${size} bytes`, target: limit && `at most ${limit}`, reached: limit && size <= limit, command: "node .ci/bench.mjs" });
  bytes("core.wasm", core.length, 160 << 10);
  bytes("core.wasm, brotli", brotliCompressSync(core).length, 60_000);
  bytes("core.wasm, gzip", gzipSync(core, { level: 9 }).length);
  bytes("@edgecashier/core, gzip, besides core.wasm", gzipSync(await bundle("js/index.mjs"), { level: 9 }).length, 4096);
  bytes("@edgecashier/core/server, gzip, besides core.wasm", gzipSync(await bundle("js/server.mjs"), { level: 9 }).length);
  bytes("the Worker's Go program, gzip", gzipSync(read("edge/.build/operator.wasm"), { level: 9 }).length);
}

function print(lines) {
  const head = ["", "what", "value", "compared with", "ratio", "target", "reached", "command"];
  const cell = { true: "yes", false: "NO", undefined: "" };
  const rows = lines.map(({ area, what, value, against = "", ratio, target = "", reached, command }) => [area, what, value, against, ratio?.toFixed(2) ?? "", target, cell[reached], command]);
  const width = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  for (const row of [head, ...rows]) console.log(row.map((text, i) => text.padEnd(width[i])).join("  ").trimEnd());
  console.log(`\n${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}, Node ${process.version}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.env.BENCH_RESULTS ??= fileURLToPath(new URL("../.build/bench.jsonl", import.meta.url));
  await sizes();
  print(readFileSync(process.env.BENCH_RESULTS, "utf8").trim().split("\n").map((line) => JSON.parse(line)));
}
