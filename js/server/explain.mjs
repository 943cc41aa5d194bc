/** Why a signature does not verify: the core says what to try, and here each guess meets the keys. */

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
    en: "The key is the merchant's own: either the message is the merchant's, or the merchant's public key stands in place of Alipay's.",
    "zh-CN": "此密钥为商家自己的密钥：要么这是商家发出的报文，要么误把商家公钥当作支付宝公钥。",
  },
];

/**
 * Finds out why a message does not verify. `valid` is true when nothing is wrong; otherwise `causes` names what is,
 * the most telling first: two mistakes can come together. Meant for people who look for a mistake: what it finds out is
 * never a reason to believe a message. At most 136 guesses are tried with each key.
 *
 * `paths` are other paths under which the message may have been sent, such as those in front of a proxy; `ownKey` is
 * the merchant's public key, to recognize messages of the merchant's own.
 */
export async function explain({ core, config, keys = {}, ownKey, message = "notification", path, paths, headers, body, now = Date.now(), window, language }) {
  const raw = rawBody(body);
  const timeHeader = message === "response" ? "response-time" : "request-time";
  // An empty client id would be a mistake of the config, not of the message.
  const head = { config: { clientId: config?.clientId || undefined }, message, path, paths, window, language, now: now === null ? undefined : String(Number(now)) };
  const reply = succeeded(core.ask("explain", { ...head, headers: signatureHeaders(headers, timeHeader) }, raw));
  const named = reply.keyVersion || newest(Object.keys(keys));
  const versions = Object.keys(keys).toSorted((a, b) => (b === named) - (a === named));
  const found = await firstThatVerifies(reply, raw, versions, keys, ownKey);

  const say = (code) => ({ code, message: sentences.find((sentence) => sentence.code === code)[language?.startsWith("zh") ? "zh-CN" : "en"] });
  const known = (code, message) => (code === undefined ? [] : [{ code, message }]);
  const causes = [];
  if (found?.version === undefined ? found : same(keys[found.version], ownKey)) causes.push(say("KEY_IS_YOUR_OWN"));
  if (found) {
    const { prefix, replaced } = found;
    if (!prefix.accepted) causes.push(...known(prefix.cause, prefix.message));
    causes.push(...known(replaced?.cause, replaced?.message));
    if (found.version !== undefined && found.version !== named) causes.push(say("KEY_VERSION_OTHER"));
  } else if (ownKey !== undefined && versions.some((version) => same(keys[version], ownKey))) causes.push(say("KEY_IS_YOUR_OWN"));
  for (const { check, passed, message } of reply.checks) if (!passed) causes.push({ code: check, message });
  if (!found && reply.keyVersion && !(reply.keyVersion in keys)) causes.push(say("KEY_VERSION_UNKNOWN"));
  if (!found && !causes.length) causes.push(say("SIGNATURE_MISMATCH"));
  return {
    valid: causes.length === 0,
    pathAlone: Boolean(found?.prefix.accepted),
    causes: causes.filter(({ code }, i) => causes.findIndex((other) => other.code === code) === i),
    checks: reply.checks,
    content: found && found.prefix.contentPrefix + (found.replaced?.body ?? new TextDecoder().decode(raw)),
    keyVersion: found?.version,
  };
}

/** The version of the key that a message means which names none. */
function newest(versions) {
  return versions.reduce((newest, next) => (Number(next) > Number(newest) ? next : newest), versions[0]);
}

/**
 * The first guess of the core that one of Alipay's keys verifies. The merchant's own key is tried with the message as it
 * came only; `version` is undefined then.
 */
async function firstThatVerifies({ signature, prefixes, bodies, guesses }, raw, versions, keys, ownKey) {
  if (!guesses.length) return undefined; // then no key can make a difference
  const imported = [];
  for (const version of versions) imported.push({ version, key: await publicKey(keys, version) });
  const own = ownKey === undefined ? [] : [{ version: undefined, key: await publicKey({ own: ownKey }, "own") }];
  const bytes = fromBase64(signature);
  for (const [i, { prefix, body }] of guesses.entries()) {
    const replaced = bodies[body];
    const { contentPrefix } = prefixes[prefix];
    const content = replaced === undefined ? join(contentPrefix, raw) : join(contentPrefix + replaced.body, new Uint8Array(0));
    for (const { version, key } of i === 0 ? [...imported, ...own] : imported) {
      if (await crypto.subtle.verify(algorithm.name, key, bytes, content)) return { version, prefix: prefixes[prefix], replaced };
    }
  }
  return undefined;
}

/** Whether two keys are the same text, but for the lines that PEM puts around it. */
function same(key, other) {
  const bare = (text) => (typeof text === "string" ? text.replace(/-----[^-]*-----|\s/g, "") : text);
  return other !== undefined && bare(key) === bare(other);
}
