// Floods: what has no valid token is counted by the network that it comes from, and what is known to lead nowhere wakes nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { network } from "../worker/limits.mjs";
import { startWorld } from "./world.mjs";

let world;
before(async () => (world = await startWorld({ perMinute: 12 })));
after(() => world?.stop());

describe("a flood of checkouts is refused", () => {
  const forged = { token: "hello" };
  const from = (address) => ({ Accept: "application/json", "CF-Connecting-IP": address });
  const flood = async (fields, addresses) => {
    const statuses = [];
    for (let i = 0; i < 14; i++) statuses.push((await world.checkout(fields(i), from(addresses(i)))).status);
    return statuses;
  };

  test("that has no good token, by its address", async () => {
    assert.deepEqual((await flood(() => forged, () => "203.0.113.7")).slice(-2), [429, 429]);
    const page = await world.checkout(forged, { Accept: "text/html", "Accept-Language": "zh-CN", "CF-Connecting-IP": "203.0.113.7" });
    assert.equal(page.status, 429);
    assert.equal(page.headers.get("retry-after"), "60");
    assert.match(await page.text(), /操作过于频繁/);
    assert.equal((await world.checkout(forged, from("203.0.113.9"))).status, 401);
    const { shop } = world;
    assert.equal((await world.checkout({ token: shop.token(shop.order()) }, from("203.0.113.7"))).status, 200, "who has a token is not who floods");
  });

  test("from the addresses of one IPv6 network", async () => {
    const statuses = await flood(() => forged, (i) => [`2001:db8:0:7::${i}`, `2001:0db8:0000:0007:${i}:0:0:1`, `2001:DB8::7:${i}:0:0:1`][i % 3]);
    assert.equal(statuses.at(-1), 429);
    assert.equal((await world.checkout(forged, from("2001:db8:0:8::1"))).status, 401, "another network");
  });

  test("and never an order that the shop signed, however many come from one address", async () => {
    const { shop, origin } = world;
    assert.deepEqual((await flood(() => ({ token: shop.token(shop.order()) }), () => "203.0.113.20")).filter((status) => status !== 200), []);
    const order = () => fetch(`${origin}/orders`, { method: "POST", headers: { "Content-Type": "application/json", "CF-Connecting-IP": "203.0.113.7" }, body: JSON.stringify({ token: shop.token(shop.order()) }) });
    for (let i = 0; i < 14; i++) assert.equal((await order()).status, 200);
  });
});

test("guessed ids of payments are answered without the ledger, and who guesses on is refused", async () => {
  const { origin, shop, alipay } = world;
  const guess = (i) => `00${String(i).padStart(22, "x")}`;
  const look = (id, address, path = "payments") => fetch(`${origin}/${path}/${id}`, { headers: { Accept: "application/json", "CF-Connecting-IP": address } });
  for (let i = 0; i < 20; i++) assert.equal((await look(guess(0), "203.0.113.30")).status, 404, "the same id is known not to be there");
  const statuses = [];
  for (let i = 1; i < 16; i++) statuses.push((await look(guess(i), "203.0.113.31")).status);
  assert.equal(statuses[0], 404);
  assert.equal(statuses.at(-1), 429);
  await world.checkout({ token: shop.token(shop.order()) });
  const id = alipay.calls.at(-1).order.paymentRequestId;
  for (let i = 0; i < 20; i++) assert.equal((await look(id, "203.0.113.30")).status, 200, "a shopper's own payment may be looked at");
  assert.equal((await look("x".repeat(24), "203.0.113.32", "return")).status, 404, "no shard of ours");
});

test("a network is all of IPv4 and a /64 of IPv6", () => {
  for (const [address, want] of [["203.0.113.7", "203.0.113.7"], ["2001:db8:0:7::1", "2001:db8:0:7"], ["2001:0DB8::", "2001:db8:0:0"], ["::1", "0:0:0:0"], ["", ""]]) {
    assert.equal(network(address), want);
  }
});
