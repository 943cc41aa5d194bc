// The Worker's variables, parsed once.

const parsed = new WeakMap();

/**
 * @param {object} env the bindings of the Worker
 * @returns {{config: object, keys: Record<string, string>}} the merchant's config and Alipay's public keys by version
 */
export function settings(env) {
  let found = parsed.get(env);
  if (!found) {
    found = { config: json(env, "CONFIG"), keys: json(env, "ALIPAY_PUBLIC_KEYS") };
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
