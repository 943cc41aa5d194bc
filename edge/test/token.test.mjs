// The order tokens that host/ordertoken answers in the same way.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { TokenError, importKeys, verifyToken } from "../worker/order-token.mjs";

const vectors = new URL("../../wasm/vectors/clients/order-tokens.json", import.meta.url);
const { audience, now, keys, tokens, keySets } = JSON.parse(readFileSync(vectors, "utf8"));
const options = { keys: JSON.stringify(keys), audience, now };

describe("a token", () => {
  for (const { name, token, repeated = 1, code } of tokens) {
    test(`${name}: ${code ?? "accepted"}`, async () => {
      const verifying = verifyToken(token.repeat(repeated), options);
      if (code === null) assert.equal((await verifying).order.referenceOrderId, "订单-1");
      else await assert.rejects(verifying, (error) => error instanceof TokenError && error.code === code);
    });
  }
});

test("a Worker that does not know its own origin accepts no token", async () => {
  await assert.rejects(verifyToken(tokens[0].token, { ...options, audience: "" }), { code: "TOKEN_AUDIENCE" });
});

describe("the variable ORDER_TOKEN_KEYS", () => {
  for (const { name, text, accepted, says = "" } of keySets) {
    test(`${name}: ${accepted ? "accepted" : "refused"}`, async () => {
      if (accepted) assert.ok((await importKeys(text)).size > 0);
      else await assert.rejects(importKeys(text), (error) => error.message.startsWith("ORDER_TOKEN_KEYS") && error.message.includes(says));
    });
  }
});

describe("keys are refused that", () => {
  const [ed, hs] = keys.keys;
  const cases = {
    "are no JSON": "x",
    "are no set": JSON.stringify(ed),
    "are none": '{"keys":[]}',
    "have no kid": [{ ...ed, kid: undefined }],
    "have no alg": [{ ...ed, alg: undefined }],
    "have another key's alg": [{ ...hs, alg: "EdDSA" }],
    "have the alg none": [{ ...ed, alg: "none" }],
    "have a short secret": [{ ...hs, k: hs.k.slice(0, 40) }],
    "are for encryption": [{ ...ed, use: "enc" }],
    "are there twice": [ed, ed],
    "are on another curve": [{ ...ed, crv: "X25519" }],
    "cannot be read": [{ ...ed, x: "A" }],
  };
  for (const [name, given] of Object.entries(cases)) {
    test(name, async () => {
      const text = typeof given === "string" ? given : JSON.stringify({ keys: given });
      await assert.rejects(importKeys(text), (error) => /^ORDER_TOKEN_KEYS/.test(error.message) && !error.message.includes(hs.k.slice(0, 40)));
    });
  }
});
