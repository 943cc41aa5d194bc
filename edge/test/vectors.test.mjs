// The shared vectors in workerd, to the byte, and the shared signatures: both genuine notifications of the guide, and
// every way in which one is wrong.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startVectors } from "./vectors.mjs";

const { vectors } = JSON.parse(readFileSync(new URL("../../wasm/vectors/signatures.json", import.meta.url), "utf8"));

let worker;
before(async () => (worker = await startVectors()));
after(() => worker?.stop());

test("every vector gets its reply, to the byte", async (t) => {
  const { count, differing, digest } = await worker.replay();
  assert.deepEqual(differing, []);
  assert.ok(count > 900, `${count} vectors`);
  t.diagnostic(`workerd: ${count} vectors, ${digest}`);
});

for (const vector of vectors.filter(({ kind, verifiable }) => kind === "notification" && verifiable)) {
  test(`${vector.id} is ${vector.expect}`, async () => {
    const message = {
      config: { clientId: vector.client_id },
      keys: { [vector.key_version]: vector.public_key_spki_b64 },
      path: vector.path,
      headers: { "client-id": vector.client_id, "request-time": vector.time, signature: vector.signature_header },
      body: vector.body,
    };
    const { notification, code } = await worker.verify(message);
    if (vector.expect === "invalid") {
      assert.equal(notification, undefined);
      assert.match(code, /^(SIGNATURE_MISMATCH|PATH_MALFORMED|FIELD_EMPTY)$/);
    } else if (vector.genuine) {
      assert.equal(notification.resultStatus, "S");
      assert.equal(notification.paymentRequestId, JSON.parse(vector.body).paymentRequestId);
    } else {
      // Some of our own have bodies that are no notifications: then the signature was good and reading failed.
      assert.ok(notification || code.startsWith("FIELD_"), code);
    }
  });
}
