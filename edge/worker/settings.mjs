/**
 * The Worker's variables. `settings` reads them once for each isolate; `wrongVariables` checks them completely, and nothing is served
 * while anything is wrong. No sentence says anything of a value.
 */
import { checkKeys } from "../../js/server.mjs";
import { mostShards } from "./shards.mjs";
import { fromBase64 } from "./bytes.mjs";
import { operatorTokens } from "./operator-token.mjs";
import { importKeys } from "./order-token.mjs";

const parsed = new WeakMap();

/**
 * @param {object} env the bindings of the Worker
 * @returns {{config: object, keys: Record<string, string>, privateKey: string, origin: string, shards: number, retentionDays: number,
 *   webhookSecrets: Uint8Array[], resultHosts: string[]}} the config of the core with the public `origin`; Alipay's public keys by version; the
 *   number of shards of the ledger; the keys for messages to the merchant, newest first; and the hosts where the merchant's
 *   result pages may be. Wrong variables are read as far as they go: {@link wrongVariables} finds them
 */
export function settings(env) {
  let found = parsed.get(env);
  if (!found) {
    const origin = (env.ORIGIN ?? "").replace(/\/$/, "");
    found = {
      config: { ...json(env, "CONFIG"), origin },
      keys: json(env, "ALIPAY_PUBLIC_KEYS"),
      privateKey: env.PRIVATE_KEY,
      origin,
      shards: wholeNumber(env.LEDGER_SHARDS, 32),
      retentionDays: wholeNumber(env.RETENTION_DAYS, 540),
      webhookSecrets: secrets(env.WEBHOOK_SECRET ?? ""),
      resultHosts: resultHosts(env),
    };
    parsed.set(env, found);
  }
  return found;
}

/** The variables without which nothing works. */
export const required = ["CONFIG", "ORIGIN", "ALIPAY_PUBLIC_KEYS", "WEBHOOK_URL", "PRIVATE_KEY", "ORDER_TOKEN_KEYS", "WEBHOOK_SECRET"];

/**
 * Everything that is missing or wrong, at once. Keys are imported as the requests import them, so what this finds right works.
 * @param {object} env
 * @param {import("../../js/index.mjs").Core} [core] which checks CONFIG
 * @returns {Promise<string[]>} a sentence for each, which begins with the name of the variable
 */
export async function wrongVariables(env, core) {
  const wrong = required.filter((name) => !env[name]).map((name) => `${name} is not set`);
  const check = async (name, look) => {
    if (!env[name]) return;
    try {
      const message = await look(env[name]);
      if (message) wrong.push(`${name} ${message}`);
    } catch (error) {
      wrong.push(error.message.startsWith(name) ? error.message : `${name}: ${error.message}`);
    }
  };
  await check("CONFIG", () => {
    const config = json(env, "CONFIG");
    if (typeof config.clientId !== "string" || config.clientId === "") return "has no clientId, or one that is no text";
    if ("origin" in config) return "has no member origin; that is the variable ORIGIN";
    // The order is empty and all that is wrong with that is expected; what concerns the config is not.
    const errors = core?.ask("validate_order", { config: { ...config, origin: "https://pay.example" }, order: {} }).errors ?? [];
    const found = errors.filter(({ path }) => path.startsWith("/config"));
    if (found.length > 0) return `is wrong: ${found.map(({ code, path }) => `${code} at ${path.slice("/config".length)}`).join(", ")}`;
  });
  await check("ORIGIN", (text) => (isOrigin(text.replace(/\/$/, "")) ? "" : "must be https://host, without a path"));
  await check("ALIPAY_PUBLIC_KEYS", async () => {
    const keys = json(env, "ALIPAY_PUBLIC_KEYS");
    const [problem] = (await checkKeys({ keys, privateKey: env.PRIVATE_KEY })).filter(({ path }) => path.startsWith("/keys"));
    return problem && `cannot be used: ${problem.path.slice("/keys/".length)} ${problem.message}`;
  });
  await check("PRIVATE_KEY", async (privateKey) => {
    const [problem] = (await checkKeys({ keys: {}, privateKey })).filter(({ path }) => path === "/privateKey");
    return problem && `cannot be used: ${problem.message}`;
  });
  await check("ORDER_TOKEN_KEYS", async (text) => void (await importKeys(text)));
  for (const name of ["WEBHOOK_URL", "ORDER_URL", "ALERT_URL"]) await check(name, (text) => (isSafeURL(text) ? "" : "must be an https URL"));
  await check("WEBHOOK_SECRET", (text) => {
    const list = secrets(text);
    const fit = list.length >= 1 && list.length <= 2 && list.every((secret) => secret?.length >= 32);
    return fit ? "" : "must be whsec_ and 32 bytes in base64, or two of these divided by a blank";
  });
  await check("RESULT_HOSTS", (text) =>
    hostList(text).every(normalHost) ? "" : "must be hosts without scheme and path, divided by commas: shop.example, pay.example:8443",
  );
  await check("OPERATOR_TOKEN", (text) => operatorTokens(text).wrong);
  await check("LEDGER_SHARDS", (text) => (wholeNumber(text) <= mostShards ? "" : `must be a whole number from 1 to ${mostShards}`));
  await check("RETENTION_DAYS", (text) => (wholeNumber(text) <= 36_500 ? "" : "must be a whole number of days from 1 to 36500"));
  return wrong;
}

function json(env, name) {
  try {
    // Editors on Windows put a byte order mark before it.
    const value = typeof env[name] === "string" ? JSON.parse(env[name].replace(/^\uFEFF/, "")) : env[name];
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // The text may hold what must not be logged: the error says only which variable it is.
  }
  throw new Error(`${name} is not a JSON object`);
}

/** NaN for anything but a whole number from 1, which no comparison is true of. */
function wholeNumber(text, otherwise = NaN) {
  if (text === undefined || text === "") return otherwise;
  return /^[1-9]\d{0,8}$/.test(String(text)) ? Number(text) : NaN;
}

/** The bytes of each secret, undefined for one that is none. */
function secrets(text) {
  return text.split(/\s+/).filter(Boolean).map((secret) => {
    try {
      return secret.startsWith("whsec_") ? fromBase64(secret.slice("whsec_".length)) : undefined;
    } catch {
      return undefined;
    }
  });
}

const isLoopback = (hostname) => hostname === "localhost" || /^127(\.\d{1,3}){3}$/.test(hostname) || hostname === "[::1]";

/**
 * An absolute URL with https, or with http on this machine, and without anything that two readers may read differently:
 * blanks, control characters, a backslash or a user's name.
 */
export function isSafeURL(text) {
  if (!/^[\x21-\x5b\x5d-\uffff]+$/.test(text) || /%(?![\da-f]{2})/i.test(text) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.username === "" && url.password === "" && (url.protocol === "https:" || isLoopback(url.hostname));
}

function isOrigin(text) {
  return isSafeURL(text) && new URL(text).origin === text;
}

const hostList = (text) => text.split(",").map((host) => host.trim()).filter(Boolean);

/** A host as URLs have it: in lower case, in ASCII, without the port of https; undefined for what is none. */
function normalHost(text) {
  if (!URL.canParse(`https://${text}`)) return undefined;
  const url = new URL(`https://${text}`);
  return url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && /^[^/?#@\\]+$/.test(text) ? url.host : undefined;
}

/** Those of RESULT_HOSTS, or of the merchant's servers. */
function resultHosts({ RESULT_HOSTS = "", WEBHOOK_URL = "", ORDER_URL = "" }) {
  const hosts = hostList(RESULT_HOSTS).map(normalHost).filter(Boolean);
  return hosts.length > 0 ? hosts : [WEBHOOK_URL, ORDER_URL].filter(isSafeURL).map((text) => new URL(text).host);
}

/**
 * Whether shoppers may be sent to the page: a signature of the merchant's server on an order does not make an open redirect of
 * this Worker.
 * @param {string} page @param {string[]} hosts
 */
export function allowsResultPage(page, hosts) {
  return isSafeURL(page) && hosts.includes(new URL(page).host);
}
