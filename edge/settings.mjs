// The Worker's variables, parsed once.

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

function json(env, name) {
  try {
    const value = typeof env[name] === "string" ? JSON.parse(env[name]) : env[name];
    if (value !== null && typeof value === "object") return value;
  } catch {
    // The text may hold what must not be logged: the error says only which variable it is.
  }
  throw new Error(`the variable ${name} is not a JSON object`);
}

/** As in settings.go: those of a list divided by commas, or of the merchant's servers. */
function resultHosts({ RESULT_HOSTS = "", WEBHOOK_URL = "", ORDER_URL = "" }) {
  const hosts = RESULT_HOSTS.split(",").map((host) => host.trim().toLowerCase()).filter(Boolean);
  return hosts.length > 0 ? hosts : [WEBHOOK_URL, ORDER_URL].filter((text) => URL.canParse(text)).map((text) => new URL(text).host);
}
