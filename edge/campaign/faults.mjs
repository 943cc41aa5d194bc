// All that a campaign lets go wrong at Alipay. Every fault that the sandbox knows is here, or the campaign does not begin.

/** As the sandbox's --fault takes them; each happens at most twice to a payment. */
export const faults = [
  ..."twice@20 tampered@15 truncated@10 unsigned@10 wrong-key-version@10 reordered@10 late@10 reset@15 stale-time@5 slow=1s@5"
    .split(" ").map((fault) => `notify-${fault}%*2`),
  ..."late=1s slow=1s truncated tampered unsigned wrong-key-version stale-time reset 429 500 html no-url unknown-made unknown-not-made"
    .split(" ").map((fault) => `answer-${fault}@4%*2`),
];

/** One order asks for this one, because it holds for all that comes after it. */
export const keyRotated = "key-rotated";

/** Throws when the sandbox knows a fault that is not here. */
export function checkComplete(known) {
  const planned = new Set([keyRotated, ...faults.map(nameOf)]);
  const missing = known.filter((name) => !planned.has(name));
  if (missing.length) throw new Error(`the campaign has no ${missing.join(", ")}: add it to faults.mjs`);
}

/** How often each fault has happened, by the sandbox's own record: `{ name: count }`. */
export async function countFaults({ ask, alipay }, payments) {
  const counts = Object.fromEntries([...faults.map(nameOf), keyRotated].map((name) => [name, 0]));
  for (const { paymentId } of payments) {
    const { events } = await ask(`${alipay}/sandbox/api/payments/${paymentId}`);
    for (const source of events.flatMap((event) => event.faults ?? [])) counts[nameOf(source)]++;
  }
  return counts;
}

function nameOf(source) {
  return source.replace(/^[A-Za-z_]+\./, "").replace(/[=@*].*$/, "");
}
