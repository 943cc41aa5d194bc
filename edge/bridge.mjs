// What the Go program reaches in JavaScript, as `context.cashier`: the rules in core.wasm and the platform's RSA.
import { algorithm, privateKey, publicKey } from "../js/server/keys.mjs";
import { settings } from "./settings.mjs";

/**
 * @param {import("../js/index.mjs").Core} core shared by all instances: a call ends before the next begins
 * @returns {(context: {env: object}) => object} the services of one instance; `env` is the present lease's
 */
export function bridge(core) {
  return (context) => ({
    call: (operation, input) => core.call(operation, input),
    sign: async (content) => {
      const key = await privateKey(context.env.PRIVATE_KEY);
      return new Uint8Array(await crypto.subtle.sign(algorithm.name, key, content));
    },
    verify: async (version, content, signature) => {
      const key = await publicKey(settings(context.env).keys, version);
      return crypto.subtle.verify(algorithm.name, key, signature, content);
    },
  });
}
