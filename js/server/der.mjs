/** The little of DER that it takes to tell keys apart and to give RSA keys the wrapping that WebCrypto reads. */

const INTEGER = 0x02, BIT_STRING = 0x03, OCTET_STRING = 0x04, OBJECT_IDENTIFIER = 0x06, SEQUENCE = 0x30;
const version0 = [INTEGER, 1, 0];
const rsaEncryption = [SEQUENCE, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0];

/** The object identifiers of keys, in hexadecimal. */
const algorithms = {
  "2a864886f70d010101": "RSA",
  "2a864886f70d01010a": "RSA-PSS",
  "2a8648ce3d0201": "EC",
  "2a8648ce380401": "DSA",
  "2b656e": "X25519",
  "2b6570": "Ed25519",
  "2b6571": "Ed448",
};

const unknown = { kind: "no key" };

/** A public key as SubjectPublicKeyInfo, from PKCS#1. */
export function spki(pkcs1) {
  return element(SEQUENCE, [...rsaEncryption, ...element(BIT_STRING, [0, ...pkcs1])]);
}

/** A private key as PKCS#8, from PKCS#1. */
export function pkcs8(pkcs1) {
  return element(SEQUENCE, [...version0, ...rsaEncryption, ...element(OCTET_STRING, pkcs1)]);
}

/**
 * What DER is, by the outermost elements, which differ for all kinds of keys. RSA keys come as PKCS#1, with their modulus.
 * @param {Uint8Array} der
 * @returns {{kind: string, pkcs1?: Uint8Array, modulus?: Uint8Array, have?: number, want?: number}}
 */
export function identify(der) {
  if (startsWith(der, "openssh-key-v1\0")) return { kind: "OpenSSH private key" };
  if (startsWith(der, "\0\0\0\x07ssh-")) return { kind: "OpenSSH public key" };
  const top = readElement(der, 0);
  if (top?.tag === SEQUENCE && top.end !== der.length) {
    return { kind: top.end > der.length ? "cut key" : "long key", have: der.length, want: top.end };
  }
  if (top?.tag === OBJECT_IDENTIFIER && top.end === der.length) return { kind: "set of key parameters" };
  const parts = children(der);
  if (!parts || parts.length < 2) return unknown;
  const [first, second, third] = parts;
  if (first.tag === SEQUENCE) return identifyWrapped(parts);
  if (first.tag !== INTEGER) return unknown;
  const version = first.content.length === 1 ? first.content[0] : undefined;
  if (second.tag === INTEGER && parts.length === 2) return { kind: "RSA public key", pkcs1: der, modulus: first.content };
  if (second.tag === INTEGER && version === 0 && parts.length === 9) return { kind: "RSA private key", pkcs1: der, modulus: second.content };
  if (second.tag === INTEGER && version === 0 && parts.length === 6) return { kind: "DSA private key" };
  if (second.tag === OCTET_STRING && version === 1) return { kind: "EC private key" };
  if (second.tag === SEQUENCE && version === 3) return { kind: "PKCS#12 file" };
  if (second.tag === SEQUENCE && version < 2 && third?.tag === OCTET_STRING) return identifyAlgorithm(second, third.content, "private key");
  return unknown;
}

/** What begins with another sequence: public keys, encrypted private keys, certificates. */
function identifyWrapped(parts) {
  const last = parts.at(-1);
  if (parts.length === 2 && last.tag === BIT_STRING && last.content.length > 1) return identifyAlgorithm(parts[0], last.content.subarray(1), "public key");
  if (parts.length === 2 && last.tag === OCTET_STRING) return { kind: "encrypted private key" };
  if (parts.length !== 3 || last.tag !== BIT_STRING) return unknown;
  const [inner] = children(parts[0].whole) ?? [];
  return { kind: inner?.tag === INTEGER && String(inner.content) === "0" ? "certificate request" : "certificate" };
}

/** By the AlgorithmIdentifier of PKCS#8 and SubjectPublicKeyInfo; inside them is PKCS#1. */
function identifyAlgorithm(identifier, inside, half) {
  const oid = readElement(identifier.content, 0);
  if (oid?.tag !== OBJECT_IDENTIFIER || oid.end > identifier.content.length) return unknown;
  const algorithm = algorithms[[...oid.content].map((byte) => byte.toString(16).padStart(2, "0")).join("")];
  if (algorithm !== "RSA") return { kind: `${algorithm ?? "unknown kind of"} ${half}` };
  const modulus = children(inside)?.[half === "private key" ? 1 : 0];
  return modulus ? { kind: `RSA ${half}`, pkcs1: inside, modulus: modulus.content } : unknown;
}

/** The integers of a PKCS#1 key, undefined unless all are positive. */
export function integers(pkcs1) {
  const parts = children(pkcs1);
  if (!parts?.every(({ tag, content }) => tag === INTEGER && content.length > 0 && content[0] < 0x80)) return undefined;
  return parts.map(({ content }) => BigInt(`0x${[...content].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`));
}

/** The parts of the one sequence that the bytes are, undefined if they are none. */
function children(der) {
  const top = readElement(der, 0);
  if (top?.tag !== SEQUENCE || top.end !== der.length) return undefined;
  const parts = [];
  for (let at = 0; at < top.content.length; ) {
    const part = readElement(top.content, at);
    if (!part || part.end > top.content.length) return undefined;
    parts.push(part);
    at = part.end;
  }
  return parts;
}

/** The element at a place. Its end may lie behind the bytes that are there. */
function readElement(der, at) {
  const [tag, short, ...long] = der.subarray(at, at + 5);
  if (short === undefined) return undefined;
  const bytes = short < 0x80 ? 0 : short & 0x7f;
  if (bytes > 3 || short === 0x80 || long.length < bytes) return undefined;
  const size = bytes === 0 ? short : long.slice(0, bytes).reduce((sum, byte) => sum * 256 + byte, 0);
  const start = at + 2 + bytes;
  return { tag, content: der.subarray(start, start + size), whole: der.subarray(at, start + size), end: start + size };
}

function startsWith(bytes, text) {
  return [...text].every((character, i) => bytes[i] === character.charCodeAt(0));
}

function element(tag, content) {
  const n = content.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Uint8Array.of(tag, ...length, ...content);
}
