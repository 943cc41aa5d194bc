// Every page of the sandbox in Chromium, in both languages and on both widths: axe-core finds nothing, nothing is wider than
// the screen, nothing is reported on the console, and what is live changes without a reload.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const require = createRequire(new URL("../../../edge/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const root = fileURLToPath(new URL("../../../", import.meta.url));

let folder, sandbox, origin, merchant, browser, axe;
let acknowledges = true;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-pages-"));
  axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
  await promisify(execFile)("go", ["build", "-o", join(folder, "cashier"), "./host/cmd/cashier"], { cwd: root });
  sandbox = spawn(join(folder, "cashier"), ["sandbox", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
  origin = await new Promise((resolve, reject) => {
    let told = "";
    sandbox.stdout.on("data", text => {
      told += text;
      const found = /^sandbox +(http:\S+)/m.exec(told);
      if (found) resolve(found[1]);
    });
    sandbox.once("exit", code => reject(new Error(`the sandbox ended with ${code}`)));
  });
  merchant = createServer((request, response) => {
    request.resume().on("end", () => {
      response.statusCode = acknowledges ? 200 : 500;
      response.end('{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}');
    });
  });
  await new Promise(resolve => merchant.listen(0, "127.0.0.1", resolve));
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  merchant?.close();
  if (sandbox?.exitCode === null) {
    const ended = new Promise(resolve => sandbox.once("exit", resolve));
    sandbox.kill("SIGTERM");
    assert.equal(await ended, 0);
  }
  await rm(folder, { recursive: true, force: true });
});

const api = async (path, body, method = body ? "POST" : "GET") => {
  const response = await fetch(`${origin}/sandbox/api/${path}`, { method, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.json();
};

// The example of the front page, with the merchant's own notify URL.
async function newPayment() {
  const script = await (await fetch(`${origin}/sandbox/api/example.sh`)).text();
  const shell = spawn("sh", [], { stdio: ["pipe", "pipe", "inherit"] });
  shell.stdin.end(script.replace("http://127.0.0.1:9000/notify", `http://127.0.0.1:${merchant.address().port}/notify`).replace(/id="[^"]*"/, `id="page-${Math.random()}"`));
  let told = "";
  for await (const text of shell.stdout) told += text;
  return /"paymentId":"([^"]+)"/.exec(told)[1];
}

async function open(path, width, locale, colorScheme = "light") {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale, colorScheme, bypassCSP: true });
  const page = await context.newPage();
  page.problems = [];
  page.on("console", message => message.type() === "error" && !/status of (404|410|422)/.test(message.text()) && page.problems.push(message.text()));
  page.on("pageerror", error => page.problems.push(String(error)));
  // The way back to a merchant is not followed: the page with it is what is looked at.
  await page.route(/127\.0\.0\.1:9000/, route => route.fulfill({ status: 204 }));
  await page.goto(origin + path);
  return { page, close: () => context.close() };
}

test("no page has anything for axe-core to report", async t => {
  const expired = await newPayment(), returned = await newPayment();
  await api("clock", { advance: "15m" });
  await fetch(`${origin}/alipaycn/h5/outcome/${returned}`, { method: "POST", redirect: "manual", body: new URLSearchParams({ outcome: "too-late" }) });
  const opened = await newPayment(), paid = await newPayment(), declined = await newPayment(), late = await newPayment();
  await api(`payments/${declined}/complete`, { outcome: "FAIL" });
  acknowledges = false;
  await api(`payments/${paid}/complete`, { outcome: "SUCCESS" });
  await api(`payments/${late}/complete`, { outcome: "PENDING" });
  await api("clock", { advance: "2m" });
  acknowledges = true;
  await api(`payments/${paid}/resend`, { faults: ["notify-tampered"] });
  await fetch(`${origin}/ams/api/v1/payments/pay`, { method: "POST", body: "{}" });
  const session = async () => {
    const response = await fetch(`${origin}/alipaycn/pc/login/${opened}`, { method: "POST", redirect: "manual", body: new URLSearchParams({ account: "a@example.com", password: "x" }) });
    return new URL(response.headers.get("location"), origin).pathname;
  };
  const pages = {
    "list": "/sandbox", "search without result": "/sandbox?search=nothing", "calls": "/sandbox/calls", "control": "/sandbox/control", "front page": "/",
    "story of an open payment": `/sandbox/payments/${opened}`, "story of a paid one": `/sandbox/payments/${paid}`, "story of a pending one": `/sandbox/payments/${late}`,
    "PC cashier": `/alipaycn/pc/cashier?paymentId=${opened}`, "H5 cashier": `/alipaycn/h5/cashier?paymentId=${opened}`, "log-in": `/alipaycn/pc/login/${opened}`,
    "confirmation": await session(), "left": `/alipaycn/h5/left/${opened}`, "success": `/alipaycn/pc/result/${paid}`, "pending": `/alipaycn/h5/result/${late}`,
    "closed": `/alipaycn/h5/cashier?paymentId=${declined}`, "unknown": "/alipaycn/pc/cashier?paymentId=x",
    "expired": `/alipaycn/pc/cashier?paymentId=${expired}`, "money given back": `/alipaycn/h5/cashier?paymentId=${returned}&given-back=1`, "story of money given back": `/sandbox/payments/${returned}`,
  };
  // A form is sent as it is, for the page that says what is wrong with it.
  const forms = { "log-in with problems": pages["log-in"], "confirmation with problems": await session(), "control with a problem": "/sandbox/control?problem=speed+must+be+a+number" };
  for (const [width, locale, scheme] of [[1280, "en-US", "light"], [390, "zh-CN", "dark"]]) {
    const { page, close } = await open("/sandbox", width, locale, scheme);
    for (const [name, path] of [...Object.entries(pages), ...Object.entries(forms)]) {
      await t.test(`${name}, ${width}, ${locale}`, async () => {
        page.problems.length = 0;
        await page.goto(origin + path);
        if (name in forms) {
          if (name.endsWith("problems")) await Promise.all([page.waitForNavigation(), page.evaluate(() => document.querySelector("main form").submit())]);
          await page.locator(".problem").first().waitFor();
        }
        await page.evaluate(() => document.querySelectorAll("details").forEach(details => (details.open = true)));
        await page.addScriptTag({ content: axe });
        const { violations } = await page.evaluate(() => axe.run());
        assert.deepEqual(violations.map(v => `${v.id}: ${v.nodes[0].html}`), []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it is wider than the screen");
        assert.deepEqual(page.problems, []);
      });
    }
    await close();
  }
});

test("a story grows while it is looked at, and its buttons act without a reload", async () => {
  const id = await newPayment();
  const { page, close } = await open(`/sandbox/payments/${id}`, 1280, "en-US");
  await page.locator(".live").waitFor({ state: "visible" });
  await page.evaluate(() => (window.stayed = true));
  await page.locator("#moments details summary").first().click();
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.getByText("Notification: the result").first().waitFor();
  await page.locator("#facts").getByText("SUCCESS").first().waitFor();
  await page.getByRole("button", { name: "Send it tampered with" }).click();
  await page.getByText("the body is not the one that was signed").waitFor();
  await page.getByRole("button", { name: "+1 h" }).click();
  assert.ok(await page.locator("#moments details").first().evaluate(details => details.open), "what was open was closed");
  assert.ok(await page.evaluate(() => window.stayed), "the page was loaded again");
  assert.deepEqual(page.problems, []);
  await close();
});

test("calls that were refused stand on top, and their signed text is compared with what was signed", async () => {
  await fetch(`${origin}/sandbox/api/reset`, { method: "POST" });
  const script = await (await fetch(`${origin}/sandbox/api/example.sh`)).text();
  const shell = spawn("sh", [], { stdio: ["pipe", "ignore", "ignore"] });
  shell.stdin.end(script.replace("%s.%s.%s'", "%s%s%s'"));
  assert.equal(await new Promise(resolve => shell.once("exit", resolve)), 1, "the example does not fail");
  const { page, close } = await open("/sandbox", 1280, "en-US");
  await page.getByRole("heading", { name: "1 call was refused" }).waitFor();
  await page.getByText("there are no full stops in the signed text").waitFor();
  await page.getByRole("link", { name: "What was on the wire" }).click();
  await page.locator("details summary").first().click();
  const expected = await page.locator("pre.signed").textContent();
  const box = page.locator(".compare textarea"), said = page.locator(".compare output");
  await box.fill(expected.replace(/\.\d{13}\./, text => text.slice(1, -1)));
  assert.match(await said.textContent(), /^They differ at byte \d+\. You signed "\d/);
  await box.fill(expected);
  assert.match(await said.textContent(), /^The texts are the same/);
  assert.deepEqual(page.problems, []);
  await close();
});

test("everything is forgotten only after a question", async () => {
  await newPayment();
  const { page, close } = await open("/sandbox", 1280, "en-US");
  const ask = page.getByText("Forget everything…"), yes = page.getByRole("button", { name: "Delete all payments" });
  assert.equal(await yes.isVisible(), false);
  await ask.click();
  assert.equal((await api("payments")).payments.length, 1);
  await yes.click();
  await page.getByText("No payments yet.").waitFor();
  assert.equal((await api("payments")).payments.length, 0);
  await close();
});

test("an open payment's countdown follows the clock", async () => {
  const id = await newPayment();
  const { page, close } = await open(`/alipaycn/h5/cashier?paymentId=${id}`, 390, "en-US");
  const timer = page.getByRole("timer");
  assert.match(await timer.textContent(), /^1[34]:/);
  await api("clock", { advance: "10m" });
  await page.waitForFunction(() => /^0[34]:/.test(document.querySelector("[role=timer]").textContent));
  await close();
});

test("the examples can be copied", async () => {
  const { page, close } = await open("/", 1280, "en-US");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByText("Python", { exact: true }).click();
  await page.locator("details[open]").getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await (await fetch(`${origin}/sandbox/api/example.py`)).text());
  await close();
});

test("a shopper pays on a phone and is taken back", async () => {
  const id = await newPayment();
  const { page, close } = await open(`/alipaycn/h5/cashier?paymentId=${id}`, 390, "zh-CN");
  await page.getByLabel("账号").fill("13800138000");
  await page.getByLabel("登录密码").fill("x");
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByLabel("支付密码").fill("x");
  const back = page.waitForRequest(/127\.0\.0\.1:9000\/return/);
  await page.getByRole("button", { name: /^支付 CNY/ }).click();
  await page.getByRole("heading", { name: "付款成功" }).waitFor();
  await back;
  assert.equal((await api(`payments/${id}`)).paymentStatus, "SUCCESS");
  await close();
});
