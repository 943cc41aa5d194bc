/** Bytes in and out of text, with the encoder every call shares. */

const encoder = new TextEncoder();

/** Standard base64 to bytes. */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Bytes to standard base64. */
export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** Text followed by bytes, in one array that nobody else holds. */
export function join(text, bytes) {
  const joined = new Uint8Array(text.length * 3 + bytes.length);
  const { written } = encoder.encodeInto(text, joined);
  joined.set(bytes, written);
  return joined.subarray(0, written + bytes.length);
}
