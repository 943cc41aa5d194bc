import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import test from "node:test";
import { privateKey, publicKey } from "../server/keys.mjs";
import { signatures } from "./support/core.mjs";

const own = signatures.own_key;
const content = new TextEncoder().encode("content");
const refused = (code) => (error) => error.code === code && error.path !== "";

test("keys are read in every wrapping that dashboards and tools give out", async () => {
  const lines = own.public_spki_b64.replace(/.{40}/g, "$& \r\n");
  for (const secret of [own.private_pkcs8_b64, own.private_pkcs1_b64, own.private_pkcs8_pem, own.private_pkcs1_pem]) {
    const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", await privateKey(secret), content);
    for (const open of [own.public_spki_b64, own.public_pkcs1_b64, own.public_spki_pem, lines, `\uFEFF${lines}`]) {
      assert.ok(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", await publicKey({ 1: open }, "1"), signature, content));
    }
  }
});

test("a key is imported once", async () => {
  const keys = { 1: own.public_spki_b64 };
  assert.equal(await publicKey(keys, "1"), await publicKey({ ...keys }, "1"));
});

test("a CryptoKey is used as it is", async () => {
  const key = await publicKey({ 1: own.public_spki_b64 }, "1");
  assert.equal(await publicKey({ 1: key }, "1"), key);
  await assert.rejects(async () => publicKey({ 1: await privateKey(own.private_pkcs8_b64) }, "1"), refused("KEY_MALFORMED"));
});

test("what is no key, or the other half of one, is refused", async () => {
  for (const text of ["", "nonsense", "!!!!", own.private_pkcs8_b64, own.private_pkcs1_b64, own.public_spki_b64.slice(0, -30)]) {
    await assert.rejects(async () => publicKey({ 1: text }, "1"), refused("KEY_MALFORMED"));
  }
  for (const text of ["", own.public_spki_b64, own.public_pkcs1_b64]) await assert.rejects(privateKey(text), refused("KEY_MALFORMED"));
  await assert.rejects(privateKey(undefined), refused("KEY_MALFORMED"));
});

test("short RSA keys and keys of another kind are refused", async () => {
  const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = ({ publicKey }) => publicKey.export({ type: "spki", format: "pem" });
  await assert.rejects(async () => publicKey({ 1: spki(short) }, "1"), refused("KEY_TOO_SHORT"));
  await assert.rejects(async () => publicKey({ 1: spki(curve) }, "1"), refused("KEY_MALFORMED"));
  await assert.rejects(privateKey(short.privateKey.export({ type: "pkcs8", format: "pem" })), refused("KEY_TOO_SHORT"));
});

test("messages about keys show nothing of them", async () => {
  await assert.rejects(privateKey(own.private_pkcs8_b64.slice(0, 400)), (error) => {
    assert.ok(!JSON.stringify([error.message, error.errors, String(error.cause)]).includes(own.private_pkcs8_b64.slice(40, 60)));
    return true;
  });
});
