// No variable is wrong in silence: each is named, with what is wrong, and never shown.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { settings, wrongVariables } from "../worker/settings.mjs";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const order = generateKeyPairSync("ed25519");
const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");
const pem = privateKey.export({ type: "pkcs8", format: "pem" });
const right = {
  CONFIG: '{"clientId":"SANDBOX_1"}',
  ORIGIN: "https://pay.example",
  ALIPAY_PUBLIC_KEYS: JSON.stringify({ 1: spki }),
  WEBHOOK_URL: "https://shop.example/webhook",
  PRIVATE_KEY: pem,
  ORDER_TOKEN_KEYS: JSON.stringify({ keys: [{ ...order.publicKey.export({ format: "jwk" }), kid: "1", alg: "EdDSA" }] }),
  WEBHOOK_SECRET: "whsec_secret",
  OPERATOR_TOKEN: "operator-token-of-the-tests",
};

test("variables that are right", async () => {
  assert.deepEqual(await wrongVariables(right), []);
  const { OPERATOR_TOKEN, ...without } = right;
  assert.deepEqual(await wrongVariables(without), [], "there need be no operator");
  assert.deepEqual(await wrongVariables({ ...right, CONFIG: `\uFEFF${right.CONFIG}`, ALIPAY_PUBLIC_KEYS: `\uFEFF${right.ALIPAY_PUBLIC_KEYS}` }), []);
  assert.equal(settings({ ...right, CONFIG: `\uFEFF${right.CONFIG}` }).config.clientId, "SANDBOX_1");
});

test("all that are missing are named at once", async () => {
  const names = ["CONFIG", "ORIGIN", "ALIPAY_PUBLIC_KEYS", "WEBHOOK_URL", "PRIVATE_KEY", "ORDER_TOKEN_KEYS", "WEBHOOK_SECRET"];
  assert.deepEqual(await wrongVariables({}), names.map((name) => `${name} is not set`));
  assert.deepEqual(await wrongVariables(Object.fromEntries(names.map((name) => [name, ""]))), names.map((name) => `${name} is not set`));
});

describe("a variable that is wrong is named:", () => {
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const cases = {
    CONFIG: ['{"clientID":"SANDBOX_1"}', '{"clientId":1}', "nonsense", "[]", "null", '"text"', "{"],
    ALIPAY_PUBLIC_KEYS: ["nonsense", "{}", '{"1":""}', '{"1":"nonsense"}', JSON.stringify({ 1: spki, 2: "nonsense" }), JSON.stringify({ 1: pem }), JSON.stringify({ 1: small.publicKey.export({ type: "spki", format: "pem" }) }), '{"1":7}'],
    PRIVATE_KEY: ["nonsense", publicKey.export({ type: "spki", format: "pem" }), small.privateKey.export({ type: "pkcs8", format: "pem" }), pem.slice(0, -80)],
    ORDER_TOKEN_KEYS: ["nonsense", "{}", '{"keys":[]}', '{"keys":[{"kid":"1"}]}'],
    OPERATOR_TOKEN: ["short", "operator-token-of-the-tests\n", "operator-token-of-the-tests\r\n", '"operator-token-of-the-tests"', "'operator-token-of-the-tests'", "operator token of the tests", "\uFEFFoperator-token-of-the-tests", "           x            "],
  };
  for (const [name, values] of Object.entries(cases)) {
    for (const value of values) {
      test(`${name} = ${JSON.stringify(value).slice(0, 40)}`, async () => {
        const wrong = await wrongVariables({ ...right, [name]: value });
        assert.equal(wrong.length, 1, wrong.join());
        assert.ok(wrong[0].startsWith(name), wrong[0]);
        assert.ok(value.length < 6 || !wrong[0].includes(value.slice(0, 12)), "the value is not shown");
      });
    }
  }
  test("and several are, at once", async () => {
    const wrong = await wrongVariables({ ...right, CONFIG: "{", ORIGIN: "", PRIVATE_KEY: "x", OPERATOR_TOKEN: "x" });
    assert.deepEqual(wrong.map((line) => line.split(/[ :]/)[0]), ["ORIGIN", "CONFIG", "PRIVATE_KEY", "OPERATOR_TOKEN"]);
  });
});
