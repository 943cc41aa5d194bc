/** RSA keys for WebCrypto, from what people paste: PEM or bare base64; SPKI, PKCS#8 or PKCS#1; or a CryptoKey of theirs. */

import { CashierError } from "../error.mjs";
import { decode, isPrivate, pkcs8, spki } from "./der.mjs";

export const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const minimumBits = 2048;

// Keys, never promises of keys: in a Worker a promise belongs to the request that made it and may never settle for another.
const cache = new Map();
const cacheLimit = 64;

/** Alipay's key of the version a message names, or the newest when it names none. No other is ever tried. */
export function publicKey(keys, named) {
  const known = Object.keys(keys);
  const version = named || known.reduce((newest, next) => (Number(next) > Number(newest) ? next : newest), known[0]);
  if (!known.includes(version)) {
    const message = `There is no public key of Alipay with version ${version}; there are ${known.join(", ")}.`;
    throw new CashierError({ code: "KEY_VERSION_UNKNOWN", path: "/headers/signature", message });
  }
  const source = keys[version];
  const cached = typeof source === "string" && cache.get(source);
  // At hand it is returned as it is: each promise on the way of a notification costs a turn.
  return cached?.type === "public" ? cached : importKey(source, false, `/keys/${version}`);
}

/** The merchant's own key. */
export function privateKey(key) {
  return importKey(key, true, "/privateKey");
}

async function importKey(source, secret, path) {
  if (typeof source !== "string") return checked(source, secret, path);
  const cached = cache.get(source);
  if (cached && (cached.type === "private") === secret) return cached;
  let key;
  try {
    const der = decode(source);
    if (isPrivate(der) !== secret) throw new TypeError(secret ? "this is a public key" : "this is a private key");
    key = await (secret
      ? crypto.subtle.importKey("pkcs8", pkcs8(der), algorithm, false, ["sign"])
      : crypto.subtle.importKey("spki", spki(der), algorithm, false, ["verify"]));
  } catch (cause) {
    // The cause of a key that cannot be read says nothing about its content, and is all a person has to go by.
    throw new CashierError({ code: "KEY_MALFORMED", path, message: `Not an RSA ${secret ? "private" : "public"} key: ${cause.message}.` });
  }
  checked(key, secret, path);
  if (cache.size >= cacheLimit) cache.clear();
  cache.set(source, key);
  return key;
}

function checked(key, secret, path) {
  const fits = key?.algorithm?.name === algorithm.name && key.algorithm.hash.name === algorithm.hash;
  if (!fits || key.type !== (secret ? "private" : "public")) {
    throw new CashierError({ code: "KEY_MALFORMED", path, message: `Not an ${algorithm.name} ${algorithm.hash} key for ${secret ? "signing" : "verifying"}.` });
  }
  if (key.algorithm.modulusLength < minimumBits) {
    throw new CashierError({ code: "KEY_TOO_SHORT", path, message: `An RSA key needs at least ${minimumBits} bits, this one has ${key.algorithm.modulusLength}.` });
  }
  return key;
}
