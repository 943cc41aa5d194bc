/** Accessibility, by axe-core: both pages, in both languages, light and dark, as they open and with everything wrong. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import test, { after, before } from "node:test";
import { openBrowser } from "./support/browser.mjs";
import { openSite } from "./support/site.mjs";

const axe = await readFile(createRequire(new URL("../../edge/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");

let browser, site;

before(async () => {
  browser = await openBrowser();
  site = await openSite({ answer: () => undefined }); // the button stays as it is while an answer is awaited
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const pages = {
  "/": {
    ready: "[data-receipt]:not([hidden])",
    empty: async () => {},
    errors: async (page) => {
      await page.fill('[name="/goods/0/goodsQuantity"]', "0");
      await page.fill('[name="/paymentAmount/value"]', "1.234");
      await page.click("[data-add]");
      await page.click("[data-pay]");
      await page.waitForSelector("[data-errors]:not([hidden])");
    },
    waiting: async (page) => {
      await page.fill('[name="/goods/0/goodsName"]', "Pencil");
      await page.fill('[name="/paymentAmount/value"]', "7");
      await page.selectOption('[name="/paymentAmount/currency"]', "CNY");
      await page.click("[data-pay]");
      await page.waitForSelector("[data-pay-waiting]:not([hidden])");
    },
  },
  "/playground": {
    ready: "[data-notification]:not([hidden])",
    empty: async (page) => page.click("details summary"),
    errors: async (page) => {
      await page.fill("#order", '{"paymentExtra":1}');
      await page.fill("#path", "/other");
      await page.waitForSelector("[data-causes] li");
    },
  },
};

for (const [path, { ready, ...states }] of Object.entries(pages)) {
  for (const [state, reach] of Object.entries(states)) {
    test(`${path}, ${state}: nothing found`, async () => {
      // axe is put in by the test, which the page's own policy would refuse.
      const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, bypassCSP: true });
      try {
        const page = await context.newPage();
        await page.goto(site.origin + path);
        await page.waitForSelector(ready);
        await reach(page);
        await page.evaluate(axe);
        for (const language of ["en", "zh-CN"]) {
          await page.check(`[name="lang"][value="${language}"]`, { force: true });
          for (const colorScheme of ["light", "dark"]) {
            await page.emulateMedia({ colorScheme });
            const { violations, passes } = await page.evaluate(() => window.axe.run());
            assert.ok(passes.length > 20);
            assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${language}, ${colorScheme}`);
          }
        }
      } finally {
        await context.close();
      }
    });
  }
}
