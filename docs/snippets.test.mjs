// Every block of code in the documentation is run, or the reason why it is not stands beside it. In front of a block, where
// no reader sees it, an HTML comment says where it runs:
//
//   <!-- snippet: go -->          a whole program, beside config.json and keys, with a sandbox running
//   <!-- snippet: node -->        a module in Node with the names of `given` below
//   <!-- snippet: browser -->     a module in a page in Chromium, with `order`
//   <!-- snippet: worker -->      the entry of a Worker: it gets a notification and must acknowledge it
//   <!-- snippet: shell -->       bash in the root of a copy of the tree, beside order.json, config.json and keys
//   <!-- snippet: not run: WHY -->
//
// JSON is parsed. A value in a comment behind a JavaScript expression, as in `f(); // "x"`, is what the expression must give.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import "../edge/dev.mjs"; // the settings that keep wrangler from reaching out
import { freePort } from "../edge/test/world.mjs";
import { openBrowser } from "../js/test/support/browser.mjs";
import { openSite } from "../js/test/support/site.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const require = createRequire(join(root, "edge/package.json"));
const run = promisify(execFile);
const documents = ["README.md", "js/README.md", "edge/README.md", "docs/house.md", "docs/server.md"];

/** The blocks of a document. */
function blocks(text) {
  return [...text.matchAll(/^(?:<!-- snippet: ([^>]*?) -->\n+)?```(\w*)\n([\s\S]*?)^```$/gm)].map(({ 1: mark, 2: language, 3: code, index }) => ({
    mark,
    language,
    code,
    line: text.slice(0, index).split("\n").length + (mark ? 1 : 0),
  }));
}

/** `f(); // value` becomes a comparison. */
function withChecks(code) {
  return code.replace(/^(\s*)([^\s/].*\));\s*\/\/ (.+)$/gm, (line, indent, expression, comment) => {
    try {
      JSON.parse(comment);
    } catch {
      return line;
    }
    return /^(const|let|await import|import|return)\b/.test(expression) ? line : `${indent}checked(await (${expression}), ${comment});`;
  });
}

const checked = `const checked = (got, want) => { if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(\`got \${JSON.stringify(got)}, the document says \${JSON.stringify(want)}\`); };\n`;

let folder, sandbox, order, notification;

before(async () => {
  folder = await mkdtemp(join(root, ".build/snippets-"));
  // The npm package, as `npm pack` would have it.
  const npm = join(folder, "node_modules/@edgecashier/core");
  await mkdir(npm, { recursive: true });
  const { files, exports } = JSON.parse(await readFile(join(root, "js/package.json"), "utf8"));
  assert.ok(files.includes("core.wasm") && exports["./core.wasm"]);
  await cp(join(root, "js"), npm, { recursive: true, filter: (path) => !/\/(test|bench|page|node_modules)$/.test(path) });
  await cp(join(root, "wasm/core.wasm"), join(npm, "core.wasm"));

  // A sandbox, with a config and the keys of both sides.
  const address = `127.0.0.1:${await freePort()}`;
  sandbox = spawn(join(root, ".build/cashier"), ["sandbox", "--listen", address, "--keys", folder], { stdio: ["ignore", "pipe", "inherit"] });
  const words = await new Promise((resolve, reject) => {
    let text = "";
    sandbox.stdout.setEncoding("utf8").on("data", (more) => /^config .*\n/m.test((text += more)) && resolve(text));
    sandbox.once("exit", () => reject(new Error("the sandbox ended")));
  });
  await writeFile(join(folder, "config.json"), words.match(/^config\s+(.*)$/m)[1]);
  order = { referenceOrderId: "order-1", paymentRequestId: "order-1-1", orderDescription: "Pencil", paymentAmount: { currency: "USD", value: "100" }, settlementCurrency: "USD",
    terminalType: "WEB", goods: [{ goodsName: "Pencil", goodsQuantity: "1" }], businessType: "4", paymentNotifyUrl: "https://shop.example/notify", paymentRedirectUrl: "https://shop.example/thanks" };
  await writeFile(join(folder, "order.json"), JSON.stringify(order));
  notification = sign();
});

after(async () => {
  sandbox?.kill("SIGTERM");
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** A notification to /notify that was signed just now. */
function sign() {
  const clientId = "SANDBOX_5Y055A2Y2F6K05235";
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const time = new Date().toISOString().replace(/\.\d+Z/, "Z");
  const amount = { currency: "USD", value: "100" };
  const body = JSON.stringify({ notifyType: "PAYMENT_RESULT", result: { resultCode: "SUCCESS", resultStatus: "S", resultMessage: "success" }, paymentRequestId: "order-1-1",
    paymentId: "2023060119074104010018800480211", paymentAmount: amount, paymentCreateTime: time, paymentTime: time });
  const signature = createSign("sha256").update(`POST /notify\n${clientId}.${time}.${body}`).sign(privateKey, "base64");
  const headers = { "client-id": clientId, "request-time": time, signature: `algorithm=RSA256,keyVersion=1,signature=${encodeURIComponent(signature)}` };
  return { clientId, key: publicKey.export({ type: "spki", format: "pem" }), body, headers };
}

const runners = {
  async go(code) {
    const program = join(folder, `go-${randomUUID()}`);
    await mkdir(program);
    await writeFile(join(program, "main.go"), code);
    await run("go", ["build", "-o", join(program, "main"), program], { cwd: root });
    await run(join(program, "main"), [], { cwd: folder, timeout: 30_000 });
  },

  async node(code) {
    const { clientId, key, body, headers } = notification;
    const given = { order, clientId, alipayPublicKey: key, rawBody: body, request: { headers } };
    const file = join(folder, `${randomUUID()}.mjs`);
    await writeFile(file, `${Object.entries(given).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`).join("")}${checked}${withChecks(code)}`);
    await run(process.execPath, [file], { cwd: folder, timeout: 30_000 });
  },

  async browser(code) {
    const file = join(folder, `${randomUUID()}.mjs`);
    await writeFile(file, `const order = ${JSON.stringify(order)};\n${checked}${withChecks(code)}`);
    const { outputFiles } = await require("esbuild").build({ entryPoints: [file], bundle: true, format: "esm", target: "es2022", write: false, logLevel: "silent" });
    const [browser, site] = await Promise.all([openBrowser(), openSite()]);
    try {
      const page = await browser.newPage();
      await page.goto(site.origin);
      const source = Buffer.from(outputFiles[0].contents).toString("base64");
      // A module of the page's own; the page's policy forbids scripts from anywhere else, so it comes by the browser's tools.
      await (await page.context().newCDPSession(page)).send("Page.setBypassCSP", { enabled: true });
      await page.reload();
      await page.evaluate((source) => import(`data:text/javascript;base64,${source}`), source);
    } finally {
      await browser.close();
      await site.close();
    }
  },

  async worker(code) {
    const { unstable_startWorker } = await import(pathToFileURL(require.resolve("wrangler")).href);
    const { clientId, key, body, headers } = notification;
    const main = join(folder, `${randomUUID()}.mjs`);
    const config = join(folder, `${randomUUID()}.jsonc`);
    await writeFile(main, code);
    await writeFile(config, JSON.stringify({ name: "snippet", main, compatibility_date: "2026-04-01", vars: { CLIENT_ID: clientId, ALIPAY_PUBLIC_KEY: key },
      queues: { producers: [{ binding: "NOTIFICATIONS", queue: "notifications" }] } }));
    const worker = await unstable_startWorker({ config, dev: { server: { hostname: "127.0.0.1", port: 0, secure: false }, inspector: false, watch: false, persist: false, logLevel: "error" } });
    try {
      await worker.ready;
      const post = async (body) => fetch(new URL("/notify", await worker.url), { method: "POST", headers: { ...headers, "content-type": "application/json" }, body, duplex: "half" });
      const answer = await post(body);
      assert.equal(answer.status, 200, await answer.clone().text());
      assert.equal((await answer.json()).result.resultStatus, "S");
      assert.equal((await post(body.replace('"100"', '"1"'))).status, 401, "another amount is a forgery");
      assert.equal((await post(" ".repeat(70_000))).status, 413, "a body has a limit");
      assert.equal((await post(new Blob([" ".repeat(70_000)]).stream())).status, 413, "also where it comes in parts");
      assert.notEqual((await fetch(new URL("/", await worker.url))).status, 500, "somebody who looks is no fault of the Worker's");
    } finally {
      await worker.dispose();
    }
  },

  async shell(code) {
    const copy = await mkdtemp(join(tmpdir(), "cashier-shell-"));
    try {
      for (const name of ["build.sh", "go.mod", "go.sum", "wasm", "host", "edge", ".build"]) await symlink(join(root, name), join(copy, name));
      // page.go embeds them, and Go embeds no links.
      for (const name of ["page.go", "index.html", "js"]) await cp(join(root, name), join(copy, name), { recursive: true, filter: (path) => !path.includes("node_modules") });
      for (const name of ["order.json", "config.json", "merchant-private.pem", "merchant-public.pem", "sandbox-public.pem"]) await cp(join(folder, name), join(copy, name));
      await bash(code, copy);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  },
};

/** Runs a block in bash, and ends what it has left running, such as a sandbox in the background. */
async function bash(code, cwd) {
  const shell = spawn("bash", ["-euo", "pipefail", "-c", code], { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding("utf8").on("data", (more) => (text += more));
  const endGroup = () => {
    try {
      process.kill(-shell.pid, "SIGTERM");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  const timeout = setTimeout(endGroup, 120_000);
  const [status] = await once(shell, "exit");
  clearTimeout(timeout);
  endGroup();
  assert.equal(status, 0, text);
}

for (const document of documents) {
  for (const { mark, language, code, line } of blocks(await readFile(join(root, document), "utf8"))) {
    const name = `${document}:${line}`;
    if (/^not run: \S/.test(mark ?? "")) continue;
    if (language === "json") test(name, () => void JSON.parse(code));
    else {
      test(name, { timeout: 180_000 }, async () => {
        assert.ok(runners[mark], `the block says ${mark === undefined ? "nothing about" : `"${mark}" of`} where it runs; see docs/snippets.test.mjs`);
        await runners[mark](code);
      });
    }
  }
}

test("files that documents name exist", async () => {
  for (const document of documents) {
    for (const [, path] of (await readFile(join(root, document), "utf8")).matchAll(/`((?:wasm|host|edge|js|docs|\.ci)\/[\w./-]+)`/g)) {
      await assert.doesNotReject(stat(join(root, path)), `${document} names ${path}`);
    }
  }
});

test("a block that is wrong fails", async () => {
  await assert.rejects(runners.node('import { load, parseAmount } from "@edgecashier/core";\nthrow new Error("no");'));
  await assert.rejects(runners.node("const one = () => 1;\none(); // 2"), /got 1, the document says 2/);
  await runners.node("const one = () => 1;\none(); // 1\none(); // a remark");
  await assert.rejects(runners.shell("false | true"));
  await assert.rejects(runners.go("package main\n\nfunc main() { panic(1) }\n"));
});
