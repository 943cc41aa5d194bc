/** The SQL of a shard: single orders, what is due, and the lists that an operator sees. */

const summaryColumns = "summary, dueAt, setAsideAt";

/**
 * The stored order, by its own id or by one that it is found by; undefined if there is no such order.
 * @param {SqlStorage} sql
 * @param {{referenceOrderId?: string, paymentRequestId?: string, refundRequestId?: string}} which
 */
export function load(sql, { referenceOrderId, paymentRequestId, refundRequestId }) {
  const columns = "o.referenceOrderId, o.record, o.summary, o.dueAt";
  const rows = referenceOrderId !== undefined
    ? sql.exec(`SELECT ${columns} FROM orders o WHERE referenceOrderId = ?`, referenceOrderId)
    : sql.exec(`SELECT ${columns} FROM ids i JOIN orders o ON o.referenceOrderId = i.referenceOrderId WHERE i.id = ? LIMIT 1`, paymentRequestId ?? refundRequestId);
  return rows.toArray()[0];
}

/**
 * Stores what advance gave.
 * @param {SqlStorage} sql @param {{summary: string} | undefined} row as it was @param {object} reply of advance
 */
export function store(sql, row, { record, summary, dueAt }) {
  const { referenceOrderId, createdAt, paymentStatus, attention, undelivered } = summary;
  const known = row ? new Set(idsOf(JSON.parse(row.summary))) : new Set();
  const values = [JSON.stringify(record), JSON.stringify(summary), paymentStatus, attention, undelivered, dueAt];
  if (row) {
    sql.exec(
      `UPDATE orders SET record = ?, summary = ?, paymentStatus = ?, attention = ?, undelivered = ?, dueAt = ?, failures = 0, setAsideAt = NULL, failure = NULL
       WHERE referenceOrderId = ?`,
      ...values, referenceOrderId,
    );
  } else {
    sql.exec(
      "INSERT INTO orders (record, summary, paymentStatus, attention, undelivered, dueAt, referenceOrderId, createdAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...values, referenceOrderId, createdAt,
    );
  }
  for (const id of idsOf(summary)) {
    if (!known.has(id)) sql.exec("INSERT INTO ids (id, referenceOrderId) VALUES (?, ?) ON CONFLICT DO NOTHING", id, referenceOrderId);
  }
}

const idsOf = ({ paymentRequestIds, paymentIds, refundRequestIds }) => [...paymentRequestIds, ...paymentIds, ...refundRequestIds];

/** The orders that are due, the longest due first. */
export function due(sql, now, limit) {
  return sql.exec("SELECT referenceOrderId FROM orders WHERE dueAt <= ? ORDER BY dueAt LIMIT ?", now, limit).toArray().map((row) => row.referenceOrderId);
}

/** When the first order is due; null for none. */
export function earliest(sql) {
  return sql.exec("SELECT dueAt FROM orders WHERE dueAt IS NOT NULL ORDER BY dueAt LIMIT 1").toArray()[0]?.dueAt ?? null;
}

/** Counts a failure of the event due, puts it off, and after the last one sets the order aside. */
export function countFailure(sql, referenceOrderId, { now, pause, most, failure }) {
  return sql.exec(
    `UPDATE orders SET failures = failures + 1, failure = ?2, setAsideAt = CASE WHEN failures + 1 >= ?3 THEN ?4 END,
       dueAt = CASE WHEN failures + 1 >= ?3 THEN NULL ELSE ?4 + ?5 * (failures + 1) END
     WHERE referenceOrderId = ?1 RETURNING failures`,
    referenceOrderId, failure, most, now, pause,
  ).one();
}

/** Makes an order that was set aside due. @returns {boolean} whether there is one */
export function putBack(sql, referenceOrderId, now) {
  const rows = sql.exec(
    "UPDATE orders SET failures = 0, setAsideAt = NULL, failure = NULL, dueAt = ? WHERE referenceOrderId = ? AND setAsideAt IS NOT NULL RETURNING 1",
    now, referenceOrderId,
  );
  return rows.toArray().length > 0 || load(sql, { referenceOrderId }) !== undefined;
}

/** The orders that were set aside, the newest first. */
export function setAside(sql) {
  return sql.exec("SELECT referenceOrderId, setAsideAt AS at, failure AS error FROM orders WHERE setAsideAt IS NOT NULL ORDER BY setAsideAt DESC LIMIT 20").toArray();
}

const overdueAfter = 60_000;

/** How many orders there are, and of which kinds. */
export function counts(sql, now) {
  const count = (what, ...values) => sql.exec(`SELECT count(*) AS n FROM ${what}`, ...values).one().n;
  return {
    // Every order that was ever made: to count the rows would read each of them.
    orders: sql.exec("SELECT coalesce(max(rowid), 0) AS n FROM orders").one().n,
    outstanding: count("orders WHERE dueAt IS NOT NULL"),
    overdue: count("orders WHERE dueAt <= ?", now - overdueAfter),
    oldestDueAt: earliest(sql),
    attention: count("orders WHERE attention > 0"),
    undelivered: count("orders WHERE undelivered > 0"),
    strays: count("strays WHERE dismissedAt IS NULL"),
  };
}

const shown = ({ summary, dueAt, setAsideAt }) => ({ ...JSON.parse(summary), dueAt, ...(setAsideAt !== null && { setAside: setAsideAt }) });

/** The summary of one order; undefined if there is no such order. */
export function summaryOf(sql, referenceOrderId) {
  return sql.exec(`SELECT ${summaryColumns} FROM orders WHERE referenceOrderId = ?`, referenceOrderId).toArray().map(shown)[0];
}

/**
 * The summaries of orders, the newest first.
 * @param {SqlStorage} sql
 * @param {{limit: number, before?: [number, string], paymentStatus?: string, attention?: boolean, undelivered?: boolean, open?: boolean,
 *   from?: number, to?: number}} filters
 */
export function list(sql, { limit, before, paymentStatus, attention, undelivered, open, from, to }) {
  const conditions = [];
  const values = [];
  const where = (condition, ...given) => {
    conditions.push(condition);
    values.push(...given);
  };
  if (before) where("(createdAt, referenceOrderId) < (?, ?)", ...before);
  if (paymentStatus !== undefined) where("paymentStatus = ?", paymentStatus);
  if (attention) where("attention > 0");
  if (undelivered) where("undelivered > 0");
  if (open) where("dueAt IS NOT NULL");
  if (from !== undefined) where("createdAt >= ?", from);
  if (to !== undefined) where("createdAt < ?", to);
  const filter = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  return sql.exec(`SELECT ${summaryColumns} FROM orders ${filter} ORDER BY createdAt DESC, referenceOrderId DESC LIMIT ?`, ...values, limit).toArray().map(shown);
}

/** The summaries of the orders that an id of any kind finds. */
export function find(sql, id) {
  return sql.exec(
    `SELECT ${summaryColumns} FROM orders WHERE referenceOrderId = ?1 OR referenceOrderId IN (SELECT referenceOrderId FROM ids WHERE id = ?1)
     ORDER BY createdAt DESC, referenceOrderId DESC LIMIT 20`,
    id,
  ).toArray().map(shown);
}

/** Keeps a notification for a person, once. */
export function keepStray(sql, { at, code, notification }) {
  sql.exec("INSERT INTO strays (at, code, notification) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", at, code, notification);
}

/** Notifications that wait for a person and those that did, the newest first. */
export function strays(sql, { limit, before }) {
  const rows = sql.exec("SELECT id, at, code, notification, dismissedAt, by, reason FROM strays WHERE id < ? ORDER BY id DESC LIMIT ?", before ?? Number.MAX_SAFE_INTEGER, limit);
  return rows.toArray().map(({ notification, ...row }) => ({ ...row, notification: JSON.parse(notification) }));
}

/** @returns {boolean} whether there is one */
export function dismissStray(sql, { id, by, reason, now }) {
  return sql.exec("UPDATE strays SET dismissedAt = coalesce(dismissedAt, ?), by = coalesce(by, ?), reason = coalesce(reason, ?) WHERE id = ? RETURNING 1", now, by, reason ?? null, id).toArray().length > 0;
}
