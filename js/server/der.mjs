/** The little of DER that it takes to accept RSA keys in each wrapping that dashboards and tools hand out. */

import { fromBase64 } from "./bytes.mjs";

const INTEGER = 0x02, BIT_STRING = 0x03, OCTET_STRING = 0x04, SEQUENCE = 0x30;
const version0 = [INTEGER, 1, 0];
const rsaEncryption = [SEQUENCE, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0];

/** PEM or bare base64, with any line breaks, to DER. */
export function decode(text) {
  return fromBase64(text.replace(/-----[A-Z ]+-----|[\s\uFEFF]/g, ""));
}

/** Whether this is a private key: both PKCS#8 and PKCS#1 begin with the version 0. */
export function isPrivate(der) {
  const at = body(der);
  return version0.every((byte, i) => der[at + i] === byte);
}

/** A public key as SubjectPublicKeyInfo, from that or from PKCS#1, which begins with the modulus. */
export function spki(der) {
  return der[body(der)] === INTEGER ? element(SEQUENCE, [...rsaEncryption, ...element(BIT_STRING, [0, ...der])]) : der;
}

/** A private key as PKCS#8, from that or from PKCS#1, where the modulus follows the version. */
export function pkcs8(der) {
  return der[body(der) + version0.length] === INTEGER
    ? element(SEQUENCE, [...version0, ...rsaEncryption, ...element(OCTET_STRING, der)])
    : der;
}

/** Where the content of the outermost element begins. */
function body(der) {
  return der[1] < 0x80 ? 2 : 2 + (der[1] & 0x7f);
}

function element(tag, content) {
  const n = content.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Uint8Array.of(tag, ...length, ...content);
}
