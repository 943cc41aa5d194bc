// The parity report: every vector of wasm/vectors on every runtime that decides with the core, and one digest for each.
//
//   ./build.sh parity
//
// ends with status 0 when core.wasm is the file that was committed and all digests are equal to that of the replies in the
// vectors' files; otherwise it names what differs first. The digest is defined in js/test/support/vectors.mjs.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startVectors } from "../../edge/test/vectors.mjs";
import { openBrowser } from "../../js/test/support/browser.mjs";
import { vectorFiles } from "../../js/test/support/files.mjs";
import { openSite } from "../../js/test/support/site.mjs";
import { digest, readVectors } from "../../js/test/support/vectors.mjs";

const root = new URL("../../", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));
const patience = 120_000; // a spoilt core.wasm may run for ever

/** @typedef {{runtime: string, count?: number, differing?: {name: string, got: string, reply: string}[], digest?: string, core?: string, error?: string}} Report */

const runtimes = [
  { names: ["native Go", "wazero compiler", "wazero interpreter"], run: () => program("go", "run", "./wasm/parity") },
  { names: ["Node"], run: () => program(process.execPath, "wasm/parity/node.mjs") },
  { names: ["workerd"], run: workerd },
  { names: ["Chromium"], run: chromium },
];

const files = await vectorFiles();
const expected = { core: await committed(), vectors: readVectors(files) };
expected.digest = await digest(expected.vectors);
const core = sha256(await readFile(path("wasm/core.wasm")));

const reports = (await Promise.all(runtimes.map(inTime))).flat();
print(reports);
const problems = [
  ...(core === expected.core ? [] : [`core.wasm has the SHA-256 ${core}, which is not the one in core.wasm.sha256, ${expected.core}`]),
  ...reports.map((report) => [report.runtime, problem(report)]).filter(([, found]) => found).map((words) => words.join(": ")),
];
for (const found of problems) console.error(found);
if (problems.length === 0) console.log(`\nThe ${reports.length} digests are those of the replies in wasm/vectors; core.wasm is ${core}.`);
process.exit(problems.length ? 1 : 0);

/** What keeps a report from being equal to the files, or undefined. */
function problem({ count, differing, digest, core: ran = core, error }) {
  if (error) return error;
  if (ran !== core) return `it ran another core.wasm, ${ran}`;
  if (differing.length) {
    const [{ name, got, reply }] = differing;
    return `${differing.length} vectors differ, ${name} first:\n  got  ${got.slice(0, 300)}\n  want ${reply.slice(0, 300)}`;
  }
  if (count !== expected.vectors.length || digest !== expected.digest) return `its digest is not that of the files, ${expected.digest}`;
}

function print(reports) {
  const line = (...cells) => console.log(cells.map((cell, i) => String(cell).padEnd([24, 7][i] ?? 0)).join("  "));
  line("runtime", "vectors", "digest");
  for (const { runtime, count, digest } of reports) line(runtime, count ?? "-", digest ?? "-");
}

/** @returns {Promise<Report[]>} */
async function inTime({ names, run }) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no report within ${patience / 1000} seconds`)), patience);
  });
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    return names.map((runtime) => ({ runtime, error: error.stderr?.trim() || error.message }));
  } finally {
    clearTimeout(timer);
  }
}

/** A program that prints reports, one in a line. */
async function program(file, ...args) {
  const { stdout } = await promisify(execFile)(file, args, { cwd: path("."), timeout: patience, killSignal: "SIGKILL", maxBuffer: 64 << 20 });
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

async function workerd() {
  const worker = await startVectors();
  try {
    return [{ runtime: `workerd ${await version("workerd")}`, ...(await worker.replay()) }];
  } finally {
    await worker.stop();
  }
}

async function chromium() {
  const [browser, site] = await Promise.all([openBrowser(), openSite()]);
  try {
    const page = await browser.newPage();
    await page.goto(site.origin);
    const report = await page.evaluate(async (files) => {
      const [{ readVectors, replay }, { load }] = await Promise.all([import("/js/test/support/vectors.mjs"), import("/js/load.mjs")]);
      return replay(await load("/core.wasm"), readVectors(files));
    }, files);
    return [{ runtime: `Chromium ${browser.version()}`, ...report }];
  } finally {
    await browser.close();
    await site.close();
  }
}

async function version(name) {
  return JSON.parse(await readFile(path(`edge/node_modules/${name}/package.json`), "utf8")).version;
}

/** The SHA-256 of the core.wasm that was committed. */
async function committed() {
  return (await readFile(path("wasm/core.wasm.sha256"), "utf8")).split(" ")[0];
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
