/** Chromium for the tests of the page. */

import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../../edge/package.json", import.meta.url))("playwright-core");

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
