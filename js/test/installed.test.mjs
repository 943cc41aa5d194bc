/** The package as others have it: packed by npm, installed into a folder of its own, used there by name. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { installPackage } from "./support/installed.mjs";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
let folder, remove;

before(async () => {
  ({ folder, remove } = await installPackage());
});

after(() => remove?.());

/** Runs a module in the folder. Its last expression is printed by the module itself. */
async function node(code, ...flags) {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.mjs`);
  await writeFile(file, code);
  return (await run(process.execPath, [...flags, file], { cwd: folder })).stdout.trim();
}

const price = 'console.log(parseAmount(core, "1,234.50", "USD"));';

test("load() needs no argument in Node", async () => {
  assert.equal(await node(`import { load, parseAmount } from "@edgecashier/core";\nconst core = await load();\n${price}`), "123450");
});

test("load() takes the file: address and the bytes of core.wasm", async () => {
  const program = (source) => `import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { load, parseAmount } from "@edgecashier/core";
const path = createRequire(import.meta.url).resolve("@edgecashier/core/core.wasm");
const core = await load(${source});
${price}`;
  for (const source of ["await readFile(path)", "readFile(path)", "pathToFileURL(path)", "pathToFileURL(path).href"]) {
    assert.equal(await node(program(source)), "123450", source);
  }
});

test("an error of one entry is one of the other", async () => {
  const program = `import { CashierError } from "@edgecashier/core";
import { CashierError as other, verifyNotification } from "@edgecashier/core/server";
const error = await verifyNotification({}).catch((error) => error);
console.log(CashierError === other && error instanceof CashierError);`;
  assert.equal(await node(program), "true");
});

test("the entry for Workers takes core.wasm as a module", async () => {
  const { build } = createRequire(new URL("../../edge/package.json", import.meta.url))("esbuild");
  const stdin = { contents: `import { load, parseAmount } from "@edgecashier/core";\nconst core = await load();\n${price}`, resolveDir: folder };
  // wrangler gives the import a WebAssembly.Module; here the bytes stand in for it.
  const options = { stdin, bundle: true, format: "esm", write: false, logLevel: "silent", loader: { ".wasm": "binary" }, platform: "neutral", target: "es2022" };
  const { outputFiles } = await build({ ...options, conditions: ["workerd", "worker", "browser"] });
  assert.equal(await node(outputFiles[0].text), "123450");
});

test("a browser's bundle names core.wasm beside the module, and holds nothing of Node", async () => {
  const { build } = createRequire(new URL("../../edge/package.json", import.meta.url))("esbuild");
  const stdin = { contents: 'import { load } from "@edgecashier/core";\nload();', resolveDir: folder };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", write: false, logLevel: "silent", platform: "browser" });
  assert.match(outputFiles[0].text, /new URL\("\.\/core\.wasm", import\.meta\.url\)/);
  assert.doesNotMatch(outputFiles[0].text, /node:/);
});

const consumer = `
import wasm from "@edgecashier/core/core.wasm";
import { load, validateOrder, formatAmount, CashierError, type Core, type Order } from "@edgecashier/core";
import { cancelPayment, createPayment, createRefund, explain, inquirePayment, inquireRefund, verifyNotification } from "@edgecashier/core/server";

export const core: Core = await load(wasm);
export const again: Core = await load();
export async function shop(order: Order, env: { clientId: string; privateKey: string; alipay: string }, language: string): Promise<string> {
  const options = { core, config: { clientId: env.clientId }, privateKey: env.privateKey, keys: { 1: env.alipay }, language };
  const payment = await createPayment({ ...options, order });
  // @ts-expect-error there is a redirect only where the outcome says so
  payment.redirect.location;
  if (payment.outcome === "REDIRECT") return payment.redirect.location ?? payment.redirect.html;
  const { state, response } = await inquirePayment({ ...options, payment: { paymentRequestId: order.paymentRequestId } });
  const quoted: string | undefined = response.settlementQuote?.quotePrice ?? response.acquirerReferenceNo;
  const paid: string | undefined = response.actualPaymentAmount?.value ?? response.customsDeclarationAmount?.value ?? response.actualRefundAmount?.value;
  await cancelPayment({ ...options, payment: { paymentId: "1" } });
  const refund = await createRefund({ ...options, refund: { refundRequestId: "r", paymentId: "1", refundAmount: { currency: "USD", value: "1" } } });
  await inquireRefund({ ...options, refund: { refundId: "1" } });
  return state + refund.state + quoted + paid;
}
export async function notified(bytes: Uint8Array, headers: Record<string, string | string[] | undefined>): Promise<number> {
  const options = { core, config: { clientId: "C" }, keys: { 1: "key" }, now: new Date() };
  try {
    const { signedPath, acknowledgement } = await verifyNotification({ ...options, path: "/notify", headers, body: bytes });
    await explain({ ...options, path: signedPath, headers, body: bytes });
    // @ts-expect-error the body is missing
    await verifyNotification({ ...options, path: "/notify", headers });
    return acknowledgement === undefined ? 501 : 200;
  } catch (error) {
    if (!(error instanceof CashierError)) throw error;
    return error.outcomeUnknown || error.code === "KEY_MALFORMED" || error.code === "ORDER_NOT_EXIST" ? 500 : (error.status ?? 500);
  }
}
export const text: string = formatAmount(core, "1", "USD", "de") + validateOrder(core, {}).valid;
`;

const withWebTypes = `
import { createPayment, verifyNotification } from "@edgecashier/core/server";
import { load } from "@edgecashier/core";
import { bindForm } from "@edgecashier/core/form";
const core = await load(new URL("/core.wasm", location.href));
await load(fetch("/core.wasm"));
await load(await WebAssembly.compile(new Uint8Array(8)));
await load(new ArrayBuffer(8));
export const notify = async (request: Request, key: CryptoKey) => verifyNotification({ core, config: { clientId: "C" }, keys: { 1: key }, request });
export const headers = async (request: Request) =>
  verifyNotification({ core, config: { clientId: "C" }, keys: {}, path: "/", headers: request.headers, body: await request.arrayBuffer() });
export const pay = (order: import("@edgecashier/core").Order, key: CryptoKey, signal: AbortSignal) =>
  createPayment({ core, config: { clientId: "C" }, order, privateKey: key, keys: {}, fetch, signal });
bindForm(document.forms[0]!, { core, language: () => navigator.language });
`;

for (const [name, lib, sources] of [
  ["without the types of a browser", ["es2022"], { "shop.ts": consumer }],
  ["with the types of a browser", ["es2022", "dom"], { "shop.ts": consumer, "page.ts": withWebTypes }],
]) {
  for (const [module, moduleResolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
    test(`TypeScript takes the types ${name}, ${moduleResolution}`, async () => {
      const project = await mkdtemp(join(folder, "types-"));
      for (const [file, source] of Object.entries(sources)) await writeFile(join(project, file), source);
      const compilerOptions = { target: "es2022", module, moduleResolution, lib, types: [], strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true };
      await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
      await writeFile(join(project, "package.json"), '{"type":"module"}');
      const tsc = join(require.resolve("typescript/package.json"), "..", JSON.parse(await readFile(require.resolve("typescript/package.json"), "utf8")).bin.tsc);
      await run(process.execPath, [tsc, "-p", project]).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
    });
  }
}
