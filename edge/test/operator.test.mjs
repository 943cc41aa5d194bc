// Who may use the operator's API. What it does is the Go program's.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { operatorOf } from "../worker/operator-token.mjs";
import { operatorToken, startWorld } from "./world.mjs";

let world;
const tokens = { anna: operatorToken, "night-shift": "another-token-of-the-tests" };
before(async () => (world = await startWorld({ vars: { OPERATOR_TOKEN: JSON.stringify(tokens) } })));
after(() => world?.stop());

test("without a token nothing is told", async () => {
  for (const headers of [
    {},
    { Authorization: "" },
    { Authorization: "Bearer " },
    { Authorization: `Bearer ${operatorToken}x` },
    { Authorization: `Bearer ${operatorToken.slice(0, -1)}` },
    { Authorization: `Basic ${operatorToken}` },
  ]) {
    const response = await fetch(`${world.origin}/operator/payments`, { headers });
    assert.equal(response.status, 401);
    assert.match(response.headers.get("www-authenticate"), /^Bearer/);
  }
});

test("a token has a name", async () => {
  const { timingSafeEqual } = await import("node:crypto");
  crypto.subtle.timingSafeEqual ??= (a, b) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b)); // which workerd has
  const of = (token, variable) => operatorOf({ headers: new Headers({ Authorization: `Bearer ${token}` }) }, { OPERATOR_TOKEN: variable });
  assert.equal(await of(tokens["night-shift"], JSON.stringify(tokens)), "night-shift");
  assert.equal(await of(operatorToken, JSON.stringify(tokens)), "anna");
  assert.equal(await of(operatorToken, operatorToken), "operator");
  assert.equal(await of("no-token-of-the-tests-at-all", JSON.stringify(tokens)), undefined);
  assert.equal(await of(operatorToken, undefined), undefined);
});

test("paths that the program could not read do not reach it", async () => {
  for (const path of ["/operator/payments/%zz", "/operator/payments/%", "/operator//payments", "/operator/", `/operator/payments/${"x".repeat(201)}`, "/operator/a/b/c/d/e"]) {
    const response = await fetch(world.origin + path, { headers: { Authorization: `Bearer ${operatorToken}` } });
    assert.equal(response.status, 404, path);
  }
});
