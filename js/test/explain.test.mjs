import assert from "node:assert/strict";
import { createSign, generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { explain } from "../server.mjs";
import { core, signatures } from "./support/core.mjs";

const alipay = generateKeyPairSync("rsa", { modulusLength: 2048 });
const previous = generateKeyPairSync("rsa", { modulusLength: 2048 });
const spki = ({ publicKey }) => publicKey.export({ type: "spki", format: "pem" });
const clientId = "SANDBOX_5Y055A2Y2F6K05235";
const time = "2020-05-18T12:21:00Z";
const body = '{"notifyType": "PAYMENT_RESULT","paymentAmount":{"value":"100","currency":"USD"},"memo":"a/b"}\r\n';

/** A notification as Alipay would send it, asked about with `changes`. */
function ask({ signer = alipay, signedPath = "/notify?shop=1", headers, ...changes } = {}) {
  const signature = createSign("sha256").update(`POST ${signedPath}\n${clientId}.${time}.${body}`).sign(signer.privateKey, "base64");
  const sent = { "Client-Id": clientId, "Request-Time": time, Signature: `algorithm=RSA256,keyVersion=2,signature=${encodeURIComponent(signature)}` };
  return explain({
    core,
    config: { clientId },
    keys: { 1: spki(previous), 2: spki(alipay) },
    ownKey: signatures.own_key.public_spki_b64,
    path: "/notify?shop=1",
    headers: { ...sent, ...headers?.(sent) },
    body,
    now: Date.parse(time) + 1000,
    ...changes,
  });
}

/** A signature that holds a plus sign: only such a one can lose it. */
function withPlus() {
  for (let i = 0; ; i++) {
    const path = `/notify?shop=${i}`;
    const signature = createSign("sha256").update(`POST ${path}\n${clientId}.${time}.${body}`).sign(alipay.privateKey, "base64");
    if (signature.includes("+")) return { path, signature };
  }
}

const codes = ({ causes }) => causes.map(({ code }) => code);

test("a message in order has no causes", async () => {
  const { valid, causes, content, keyVersion, checks } = await ask();
  assert.deepEqual([valid, causes, keyVersion], [true, [], "2"]);
  assert.equal(content, `POST /notify?shop=1\n${clientId}.${time}.${body}`);
  assert.ok(checks.every(({ passed }) => passed));
});

const own = { privateKey: signatures.own_key.private_pkcs8_pem };
const plus = withPlus();

const mistakes = [
  ["another path", { path: "/notify" , paths: ["/notify?shop=1"] }, "PATH_OTHER", "PATH_QUERY_MISSING"],
  ["the path / of an address without one", { signedPath: "/", path: "/hooks/alipay" }, "PATH_OTHER"],
  ["a path in front of a proxy", { signedPath: "/shop/notify", path: "/notify", paths: ["/shop/notify"] }, "PATH_OTHER"],
  ["a body that was read and written again", { body: JSON.stringify(JSON.parse(body)) }, "SIGNATURE_MISMATCH"],
  ["a body without its last line break", { body: body.trimEnd() }, "SIGNATURE_MISMATCH"],
  ["a plus sign read as a blank", { path: plus.path, signedPath: plus.path, headers: () => ({ Signature: `algorithm=RSA256,keyVersion=2,signature=${plus.signature.replaceAll("+", " ")}` }) }, "SIGNATURE_PLUS_AS_BLANK"],
  ["a key under the wrong version", { keys: { 1: spki(alipay), 2: spki(previous) } }, "KEY_VERSION_OTHER"],
  ["a key version that nobody has", { keys: { 1: spki(previous) } }, "KEY_VERSION_UNKNOWN"],
  ["the merchant's own key", { signer: own }, "KEY_IS_YOUR_OWN"],
  ["an unknown key", { signer: generateKeyPairSync("rsa", { modulusLength: 2048 }) }, "SIGNATURE_MISMATCH"],
  ["an altered amount", { body: body.replace("100", "999") }, "SIGNATURE_MISMATCH"],
  ["a clock that is behind", { now: Date.parse(time) - 3_600_000 }, "TIME_IN_FUTURE"],
  ["a message of yesteryear", { now: undefined }, "TIME_TOO_OLD"],
  ["another client id", { config: { clientId: "OTHER" } }, "CLIENT_ID_MISMATCH"],
  ["a header that is missing", { headers: () => ({ Signature: undefined }) }, "HEADER_MISSING"],
  ["a signature cut off", { headers: ({ Signature }) => ({ Signature: Signature.slice(0, 120) }) }, "SIGNATURE_TRUNCATED"],
];

for (const [name, change, ...expected] of mistakes) {
  test(`${name} is named`, async () => {
    for (const language of ["en", "zh-CN"]) {
      const explanation = await ask({ ...change, language });
      assert.equal(explanation.valid, false);
      assert.ok(expected.includes(explanation.causes[0]?.code), `${codes(explanation)}`);
      for (const { message } of explanation.causes) assert.match(message, language === "en" ? /^[^\p{Script=Han}]+\.$/u : /\p{Script=Han}.*。$/u);
    }
  });
}

test("a body that middleware wrote differently is recognized when its guess gives the signed bytes", async () => {
  const compact = JSON.stringify(JSON.parse(body));
  const signature = createSign("sha256").update(`POST /\n${clientId}.${time}.${compact}`).sign(alipay.privateKey, "base64");
  const headers = () => ({ Signature: `algorithm=RSA256,keyVersion=2,signature=${encodeURIComponent(signature)}` });
  const explanation = await ask({ path: "/", headers, body: JSON.stringify(JSON.parse(compact), null, 2) });
  assert.deepEqual(codes(explanation), ["BODY_REENCODED"]);
  assert.equal(explanation.content, `POST /\n${clientId}.${time}.${compact}`);
});

test("without now the time is not judged, and a window can be given", async () => {
  assert.equal((await ask({ now: null })).valid, true);
  assert.equal((await ask({ now: undefined, window: { past: -1 } })).valid, true);
  assert.deepEqual(codes(await ask({ window: { past: 10 } })), ["TIME_TOO_OLD"]);
});

test("an answer is explained by its own header", async () => {
  const headers = (sent) => ({ "Request-Time": undefined, "Response-Time": sent["Request-Time"] });
  assert.equal((await ask({ message: "response", headers })).valid, true);
});

test("a key that is none is said so, and not taken for a mismatch", async () => {
  await assert.rejects(ask({ keys: { 2: "nonsense" } }), { code: "KEY_MALFORMED", path: "/keys/2" });
});

test("both genuine notifications of the guide are in order", async () => {
  const keys = { [signatures.recovered_key.key_version]: signatures.recovered_key.spki_b64 };
  for (const id of ["seed-notify-1", "seed-notify-2"]) {
    const vector = signatures.vectors.find((vector) => vector.id === id);
    const message = { core, config: { clientId: vector.client_id }, keys, headers: vector.headers, body: vector.body, now: null };
    assert.equal((await explain({ ...message, path: "/" })).valid, true);
    assert.deepEqual(codes(await explain({ ...message, path: "/notify" })), ["PATH_OTHER"]);
  }
});

/** How a Signature header was changed on the way, in the messages that all runtimes share. */
const forms = {
  "encoded-twice": (value) => value.replace(/(?<=signature=).*/, encodeURIComponent),
  "plus-as-blank": (value) => value.replaceAll("%2B", " ").replaceAll("%2F", "/").replaceAll("%3D", "="),
  cut: (value) => value.slice(0, -100),
  twice: (value) => `${value},${value}`,
};

const { messages } = JSON.parse(await readFile(new URL("../../wasm/vectors/explain.json", import.meta.url), "utf8"));
const named = { own: signatures.own_key.public_spki_b64, guide: signatures.recovered_key.spki_b64 };

test("the shared messages are all there", () => assert.ok(messages.cases.length >= 70));

for (const { name, signed, received = {}, causes } of messages.cases) {
  test(`${name}: ${causes.join(" and ") || "nothing is wrong"}`, async () => {
    const was = { ...messages.signed, ...signed };
    const signature = createSign("sha256").update(`POST ${was.path}\n${was.clientId}.${was.time}.${was.body}`).sign(own.privateKey, "base64");
    const value = `algorithm=RSA256,keyVersion=1,signature=${encodeURIComponent(signature)}`;
    const { kind, signature: form, pathAlone = false, bodyBase64, ownKey, keys = { 1: "own" }, ...given } = received;
    const sent = { "client-id": was.clientId, [kind === "response" ? "response-time" : "request-time"]: was.time, signature: forms[form]?.(value) ?? value };
    const explanation = await explain({
      core,
      config: { clientId: given.clientId ?? was.clientId },
      keys: Object.fromEntries(Object.entries(keys).map(([version, key]) => [version, named[key]])),
      ownKey: named[ownKey],
      message: kind,
      path: given.path ?? messages.signed.path,
      paths: given.paths,
      headers: Object.fromEntries(Object.entries({ ...sent, ...given.headers }).filter(([, value]) => value !== null)),
      body: bodyBase64 === undefined ? (given.body ?? messages.signed.body) : Buffer.from(bodyBase64, "base64"),
      now: given.now ?? null,
      window: given.window,
    });
    assert.deepEqual([codes(explanation), explanation.pathAlone, explanation.valid], [causes, pathAlone, causes.length === 0]);
    for (const { message } of explanation.causes) assert.doesNotMatch(message, /\{0\}/);
  });
}
