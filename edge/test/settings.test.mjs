// No variable is wrong in silence: each is named, with what is wrong, and never shown.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { load } from "../../js/index.mjs";
import { allowsResultPage, settings, wrongVariables } from "../worker/settings.mjs";

const core = await load(readFileSync(new URL("../../wasm/core.wasm", import.meta.url)));

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const order = generateKeyPairSync("ed25519");
const alipay = generateKeyPairSync("rsa", { modulusLength: 2048 });
const spki = alipay.publicKey.export({ type: "spki", format: "der" }).toString("base64");
const pem = privateKey.export({ type: "pkcs8", format: "pem" });
// What the shop signs with: the Worker must not hold it.
const issuing = JSON.stringify({ keys: [{ ...order.privateKey.export({ format: "jwk" }), kid: "1", alg: "EdDSA" }] });
const whsec = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const right = {
  CONFIG: '{"clientId":"SANDBOX_1"}',
  ORIGIN: "https://pay.example",
  ALIPAY_PUBLIC_KEYS: JSON.stringify({ 1: spki }),
  WEBHOOK_URL: "https://shop.example/webhook",
  PRIVATE_KEY: pem,
  ORDER_TOKEN_KEYS: JSON.stringify({ keys: [{ ...order.publicKey.export({ format: "jwk" }), kid: "1", alg: "EdDSA" }] }),
  WEBHOOK_SECRET: whsec,
  OPERATOR_TOKEN: "operator-token-of-the-tests",
};

test("variables that are right", async () => {
  assert.deepEqual(await wrongVariables(right, core), []);
  const { OPERATOR_TOKEN, ...without } = right;
  assert.deepEqual(await wrongVariables(without, core), [], "there need be no operator");
  assert.deepEqual(await wrongVariables({ ...right, CONFIG: `\uFEFF${right.CONFIG}`, ALIPAY_PUBLIC_KEYS: `\uFEFF${right.ALIPAY_PUBLIC_KEYS}` }, core), []);
  assert.equal(settings({ ...right, CONFIG: `\uFEFF${right.CONFIG}` }).config.clientId, "SANDBOX_1");
});

test("all that are missing are named at once", async () => {
  const names = ["CONFIG", "ORIGIN", "ALIPAY_PUBLIC_KEYS", "WEBHOOK_URL", "PRIVATE_KEY", "ORDER_TOKEN_KEYS", "WEBHOOK_SECRET"];
  assert.deepEqual(await wrongVariables({}, core), names.map((name) => `${name} is not set`));
  assert.deepEqual(await wrongVariables(Object.fromEntries(names.map((name) => [name, ""]))), names.map((name) => `${name} is not set`));
});

describe("a variable that is wrong is named:", () => {
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const cases = {
    CONFIG: ['{"clientID":"SANDBOX_1"}', '{"clientId":1}', '{"clientId":"SANDBOX_1","settlementCurrencies":"USD"}', '{"clientId":"SANDBOX_1","origin":"https://x.example"}', "nonsense", "[]", "null", '"text"', "{"],
    ALIPAY_PUBLIC_KEYS: ["nonsense", "{}", '{"1":""}', '{"1":"nonsense"}', JSON.stringify({ 1: spki, 2: "nonsense" }), JSON.stringify({ 1: pem }), JSON.stringify({ 1: publicKey.export({ type: "spki", format: "pem" }) }), JSON.stringify({ 1: small.publicKey.export({ type: "spki", format: "pem" }) }), '{"1":7}'],
    PRIVATE_KEY: ["nonsense", publicKey.export({ type: "spki", format: "pem" }), small.privateKey.export({ type: "pkcs8", format: "pem" }), pem.slice(0, -80)],
    ORDER_TOKEN_KEYS: ["nonsense", "{}", '{"keys":[]}', '{"keys":[{"kid":"1"}]}', issuing],
    ORIGIN: ["pay.example", "http://pay.example", "https://pay.example/path", "https://pay.example?x", "https://user@pay.example", "//x"],
    WEBHOOK_URL: ["http://shop.example/", "ftp://shop.example", "shop.example", "https://user:word@shop.example/"],
    ORDER_URL: ["http://shop.example/", "javascript:alert(1)"],
    ALERT_URL: ["http://shop.example/"],
    RESULT_HOSTS: ["https://shop.example", "hosts.example/path", "a b"],
    WEBHOOK_SECRET: ["secret", `whsec_${Buffer.alloc(31).toString("base64")}`, "whsec_!", `${whsec} secret`, `${whsec} ${whsec} ${whsec}`],
    LEDGER_SHARDS: ["0", "-1", "1.5", "1297", "many", "032"],
    RETENTION_DAYS: ["0", "a", "1e3"],
    OPERATOR_TOKEN: ["{", "{}", '{"anna":"short"}', '{"a b":"operator-token-of-the-tests"}', '{"a":"operator-token-of-the-tests","b":"operator-token-of-the-tests"}', "short", '"operator-token-of-the-tests"', "'operator-token-of-the-tests'", "operator token of the tests", "operator-token-of\nthe-tests", '{"a":{"token":"operator-token-of-the-tests","role":"all"}}', "           x            "],
  };
  for (const [name, values] of Object.entries(cases)) {
    for (const value of values) {
      test(`${name} = ${JSON.stringify(value).slice(0, 40)}`, async () => {
        const wrong = await wrongVariables({ ...right, [name]: value }, core);
        assert.equal(wrong.length, 1, wrong.join());
        assert.ok(wrong[0].startsWith(name), wrong[0]);
        assert.ok(value.length < 6 || !wrong[0].includes(value.slice(0, 12)), "the value is not shown");
      });
    }
  }
  test("and several are, at once", async () => {
    const wrong = await wrongVariables({ ...right, CONFIG: "{", ORIGIN: "", PRIVATE_KEY: "x", OPERATOR_TOKEN: "x" }, core);
    assert.deepEqual(wrong.map((line) => line.split(/[ :]/)[0]), ["ORIGIN", "CONFIG", "PRIVATE_KEY", "OPERATOR_TOKEN"]);
  });
});

test("what may be set", async () => {
  const { OPERATOR_TOKEN, ...others } = right;
  const more = { LEDGER_SHARDS: "1296", RETENTION_DAYS: "1", ALERT_URL: "https://alerts.example/", ORDER_URL: "http://127.0.0.1:8080/order", RESULT_HOSTS: "shop.example, pay.example:8443" };
  const tokens = { OPERATOR_TOKEN: JSON.stringify({ anna: "operator-token-of-the-tests", "night.shift": { token: "another-token-of-the-tests", role: "read" } }) };
  assert.deepEqual(await wrongVariables({ ...others, ...more, ...tokens, ORIGIN: "https://pay.example/", WEBHOOK_SECRET: `${whsec} ${whsec}` }, core), []);
  assert.deepEqual([settings(right).shards, settings(right).retentionDays], [32, 540]);
});

// RESULT_HOSTS and addresses are compared as URLs have them, in whatever way they were written.
describe("a result page", () => {
  const hosts = (variables) => settings({ ...right, ...variables }).resultHosts;
  for (const [page, list, allowed] of [
    ["https://shop.example/thanks", "shop.example", true],
    ["https://SHOP.example/thanks", "Shop.Example", true],
    ["https://shop.example:443/", "shop.example", true],
    ["https://shop.example/", "shop.example:443", true],
    ["https://shop.example:8443/", "shop.example:8443", true],
    ["https://shop.example:8443/", "shop.example", false],
    ["https://xn--bcher-kva.example/", "bücher.example", true],
    ["http://shop.example/", "shop.example", false],
    ["https://shop.example@evil.example/", "shop.example", false],
    ["https://evil.example\\@shop.example/", "shop.example", false],
    ["https://shop.example/%zz", "shop.example", false],
    ["https:shop.example/", "shop.example", false],
    ["//shop.example/", "shop.example", false],
    ["https://shop.example/\r\nx", "shop.example", false],
    ["http://127.0.0.1:8080/", "127.0.0.1:8080", true],
  ]) {
    test(`${JSON.stringify(page)} with ${list}: ${allowed ? "allowed" : "refused"}`, () => {
      assert.equal(allowsResultPage(page, hosts({ RESULT_HOSTS: list })), allowed);
    });
  }
  test("is at the merchant's servers when no hosts are named", () => {
    assert.deepEqual(hosts({ ORDER_URL: "https://orders.example:443/x" }), ["shop.example", "orders.example"]);
  });
});
