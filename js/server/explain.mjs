/** Why a signature does not verify: the core knows what tends to go wrong on the way, and here each guess meets the keys. */

import { succeeded } from "../error.mjs";
import { fromBase64, join } from "./bytes.mjs";
import { algorithm, publicKey } from "./keys.mjs";
import { rawBody, signatureHeaders } from "./message.mjs";

/** What only a try with the keys brings to light, and the core has therefore no sentence for. */
const sentences = [
  {
    code: "SIGNATURE_MISMATCH",
    en: "The signature fits none of the keys, and none of the usual mistakes explains it: the body, path, client id, time or signature is another, or the key is not Alipay's.",
    "zh-CN": "签名与所有公钥都不符，也不是常见错误所致：报文、路径、client-id、时间或签名有改动，或者公钥不是支付宝的。",
  },
  {
    code: "KEY_VERSION_UNKNOWN",
    en: "There is no public key of the version that the signature names.",
    "zh-CN": "没有签名所指版本的公钥。",
  },
  {
    code: "KEY_VERSION_OTHER",
    en: "The signature was made with Alipay's key of another version than it names: the keys are stored under the wrong versions.",
    "zh-CN": "签名所用的支付宝密钥与其声明的版本不同：公钥存放在了错误的版本下。",
  },
  {
    code: "KEY_IS_YOUR_OWN",
    en: "The signature was made with the merchant's own key: this message is the merchant's, not one of Alipay's.",
    "zh-CN": "签名使用的是商家自己的密钥：这是商家发出的报文，不是支付宝的。",
  },
];

/**
 * Finds out why a message does not verify. `valid` is true when nothing is wrong; otherwise `causes` names what is,
 * the most telling first. Meant for people who look for a mistake: what it finds out is never a reason to believe a message.
 *
 * `paths` are other paths under which the message may have been sent, such as those in front of a proxy; `ownKey` is
 * the merchant's public key, to recognize messages of the merchant's own.
 */
export async function explain({ core, config, keys = {}, ownKey, message = "notification", path, paths, headers, body, now = Date.now(), window, language }) {
  const raw = rawBody(body);
  const timeHeader = message === "response" ? "response-time" : "request-time";
  const head = { config: { clientId: config.clientId }, message, path, paths, window, language, now: now === null ? undefined : Number(now) };
  const { checks, guesses } = succeeded(core.ask("explain", { ...head, headers: signatureHeaders(headers, timeHeader) }, raw));
  const found = await tryGuesses(guesses, raw, candidates(keys, ownKey, guesses[0]?.keyVersion));

  const say = (code) => ({ code, message: sentences.find((sentence) => sentence.code === code)[language ?? "en"] });
  const failed = checks.filter(({ passed }) => !passed).map(({ check, message }) => ({ code: check, message }));
  const named = guesses[0]?.keyVersion;
  const causes = [
    found?.guess.cause && { code: found.guess.cause, message: found.guess.message },
    found?.key.cause && say(found.key.cause),
    ...failed,
    !found && named && !(named in keys) && say("KEY_VERSION_UNKNOWN"),
  ].filter(Boolean);
  if (!found && !causes.length) causes.push(say("SIGNATURE_MISMATCH"));
  return {
    valid: causes.length === 0,
    causes: causes.filter(({ code }, i) => causes.findIndex((other) => other.code === code) === i),
    checks,
    content: found && found.guess.contentPrefix + (found.guess.body ?? new TextDecoder().decode(raw)),
    keyVersion: found?.key.version,
  };
}

/** The first guess that a key verifies. The core has put the guesses in order, most likely first. */
async function tryGuesses(guesses, raw, keys) {
  if (!guesses.length) return; // then no key can make a difference
  const imported = [];
  for (const key of keys) imported.push({ ...key, key: await publicKey({ [key.version ?? "own"]: key.source }, key.version ?? "own") });
  for (const guess of guesses) {
    const content = guess.body === undefined ? join(guess.contentPrefix, raw) : join(guess.contentPrefix + guess.body, new Uint8Array(0));
    const signature = fromBase64(guess.signature ?? guesses[0].signature);
    for (const key of imported) {
      if (await crypto.subtle.verify(algorithm.name, key.key, signature, content)) return { guess, key };
    }
  }
}

/** The keys to try: the one that is named, then the others, and the merchant's own last. */
function candidates(keys, ownKey, named) {
  const versions = Object.keys(keys).toSorted((a, b) => (b === named) - (a === named));
  const theirs = versions.map((version) => ({ version, source: keys[version], cause: named && version !== named ? "KEY_VERSION_OTHER" : undefined }));
  return ownKey === undefined ? theirs : [...theirs, { source: ownKey, cause: "KEY_IS_YOUR_OWN" }];
}
