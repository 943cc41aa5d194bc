/**
 * What the Go program reaches in JavaScript, as `context.cashier`: core.wasm, the log, and a way to wait for promises. What takes
 * time has a number and tells its end under it to `binding.settled`: a promise that Go waits for would cost it two functions each.
 */
import { log } from "../log.mjs";

/**
 * @param {import("../../../js/index.mjs").Core} core shared by all instances: a call ends before the next begins
 * @returns {(context: {env: object, binding: object}) => object} the services of one instance; `env` is the present lease's
 */
export function bridge(core) {
  return (context) => ({
    watch: (number, promise) =>
      void promise.then(
        (value) => context.binding.settled(number, value),
        (error) => context.binding.settled(number, undefined, error),
      ),
    call: (operation, input) => core.call(operation, input),
    log: log.line,
  });
}
