import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { privateKey, publicKey, versions } from "../server/keys.mjs";
import { signatures } from "./support/core.mjs";

const own = signatures.own_key;
const content = new TextEncoder().encode("content");
const refused = (code) => (error) => error.code === code && error.path !== "" && error.message.endsWith(".");

const table = JSON.parse(await readFile(new URL("../../wasm/vectors/clients/keys.json", import.meta.url), "utf8"));
const pair = {
  private: table.vectors.find(({ name }) => name === "private-base64").text,
  public: table.publicKey,
};

test("the table of key texts has its rows", () => assert.ok(table.vectors.length >= 200, `${table.vectors.length} rows`));

for (const { name, parse, text, bytes, accepted, code, message } of table.vectors) {
  test(`key text ${name}`, async () => {
    // Bytes as a file gives them that is read as UTF-8.
    const source = bytes === undefined ? text : Buffer.from(bytes, "base64").toString("utf8");
    const importing = async () => (parse === "private" ? privateKey(source) : publicKey({ 1: source }, "1"));
    if (!accepted) {
      const sentence = `${message[0].toUpperCase()}${message.slice(1)}.`;
      await assert.rejects(importing, { name: "CashierError", code, message: sentence, path: parse === "private" ? "/privateKey" : "/keys/1" });
      return;
    }
    const key = await importing();
    const [secret, open] = parse === "private" ? [key, await publicKey({ 1: pair.public }, "1")] : [await privateKey(pair.private), key];
    const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", secret, content);
    assert.ok(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", open, signature, content));
  });
}

test("a key is imported once", async () => {
  const keys = { 1: own.public_spki_b64 };
  assert.equal(await publicKey(keys, "1"), await publicKey({ ...keys }, "1"));
});

test("a CryptoKey is used as it is", async () => {
  const key = await publicKey({ 1: own.public_spki_b64 }, "1");
  assert.equal(await publicKey({ 1: key }, "1"), key);
  await assert.rejects(async () => publicKey({ 1: await privateKey(own.private_pkcs8_b64) }, "1"), refused("KEY_MALFORMED"));
});

test("a CryptoKey that cannot be used is refused before it fails in WebCrypto", async () => {
  const generate = (algorithm, usages) => crypto.subtle.generateKey(algorithm, true, usages);
  const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: Uint8Array.of(1, 0, 1), modulusLength: 2048 };
  const keys = await Promise.all([
    generate({ ...rsa, name: "RSA-PSS" }, ["sign", "verify"]),
    generate({ ...rsa, hash: "SHA-512" }, ["sign", "verify"]),
    generate({ name: "ECDSA", namedCurve: "P-256" }, ["sign", "verify"]),
  ]);
  for (const { privateKey: key } of keys) await assert.rejects(privateKey(key), refused("KEY_MALFORMED"));
  const { publicKey: exported } = await generate(rsa, ["sign", "verify"]);
  const unusable = await crypto.subtle.importKey("spki", await crypto.subtle.exportKey("spki", exported), rsa, true, []);
  await assert.rejects(async () => publicKey({ 1: unusable }, "1"), refused("KEY_MALFORMED"));
  const { privateKey: short } = await generate({ ...rsa, modulusLength: 1024 }, ["sign", "verify"]);
  await assert.rejects(privateKey(short), refused("KEY_TOO_SHORT"));
});

test("what is neither text nor a CryptoKey is refused with the way out", async () => {
  const { privateKey: object } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  for (const source of [object, createPrivateKey(own.private_pkcs8_pem), Buffer.from(own.private_pkcs8_pem), 5, {}, true]) {
    await assert.rejects(privateKey(source), (error) => refused("KEY_MALFORMED")(error) && /as text/.test(error.message));
  }
  for (const source of [undefined, null]) await assert.rejects(privateKey(source), { code: "KEY_MALFORMED", message: "The key is missing." });
});

test("keys: undefined, and names that are no versions, are refused", () => {
  for (const keys of [undefined, null, "text", 5, { latest: own.public_spki_b64 }, { "01": own.public_spki_b64 }, [own.public_spki_b64]]) {
    assert.throws(() => versions(keys), refused("KEY_MALFORMED"));
  }
  assert.throws(() => publicKey({}, "1"), { code: "KEY_VERSION_UNKNOWN", message: "There is no public key of Alipay." });
});

test("messages about keys show nothing of them", async () => {
  await assert.rejects(privateKey(own.private_pkcs8_b64.slice(0, 400)), (error) => {
    assert.ok(!JSON.stringify([error.message, error.errors, String(error.cause)]).includes(own.private_pkcs8_b64.slice(40, 60)));
    return true;
  });
});
