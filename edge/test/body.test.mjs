import assert from "node:assert/strict";
import { test } from "node:test";
import { maxBody, readBody } from "../worker/body.mjs";

const url = "https://pay.example/notify";
const codeOf = async (response) => (await response.json()).errors[0].code;

/** A request that says how long it is and whose body comes, or does not come, as `pull` wants it. */
function request(length, pull = () => new Promise(() => {})) {
  const body = new ReadableStream({ pull }, { highWaterMark: 0 });
  return new Request(url, { method: "POST", body, duplex: "half", headers: length === undefined ? {} : { "Content-Length": String(length) } });
}

test("a body with its length is read", async () => {
  const sent = new Request(url, { method: "POST", body: "abc", headers: { "Content-Length": "3" } });
  assert.equal(Buffer.from(await readBody(sent)).toString(), "abc");
});

test("a request without a body has an empty one", async () => {
  assert.equal((await readBody(new Request(url, { method: "POST" }))).length, 0);
});

test("a body without its length is refused unread", async () => {
  const sent = request(undefined);
  const response = await readBody(sent);
  assert.deepEqual([response.status, await codeOf(response)], [411, "LENGTH_REQUIRED"]);
  assert.equal(sent.bodyUsed, false);
});

test("a body that is a little too long is thrown away, so that its sender sees the answer", async () => {
  const sent = new Request(url, { method: "POST", body: "x".repeat(maxBody + 1), headers: { "Content-Length": String(maxBody + 1) } });
  assert.equal((await readBody(sent)).status, 413);
  assert.equal((await readBody(request(maxBody + 1), { patience: 20 })).status, 413, "and does not keep anybody waiting");
});

test("a body that says it is far too long, or no length, is not read at all", async () => {
  for (const length of [4 * maxBody + 1, "1e9", "NaN"]) {
    const sent = request(length);
    const response = await readBody(sent);
    assert.deepEqual([response.status, await codeOf(response)], [413, "INPUT_TOO_LARGE"], length);
    assert.equal(sent.bodyUsed, false);
  }
});

test("a body that does not end in time is too slow", async () => {
  const response = await readBody(request(10), { patience: 20 });
  assert.deepEqual([response.status, await codeOf(response)], [408, "INPUT_TOO_SLOW"]);
});

test("bodies that are being received have a budget, which comes back when they end", async () => {
  const bounds = { patience: 50, budget: 1000 };
  const slow = [readBody(request(400), bounds), readBody(request(400), bounds)];
  const refused = await readBody(request(400), bounds);
  assert.deepEqual([refused.status, await codeOf(refused), refused.headers.get("retry-after")], [503, "BUSY", "1"]);
  for (const response of await Promise.all(slow)) assert.equal(response.status, 408);
  const sent = new Request(url, { method: "POST", body: "x".repeat(900), headers: { "Content-Length": "900" } });
  assert.equal((await readBody(sent, bounds)).length, 900);
});
