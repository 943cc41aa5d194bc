/**
 * The tables of a shard. A migration that was released is never changed: add another. They run when an object wakes up, and
 * the table `meta` keeps how many have run, since Durable Objects have no PRAGMA user_version.
 */
const migrations = [
  `CREATE TABLE orders (
     referenceOrderId TEXT PRIMARY KEY,
     record TEXT NOT NULL,           -- as advance gave it
     summary TEXT NOT NULL,          -- likewise
     createdAt INTEGER NOT NULL,
     paymentStatus TEXT NOT NULL,
     attention INTEGER NOT NULL,
     undelivered INTEGER NOT NULL,
     dueAt INTEGER,                  -- when advance wants the event due; NULL when nothing is outstanding, or when set aside
     failures INTEGER NOT NULL DEFAULT 0, -- of the event due, one after the other
     setAsideAt INTEGER,
     failure TEXT
   );
   CREATE INDEX ordersByAge ON orders (createdAt, referenceOrderId);
   CREATE INDEX ordersByStatus ON orders (paymentStatus, createdAt, referenceOrderId);
   CREATE INDEX ordersDue ON orders (dueAt) WHERE dueAt IS NOT NULL;
   CREATE INDEX ordersWithAttention ON orders (createdAt, referenceOrderId) WHERE attention > 0;
   CREATE INDEX ordersUndelivered ON orders (createdAt, referenceOrderId) WHERE undelivered > 0;
   CREATE INDEX ordersSetAside ON orders (setAsideAt) WHERE setAsideAt IS NOT NULL;

   -- The ids by which an order is found: paymentRequestId, paymentId, refundRequestId.
   CREATE TABLE ids (id TEXT, referenceOrderId TEXT, PRIMARY KEY (id, referenceOrderId)) WITHOUT ROWID;

   -- Genuine notifications about payments that are not known here, or that the record could not take.
   CREATE TABLE strays (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL,
     code TEXT NOT NULL,
     notification TEXT NOT NULL UNIQUE,
     dismissedAt INTEGER,
     by TEXT,
     reason TEXT
   );
   CREATE INDEX straysOpen ON strays (id) WHERE dismissedAt IS NULL;`,
];

/** How many migrations there are. */
export const schemaVersion = migrations.length;

/**
 * Brings the tables up to date.
 * @param {DurableObjectStorage} storage
 */
export function migrate(storage) {
  storage.transactionSync(() => {
    storage.sql.exec("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID");
    const done = readMeta(storage, "schema") ?? 0;
    if (done > schemaVersion) throw new Error(`the ledger has schema ${done}, which a newer version has made; this one knows ${schemaVersion}`);
    if (done === schemaVersion) return;
    for (const statements of migrations.slice(done)) storage.sql.exec(statements);
    writeMeta(storage, "schema", schemaVersion);
  });
}

/** A value of the table `meta`; undefined if it is not set. */
export function readMeta(storage, name) {
  return storage.sql.exec("SELECT value FROM meta WHERE name = ?", name).toArray()[0]?.value;
}

export function writeMeta(storage, name, value) {
  storage.sql.exec("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value);
}
