/**
 * How the checkout page feels, measured in Chromium, in the page: what a keystroke costs, and how long it takes from the
 * navigation to the first validation, on loopback with nothing in a cache: in a browser that is open, as a shopper's is who
 * comes from a shop, and in a profile that has just been made, which is mostly the browser's own work. Prints the medians.
 *
 *     node js/bench/page.mjs [ADDRESS]
 *
 * ADDRESS is that of a running Worker (./build.sh demo prints one); without it the page is served by the tests' site.
 */

import { loadavg } from "node:os";
import { record } from "../../.ci/bench.mjs";
import { openBrowser } from "../test/support/browser.mjs";
import { openSite } from "../test/support/site.mjs";

const visits = 25;
const keystrokes = 400;

const site = process.argv[2] ? undefined : await openSite();
const address = process.argv[2] ?? site.origin;
const browser = await openBrowser();
try {
  report("navigation to first validation", await measureVisits(), 150);
  const first = [];
  for (let i = 0; i < visits; i++) first.push(await measureFirstVisit());
  report("the same in a new profile", first);
  report("validation of the whole form at a keystroke", await measureKeystrokes(), 1);
  console.log(`load average ${loadavg()[0].toFixed(2)}`);
} finally {
  await browser.close();
  await site?.close();
}

/** Milliseconds from each navigation's start to the first check, by the page's own clock, all in one tab that has no cache. */
async function measureVisits() {
  const { page, close } = await visit();
  const session = await page.context().newCDPSession(page);
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const times = [];
  for (let i = 0; i < visits; i++) {
    await page.goto("about:blank");
    times.push(await checked(page));
  }
  await close();
  return times;
}

/** The same for the first navigation of a profile. */
async function measureFirstVisit() {
  const { at, close } = await visit();
  await close();
  return at;
}

/** Milliseconds of each keystroke's event, from the key to the last message in the page. */
async function measureKeystrokes() {
  const { page, close } = await visit();
  await page.fill('[name="/goods/0/goodsName"]', "Macbook 12 inch M3 8G 256G SSD");
  const costs = await page.evaluate(async (keystrokes) => {
    const amount = document.querySelector('[name="/paymentAmount/value"]');
    const costs = [];
    for (let i = 0; i < keystrokes; i++) {
      amount.value = "1,234,567.891".slice(0, 1 + (i % 13)); // right and wrong ones in turn
      const start = performance.now();
      amount.dispatchEvent(new InputEvent("input", { bubbles: true }));
      costs.push(performance.now() - start);
      await new Promise(requestAnimationFrame);
    }
    return costs;
  }, keystrokes);
  await close();
  return costs;
}

/** A visit in a browser profile of its own, so that nothing is cached. */
async function visit() {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
  await context.addInitScript(() => {
    window.addEventListener("cashier:check", () => (window.checked ??= performance.now()), true);
  });
  const page = await context.newPage();
  return { page, at: await checked(page), close: () => context.close() };
}

async function checked(page) {
  await page.goto(address);
  return (await page.waitForFunction(() => window.checked)).jsonValue();
}

function report(what, samples, target) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)].toFixed(2);
  console.log(`${what}: median ${at(0.5)} ms, 90 % within ${at(0.9)} ms (${samples.length} times)`);
  const aim = target && { target: `at most ${target}`, reached: Number(at(0.5)) <= target };
  record({ area: "browser", what, value: `${at(0.5)} ms`, ...aim, command: "node js/bench/page.mjs" });
}
