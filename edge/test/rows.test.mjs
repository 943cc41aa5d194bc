// What a payment costs in rows: docs/scale.md calculates with these figures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { modulesOf } from "../dev.mjs";

let worker;
before(async () => {
  worker = new Miniflare({
    modulesRoot: "/",
    modules: await modulesOf(fileURLToPath(new URL("rows.worker.mjs", import.meta.url))),
    compatibilityDate: "2026-04-01",
    durableObjects: { ROWS: { className: "Rows", useSQLite: true } },
  });
});
after(() => worker?.dispose());

test("a payment from the order to the message writes 19 rows", async (t) => {
  const id = "00abcdefghijABCDEFGHIJ01";
  const paymentAmount = { currency: "USD", value: "100" };
  const order = { referenceOrderId: "order-1", orderDescription: "Pencil", paymentAmount, settlementCurrency: "USD", terminalType: "WEB", goods: [{ goodsName: "Pencil", goodsQuantity: "1" }], businessType: "4" };
  const redirect = { method: "GET", action: "https://a.alipay.com/", fields: [], location: "https://a.alipay.com/?x", html: "" };
  const paid = { notifyType: "PAYMENT_RESULT", paymentRequestId: id, paymentId: "p-1", paymentAmount, resultStatus: "S", resultCode: "SUCCESS" };
  const events = [
    { type: "order", order, issuedAt: Date.now(), paymentRequestId: id },
    { type: "answer", id: `pay:${id}:1`, answer: { response: { resultStatus: "U", resultCode: "PAYMENT_IN_PROCESS", paymentRequestId: id, paymentId: "p-1", paymentAmount }, outcome: "REDIRECT", redirect, errors: [] } },
    { type: "view", returned: true },
    { type: "view", returned: true },
    { type: "notification", notification: { notification: paid, state: "SUCCESS", outcome: "PAID", errors: [] } },
    { type: "delivered", id: `${id}_succeeded`, status: 200 },
  ];
  const config = { clientId: "SANDBOX_1", settlementCurrencies: ["USD"], origin: "https://pay.example" };
  const response = await worker.dispatchFetch("https://rows/", { method: "POST", body: JSON.stringify({ config, events }) });
  const counts = await response.json();
  for (const { event, statements, read, written } of counts) t.diagnostic(`${event}: ${statements} statements, ${read} rows read, ${written} written`);
  const written = counts.reduce((sum, each) => sum + each.written, 0);
  t.diagnostic(`all: ${written} rows written, ${counts.reduce((sum, { read }) => sum + read, 0)} read`);
  assert.equal(written, 19);
  assert.equal(counts[3].written, 0, "to look again writes nothing");
});
