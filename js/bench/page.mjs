/**
 * How the checkout page feels, measured in Chromium, in the page: what a keystroke costs, and how long it takes from the
 * navigation to the first validation, on loopback with nothing in a cache. Prints the medians.
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
  await measureVisit(); // the browser's own start is nobody's concern
  const first = [];
  for (let i = 0; i < visits; i++) first.push(await measureVisit());
  report("navigation to first validation", first, 150);
  report("validation of the whole form at a keystroke", await measureKeystrokes(), 1);
  console.log(`load average ${loadavg()[0].toFixed(2)}`);
} finally {
  await browser.close();
  await site?.close();
}

/** Milliseconds from the navigation's start to the first check, by the page's own clock. */
async function measureVisit() {
  const { page, close } = await visit();
  const at = await page.evaluate(() => window.checked);
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
  await page.goto(address);
  await page.waitForFunction(() => window.checked);
  return { page, close: () => context.close() };
}

function report(what, samples, target) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)].toFixed(2);
  console.log(`${what}: median ${at(0.5)} ms, 90 % within ${at(0.9)} ms (${samples.length} times)`);
  record({ area: "browser", what, value: `${at(0.5)} ms`, target: `at most ${target}`, reached: Number(at(0.5)) <= target, command: "node js/bench/page.mjs" });
}
