/**
 * What one call of the core costs in V8: `advance` on a record of about 4 KB with ten entries in its history, beside `read_pay` of
 * a genuine answer of Alipay, and `advance` on records of growing size, which must cost in proportion. Prints medians.
 *
 *     node js/bench/core.mjs
 */

import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { record } from "../../.ci/bench.mjs";
import { readVectors } from "../test/support/vectors.mjs";
import { load } from "../index.mjs";

const rounds = 31;
const callsPerRound = 200;
const limit = 4;
const vectorsFolder = new URL("../../wasm/vectors/", import.meta.url);
const start = 1790000000000;
const config = { clientId: "5Y60382Z8VZR10066", origin: "https://pay.example" };

const core = await load(readFileSync(new URL("../../wasm/core.wasm", import.meta.url)));
const encoder = new TextEncoder();

const answer = vector("cashier-addresses.json", "cashier-addresses/answer-2025-read-WEB");
const usual = viewOf(recordOf(10));
const [advance, readPay] = pairs(usual, { operation: "read_pay", input: answer.input });
print("advance, a record of 4 KB, in V8", advance, "read_pay, 1.8 KB", readPay, limit);

const [small, large] = pairs(viewOf(recordOf(10)), viewOf(recordOf(60)));
const growth = large.bytes / small.bytes;
print(`advance, ${large.bytes} bytes, in V8`, large, `${small.bytes} bytes`, small, Math.ceil(growth));
console.log(`load average ${loadavg()[0].toFixed(2)}`);

function vector(file, name) {
  const text = readFileSync(new URL(file, vectorsFolder), "utf8");
  const found = readVectors({ [file]: text }).find((one) => one.name === name);
  if (!found) throw new Error(`there is no vector ${name}`);
  return found;
}

/** The record of an order of 14 kinds of pencils whose payment was asked about again and again. */
function recordOf(entries) {
  const order = {
    referenceOrderId: "order-1", orderDescription: "Pencils", paymentAmount: { currency: "USD", value: "100" }, settlementCurrency: "USD",
    terminalType: "WEB", businessType: "4", paymentRedirectUrl: "https://shop.example/thanks",
    goods: Array.from({ length: 14 }, () => ({ goodsName: "Pencil", goodsQuantity: "1", referenceGoodsId: "4711", goodsBrand: "b".repeat(32), goodsUnitAmount: { currency: "USD", value: "7" } })),
  };
  const made = ask({ config, now: start, record: null, event: { type: "order", issuedAt: start, paymentRequestId: "4f8K2hT9wQ7bXcVn", order } });
  const history = Array.from({ length: entries - 1 }, (_, i) => ({ at: start + i, what: "answered", from: "alipay", about: "4f8K2hT9wQ7bXcVn", detail: "inquiry_payment S SUCCESS PROCESSING" }));
  return { ...made.record, history: [made.record.history[0], ...history] };
}

function viewOf(stored) {
  const input = encoder.encode(JSON.stringify({ config, now: start + 1000, record: stored, event: { type: "view" } }));
  const reply = JSON.parse(new TextDecoder().decode(core.call("advance", input)));
  if (reply.errors.length > 0) throw new Error(JSON.stringify(reply.errors));
  return { operation: "advance", input };
}

function ask(head) {
  const reply = core.ask("advance", head);
  if (reply.errors.length > 0) throw new Error(JSON.stringify(reply.errors));
  return reply;
}

/** The median times of two calls in microseconds, measured by turns. */
function pairs(...calls) {
  const times = calls.map(() => []);
  for (let round = -5; round < rounds; round++) {
    calls.forEach(({ operation, input }, i) => {
      const before = performance.now();
      for (let n = 0; n < callsPerRound; n++) core.call(operation, input);
      if (round >= 0) times[i].push(((performance.now() - before) * 1000) / callsPerRound);
    });
  }
  return times.map((list, i) => ({ micros: list.sort((a, b) => a - b)[rounds >> 1], bytes: calls[i].input.length }));
}

function print(what, one, against, other, most) {
  const ratio = one.micros / other.micros;
  const reached = ratio <= most;
  console.log(`${what}: ${one.micros.toFixed(1)} µs; ${against}: ${other.micros.toFixed(1)} µs; ratio ${ratio.toFixed(2)}, at most ${most}${reached ? "" : " – TOO SLOW"}`);
  record({
    area: "core", what, value: `${one.micros.toFixed(1)} µs`, against: `${against}: ${other.micros.toFixed(1)} µs`, ratio, target: `at most ${most}`, reached,
    command: "node js/bench/core.mjs",
  });
}
