// The Worker's variables, parsed once.
import { privateKey, publicKey } from "../js/server/keys.mjs";
import { unfitOperatorToken } from "./operator.mjs";
import { importKeys } from "./token.mjs";

const parsed = new WeakMap();

/**
 * @param {object} env the bindings of the Worker
 * @returns {{config: object, keys: Record<string, string>, origin: string, resultHosts: string[]}} the merchant's config,
 *   Alipay's public keys by version, the Worker's public origin, and the hosts where the merchant's result pages may be
 */
export function settings(env) {
  let found = parsed.get(env);
  if (!found) {
    found = { config: json(env, "CONFIG"), keys: json(env, "ALIPAY_PUBLIC_KEYS"), origin: (env.ORIGIN ?? "").replace(/\/$/, ""), resultHosts: resultHosts(env) };
    parsed.set(env, found);
  }
  return found;
}

const required = ["CONFIG", "ORIGIN", "ALIPAY_PUBLIC_KEYS", "WEBHOOK_URL", "PRIVATE_KEY", "ORDER_TOKEN_KEYS", "WEBHOOK_SECRET"];

/**
 * Everything that is missing, or wrong with what this side of the Worker reads: the Go program tells the same of the
 * rest. Keys are imported as the requests import them, so what this finds right works.
 * @param {object} env
 * @returns {Promise<string[]>} a sentence for each, which names the variable and says nothing of its value
 */
export async function wrongVariables(env) {
  const wrong = required.filter((name) => !env[name]).map((name) => `${name} is not set`);
  const check = async (name, look) => {
    if (!env[name]) return;
    try {
      await look(env[name]);
    } catch (error) {
      wrong.push(error.message.startsWith(name) ? error.message : `${name}: ${error.message}`);
    }
  };
  await check("CONFIG", () => {
    if (typeof json(env, "CONFIG").clientId !== "string") throw new Error("it has no clientId");
  });
  await check("ALIPAY_PUBLIC_KEYS", async () => {
    const keys = json(env, "ALIPAY_PUBLIC_KEYS");
    if (Object.keys(keys).length === 0) throw new Error("it holds no key");
    for (const version of Object.keys(keys)) await publicKey(keys, version);
  });
  await check("PRIVATE_KEY", privateKey);
  await check("ORDER_TOKEN_KEYS", importKeys);
  const unfit = unfitOperatorToken(env.OPERATOR_TOKEN);
  if (unfit) wrong.push(`OPERATOR_TOKEN ${unfit}`);
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

/** As in settings.go: those of a list divided by commas, or of the merchant's servers. */
function resultHosts({ RESULT_HOSTS = "", WEBHOOK_URL = "", ORDER_URL = "" }) {
  const hosts = RESULT_HOSTS.split(",").map((host) => host.trim().toLowerCase()).filter(Boolean);
  return hosts.length > 0 ? hosts : [WEBHOOK_URL, ORDER_URL].filter((text) => URL.canParse(text)).map((text) => new URL(text).host);
}
