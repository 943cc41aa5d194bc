// The Worker beside two others in one workerd: the one that an engineer would write by hand, and a stock Go Worker.
// Prints a table of requests per second, latencies and ratios, and of the processor time that workerd spent on a
// request, which depends less on what else the machine does. How fast it is decides nothing else.
//
//   node bench.mjs [--rounds 11] [--seconds 2] [--only notify]
//
// It needs wrk. The hand-written Worker is not part of this repository; without it its lines are left out.
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { record } from "../../.ci/bench.mjs";
import { bundleOurs, bundleStock } from "./bundles.mjs";
import { startGateway } from "./gateway.mjs";
import { measure } from "./load.mjs";
import { makeTraffic } from "./traffic.mjs";
import { startWorkerd } from "./workerd.mjs";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "11" }, seconds: { type: "string", default: "2" }, only: { type: "string", default: "" } } });
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

const handWritten = fileURLToPath(new URL("../../../shared/baseline/worker.mjs", import.meta.url));
const origin = "https://pay.example.com";
const folder = await mkdtemp(join(tmpdir(), "cashier-bench-"));
const cleanUp = [() => rm(folder, { recursive: true, force: true })];
try {
  await main();
} finally {
  for (const step of cleanUp.reverse()) await step();
}

async function main() {
  const traffic = makeTraffic(origin);
  const gateway = await startGateway(traffic);
  cleanUp.push(gateway.stop);
  const workers = [
    { name: "ours", ...(await bundleOurs(folder)), vars: traffic.ourVars(gateway.origin) },
    { name: "stock", ...(await bundleStock(folder)), vars: traffic.ourVars(gateway.origin) },
  ];
  if (existsSync(handWritten)) {
    const modules = [{ name: "worker.mjs", kind: "esModule", content: await readFile(handWritten) }];
    workers.push({ name: "baseline", modules, compatibilityDate: workers[0].compatibilityDate, vars: traffic.baselineVars(gateway.origin) });
  } else {
    console.log("no hand-written Worker to compare with: its lines are left out\n");
  }
  const workerd = await startWorkerd(folder, workers);
  cleanUp.push(workerd.stop);

  const trials = [
    { what: "notify", target: 0.8, request: () => traffic.notification, status: 200, pairs: [["ours", "baseline"]] },
    { what: "notify, forged", target: 1, request: () => traffic.forged, status: 401, pairs: [["ours", "baseline"]] },
    { what: "checkout", request: traffic.checkout, status: 303, pairs: [["ours", "baseline", 0.7], ["ours", "stock", 6]] },
  ];
  const rows = [];
  for (const trial of trials.filter(({ what }) => what.startsWith(values.only))) rows.push(...(await run(trial, workerd)));
  console.log(`${cpus().length} × ${cpus()[0].model.trim()}, ${rounds} rounds of ${seconds} s in turn, load average ${loadavg().map((n) => n.toFixed(1)).join(" ")}\n`);
  print(rows);
  const ours = (what) => rows.find((row) => row.what === what && row.name === "ours")["requests/s"];
  for (const row of rows) {
    const { what, name } = row;
    const ratio = row["ours/this"] && Number(row["ours/this"]);
    record({
      area: "edge",
      what: `${what}, ${name}`,
      value: `${row["requests/s"]} requests/s, ${row["CPU µs"]} µs CPU`,
      ...(ratio && { against: `ours, ${ours(what)}`, ratio, target: `at least ${row.target}`, reached: row.reached === "yes" }),
      command: `node edge/bench/bench.mjs --only ${what.split(",")[0]}`,
    });
  }
}

async function run({ what, target, request, status, pairs }, { ports, pid }) {
  pairs = pairs.filter(([, other]) => ports[other]);
  const names = [...new Set(["ours", ...pairs.flat().filter((name) => ports[name])])].filter((name) => pairs.length > 0 || name === "ours");
  const results = Object.fromEntries(names.map((name) => [name, []]));
  const sources = Object.fromEntries(names.map((name) => [name, { port: ports[name], request: request(name), status, folder, next: 0 }]));
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      if (round < 0) {
        await warmUp(sources[name]);
        continue;
      }
      const before = processorTime(pid);
      const result = await measure(sources[name], seconds);
      results[name].push({ ...result, cost: (processorTime(pid) - before) / result.requests });
    }
  }
  for (const name of names) {
    const wrong = results[name].reduce((sum, result) => sum + result.wrong, 0);
    if (wrong > 0) throw new Error(`${what}, ${name}: ${wrong} answers are not ${status}`);
  }
  const rows = names.map((name) => ({
    what,
    name,
    "requests/s": median(results[name].map(({ rate }) => rate)).toFixed(0),
    "CPU µs": median(results[name].map(({ cost }) => cost)).toFixed(0),
    "p50 ms": median(results[name].map(({ p50 }) => p50)).toFixed(2),
    "p99 ms": median(results[name].map(({ p99 }) => p99)).toFixed(2),
  }));
  for (const [one, other, goal = target] of pairs) {
    const ratio = median(results[one].map(({ rate }, round) => rate / results[other][round].rate));
    Object.assign(rows[names.indexOf(other)], { "ours/this": ratio.toFixed(2), target: String(goal), reached: ratio >= goal ? "yes" : "no" });
  }
  return rows;
}

/** Until every body was sent, so that the gateway has signed its answers, and the code is compiled at its best. */
async function warmUp(source) {
  const start = Date.now();
  for (let sent = 0; (sent < source.request.bodies.length || Date.now() - start < 10_000) && Date.now() - start < 60_000; ) {
    sent += (await measure(source, seconds)).requests;
  }
}

/** What a process has used until now, in microseconds; NaN where there is no /proc. */
function processorTime(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10_000; // in hundredths of a second
  } catch {
    return NaN;
  }
}

function print(rows) {
  const columns = ["what", "name", "requests/s", "CPU µs", "p50 ms", "p99 ms", "ours/this", "target", "reached"];
  const width = columns.map((column) => Math.max(column.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells) => cells.map((cell, i) => (i < 2 ? cell.padEnd(width[i]) : cell.padStart(width[i]))).join("  ").trimEnd();
  console.log(line(columns));
  for (const row of rows) console.log(line(columns.map((column) => row[column] ?? "")));
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
