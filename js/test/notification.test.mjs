import assert from "node:assert/strict";
import { createSign } from "node:crypto";
import test from "node:test";
import { runInNewContext } from "node:vm";
import { CashierError, verifyNotification } from "../server.mjs";
import { core, signatures } from "./support/core.mjs";

const refused = (...codes) => (error) => {
  assert.ok(error instanceof CashierError, error);
  assert.ok(codes.includes(error.code), `${error.code} is none of ${codes}`);
  return true;
};

function request(vector, changes = {}) {
  return {
    core,
    config: { clientId: vector.client_id },
    keys: { 1: vector.public_key_spki_b64 },
    path: vector.path,
    headers: { "Client-Id": vector.client_id, "Request-Time": vector.time, Signature: vector.signature_header },
    body: vector.body,
    now: null,
    ...changes,
  };
}

/** A notification of our own making, signed with a key that stands in for Alipay's. */
function own(body, changes, path = "/notify") {
  const [client_id, time] = ["C1", "2026-01-02T03:04:05Z"];
  const content = `POST ${path}\n${client_id}.${time}.${JSON.stringify(body)}`;
  const signature = createSign("sha256").update(content).sign(signatures.own_key.private_pkcs8_pem, "base64");
  const signature_header = `algorithm=RSA256,keyVersion=1,signature=${encodeURIComponent(signature)}`;
  const vector = { client_id, time, path, signature_header, body: JSON.stringify(body), public_key_spki_b64: signatures.own_key.public_spki_b64 };
  return request(vector, { now: Date.parse(time), ...changes });
}

const find = (id) => signatures.vectors.find((vector) => vector.id === id);

test("both genuine notifications of the guide verify with the path /", async () => {
  for (const [id, gross] of [["seed-notify-1", { currency: "USD", value: "100" }], ["seed-notify-2", { currency: "USD", value: "14" }]]) {
    const vector = find(id);
    const keys = { [signatures.recovered_key.key_version]: signatures.recovered_key.spki_b64 };
    const { notification, acknowledgement } = await verifyNotification(request(vector, { keys, headers: new Headers(vector.headers) }));
    assert.equal(notification.notifyType, "PAYMENT_RESULT");
    assert.equal(notification.resultStatus, "S");
    assert.deepEqual(notification.grossSettlementAmount, gross);
    assert.deepEqual(JSON.parse(acknowledgement), { result: { resultCode: "SUCCESS", resultStatus: "S", resultMessage: "success" } });
  }
});

for (const vector of signatures.vectors.filter((vector) => vector.expect === "invalid")) {
  test(`${vector.id} is refused: ${vector.why}`, async () => {
    const codes = ["SIGNATURE_MISMATCH", "PATH_MALFORMED", "FIELD_EMPTY", "SIGNATURE_LENGTH"];
    await assert.rejects(verifyNotification(request(vector)), refused(...codes));
  });
}

for (const vector of signatures.vectors.filter((vector) => vector.origin === "own" && vector.expect === "valid")) {
  test(`${vector.id} has a good signature in each spelling`, async () => {
    const spellings = [vector.signature_b64, vector.signature_urlencoded, vector.signature_urlencoded_lower];
    for (const header of [vector.signature_header, ...spellings.map((text) => `algorithm=RSA256, keyVersion=1, signature=${text}`)]) {
      for (const body of [vector.body, new TextEncoder().encode(vector.body), new TextEncoder().encode(vector.body).buffer]) {
        const changes = { body, headers: { "client-id": vector.client_id, "request-time": vector.time, signature: header } };
        // Most of these bodies are no notifications: a refusal by what is read, and not by the signature, is the proof.
        await verifyNotification(request(vector, changes)).catch(refused("FIELD_REQUIRED", "JSON_MALFORMED", "BODY_EMPTY"));
      }
    }
  });
}

test("what was signed for another path, body, time, client or key is refused", async () => {
  const seed = find("seed-notify-1");
  const mismatch = refused("SIGNATURE_MISMATCH");
  await assert.rejects(verifyNotification(request(seed, { path: "/notify" })), mismatch);
  await assert.rejects(verifyNotification(request(seed, { body: seed.body + "\n" })), mismatch);
  await assert.rejects(verifyNotification(request(seed, { body: find("seed-notify-2").body })), mismatch);
  await assert.rejects(verifyNotification(request(seed, { keys: { 1: signatures.own_key.public_spki_b64 } })), mismatch);
  await assert.rejects(verifyNotification(request(seed, { config: { clientId: "OTHER" } })), refused("CLIENT_ID_MISMATCH"));
});

test("nothing in the config but its clientId keeps a notification from being read", async () => {
  const seed = find("seed-notify-1");
  const config = { clientId: seed.client_id, settlementCurrencies: "USD", redirectHosts: [1], unknown: true };
  const { notification, warnings } = await verifyNotification(request(seed, { config }));
  assert.equal(notification.notifyType, "PAYMENT_RESULT");
  assert.deepEqual(warnings, []);
});

test("only the key version that is named is tried", async () => {
  const seed = find("seed-notify-1");
  const right = seed.public_key_spki_b64;
  await assert.rejects(verifyNotification(request(seed, { keys: { 2: right } })), refused("KEY_VERSION_UNKNOWN"));
  await assert.rejects(verifyNotification(request(seed, { keys: {} })), refused("KEY_VERSION_UNKNOWN"));
  await assert.rejects(verifyNotification(request(seed, { keys: { 1: signatures.own_key.public_spki_b64, 2: right } })), refused("SIGNATURE_MISMATCH"));
  const headers = { ...seed.headers, signature: seed.headers.signature.replace("keyVersion=1,", "") };
  await verifyNotification(request(seed, { headers, keys: { 9: signatures.own_key.public_spki_b64, 10: right } }));
  await assert.rejects(verifyNotification(request(seed, { headers, keys: { 9: right, 10: signatures.own_key.public_spki_b64 } })), refused("SIGNATURE_MISMATCH"));
});

test("headers that are missing or torn are refused before any key is touched", async () => {
  const seed = find("seed-notify-1");
  for (const name of ["client-id", "request-time", "signature"]) {
    const headers = { ...seed.headers };
    delete headers[name];
    await assert.rejects(verifyNotification(request(seed, { headers, keys: {} })), refused("HEADER_MISSING"));
  }
  const headers = { ...seed.headers, signature: seed.headers.signature.slice(0, -20) };
  await assert.rejects(verifyNotification(request(seed, { headers, keys: {} })), refused("SIGNATURE_NOT_BASE64", "SIGNATURE_LENGTH"));
});

test("the clock is looked at unless told otherwise", async () => {
  const seed = find("seed-notify-1");
  const sent = Date.parse(seed.time);
  await assert.rejects(verifyNotification(request(seed, { now: undefined })), refused("TIME_TOO_OLD"));
  await assert.rejects(verifyNotification(request(seed, { now: sent - 3_600_000 })), refused("TIME_IN_FUTURE"));
  await verifyNotification(request(seed, { now: new Date(sent + 1000) }));
});

test("a clock that is no finite number never switches the time window off", async () => {
  const seed = find("seed-notify-1");
  for (const now of [NaN, Infinity, -Infinity, new Date("x"), "2020-05-18T12:21:00Z", "", true, {}, 5n, [], () => 0]) {
    await assert.rejects(verifyNotification(request(seed, { now })), { name: "CashierError", code: "MILLISECONDS_MALFORMED", path: "/now", status: 500 });
  }
  await verifyNotification(request(seed, { now: null }));
  await verifyNotification(request(seed, { now: runInNewContext(`new Date(${Date.parse(seed.time)})`) }));
});

test("a window that is no number never switches the time window off", async () => {
  const seed = find("seed-notify-1");
  for (const window of [{ past: NaN }, { past: Infinity }, { past: "x" }, { future: NaN }, { past: 5n }]) {
    await assert.rejects(verifyNotification(request(seed, { now: new Date(), window })), (error) => {
      assert.ok(error instanceof CashierError && error.path.startsWith("/window/") && error.status === 500, error);
      return true;
    });
  }
  await assert.rejects(verifyNotification(request(seed, { now: new Date(), window: {} })), refused("TIME_TOO_OLD"));
});

test("what is missing in the options is a CashierError", async () => {
  const seed = find("seed-notify-1");
  for (const [changes, code] of [
    [{ headers: undefined }, "HEADER_MISSING"],
    [{ headers: null }, "HEADER_MISSING"],
    [{ keys: undefined }, "KEY_MALFORMED"],
    [{ keys: null }, "KEY_MALFORMED"],
    [{ config: undefined }, "FIELD_REQUIRED"],
    [{ config: null }, "FIELD_REQUIRED"],
    [{ body: undefined }, "BODY_NOT_RAW"],
    [{ path: undefined }, "FIELD_REQUIRED"],
    [{ core: undefined }, "CORE_UNAVAILABLE"],
    [{ core: Promise.resolve(core) }, "CORE_UNAVAILABLE"],
  ]) {
    await assert.rejects(verifyNotification(request(seed, changes)), refused(code));
  }
  await assert.rejects(verifyNotification(), refused("CORE_UNAVAILABLE", "BODY_NOT_RAW"));
});

test("raw bytes of another realm are not taken for a parsed body", async () => {
  const seed = find("seed-notify-1");
  const bytes = [...new TextEncoder().encode(seed.body)];
  for (const source of ["Uint8Array.from(bytes)", "Uint8Array.from(bytes).buffer", "new DataView(Uint8Array.from(bytes).buffer)", "Uint8ClampedArray.from(bytes)", "Uint8Array.from([0, ...bytes, 0]).subarray(1, -1)"]) {
    const { notification } = await verifyNotification(request(seed, { body: runInNewContext(source, { bytes }) }));
    assert.equal(notification.notifyType, "PAYMENT_RESULT", source);
  }
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  await verifyNotification(request(seed, { body: shared }));
  for (const body of [{}, [], 5, null, runInNewContext("({ a: 1 })"), new Map()]) await assert.rejects(verifyNotification(request(seed, { body })), refused("BODY_NOT_RAW"));
});

test("a query that Alipay did not sign does not keep a notification out, and the result says so", async () => {
  const seed = find("seed-notify-1");
  assert.equal((await verifyNotification(request(seed))).signedPath, "/");
  assert.equal((await verifyNotification(request(seed, { path: "/?wc-api=antom_payment_notify" }))).signedPath, "/");
  const paid = { notifyType: "PAYMENT_RESULT", result: success, paymentRequestId: "r1", paymentId: "p1", paymentAmount: { currency: "USD", value: "100" } };
  const withQuery = own(paid, {}, "/notify?a=1&b=$&");
  assert.equal((await verifyNotification(withQuery)).signedPath, "/notify?a=1&b=$&");
  assert.equal((await verifyNotification({ ...own(paid), path: "/notify?a=1?b=2" })).signedPath, "/notify");
  await assert.rejects(verifyNotification({ ...withQuery, path: "/notify" }), refused("SIGNATURE_MISMATCH"));
  await assert.rejects(verifyNotification({ ...withQuery, path: "/notify?a=2" }), refused("SIGNATURE_MISMATCH"));
});

test("a forgery without a query in its path costs one check of the signature, one with a query two", async (t) => {
  const seed = find("seed-notify-1");
  const verify = t.mock.method(crypto.subtle, "verify");
  for (const [path, checks] of [["/", 1], ["/notify", 1], ["/notify?a=1", 2]]) {
    const before = verify.mock.callCount();
    await assert.rejects(verifyNotification(request(seed, { path, body: "{}" })), refused("SIGNATURE_MISMATCH"));
    assert.equal(verify.mock.callCount() - before, checks, path);
  }
});

test("an empty body is named", async () => {
  for (const body of ["", new Uint8Array(0)]) await assert.rejects(verifyNotification(request(find("seed-notify-1"), { body })), { code: "BODY_EMPTY", status: 400 });
});

/** The same notification as a Request. */
function received(vector, { url = `https://shop.example${vector.path}`, ...init } = {}) {
  const headers = { "client-id": vector.client_id, "request-time": vector.time, signature: vector.signature_header };
  return new Request(url, { method: "POST", headers, body: vector.body, ...init });
}

test("a Request is taken as it is", async () => {
  const seed = find("seed-notify-1");
  const { core, config, keys, now } = request(seed);
  const options = { core, config, keys, now };
  const verified = await verifyNotification({ ...options, request: received(seed) });
  assert.deepEqual([verified.notification.notifyType, verified.signedPath], ["PAYMENT_RESULT", "/"]);
  await verifyNotification({ ...options, request: received(seed, { url: "https://shop.example" }) });
  assert.equal((await verifyNotification({ ...options, request: received(seed, { url: "https://shop.example:8443/?a=1#b" }) })).signedPath, "/");
  await verifyNotification({ ...options, request: received(seed, { url: "https://shop.internal/stripped" }), path: "/" });
});

test("a Request that cannot be verified is refused with the status to answer", async () => {
  const seed = find("seed-notify-1");
  const { core, config, keys, now } = request(seed);
  const read = received(seed);
  await read.text();
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
  for (const [bad, code, status, options] of [
    [received(seed, { method: "GET", body: undefined }), "METHOD_NOT_ALLOWED", 405],
    [received(seed, { body: undefined }), "BODY_EMPTY", 400],
    [read, "BODY_UNREADABLE", 400],
    [received(seed, { body: broken, duplex: "half" }), "BODY_UNREADABLE", 400],
    [received(seed, { body: " ".repeat(64 * 1024 + 1) }), "BODY_TOO_LARGE", 413],
    [received(seed, { body: seed.body.replace("100", "1") }), "SIGNATURE_MISMATCH", 401],
    [received(seed, { url: "https://shop.example/other" }), "SIGNATURE_MISMATCH", 401],
    [received(seed, { headers: {} }), "HEADER_MISSING", 401],
    [received(seed), "KEY_VERSION_UNKNOWN", 401, { keys: { 7: seed.public_key_spki_b64 } }],
    [received(seed), "KEY_MALFORMED", 500, { keys: { 1: "no key" } }],
    [received(seed), "FIELD_REQUIRED", 500, { config: {} }],
    [{ url: "/", headers: {} }, "BODY_NOT_RAW", 500],
    [null, "BODY_NOT_RAW", 500],
  ]) {
    await assert.rejects(verifyNotification({ core, config, keys, now, ...options, request: bad }), { name: "CashierError", code, status });
  }
  await assert.rejects(verifyNotification(own({ notifyType: "PAYMENT_RESULT" })), { status: 422 });
});

test("a parsed body is refused with the way out", async () => {
  const seed = find("seed-notify-1");
  await assert.rejects(verifyNotification(request(seed, { body: JSON.parse(seed.body) })), (error) => {
    assert.equal(error.code, "BODY_NOT_RAW");
    assert.match(error.message, /as it was received/);
    return true;
  });
});

test("a body that changes while it is verified is read as it was verified", async () => {
  const seed = find("seed-notify-1");
  const body = new TextEncoder().encode(seed.body);
  const verifying = verifyNotification(request(seed, { body }));
  body.set(new TextEncoder().encode(seed.body.replaceAll('"value":"100"', '"value":"999"')));
  assert.equal((await verifying).notification.paymentAmount.value, "100");
});

const success = { resultCode: "SUCCESS", resultStatus: "S", resultMessage: "success" };

test("a notification says what became of a payment and what to do", async () => {
  const paid = { notifyType: "PAYMENT_RESULT", result: success, paymentRequestId: "r1", paymentId: "p1", paymentAmount: { currency: "USD", value: "100" } };
  const { state, outcome, advice } = await verifyNotification(own(paid, { language: "zh-CN" }));
  assert.deepEqual([state, outcome], ["SUCCESS", "SUCCEED"]);
  assert.match(advice.shopper, /付款成功/);
  const pending = await verifyNotification(own({ ...paid, notifyType: "PAYMENT_PENDING" }));
  assert.equal(pending.state, "PENDING", "its success means that it is pending");
});

test("a refund's notification is read", async () => {
  const result = { resultStatus: "F", resultCode: "RISK_REJECT", resultMessage: "" };
  const refund = { notifyType: "REFUND_RESULT", result, refundRequestId: "f1", refundId: "f2", refundStatus: "FAIL", refundAmount: { currency: "USD", value: "1" } };
  const { notification, state, outcome, acknowledgement } = await verifyNotification(own(refund));
  assert.deepEqual([notification.refundRequestId, notification.refundAmount.value, state, outcome], ["f1", "1", "FAIL", "NEW_ATTEMPT"]);
  assert.equal(JSON.parse(acknowledgement).result.resultStatus, "S");
});

test("a notification of an unknown type is not acknowledged by itself", async () => {
  const { notification, acknowledgement, state, outcome, warnings } = await verifyNotification(own({ notifyType: "SOMETHING_NEW", detail: { a: [1] } }));
  assert.deepEqual([notification.notifyType, notification.other], ["SOMETHING_NEW", { detail: { a: [1] } }]);
  assert.deepEqual([acknowledgement, state, outcome], [undefined, undefined, undefined]);
  assert.equal(warnings[0].code, "NOTIFY_TYPE_UNKNOWN");
});

test("the time window can be given", async () => {
  const seed = find("seed-notify-1");
  const sent = Date.parse(seed.time);
  await verifyNotification(request(seed, { now: undefined, window: { past: -1 } }));
  await verifyNotification(request(seed, { now: sent - 3_600_000, window: { future: 3_600_000 } }));
  await assert.rejects(verifyNotification(request(seed, { now: sent + 1000, window: { past: 500 } })), refused("TIME_TOO_OLD"));
});
