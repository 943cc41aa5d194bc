/** The package's entry for Node, Deno and Bun: load() reads core.wasm from the package. */

import { readFile } from "node:fs/promises";
import { CashierError } from "./error.mjs";
import { load as start } from "./load.mjs";

export * from "./index.mjs";

/** As `load` of load.mjs; without an argument, and for file: addresses, it reads the file. */
export async function load(source = new URL("./core.wasm", import.meta.url)) {
  const isFile = (typeof source === "string" || source instanceof URL) && /^file:/i.test(source);
  return start(isFile ? await read(new URL(source)) : source);
}

async function read(file) {
  try {
    return await readFile(file);
  } catch (cause) {
    const message = `core.wasm cannot be loaded: ${cause.message}. npm pack puts it into the package; a program in one file needs it passed as bytes.`;
    throw new CashierError({ code: "CORE_UNAVAILABLE", message }, { cause });
  }
}
