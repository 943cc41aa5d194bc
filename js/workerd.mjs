/** The package's entry for Cloudflare Workers: load() takes the module that was deployed with the Worker. */

import wasm from "./core.wasm";
import { load as start } from "./load.mjs";

export * from "./index.mjs";

/** As `load` of load.mjs; without an argument it starts the core.wasm of the package. */
export async function load(source = wasm) {
  return start(source);
}
