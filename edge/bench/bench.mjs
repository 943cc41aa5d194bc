// The Worker beside two others in one workerd: the one that an engineer would write by hand (baseline.mjs), and a stock Go Worker.
// Prints a table of requests per second, latencies and ratios, and of the processor time that workerd spent on a
// request, which depends less on what else the machine does. How fast it is decides nothing else.
//
//   node bench.mjs [--rounds 11] [--seconds 2] [--orders 30000] [--only checkout|notify|forged|start|slow|growth]
//
// It needs wrk. No order is sent twice: a repeated one is answered from its row.
import { readFileSync } from "node:fs";
import { access, mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { record } from "../../.ci/bench.mjs";
import { bundleBaseline, bundleOurs, bundleStock } from "./bundles.mjs";
import { startGateway } from "./gateway.mjs";
import { measure, send, sendAll } from "./load.mjs";
import { makeTraffic } from "./traffic.mjs";
import { startWorkerd } from "./workerd.mjs";

const options = { rounds: "11", seconds: "2", orders: "30000", only: "" };
const { values } = parseArgs({ options: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, { type: "string", default: value }])) });
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const orders = Number(values.orders);
const wanted = (what) => values.only === "" || values.only === what;

const origin = "https://pay.example.com";
const folder = await mkdtemp(join(tmpdir(), "cashier-bench-"));
const inMemory = await access("/dev/shm").then(() => "/dev/shm", () => tmpdir());
const cleanUp = [() => rm(folder, { recursive: true, force: true })];
const rows = [];
try {
  await main();
} finally {
  for (const step of cleanUp.reverse()) await step();
}

async function main() {
  const traffic = makeTraffic(origin);
  const gateway = await startGateway(traffic);
  cleanUp.push(gateway.stop);
  const ours = { name: "ours", ...(await bundleOurs(folder)), vars: traffic.ourVars(gateway.origin) };
  const baseline = { name: "baseline", ...(await bundleBaseline(ours)), vars: traffic.baselineVars(gateway.origin) };
  const workers = [ours, baseline];
  if (wanted("checkout")) workers.push({ name: "stock", ...(await bundleStock(folder)), vars: traffic.ourVars(gateway.origin) });

  if (["checkout", "notify", "forged"].some(wanted)) {
    const workerd = await start(workers);
    if (wanted("checkout")) {
      const requests = traffic.checkouts(orders);
      await compare({ what: "checkout", status: 303, pairs: [["baseline", 0.85], ["stock", 6]], requests: () => requests }, workerd);
    }
    if (wanted("notify")) await notifications(traffic, workerd);
    if (wanted("forged")) await compare({ what: "notify, forged", status: 401, pairs: [["baseline", 1]], requests: () => [traffic.forged] }, workerd);
    await workerd.stop();
  }
  if (wanted("start")) await firstCheckout(traffic, ours);
  if (wanted("slow")) await slowAlipay(traffic, ours);
  if (wanted("growth")) await growth(traffic, ours);

  console.log(`${cpus().length} × ${cpus()[0].model.trim()}, ${rounds} rounds of ${seconds} s in turn, load average ${loadavg().map((n) => n.toFixed(1)).join(" ")}\n`);
  print();
}

/** Starts workerd with folders of its own. */
async function start(workers) {
  const disk = await mkdtemp(join(inMemory, "cashier-bench-"));
  const workerd = await startWorkerd(await mkdtemp(join(folder, "workerd-")), disk, workers);
  const stop = async () => {
    await workerd.stop().catch(() => {});
    await rm(disk, { recursive: true, force: true });
  };
  cleanUp.push(stop);
  return { ...workerd, stop };
}

/** Notifications of payments that are there and open, each once; then the last of them again and again. */
async function notifications(traffic, workerd) {
  const count = orders;
  const checkouts = traffic.checkouts(count);
  const messages = {};
  for (const name of ["ours", "baseline"]) {
    messages[name] = new Array(count);
    await sendAll(workerd.ports[name], checkouts, ({ status, headers }, i) => {
      if (status !== 303) throw new Error(`${name} answered ${status} to a checkout`);
      const paymentRequestId = new URL(headers.location).searchParams.get("biz_no");
      const paymentAmount = { currency: "USD", value: amountOf(checkouts[i]) };
      messages[name][i] = traffic.notification({ paymentRequestId, paymentId: `2026${paymentRequestId}`.slice(0, 64), paymentAmount });
    });
  }
  await compare({ what: "notify", status: 200, pairs: [["baseline", 0.8]], requests: (name) => messages[name] }, workerd);
  await compare({ what: "notify, again", status: 200, pairs: [["baseline", 0.8]], requests: (name) => [messages[name][0]] }, workerd);
}

function amountOf({ body }) {
  return JSON.parse(Buffer.from(body.split(".")[1], "base64url").toString()).order.paymentAmount.value;
}

/** Ours and others in turn; `pairs` are the others with the ratio that is wanted. */
async function compare({ what, status, pairs, requests }, { ports, pid }) {
  const names = ["ours", ...pairs.map(([name]) => name)];
  const results = Object.fromEntries(names.map((name) => [name, []]));
  const sources = Object.fromEntries(names.map((name) => [name, { port: ports[name], requests: requests(name), status, folder, next: 0 }]));
  // Until the code is compiled at its best.
  for (const name of names) for (let i = 0; i < (sources[name].requests.length > 1 ? 1 : 3); i++) await measure(sources[name], seconds);
  rounds: for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const before = processorTime(pid);
      const result = await measure(sources[name], seconds);
      if (!result) {
        console.log(`${what}: ${round} rounds, then the orders were used up (--orders)`);
        for (const other of names) results[other].length = Math.min(results[other].length, round);
        break rounds;
      }
      results[name].push({ ...result, cost: (processorTime(pid) - before) / result.requests });
    }
  }
  for (const name of names) {
    const wrong = results[name].reduce((sum, result) => sum + result.wrong, 0);
    if (wrong > 0 || results[name].length === 0) throw new Error(`${what}, ${name}: ${wrong} answers are not ${status}, in ${results[name].length} rounds`);
  }
  const row = (name) => ({
    what,
    name,
    "requests/s": median(results[name].map(({ rate }) => rate)).toFixed(0),
    "CPU µs": median(results[name].map(({ cost }) => cost)).toFixed(0),
    "p50 ms": median(results[name].map(({ p50 }) => p50)).toFixed(2),
    "p99 ms": median(results[name].map(({ p99 }) => p99)).toFixed(2),
  });
  const ours = row("ours");
  add(ours);
  for (const [name, goal] of pairs) {
    const ratio = median(results.ours.map(({ rate }, round) => rate / results[name][round].rate));
    const other = row(name);
    add({ ...other, "ours/this": ratio.toFixed(2), target: `at least ${goal}`, reached: ratio >= goal });
    if (name !== "baseline") continue;
    const tail = median(results.ours.map(({ p99 }, round) => p99 / results[name][round].p99));
    add({ what: `${what}, p99`, name, "p99 ms": other["p99 ms"], "ours/this": tail.toFixed(2), target: "at most 1.25", reached: tail <= 1.25 });
  }
}

/** How long a shopper waits who is the first in an isolate. */
async function firstCheckout(traffic, worker) {
  const times = [];
  for (let i = 0; i < 5; i++) {
    const workerd = await start([{ ...worker, name: `first-${i}` }]);
    const [request] = traffic.checkouts(1);
    const begun = performance.now();
    const { status } = await send(workerd.ports[`first-${i}`], request);
    times.push(performance.now() - begun);
    if (status !== 303) throw new Error(`the first checkout was answered with ${status}`);
    await workerd.stop();
  }
  add({ what: "first checkout of an isolate", name: "ours", "p50 ms": median(times).toFixed(0) });
}

/** Another page while 40 tabs wait for an Alipay that takes 8 seconds. */
async function slowAlipay(traffic, worker) {
  const gateway = await startGateway({ ...traffic, delay: 8000 });
  cleanUp.push(gateway.stop);
  const workerd = await start([
    { ...worker, name: "slow", vars: { ...worker.vars, CONFIG: worker.vars.CONFIG.replace(/http:[^"]*/, gateway.origin) } },
  ]);
  const port = workerd.ports.slow;
  const waiting = traffic.checkouts(41);
  const begun = Promise.all(waiting.slice(0, 40).map((request) => send(port, request)));
  const { headers } = await send(port, waiting[40]);
  const path = `/return/${new URL(headers.location).searchParams.get("biz_no")}`;
  // The tabs wait for the next 40 calls meanwhile.
  await begun;
  const tabs = traffic.checkouts(40).map((request) => send(port, request));
  const times = [];
  for (const end = performance.now() + 7000; performance.now() < end; ) {
    const at = performance.now();
    const { status } = await send(port, { path, headers: { accept: "text/html" } });
    if (status !== 200) throw new Error(`the page was answered with ${status}`);
    times.push(performance.now() - at);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(tabs);
  times.sort((a, b) => a - b);
  const p99 = times[Math.floor(times.length * 0.99)];
  add({ what: "another page, Alipay takes 8 s, 40 tabs", name: "ours", "p50 ms": median(times).toFixed(1), "p99 ms": p99.toFixed(1), target: "p99 below 200 ms", reached: p99 < 200 });
}

/** Checkouts with 1, 8 and 32 shards, on one machine. */
async function growth(traffic, worker) {
  for (const shards of [1, 8, 32]) {
    const name = `shards-${shards}`;
    const workerd = await start([{ ...worker, name, vars: { ...worker.vars, LEDGER_SHARDS: String(shards) } }]);
    const source = { port: workerd.ports[name], requests: traffic.checkouts(Math.ceil(orders / 3)), status: 303, folder, next: 0 };
    await measure(source, seconds);
    const results = [];
    for (let round = 0; round < 5; round++) {
      const result = await measure(source, seconds);
      if (!result) break;
      if (result.wrong > 0) throw new Error(`${name}: ${result.wrong} wrong answers`);
      results.push(result);
    }
    add({ what: "checkout", name: `ours, ${shards} shards`, "requests/s": median(results.map(({ rate }) => rate)).toFixed(0), "p99 ms": median(results.map(({ p99 }) => p99)).toFixed(2) });
    await workerd.stop();
  }
}

function add(row) {
  rows.push(row);
  const { what, name, target, reached } = row;
  const value = ["requests/s", "CPU µs", "p50 ms", "p99 ms"].filter((column) => row[column]).map((column) => `${row[column]} ${column}`).join(", ");
  record({
    area: "edge",
    what: `${what}, ${name}`,
    value,
    ...(row["ours/this"] && { against: "ours", ratio: Number(row["ours/this"]) }),
    ...(target && { target, reached }),
    command: "node edge/bench/bench.mjs",
  });
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

function print() {
  const columns = ["what", "name", "requests/s", "CPU µs", "p50 ms", "p99 ms", "ours/this", "target", "reached"];
  const text = (row, column) => (typeof row[column] === "boolean" ? (row[column] ? "yes" : "NO") : (row[column] ?? ""));
  const width = columns.map((column) => Math.max(column.length, ...rows.map((row) => text(row, column).length)));
  const line = (cells) => cells.map((cell, i) => (i < 2 ? cell.padEnd(width[i]) : cell.padStart(width[i]))).join("  ").trimEnd();
  console.log(line(columns));
  for (const row of rows) console.log(line(columns.map((column) => text(row, column))));
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
