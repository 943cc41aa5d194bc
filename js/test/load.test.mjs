import assert from "node:assert/strict";
import test from "node:test";
import { CashierError, load, parseAmount } from "../index.mjs";
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
