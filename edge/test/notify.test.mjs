// From Alipay's notification to the shop, in workerd.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { eventually, shardOfPayment, startWorld } from "./world.mjs";

let world;
before(async () => (world = await startWorld({ lab: true, vars: { LEDGER_SHARDS: "2" } })));
after(() => world?.stop());

/** Starts the payment of a new order and returns its paymentRequestId. */
async function start() {
  const { shop, alipay } = world;
  const response = await world.checkout({ token: shop.token(shop.order()) });
  assert.equal(response.status, 303);
  return alipay.calls.at(-1).order.paymentRequestId;
}

const webhooksOf = (id) => world.shop.received.filter(({ event }) => event.data.paymentRequestId === id);
const statusOf = async (id) => (await world.payment(id)).paymentStatus;
const final = (id) => eventually(async () => !["PROCESSING", "PENDING"].includes(await statusOf(id)));

/** How many rows the shards hold, and how often they have heard of Alipay. */
async function stored() {
  const rows = await Promise.all([0, 1].map((shard) => world.lab.sql(shard, "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM strays) AS n, (SELECT group_concat(record) FROM orders) AS records")));
  return JSON.stringify(rows);
}

test("a paid order reaches the ledger, the shop and the return page", async () => {
  const { alipay, shop, origin } = world;
  const id = await start();
  const acknowledged = await world.notify(alipay.notification(id));
  assert.equal(acknowledged.status, 200);
  assert.deepEqual(await acknowledged.json(), { result: { resultCode: "SUCCESS", resultStatus: "S", resultMessage: "success" } });
  const [webhook] = await eventually(() => webhooksOf(id).length && webhooksOf(id));
  assert.equal(webhook.event.type, "payment.succeeded");
  assert.match(webhook.event.timestamp, /^\d{4}-\d\d-\d\dT.*Z$/);
  const { referenceOrderId, paymentId, paymentAmount, grossSettlementAmount, resultCode } = webhook.event.data;
  assert.match(referenceOrderId, /^order-/);
  assert.equal(paymentId, alipay.payments.get(id).paymentId);
  assert.deepEqual(paymentAmount, { currency: "USD", value: "100" });
  assert.deepEqual(grossSettlementAmount, { currency: "USD", value: "100" });
  assert.equal(resultCode, "SUCCESS");

  const page = await fetch(`${origin}/return/${id}`, { headers: { Accept: "text/html" } });
  const text = await page.text();
  assert.match(text, /<h1>Paid<\/h1>/);
  assert.match(text, /<dd>\$1\.00<\/dd>/);
  const [, link] = text.match(/href="([^"]+\/thanks[^"]*)"/);
  assert.ok(link.startsWith(`${shop.origin}/thanks?result=`));
  assert.equal(page.headers.get("refresh"), `5; url=${link}`);
  const claims = shop.result(new URL(link).searchParams.get("result"));
  assert.equal(claims.paymentStatus, "SUCCESS");
  assert.equal(claims.referenceOrderId, referenceOrderId);
  assert.deepEqual(claims.paymentAmount, { currency: "USD", value: "100" });
  assert.equal(claims.aud, shop.origin);
  assert.equal(claims.iss, origin);
});

test("without a notification nothing is paid, whoever comes back", async () => {
  const id = await start();
  const page = await fetch(`${world.origin}/return/${id}?resultStatus=S&paymentStatus=SUCCESS`, { headers: { Accept: "text/html" } });
  const text = await page.text();
  assert.match(text, /Waiting for your payment/);
  assert.ok(!text.includes("/thanks"));
  assert.equal(page.headers.get("refresh"), "3");
  assert.equal(await statusOf(id), "PROCESSING");
});

describe("a notification is refused without a trace that", () => {
  const change = (message, members) => ({ ...message, ...members });
  const cases = {
    "has another body": (m) => change(m, { body: m.body.replace('"100"', '"1"') }),
    "was cut short": (m) => change(m, { body: m.body.slice(0, -1) }),
    "has an empty body": (m) => change(m, { body: "" }),
    "was signed by somebody else": (m, id) => world.alipay.notification(id, { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey }),
    "was signed for another path": (m, id) => world.alipay.notification(id, { path: "/" }),
    "is of another client": (m) => change(m, { headers: { ...m.headers, "client-id": "SANDBOX_OTHER" } }),
    "has another time": (m) => change(m, { headers: { ...m.headers, "request-time": new Date(Date.now() - 60_000).toISOString() } }),
    "names an unknown key": (m) => change(m, { headers: { ...m.headers, signature: m.headers.signature.replace("keyVersion=1", "keyVersion=2") } }),
    "names another algorithm": (m) => change(m, { headers: { ...m.headers, signature: m.headers.signature.replace("RSA256", "none") } }),
    "has no signature": (m) => change(m, { headers: { "content-type": "application/json", "client-id": m.headers["client-id"], "request-time": m.headers["request-time"] } }),
  };
  for (const [name, forge] of Object.entries(cases)) {
    test(name, async () => {
      const id = await start();
      const before = await stored();
      const response = await world.notify(forge(world.alipay.notification(id), id));
      assert.equal(response.status, 401);
      await response.body?.cancel();
      assert.equal(await stored(), before);
      assert.equal(await statusOf(id), "PROCESSING");
    });
  }

  test("is larger than 16 KiB", async () => {
    const response = await world.notify({ headers: {}, body: " ".repeat(17_000) });
    assert.equal(response.status, 413);
  });

  test("does not say how long it is", async () => {
    const response = await fetch(`${world.origin}/notify`, { method: "POST", body: new Blob(["{}"]).stream(), duplex: "half" });
    assert.equal(response.status, 411);
  });

  test("none of them reached the shop", () => {
    assert.ok(world.shop.received.every(({ event }) => event.type === "payment.succeeded"));
  });
});

// In a flood of one kind a refusal of each second is in the log; it says what it is, and all others are a bare status.
test("a flood of forgeries is refused in few words, and hides no genuine notification", async () => {
  const id = await start();
  const genuine = world.alipay.notification(id);
  const forged = { ...genuine, body: genuine.body.replace('"100"', '"1"') };
  await new Promise((resolve) => setTimeout(resolve, 1100)); // none of its code was noted within the last second
  const begun = Date.now();
  const first = await world.notify(forged);
  assert.equal(first.status, 401);
  assert.equal(first.headers.get("content-type"), "application/problem+json; charset=UTF-8");
  assert.match(first.headers.get("x-request-id"), /^[\w-]{8,64}$/);
  const { title, errors } = await first.json();
  assert.equal(title, "Unauthorized");
  assert.deepEqual(errors, [{ code: "NOTIFICATION_REFUSED", path: "", message: "this is no notification of Alipay" }]);

  const sent = Array.from({ length: 200 }, (_, i) => (i === 150 ? genuine : forged));
  const answers = await Promise.all(sent.map((message) => world.notify(message)));
  const seconds = Math.ceil((Date.now() - begun) / 1000);
  let bare = 0;
  for (const [i, response] of answers.entries()) {
    assert.equal(response.status, i === 150 ? 200 : 401, `${i}`);
    assert.equal(response.headers.get("cache-control"), "no-store");
    const text = await response.text();
    if (response.status === 401 && text === "") {
      bare++;
      assert.equal(response.headers.get("x-request-id"), null, "there is no line in the log to look for");
      assert.equal(response.headers.get("content-type"), null);
    }
  }
  assert.ok(bare >= sent.length - 1 - seconds, `${bare} bare answers in ${seconds} seconds`);
  await final(id);
  assert.equal(await statusOf(id), "SUCCESS");
});

describe("a genuine notification that does not fit is acknowledged, changes nothing and is kept for a person:", () => {
  const cases = {
    "another amount": { paymentAmount: { currency: "USD", value: "1" } },
    "another currency": { paymentAmount: { currency: "EUR", value: "100" } },
    "another paymentId": { paymentId: "id-of-another-payment" },
  };
  for (const [name, members] of Object.entries(cases)) {
    test(name, async () => {
      const id = await start();
      assert.equal((await world.notify(world.alipay.notification(id, members))).status, 200);
      assert.equal(await statusOf(id), "PROCESSING");
      assert.equal(webhooksOf(id).length, 0);
      const { record, summary } = await world.lab.order(id);
      assert.deepEqual(record.attention.map(({ code, about }) => [code, about]), [["NOTIFICATION_MISFIT", id]]);
      assert.equal(summary.attention, 1);
    });
  }

  test("another settlement currency is paid all the same, and somebody looks at the contract", async () => {
    const id = await start();
    await world.notify(world.alipay.notification(id, { grossSettlementAmount: { currency: "EUR", value: "100" } }));
    assert.equal(await statusOf(id), "SUCCESS");
    assert.deepEqual((await world.lab.order(id)).record.attention.map(({ code }) => code), ["SETTLEMENT_CURRENCY_DIFFERS"]);
  });

  test("an unknown payment, once, in a list of its own", async () => {
    const strays = async () => (await Promise.all([0, 1].map(async (shard) => (await (await world.lab.ask(shard, "/strays")).json()).strays.map((stray) => ({ ...stray, shard }))))).flat();
    const message = world.alipay.notification("nobody");
    for (let i = 0; i < 2; i++) assert.equal((await world.notify(message)).status, 200);
    const [stray, ...others] = await strays();
    assert.deepEqual(others, []);
    assert.deepEqual([stray.code, stray.notification.paymentRequestId, stray.dismissedAt], ["PAYMENT_UNKNOWN", "nobody", null]);
    assert.equal((await world.lab.status(stray.shard)).strays, 1);
    assert.equal((await world.lab.ask(stray.shard, "/strays/dismiss", { id: stray.id, by: "anna", reason: "a test" })).status, 200);
    assert.equal((await world.lab.status(stray.shard)).strays, 0);
    assert.equal((await strays())[0].by, "anna");
    assert.equal((await world.lab.ask(stray.shard, "/strays/dismiss", { id: 999, by: "anna" })).status, 404);
  });
});

test("a genuine notification of an unknown kind is kept for a person and not acknowledged", async () => {
  const id = await start();
  const response = await world.notify(world.alipay.notification(id, { notifyType: "CAPTURE_RESULT" }));
  assert.equal(response.status, 501);
  const { errors, result } = await response.json();
  assert.equal(errors[0].code, "NOTIFY_TYPE_UNKNOWN");
  assert.equal(result, undefined);
  assert.equal(await statusOf(id), "PROCESSING");
  assert.equal((await world.lab.order(id)).record.attention.length, 1);
});

test("a notification that the record refuses is kept for a person and comes again", async () => {
  const id = await start();
  const { record } = await world.lab.order(id);
  const shard = shardOfPayment(id);
  const set = (version) => world.lab.sql(shard, `UPDATE orders SET record = json_set(record, '$.version', ${version}) WHERE referenceOrderId = '${record.referenceOrderId}'`);
  await set(99); // as a newer version of the Worker may have written it
  const message = world.alipay.notification(id);
  assert.equal((await world.notify(message)).status, 500);
  assert.equal((await world.lab.status(shard)).strays, 1);
  await set(record.version);
  assert.equal((await world.notify(message)).status, 200);
  assert.equal(await statusOf(id), "SUCCESS");
});

test("a payment whose notification never came is found by an inquiry while the shopper looks on", async () => {
  const { alipay, origin } = world;
  const id = await start();
  alipay.payments.get(id).paymentStatus = "SUCCESS";
  const look = async () => (await (await fetch(`${origin}/return/${id}`, { headers: { Accept: "text/html" } })).text()).match(/<h1>(.*?)<\/h1>/)[1];
  assert.equal(await look(), "Waiting for your payment");
  assert.equal(await look(), "Waiting for your payment");
  assert.ok(!alipay.others.some(({ order }) => order.paymentRequestId === id), "not asked at once");
  await eventually(async () => (await look()) === "Paid");
  assert.equal(alipay.others.filter(({ order }) => order.paymentRequestId === id).length, 1);
  const [webhook] = await eventually(() => webhooksOf(id).length && webhooksOf(id));
  assert.equal(webhook.id, `${id}_succeeded`);
  await world.notify(alipay.notification(id)); // after all
  assert.equal(new Set(webhooksOf(id).map(({ id }) => id)).size, 1);
});

test("the same notification several times is one webhook", async () => {
  const id = await start();
  const message = world.alipay.notification(id);
  for (const { status } of await Promise.all(Array.from({ length: 5 }, () => world.notify(message)))) assert.equal(status, 200);
  await eventually(() => webhooksOf(id).length);
  assert.equal((await world.notify(message)).status, 200);
  assert.equal(await delivered(id), 1);
  assert.equal(new Set(webhooksOf(id).map((webhook) => webhook.id)).size, 1);
});

test("a pending payment is not paid, and a late word does not undo a result", async () => {
  const { alipay } = world;
  const id = await start();
  await world.notify(alipay.notification(id, { notifyType: "PAYMENT_PENDING" }));
  await eventually(async () => (await statusOf(id)) === "PENDING");
  assert.equal(webhooksOf(id).length, 0);
  await world.notify(alipay.notification(id, { status: "F" }));
  await final(id);
  assert.equal(await statusOf(id), "FAIL");
  await world.notify(alipay.notification(id, { notifyType: "PAYMENT_PENDING" }));
  assert.equal(await statusOf(id), "FAIL");
  await eventually(() => webhooksOf(id).length);
  assert.deepEqual(webhooksOf(id).map(({ event }) => event.type), ["payment.failed"]);
});

test("a success after a failure is a conflict: the shop is told, the page says not to pay again, and no token starts another payment", async () => {
  const { alipay, shop, origin } = world;
  const order = shop.order();
  const token = shop.token(order);
  await world.checkout({ token });
  const id = alipay.calls.at(-1).order.paymentRequestId;
  await world.notify(alipay.notification(id, { status: "F" }));
  await world.notify(alipay.notification(id));
  await eventually(() => webhooksOf(id).some(({ event }) => event.type === "payment.conflict"));
  const page = await (await fetch(`${origin}/return/${id}`, { headers: { Accept: "text/html" } })).text();
  assert.match(page, /Do not pay again/);
  assert.doesNotMatch(page, /nothing was charged|alipaycn\/pc/);
  const asked = alipay.calls.length;
  await world.checkout({ token });
  assert.equal(alipay.calls.length, asked);

  assert.equal((await world.lab.submit(id, { type: "settle", by: "anna", as: "accept" })).status, 200);
  assert.equal(await statusOf(id), "SUCCESS");
  await eventually(() => webhooksOf(id).some(({ event }) => event.type === "payment.succeeded"));
});

test("a webhook that the shop does not take comes again with the same id and bytes", async () => {
  const { alipay, shop } = world;
  const id = await start();
  shop.statuses.set(id, 500);
  await world.notify(alipay.notification(id));
  const [first, second] = await eventually(() => webhooksOf(id).length > 1 && webhooksOf(id), { within: 20_000 });
  assert.equal(first.status, 500);
  assert.equal(second.status, 200);
  assert.equal(second.id, first.id);
  assert.equal(second.body, first.body);
});

/** How many deliveries the order of a payment has seen. */
const delivered = async (id) => (await world.lab.order(id)).record.history.filter(({ what }) => what === "delivered").length;

test("a refund goes from the operator to Alipay, and its notification back to the shop", async () => {
  const { alipay } = world;
  const id = await start();
  await world.notify(alipay.notification(id));
  const refund = (members) => world.lab.submit(id, { type: "refund", by: "anna", refundRequestId: `r-${id}`, ...members });
  const unknown = await refund({ amount: { currency: "USD", value: "40" } });
  assert.deepEqual([unknown.status, (await unknown.json()).errors[0].code], [422, "FIELD_UNKNOWN"]);
  assert.equal((await refund({ refundAmount: { currency: "USD", value: "40" } })).status, 200);
  const { refundNotifyUrl } = alipay.refunds.get(`r-${id}`);
  assert.equal(refundNotifyUrl, `${world.origin}/notify/${id}`);
  const message = alipay.refundNotification(`r-${id}`);
  assert.equal((await world.notify(message, `/notify/${id}`)).status, 200);
  await eventually(() => webhooksOf(id).some(({ event }) => event.type === "refund.succeeded"));
  assert.equal((await world.lab.order(id)).summary.refunded, "40");
});
