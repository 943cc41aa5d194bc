// The fault campaign: payments through the real sandbox, the real Worker and a real shop, while everything that can go wrong
// at Alipay does, and each of the three is ended in the middle and started again. At the end the three books are
// reconciled: nothing lost, nothing fulfilled twice, and each difference explained.
//
//   ./build.sh campaign [--payments 1000] [--seed NUMBER]
//
// What people and the sandbox do follows from the seed number; the moment at which a part dies depends on the machine.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { eventually } from "../test/world.mjs";
import { readBooks, reconcile, summary } from "./books.mjs";
import { chance } from "./chance.mjs";
import { checkComplete, countFaults, faults, keyRotated } from "./faults.mjs";
import { openHouse } from "./house.mjs";
import { shop } from "./people.mjs";
import { progress } from "./progress.mjs";

const { values } = parseArgs({ options: { payments: { type: "string", default: "60" }, seed: { type: "string" } } });
const payments = Number(values.payments);
const seed = Number(values.seed ?? 1 + Math.floor(Math.random() * 1e6));
if (!(Number.isInteger(payments) && payments >= 20 && payments <= 5000 && Number.isInteger(seed) && seed > 0)) {
  console.error("usage: campaign.mjs [--payments 20…5000] [--seed NUMBER]");
  process.exit(2);
}

const began = Date.now();
console.log(`${payments} shoppers, seed ${seed}`);
const notes = { formsSentAgain: 0, refunds: [], cancels: [], odd: [] };
const restarts = { worker: 0, shop: 0, sandbox: 0 };
const house = await openHouse({ seed, faults });
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => house.close().finally(() => process.exit(130)));
let problems;
try {
  checkComplete((await house.ask(`${house.alipay}/sandbox/api/faults`)).known);
  await business();
  await quiet();
  const books = await settled();
  ({ problems } = report(books, await countFaults(house, books.sandbox)));
} finally {
  await house.close();
}
process.exitCode = problems.length ? 1 : 0;

/** The shoppers' time, with the incidents spread over it. */
async function business() {
  const show = progress(payments);
  let begun = 0;
  let done = 0;
  const shopper = async () => {
    while (begun < payments) {
      const number = begun++;
      await shop(house, notes, { seed, number });
      show(++done);
    }
  };
  const plan = incidents();
  const incidence = (async () => {
    for (const [i, incident] of plan.entries()) {
      await eventually(() => done >= (payments * 0.8 * (i + 1)) / plan.length, { within: 1_800_000 });
      await sleep(500 * chance(seed, "incident", i));
      await incident();
    }
    // Then one more shopper's payment brings a new key of Alipay's. The operator is told of it a little too late, and gives
    // it to the Worker. A sandbox that is started again forgets the key, so this comes last.
    const last = shop(house, notes, { seed, number: payments, description: ` #sandbox:${keyRotated}` });
    const rotated = async () => (await house.ask(`${house.alipay}/sandbox/api/state`)).keyVersion > 1;
    await eventually(() => rotated().catch(() => false), { within: 600_000, what: "no new key" });
    await sleep(1000);
    await house.learnKeys();
    await restart("worker");
    await last;
    await acknowledged(keyRotated);
  })();
  await Promise.all([...Array.from({ length: 8 }, shopper), incidence]);
  show.end();
}

/** Until the Worker has acknowledged the notification whose payment asked for a fault: asked anew, it would happen again. */
function acknowledged(fault) {
  return eventually(
    async () => {
      const { payments } = await house.ask(`${house.alipay}/sandbox/api/payments?search=${encodeURIComponent(`#sandbox:${fault}`)}`);
      if (payments.every(({ notifications }) => notifications.every(({ state }) => state === "ACKNOWLEDGED"))) return true;
      for (const { paymentId } of payments) await fetch(`${house.alipay}/sandbox/api/payments/${paymentId}/resend`, { method: "POST", body: "{}" });
    },
    { within: 120_000, what: "a notification is not acknowledged" },
  );
}

async function restart(name) {
  restarts[name]++;
  await house.stop(name);
  await house.start(name);
}

/** Restarts, in an order that follows from the seed number. */
function incidents() {
  const often = { worker: Math.max(1, Math.round(payments / 100)), shop: Math.max(1, Math.round(payments / 150)), sandbox: Math.max(1, Math.round(payments / 250)) };
  const list = Object.entries(often).flatMap(([name, times]) => Array(times).fill(() => restart(name)));
  return list.map((incident, i) => ({ incident, at: chance(seed, "order of incidents", i) })).sort((a, b) => a.at - b.at).map(({ incident }) => incident);
}

/** Alipay comes to the end of everything while the Worker is dead: what it tells then is told to nobody. */
async function quiet() {
  await house.stop("worker");
  restarts.worker++;
  house.wire.calm();
  await house.ask(`${house.alipay}/sandbox/api/faults`, { method: "PUT", body: JSON.stringify({ faults: [] }) });
  await house.ask(`${house.alipay}/sandbox/api/clock`, { method: "POST", body: JSON.stringify({ speed: 3600 }) });
  const open = ({ paymentStatus, refunds = [] }) => ["PROCESSING", "PENDING"].includes(paymentStatus) || refunds.some(({ refundStatus }) => refundStatus === "PROCESSING");
  await eventually(async () => !(await house.ask(`${house.alipay}/sandbox/api/payments?limit=0`)).payments.some(open), { within: 90_000, what: "payments stay open at the sandbox" });
  await hoursLater();
}

async function hoursLater() {
  await house.stop("worker");
  house.hoursPass();
  await house.learnKeys(); // as far as Alipay has changed its key once more meanwhile
  await house.start("worker");
}

/** The alarms work, and hours later again, until the books agree or nothing changes any more. */
async function settled() {
  let last;
  for (let same = 0; ; ) {
    await sleep(2000); // what is on its way arrives
    const books = await readBooks(house);
    const { problems } = reconcile(books, notes);
    same = problems.join() === last ? same + 1 : 0;
    if (problems.length === 0 || same === 5) return books;
    // What failed once, in the one moment in which it was asked, is planned again for hours later.
    if (same > 0) await hoursLater();
    last = problems.join();
  }
}

function report(books, happened) {
  const { problems, differences } = reconcile(books, notes);
  table(["", "sandbox", "ledger", "shop"], summary(books));
  table(["differences", "", "explanation"], differences.map(({ what, count, why }) => [what, count, why]));
  const never = Object.keys(happened).filter((name) => happened[name] === 0);
  console.log(`\nfaults        ${Object.entries(happened).map(([name, count]) => `${name} ${count}`).join(", ")}`);
  console.log(`to the shop   ${Object.entries(house.wire.counts).map(([what, count]) => `${what} ${count}`).join(", ")}`);
  console.log(`restarts      ${Object.entries(restarts).map(([name, count]) => `${name} ${count}`).join(", ")}; one new key of Alipay's`);
  if (payments >= 300) problems.push(...never.map((name) => `the fault ${name} never happened`));
  problems.push(...notes.odd);
  console.log(`time          ${((Date.now() - began) / 1000).toFixed(0)} s`);
  for (const problem of problems.slice(0, 50)) console.log(`PROBLEM       ${problem}`);
  if (problems.length) console.log(`\nThe last words of the Worker:\n${house.words()}`);
  console.log(problems.length ? `\n${problems.length} problems; repeat with --payments ${payments} --seed ${seed}` : "\nThe books agree: nothing lost, nothing fulfilled twice.");
  return { problems };
}

function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map((cell) => String(cell ?? "-")));
  const width = head.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const isNumber = head.map((_, i) => rows.some((row) => /^\d/.test(String(row[i]))));
  console.log();
  for (const row of cells) console.log(row.map((cell, i) => (isNumber[i] ? cell.padStart(width[i]) : cell.padEnd(width[i]))).join("  ").trimEnd());
}
