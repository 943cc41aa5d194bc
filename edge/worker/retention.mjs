/**
 * How long personal data is kept: after RETENTION_DAYS a record loses buyer and shipping, after twice as long it goes, unless
 * something about it is outstanding. It is done by the alarm, some orders at a time.
 */
import { readMeta, writeMeta } from "./schema.mjs";

const day = 24 * 60 * 60 * 1000;
const atOnce = 50;
/** Until the next look when there may be more to do at once, and otherwise. */
const soon = 60_000;

/** The members of an order that say something of people. */
const personal = ["buyer", "shipping"];

/**
 * @param {DurableObjectStorage} storage
 * @param {{now: number, days: number}} options
 */
export function retain(storage, { now, days }) {
  if ((readMeta(storage, "retainAt") ?? 0) > now) return;
  const more = storage.transactionSync(() => {
    const erased = erase(storage, now - days * day);
    return remove(storage, now - 2 * days * day) === atOnce || erased === atOnce;
  });
  writeMeta(storage, "retainAt", now + (more ? soon : day));
}

/** Goes on where it stopped, so that no order is looked at twice. */
function erase(storage, until) {
  const { sql } = storage;
  const after = JSON.parse(readMeta(storage, "erasedTo") ?? '[0,""]');
  const rows = sql
    .exec("SELECT referenceOrderId, createdAt, record FROM orders WHERE (createdAt, referenceOrderId) > (?, ?) AND createdAt < ? ORDER BY createdAt, referenceOrderId LIMIT ?", ...after, until, atOnce)
    .toArray();
  for (const { referenceOrderId, record } of rows) {
    const kept = JSON.parse(record);
    const known = personal.filter((name) => kept.order !== undefined && name in kept.order);
    if (known.length === 0) continue;
    for (const name of known) delete kept.order[name];
    sql.exec("UPDATE orders SET record = ? WHERE referenceOrderId = ?", JSON.stringify(kept), referenceOrderId);
  }
  const last = rows.at(-1);
  if (last) writeMeta(storage, "erasedTo", JSON.stringify([last.createdAt, last.referenceOrderId]));
  return rows.length;
}

function remove({ sql }, until) {
  const rows = sql
    .exec("SELECT referenceOrderId FROM orders WHERE createdAt < ? AND dueAt IS NULL AND setAsideAt IS NULL AND attention = 0 AND undelivered = 0 ORDER BY createdAt LIMIT ?", until, atOnce)
    .toArray();
  for (const { referenceOrderId } of rows) {
    sql.exec("DELETE FROM ids WHERE referenceOrderId = ?", referenceOrderId);
    sql.exec("DELETE FROM orders WHERE referenceOrderId = ?", referenceOrderId);
  }
  return rows.length;
}
