import { CashierError } from "./error.mjs";

const ABI = 1;
const LINE_FEED = 0x0a;
const SHORT = 4096;
const notOperations = new Set(["_initialize", "abi", "input"]);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One running copy of core.wasm. It keeps no state between calls and is meant to be shared; `load` makes one. */
export class Core {
  #module;
  #exports;

  /** @param {WebAssembly.Module} module @param {WebAssembly.Instance} instance */
  constructor(module, instance) {
    this.#module = module;
    this.#exports = start(instance);
  }

  /**
   * One operation of core.wasm, bytes in and bytes out. The reply is the caller's own copy.
   * @param {string} operation @param {Uint8Array} input
   */
  call(operation, input) {
    return this.#run(operation, input).slice();
  }

  /**
   * The same in JSON, and cheaper, because the reply is read in place. Operations on a message body take it apart
   * from the JSON head, as the raw bytes that were received.
   * @param {string} operation @param {object} head @param {Uint8Array} [raw]
   */
  ask(operation, head, raw) {
    return JSON.parse(decoder.decode(this.#run(operation, toJSON(head), raw)));
  }

  #run(operation, head, raw) {
    // After a trap the instance's stack is not unwound and later calls would fail; a fresh one takes its place here.
    const exports = (this.#exports ??= start(new WebAssembly.Instance(this.#module, {})));
    const run = exports[operation];
    if (typeof run !== "function" || notOperations.has(operation)) {
      throw new CashierError({ code: "OPERATION_UNKNOWN", message: `core.wasm has no operation ${operation}.` });
    }
    // A short text is encoded right where the core reads it, in room for as many bytes as it can become.
    if (typeof head === "string" && head.length > SHORT) head = encoder.encode(head);
    const text = typeof head === "string";
    const behind = raw ? 1 + raw.length : 0;
    let size = (text ? 3 : 1) * head.length + behind;
    let at, reply;
    try {
      at = exports.input(size) >>> 0;
      if (at !== 0) {
        const room = new Uint8Array(exports.memory.buffer, at, size);
        const written = text ? encoder.encodeInto(head, room).written : head.length;
        if (!text) room.set(head);
        if (raw) {
          room[written] = LINE_FEED;
          room.set(raw, written + 1);
        }
        size = written + behind;
        const packed = run(size);
        reply = new Uint8Array(exports.memory.buffer, Number(BigInt.asUintN(32, packed >> 32n)), Number(BigInt.asUintN(32, packed)));
      }
    } catch (cause) {
      this.#exports = undefined;
      throw new CashierError({ code: "CORE_TRAPPED", message: `core.wasm failed in ${operation}; this is a bug in it.` }, { cause });
    }
    if (at === 0 && text) return this.#run(operation, encoder.encode(head), raw); // its bytes alone may fit
    if (at === 0) throw new CashierError({ code: "INPUT_TOO_LARGE", message: `The input of ${size} bytes is too large.` });
    return reply;
  }
}

/** JSON has no word for NaN, an invalid Date and the like: as null, "not given", they would switch off what they are about. */
function toJSON(head) {
  let text = "null";
  try {
    text = JSON.stringify(head);
  } catch {
    // Below it is found out where that is.
  }
  if (!text.includes("null")) return text;
  const paths = new Map();
  let path = "";
  try {
    return JSON.stringify(head, function (name, value) {
      path = name && `${paths.get(this)}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      const given = this[name];
      if ((value === null && given !== null) || (typeof value === "number" && !Number.isFinite(value))) throw new TypeError(`${given} is no JSON`);
      if (typeof value === "object") paths.set(value, path);
      return value;
    });
  } catch (cause) {
    // As the core does, without the name under which an order or a request is passed.
    path = path.replace(/^\/(order|request|form|stored|message)(?=\/|$)/, "");
    throw new CashierError({ code: "JSON_MALFORMED", path, message: `This cannot be written as JSON: ${cause.message}.` }, { cause });
  }
}

function start(instance) {
  const exports = instance.exports;
  const version = typeof exports.abi === "function" && typeof exports._initialize === "function" && (exports._initialize(), exports.abi());
  if (version === ABI) return exports;
  throw new CashierError({
    code: "CORE_ABI_MISMATCH",
    message: version === false ? "This module is not core.wasm." : `core.wasm has ABI ${version}, this package needs ${ABI}.`,
  });
}
