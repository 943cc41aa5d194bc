/** The one core.wasm of the isolate. It keeps no state between calls, so requests and Ledger objects share it. */
import module from "../../wasm/core.wasm";
import { load } from "../../js/index.mjs";

export const core = await load(module);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The operation `advance`. The record is passed as the text that was stored, which spares parsing and writing it once more.
 * @param {{config: object, now: number, record?: string, event: object, language?: string}} input
 * @returns {object} the reply (docs/record.md)
 */
export function advance({ config, now, record = "null", event, language = "en" }) {
  const head = JSON.stringify({ config, now, language, event });
  return JSON.parse(decoder.decode(core.call("advance", encoder.encode(`${head.slice(0, -1)},"record":${record}}`))));
}
