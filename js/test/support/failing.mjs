/** A module with the ABI of core.wasm and one operation that echoes its input once and traps ever after. */

const I32 = 0x7f, I64 = 0x7e;

export function moduleThatFailsAtItsSecondCall({ abi = 1 } = {}) {
  const types = [fn([], [I32]), fn([I32], [I32]), fn([I32], [I64]), fn([], [])];
  const exports = [name("memory", 2, 0), name("abi", 0, 0), name("input", 0, 1), name("operation", 0, 2), name("_initialize", 0, 3)];
  const code = [
    [0x41, abi], // i32.const abi
    [0x41, 8], // i32.const 8: where the input goes
    // if (called) unreachable; called = 1; return 8 << 32 | n
    [0x23, 0, 0x04, 0x40, 0x00, 0x0b, 0x41, 1, 0x24, 0, 0x42, 8, 0x42, 32, 0x86, 0x20, 0, 0xad, 0x84],
    [],
  ].map((body) => [body.length + 2, 0, ...body, 0x0b]);
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(3, [[0], [1], [2], [3]]),
    ...section(5, [[0, 1]]),
    ...section(6, [[I32, 1, 0x41, 0, 0x0b]]),
    ...section(7, exports),
    ...section(10, code),
  );
}

const fn = (parameters, results) => [0x60, parameters.length, ...parameters, results.length, ...results];
const name = (text, kind, index) => [text.length, ...new TextEncoder().encode(text), kind, index];

function section(id, items) {
  const body = [items.length, ...items.flat()];
  return [id, body.length, ...body];
}
