import assert from "node:assert/strict";
import test from "node:test";
import { runInNewContext } from "node:vm";
import { CashierError, load, messages, nextState, parseAmount, validateOrder } from "../index.mjs";
import { coreBytes } from "./support/core.mjs";
import { moduleThatFailsAtItsSecondCall } from "./support/failing.mjs";
import { openSite } from "./support/site.mjs";

const asked = (core) => assert.equal(parseAmount(core, "1,234.50", "USD"), "123450");
const refusal = (code) => (error) => error instanceof CashierError && error.code === code && error.message.endsWith(".");

test("loads from bytes, from a buffer and from a module", async () => {
  asked(await load(coreBytes));
  asked(await load(new Uint8Array(coreBytes).buffer));
  asked(await load(await WebAssembly.compile(coreBytes)));
});

test("loads from a response, streaming when its type allows", async () => {
  for (const type of ["application/wasm", "Application/WASM", "application/octet-stream", "application/wasm; charset=utf-8", undefined]) {
    asked(await load(new Response(coreBytes, type && { headers: { "content-type": type } })));
    asked(await load(Promise.resolve(new Response(coreBytes, type && { headers: { "content-type": type } }))));
  }
});

test("loads from an address", async (t) => {
  const site = await openSite();
  t.after(site.close);
  asked(await load(`${site.origin}/core.wasm`));
  asked(await load(new URL("/core.wasm", site.origin)));
  await assert.rejects(load(`${site.origin}/missing.wasm`), refusal("CORE_UNAVAILABLE"));
});

test("loads from what import() gives, and from bytes and modules of another realm", async () => {
  const module = await WebAssembly.compile(coreBytes);
  asked(await load({ default: module }));
  asked(await load(Promise.resolve({ default: module })));
  asked(await load(runInNewContext("Uint8Array.from(bytes)", { bytes: coreBytes })));
  asked(await load(runInNewContext("Uint8Array.from(bytes).buffer", { bytes: coreBytes })));
  asked(await load(runInNewContext("new WebAssembly.Module(Uint8Array.from(bytes))", { bytes: coreBytes })));
});

test("says what was given in place of core.wasm", async () => {
  const page = "<!doctype html><title>shop</title>";
  for (const [source, says] of [
    [new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } }), /is a page \(text\/html; charset=utf-8\)/],
    [new Response(page, { headers: { "content-type": "application/wasm" } }), /.+/],
    [new Response(page, { headers: { "content-type": "application/octet-stream" } }), /a page in HTML/],
    [new TextEncoder().encode(`\n${page}`), /a page in HTML/],
    [new URL("./core.wasm", import.meta.url), /file: address/],
    ["file:///srv/core.wasm", /file: address/],
    ["/core.wasm", /\/core\.wasm is relative/],
    ["./core.wasm", /\.\/core\.wasm is relative/],
    ["core.wasm", /core\.wasm is relative/],
    [null, /nothing to load/],
    [Promise.resolve(undefined), /nothing to load/],
    [{}, /.+/],
    [5, /.+/],
  ]) {
    await assert.rejects(load(source), (error) => refusal("CORE_UNAVAILABLE")(error) && says.test(error.message), String(says));
  }
  await assert.rejects(load(Promise.reject(new Error("offline"))), (error) => refusal("CORE_UNAVAILABLE")(error) && /offline/.test(error.message));
});

test("load() without WebAssembly is CORE_UNAVAILABLE", async () => {
  const { WebAssembly } = globalThis;
  try {
    delete globalThis.WebAssembly;
    await assert.rejects(load(coreBytes), (error) => refusal("CORE_UNAVAILABLE")(error) && /has no WebAssembly/.test(error.message));
  } finally {
    globalThis.WebAssembly = WebAssembly;
  }
});

test("what is not the core, such as the promise of it, is named by every function", () => {
  const loading = load(coreBytes);
  for (const call of [() => parseAmount(loading, "1", "USD"), () => validateOrder(undefined, {}), () => messages(null), () => nextState({}, "PROCESSING", "SUCCESS")]) {
    assert.throws(call, refusal("CORE_UNAVAILABLE"));
  }
});

test("a value that JSON has no word for is never sent as null", async () => {
  const core = await load(coreBytes);
  const circle = { goods: [] };
  circle.goods.push(circle);
  for (const [order, path] of [
    [{ paymentExpiryTime: new Date("x") }, "/paymentExpiryTime"],
    [{ paymentAmount: { currency: "USD", value: NaN } }, "/paymentAmount/value"],
    [{ paymentAmount: { currency: "USD", value: 100n } }, "/paymentAmount/value"],
    [{ goods: [{ goodsName: "null" }, { "a/b~": Infinity }] }, "/goods/1/a~1b~0"],
    [circle, "/goods/0"],
    [NaN, ""],
  ]) {
    const { valid, errors } = validateOrder(core, order);
    assert.deepEqual([valid, errors.length, errors[0].code, errors[0].path], [false, 1, "JSON_MALFORMED", path]);
    assert.throws(() => core.ask("validate_order", { order }), { name: "CashierError", code: "JSON_MALFORMED", path });
  }
  const { errors } = validateOrder(core, {}, { config: { clientId: "C", amountLimits: { CNY: { maximum: NaN } } } });
  assert.deepEqual([errors[0].code, errors[0].path], ["JSON_MALFORMED", "/config/amountLimits/CNY/maximum"]);
});

test("says when there is nothing to load", async () => {
  await assert.rejects(load(new Response("", { status: 404 })), refusal("CORE_UNAVAILABLE"));
  await assert.rejects(load(new TextEncoder().encode("<!doctype html>")), refusal("CORE_UNAVAILABLE"));
  await assert.rejects(load("http://127.0.0.1:9/core.wasm"), refusal("CORE_UNAVAILABLE"));
  await assert.rejects(load(undefined), refusal("CORE_UNAVAILABLE"));
});

test("refuses another module", async () => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  await assert.rejects(load(empty), refusal("CORE_ABI_MISMATCH"));
  await assert.rejects(load(moduleThatFailsAtItsSecondCall({ abi: 2 })), refusal("CORE_ABI_MISMATCH"));
});

test("replaces an instance that trapped", async () => {
  const core = await load(moduleThatFailsAtItsSecondCall());
  const input = new TextEncoder().encode("{}");
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(core.call("operation", input), input);
    assert.throws(() => core.call("operation", input), refusal("CORE_TRAPPED"));
  }
});

test("hands out copies and leaves the input alone", async () => {
  const core = await load(coreBytes);
  const input = new TextEncoder().encode('{"text":"1.00","currency":"USD"}');
  const before = input.slice();
  const reply = core.call("parse_amount", input);
  const text = new TextDecoder().decode(reply);
  core.call("currencies", new TextEncoder().encode("{}"));
  assert.equal(new TextDecoder().decode(reply), text);
  assert.deepEqual(input, before);
});

test("refuses what is too large, and unknown operations", async () => {
  const core = await load(coreBytes);
  assert.throws(() => core.call("parse_amount", new Uint8Array((1 << 20) + 1)), refusal("INPUT_TOO_LARGE"));
  // What counts is the bytes of a text, not those that it could have become.
  const head = { config: {}, language: "中文" };
  const room = 512 * 1024 - new TextEncoder().encode(JSON.stringify(head)).length - 1;
  assert.equal(core.ask("open_notification", head, new Uint8Array(room)).errors[0].code, "FIELD_REQUIRED");
  assert.throws(() => core.ask("open_notification", head, new Uint8Array(room + 1)), refusal("INPUT_TOO_LARGE"));
  asked(core);
  for (const name of ["nothing", "memory", "abi", "input", "_initialize", "__proto__", "toString"]) {
    assert.throws(() => core.call(name, new Uint8Array(2)), refusal("OPERATION_UNKNOWN"), name);
  }
  asked(core);
});

test("answers no bytes at all", async () => {
  const reply = JSON.parse(new TextDecoder().decode((await load(coreBytes)).call("parse_amount", new Uint8Array(0))));
  assert.equal(reply.errors[0].code, "JSON_EMPTY");
});
