/** RSA keys for WebCrypto, from what people paste: PEM or bare base64; SPKI, PKCS#8 or PKCS#1; or a CryptoKey of theirs. */

import { CashierError } from "../error.mjs";
import { integers, pkcs8, spki } from "./der.mjs";
import { findKey, KeyError } from "./keytext.mjs";

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
    const message = known.length
      ? `There is no public key of Alipay with version ${version}; there are ${known.join(", ")}.`
      : "There is no public key of Alipay.";
    throw new CashierError({ code: "KEY_VERSION_UNKNOWN", path: "/headers/signature", message });
  }
  const source = keys[version];
  const cached = typeof source === "string" && cache.get(source);
  // At hand it is returned as it is: each promise on the way of a notification costs a turn.
  return cached?.type === "public" ? cached : importKey(source, false, `/keys/${version}`);
}

/** The versions of Alipay's keys, or an error for what holds none. Names that cannot be versions would never be found by a message. */
export function versions(keys) {
  if (keys === null || typeof keys !== "object") {
    throw new CashierError({ code: "KEY_MALFORMED", path: "/keys", message: "Pass Alipay's public keys by their versions, as in { 1: key }." });
  }
  const known = Object.keys(keys);
  const wrong = known.find((name) => !/^[1-9]\d{0,8}$/.test(name));
  if (wrong === undefined) return known;
  const message = `${JSON.stringify(wrong.slice(0, 32))} is not a valid key version; use the number that Alipay gives the key, such as 1.`;
  throw new CashierError({ code: "KEY_MALFORMED", path: "/keys", message });
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
    key = await readKey(source, secret);
  } catch (cause) {
    // The cause says nothing about the content of the key, and is all a person has to go by.
    const code = cause instanceof KeyError ? cause.code : "KEY_MALFORMED";
    throw new CashierError({ code, path, message: sentence(cause.message) });
  }
  checked(key, secret, path);
  if (cache.size >= cacheLimit) cache.clear();
  cache.set(source, key);
  return key;
}

function sentence(words) {
  return `${words[0].toUpperCase()}${words.slice(1)}.`;
}

async function readKey(text, secret) {
  const { pkcs1, modulus } = findKey(text, `RSA ${secret ? "private" : "public"} key`);
  checkBits(modulus);
  if (!consistent(integers(pkcs1), secret)) throw new KeyError("the numbers of this RSA key do not fit together: it was changed or damaged");
  return secret
    ? crypto.subtle.importKey("pkcs8", pkcs8(pkcs1), algorithm, false, ["sign"])
    : crypto.subtle.importKey("spki", spki(pkcs1), algorithm, false, ["verify"]);
}

function checkBits(modulus) {
  const first = modulus.findIndex((byte) => byte !== 0);
  const bits = first < 0 ? 0 : (modulus.length - first) * 8 - Math.clz32(modulus[first]) + 24;
  if (bits < minimumBits) throw new KeyError(tooShort(bits), "KEY_TOO_SHORT");
}

function tooShort(bits) {
  return `the RSA key has ${bits} bits; at least ${minimumBits} are needed`;
}

/** WebCrypto imports a key that was changed; its signatures would be refused by Alipay, and nobody would know why. */
function consistent(numbers, secret) {
  if (!numbers) return false;
  const [modulus, exponent, d, p, q, dP, dQ, qInverse] = secret ? numbers.slice(1) : numbers;
  if (modulus % 2n === 0n || exponent % 2n === 0n || exponent < 2n || exponent > 0x7fffffffn) return false;
  if (!secret) return true;
  if (p < 3n || q < 3n || p * q !== modulus) return false;
  return (
    (d * exponent) % (p - 1n) === 1n &&
    (d * exponent) % (q - 1n) === 1n &&
    dP === d % (p - 1n) &&
    dQ === d % (q - 1n) &&
    qInverse < p &&
    (qInverse * q) % p === 1n
  );
}

function checked(key, secret, path) {
  const refuse = (message) => {
    throw new CashierError({ code: "KEY_MALFORMED", path, message });
  };
  if (key === undefined || key === null) refuse("The key is missing.");
  if (typeof key.algorithm !== "object") refuse("Pass the key as text, PEM or base64, or as a CryptoKey; not as bytes, a KeyObject or anything else.");
  const fits = key.algorithm.name === algorithm.name && key.algorithm.hash?.name === algorithm.hash;
  const [type, usage] = secret ? ["private", "sign"] : ["public", "verify"];
  if (!fits || key.type !== type || !key.usages?.includes(usage)) {
    refuse(`This is not an ${algorithm.name} ${algorithm.hash} CryptoKey of the type ${type} with the usage ${usage}.`);
  }
  const { modulusLength } = key.algorithm;
  if (modulusLength < minimumBits) throw new CashierError({ code: "KEY_TOO_SHORT", path, message: sentence(tooShort(modulusLength)) });
  return key;
}
