import { Core } from "./core.mjs";
import { CashierError } from "./error.mjs";

/**
 * Starts core.wasm, once for a page or process.
 *
 * Without an argument it takes the core.wasm of this package. Pages whose bundler does not copy that file pass its address, Node
 * and Bun may pass bytes, Workers a module. A page needs `script-src 'wasm-unsafe-eval'` if it has a Content-Security-Policy.
 * @param {string | URL | Response | BufferSource | WebAssembly.Module | {default: unknown} | Promise<unknown>} [source]
 * @returns {Promise<Core>}
 */
export async function load(source = new URL("./core.wasm", import.meta.url)) {
  if (typeof WebAssembly !== "object") throw unavailable("this runtime has no WebAssembly; Lockdown Mode and some policies turn it off");
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
  let given = source;
  try {
    given = await source;
    given = given?.default ?? given; // what `import()` of core.wasm gives
    if (kind(given) === "[object WebAssembly.Module]") return given;
    if (isAddress(given)) given = await fetch(given);
    if (typeof given?.arrayBuffer !== "function") return await WebAssembly.compile(given);
    if (!given.ok) throw new Error(`status ${given.status}`);
    const type = given.headers.get("content-type") ?? "";
    if (type.startsWith("text/html")) throw new Error(`the answer is a page (${type}); is the address right`);
    // Servers that do not know the type send another one, which streaming refuses; whole bytes work with any.
    if (WebAssembly.compileStreaming && type === "application/wasm") return await WebAssembly.compileStreaming(given);
    given = await given.arrayBuffer();
    return await WebAssembly.compile(given);
  } catch (cause) {
    throw unavailable(why(given, cause), cause);
  }
}

/** What an object is, also one of another realm, such as those of test environments, which instanceof does not know. */
const kind = (value) => Object.prototype.toString.call(value);
const isAddress = (value) => typeof value === "string" || kind(value) === "[object URL]";

/** What a person has to change, where that can be told. */
function why(given, cause) {
  const reason = cause?.cause?.message ?? cause?.message ?? cause;
  if (given === undefined || given === null) return "there is nothing to load";
  if (!isAddress(given)) return isHTML(given) ? "this is a page in HTML; is the address right" : reason;
  if (/^file:/i.test(given)) return "fetch reads no file: address here; pass the bytes of the file, or no argument";
  if (!/^[a-z][a-z\d+.-]*:/i.test(given)) return `${given} is relative, and this is no page; pass the bytes of the file, or no argument`;
  return `${given}: ${reason}`;
}

function isHTML(bytes) {
  try {
    return /^\s*</.test(new TextDecoder().decode(bytes));
  } catch {
    return false;
  }
}

function unavailable(reason, cause) {
  return new CashierError({ code: "CORE_UNAVAILABLE", message: `core.wasm cannot be loaded: ${reason}.` }, { cause });
}
