import assert from "node:assert/strict";
import { test } from "node:test";
import { readBody, tooLarge, tooSlow } from "../worker/body.mjs";

const limit = 64 * 1024;

/** A request whose body comes in parts and does not say how long it is. */
function request(parts) {
  let cancelled = false;
  let given = 0;
  const body = new ReadableStream(
    {
      async pull(controller) {
        const part = await parts(given++);
        if (part) controller.enqueue(part);
        else controller.close();
      },
      cancel: () => void (cancelled = true),
    },
    { highWaterMark: 0 },
  );
  return { request: new Request("https://pay.example/notify", { method: "POST", body, duplex: "half" }), state: () => ({ cancelled, given }) };
}

const part = new Uint8Array(16 * 1024).fill(65);

test("a body in parts is put together", async () => {
  const { request: sent } = request((i) => (i < 4 ? part : undefined));
  const body = await readBody(sent, limit);
  assert.equal(body.length, limit);
  assert.ok(body.every((byte) => byte === 65));
});

test("an endless body is given up at the limit, and no more of it is taken", async () => {
  const { request: sent, state } = request(() => part);
  assert.equal(await readBody(sent, limit), tooLarge);
  assert.equal(state().cancelled, true);
  assert.ok(state().given <= 6, `${state().given} parts`);
});

test("a body that says it is too long is not read at all", async () => {
  const sent = new Request("https://pay.example/notify", { method: "POST", body: "x", headers: { "Content-Length": String(limit + 1) } });
  assert.equal(await readBody(sent, limit), tooLarge);
  assert.equal(sent.bodyUsed, false);
});

test("a body that never ends in time is too slow", async () => {
  const { request: sent } = request(() => new Promise(() => {}));
  assert.equal(await readBody(sent, limit, 20), tooSlow);
});
