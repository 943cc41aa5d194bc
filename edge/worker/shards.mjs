/**
 * Where an order is. The ledger is `LEDGER_SHARDS` objects; SHA-256 of the referenceOrderId chooses one, and the
 * paymentRequestIds that are made here begin with its number. So neither needs an index to find the record.
 */
const encoder = new TextEncoder();
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The form of the paymentRequestIds that are made here: two digits of the shard in base 36 and 22 letters and digits. */
export const paymentRequestIdForm = "[0-9a-z]{2}[A-Za-z0-9]{22}";

/** The most shards that two digits in base 36 can name. */
export const mostShards = 36 * 36;

/** The name of a shard's object. */
export const shardName = (shard) => `ledger-${shard}`;

/**
 * The shard of an order, or of any other text that has no shard of its own.
 * @param {string} text @param {number} shards
 */
export async function shardOf(text, shards) {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(text));
  return new DataView(digest).getUint32(0) % shards;
}

/** The shard that a paymentRequestId names, undefined for one that was not made here. */
export function shardOfPayment(paymentRequestId, shards) {
  const [, digits] = ownId.exec(paymentRequestId) ?? [];
  const shard = parseInt(digits, 36);
  return shard < shards ? shard : undefined;
}

const ownId = new RegExp(`^([0-9a-z]{2})[A-Za-z0-9]{22}$`);

/** A fresh paymentRequestId, with more than 128 random bits. */
export function newPaymentRequestId(shard) {
  let id = shard.toString(36).padStart(2, "0");
  while (id.length < 24) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
      // 248 is four times the number of letters: no letter is likelier than another.
      if (byte < 248 && id.length < 24) id += letters[byte % 62];
    }
  }
  return id;
}

/** The ledger cannot answer now: it is overloaded, or is being moved or restarted. */
export class Unavailable extends Error {
  name = "Unavailable";
}

const tries = 3;

/**
 * Calls a method of a shard. What is asked of it may be asked again: an event that comes twice changes nothing. Each try has a
 * stub of its own, since one that has thrown stays broken.
 * @template T
 * @param {object} env @param {number} shard
 * @param {(ledger: DurableObjectStub) => Promise<T>} ask
 * @returns {Promise<T>} throws {@link Unavailable} when it is no use
 */
export async function askShard(env, shard, ask) {
  for (let n = 1; ; n++) {
    try {
      return await ask(env.LEDGER.get(idOf(env, shard)));
    } catch (cause) {
      if (!cause.overloaded && !cause.retryable) throw cause;
      // To ask an overloaded object once more would add to its load.
      if (cause.overloaded || n === tries) throw new Unavailable(`the ledger: ${cause.message}`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 50 * n + Math.random() * 100 * n));
    }
  }
}

const ids = new WeakMap();

function idOf(env, shard) {
  let known = ids.get(env.LEDGER);
  if (!known) ids.set(env.LEDGER, (known = new Map()));
  if (!known.has(shard)) known.set(shard, env.LEDGER.idFromName(shardName(shard)));
  return known.get(shard);
}
