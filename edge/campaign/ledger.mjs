// The ledger as the campaign sees it, by the internal HTTP interface of its shards (worker/LEDGER.md), which test/lab.worker.mjs
// lets it reach.
export const shards = 4;

/** Asks a shard; an error for anything but a JSON answer that is not the ledger's own fault. */
async function ask(house, shard, path, body) {
  const response = await fetch(`${house.worker}/lab/${shard}/ask${path}`, {
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const answer = await response.json();
  if (response.status >= 500) throw new Error(`${path} answered ${response.status}`);
  return { status: response.status, body: answer };
}

/** All payments and all that waits for a person. */
export async function readLedger(house) {
  const payments = [];
  const attention = [];
  for (let shard = 0; shard < shards; shard++) {
    for (let before = ""; ; ) {
      const { orders } = (await ask(house, shard, `/orders?limit=100${before}`)).body;
      if (orders.length === 0) break;
      for (const { referenceOrderId } of orders) {
        const { record } = (await ask(house, shard, `/order?referenceOrderId=${encodeURIComponent(referenceOrderId)}`)).body;
        payments.push(...paymentsOf(record));
        attention.push(...(record.attention ?? []));
      }
      const { createdAt, referenceOrderId } = orders.at(-1);
      before = `&before=${encodeURIComponent(`${createdAt},${referenceOrderId}`)}`;
    }
    attention.push(...(await ask(house, shard, "/strays?limit=200")).body.strays);
    const { setAside } = (await ask(house, shard, "/status")).body;
    attention.push(...setAside.map(({ referenceOrderId }) => ({ code: "SET_ASIDE", about: referenceOrderId })));
  }
  return { payments, attention };
}

function paymentsOf({ referenceOrderId, order, attempts = [], refunds = [] }) {
  return attempts.map(({ paymentRequestId, paymentStatus, cancellation }) => ({
    paymentRequestId,
    referenceOrderId,
    paymentStatus,
    paymentAmount: order.paymentAmount,
    cancelResultCode: cancellation?.resultCode,
    refunds: refunds.filter((refund) => refund.paymentRequestId === paymentRequestId),
  }));
}

/**
 * An event of an operator.
 * @returns {Promise<{status: number, body: object}>}
 */
export async function operate(house, paymentRequestId, event) {
  const shard = parseInt(paymentRequestId.slice(0, 2), 36);
  const { orders } = (await ask(house, shard, `/find?id=${paymentRequestId}`)).body;
  return ask(house, shard, "/submit", { referenceOrderId: orders[0].referenceOrderId, event: { by: "campaign", ...event } });
}
