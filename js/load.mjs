import { Core } from "./core.mjs";
import { CashierError } from "./error.mjs";

/**
 * Starts core.wasm, once for a page or process.
 *
 * A page needs `script-src 'wasm-unsafe-eval'` if it has a Content-Security-Policy. Workers pass the module they import,
 * Node and Bun the bytes they read.
 * @param {string | URL | Response | Promise<Response> | BufferSource | WebAssembly.Module} source
 * @returns {Promise<Core>}
 */
export async function load(source) {
  const module = await compile(source);
  let instance;
  try {
    instance = await WebAssembly.instantiate(module, {});
  } catch (cause) {
    throw new CashierError({ code: "CORE_ABI_MISMATCH", message: "This module is not core.wasm: it wants imports." }, { cause });
  }
  return new Core(module, instance);
}

async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  try {
    const given = typeof source === "string" || source instanceof URL ? await fetch(source) : await source;
    if (typeof given?.arrayBuffer !== "function") return await WebAssembly.compile(given);
    if (!given.ok) throw new Error(`status ${given.status}`);
    // Servers that do not know the type send another one, which streaming refuses; whole bytes work with any.
    const streams = WebAssembly.compileStreaming && given.headers.get("content-type") === "application/wasm";
    return await (streams ? WebAssembly.compileStreaming(given) : WebAssembly.compile(await given.arrayBuffer()));
  } catch (cause) {
    throw new CashierError({ code: "CORE_UNAVAILABLE", message: `core.wasm cannot be loaded: ${cause?.message ?? cause}.` }, { cause });
  }
}
