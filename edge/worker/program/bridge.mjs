// What the Go program reaches in JavaScript, as `context.cashier`: the rules in core.wasm, the platform's RSA, the payment
// request, which is signed, sent and verified without waking Go in between, and the database. What takes time has
// a number and tells its end under it to `binding.settled`: a promise that Go waits for would cost it two functions each.
import { algorithm, privateKey, publicKey } from "../js/server/keys.mjs";
import { ask } from "./checkout.mjs";
import { settings } from "./settings.mjs";
import { TokenError, verifyToken } from "./token.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @param {import("../js/index.mjs").Core} core shared by all instances: a call ends before the next begins
 * @returns {(context: {env: object, binding: object}) => object} the services of one instance; `env` is the present lease's
 */
export function bridge(core) {
  return (context) => {
    const watch = (number, promise) =>
      void promise.then(
        (value) => context.binding.settled(number, value),
        (error) => context.binding.settled(number, undefined, error),
      );
    const service = (work) => (number, ...args) => watch(number, work(context.env, ...args));
    return {
      watch,
      call: (operation, input) => core.call(operation, input),
      log,
      sign: service(sign),
      verify: service(verify),
      query: service(query),
      verifyToken: service(token),
      pay: service((env, order, patience) => pay(core, env, order, patience)),
    };
  };
}

// By the level of a line that slog wrote, so that the platform's filters for levels find what the program calls an
// error.
const consoles = { ERROR: "error", WARN: "warn" };

function log(line) {
  console[consoles[/^\{"time":"[^"]*","level":"(\w+)"/.exec(line)?.[1]] ?? "log"](line);
}

async function sign(env, content) {
  return new Uint8Array(await crypto.subtle.sign(algorithm.name, await privateKey(env.PRIVATE_KEY), content));
}

async function verify(env, version, content, signature) {
  const key = await publicKey(settings(env).keys, version);
  return crypto.subtle.verify(algorithm.name, key, signature, content);
}

/** Rows as JSON, the names of the columns first. */
async function query(env, sql, values) {
  const statement = env.LEDGER.prepare(sql).bind(...JSON.parse(decoder.decode(values)));
  return bytes(await statement.raw({ columnNames: true }));
}

/** The order of a token and when it was signed, or why it is refused. */
async function token(env, text) {
  try {
    return bytes(await verifyToken(text, { keys: env.ORDER_TOKEN_KEYS, audience: settings(env).origin }));
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return bytes({ code: error.code, message: error.message });
  }
}

async function pay(core, env, order, patience) {
  const { config, keys } = settings(env);
  return bytes(await ask({ core, config, keys, order: JSON.parse(decoder.decode(order)), privateKey: env.PRIVATE_KEY, patience }));
}

function bytes(value) {
  return encoder.encode(JSON.stringify(value));
}
