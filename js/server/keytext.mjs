/**
 * From what people paste as a key to DER. host/gateway reads the same texts and refuses the same with the same words;
 * wasm/vectors/clients/keys.json lists them.
 */

import { fromBase64 } from "./bytes.mjs";
import { identify as identifyDER } from "./der.mjs";

/** The key cannot be used. The message says what the text is instead and holds nothing of it. */
export class KeyError extends Error {
  constructor(message, code = "KEY_MALFORMED") {
    super(message);
    this.code = code;
  }
}

/**
 * The one RSA key of the wanted half in a text.
 * @param {string} text @param {"RSA private key" | "RSA public key"} wanted
 * @returns {{kind: string, pkcs1: Uint8Array, modulus: Uint8Array}}
 */
export function findKey(text, wanted) {
  const found = readText(text);
  const [key, ...others] = found.filter(({ kind }) => kind === wanted);
  if (!key) throw new KeyError(reason(mostTelling(found), wanted));
  if (others.some(({ pkcs1 }) => String(pkcs1) !== String(key.pkcs1))) throw new KeyError(`there is more than one ${wanted} here; pass one`);
  return key;
}

const blanks = /[\p{White_Space}\p{Cf}]/gu;
const path = /^(?:file:|(?:\.{0,2}|~)\/|[a-z]:[\\/])|\.(?:pem|key|der|pub|crt|cer|p8|p12|pfx|txt)$/i;

function readText(text) {
  const trimmed = text.replace(/^[\p{White_Space}\p{Cf}]+|[\p{White_Space}\p{Cf}]+$/gu, "");
  if (["", "undefined", "null"].includes(trimmed)) throw new KeyError("the key is missing"); // what an unset variable becomes
  if (/^0[^\0-\x7f]/.test(text)) return [{ kind: "binary DER" }];
  if (text.includes("\0")) return [{ kind: "UTF-16 text" }];
  if (trimmed.length <= 260 && !/[\r\n]/.test(trimmed) && path.test(trimmed)) return [{ kind: "path" }];
  const compacted = compact(text);
  // Base64 of a text that holds the key, such as of a PEM file.
  return blocks(compact(decodedText(compacted) ?? compacted)).map(identify);
}

/**
 * Without what is never part of a key's text: blanks, line ends (also those written as \n, escaped once or more), quotes and
 * invisible characters.
 */
function compact(text) {
  return text.replace(/\\+[nrt]/g, "").replace(/\\+\//g, "/").replace(blanks, "").replace(/["']/g, "");
}

// Two dashes suffice; at most five are taken behind the label, because the next boundary may follow at once.
const boundary = /-{2,}(BEGIN|END)([A-Z0-9]*)-{2,5}/g;

/** The PEM blocks of a text without blanks, or all of it if there is no PEM in it. A block may lack its end or its beginning. */
function blocks(text) {
  const found = [];
  let label;
  let from = 0;
  for (const { 0: line, 1: word, 2: name, index } of text.matchAll(boundary)) {
    const content = text.slice(from, index);
    if (label !== undefined) found.push({ label, content });
    else if (word === "END" && !found.length) found.push({ label: name, content });
    label = word === "BEGIN" ? name : undefined;
    from = index + line.length;
  }
  if (label !== undefined) found.push({ label, content: text.slice(from) });
  return found.length ? found : [{ label: "", content: text }];
}

/** What a block is. Labels are not trusted with the form of a key, because many programs write wrong ones. */
function identify({ label, content }) {
  const kind = named(label, content);
  if (kind) return { kind };
  const der = decodeBase64(content);
  return der?.length ? identifyDER(der) : { kind: "no key" };
}

function named(label, content) {
  if (label.startsWith("ENCRYPTED") || content.includes(",ENCRYPTED")) return "encrypted private key";
  if (label.startsWith("OPENSSH")) return "OpenSSH private key";
  if (label.startsWith("SSH2") || /^(ssh-|ecdsa-sha2-)/.test(content)) return "OpenSSH public key";
  if (label.startsWith("PGP")) return "PGP key";
  if (label.endsWith("CERTIFICATEREQUEST")) return "certificate request";
  if (label.endsWith("CERTIFICATE")) return "certificate";
  if (content.startsWith("PuTTY-User-Key-File")) return "PuTTY key";
  if (content.startsWith("{") && content.includes("kty:")) return "JSON Web Key";
  if (content.startsWith("<") && content.includes("RSAKeyValue")) return "XML key";
  if (/^30:?82[0-9a-f:]*$/i.test(content)) return "hexadecimal";
  if (/^[^%]*%[0-9a-f]{2}/i.test(content)) return "URL-encoded text";
}

/** Standard base64 or base64url, with padding or without. zsh prints a % behind a text that has no line end. */
function decodeBase64(text) {
  const digits = text.replace(/%+$/, "").replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  if (/[^A-Za-z0-9+/]/.test(digits) || digits.length % 4 === 1) return undefined;
  return fromBase64(digits.padEnd(Math.ceil(digits.length / 4) * 4, "="));
}

function decodedText(text) {
  const bytes = decodeBase64(text);
  if (bytes?.length && bytes.every((byte) => (byte >= 0x20 && byte <= 0x7e) || byte === 0x0a || byte === 0x0d || byte === 0x09)) return String.fromCharCode(...bytes);
}

/** The block that the error is about: a key of another kind rather than what stands beside keys. */
function mostTelling(found) {
  return found.reduce((best, next) => (rank(next) < rank(best) ? next : best));
}

function rank({ kind }) {
  if (["certificate", "certificate request", "set of key parameters"].includes(kind)) return 1;
  return kind === "no key" ? 2 : 0;
}

const hints = {
  "encrypted private key": "; remove the password with: openssl pkey -in FILE",
  "OpenSSH private key": "; convert it with: ssh-keygen -p -m PEM -f FILE",
  "OpenSSH public key": "; convert it with: ssh-keygen -e -m PKCS8 -f FILE",
  "binary DER": "; pass PEM or base64 of it",
  hexadecimal: "; pass PEM or base64 of it",
  "URL-encoded text": "; decode it first",
  "UTF-16 text": "; save it as UTF-8",
  path: "; pass the content of the file",
};
const withoutArticle = ["binary DER", "hexadecimal", "URL-encoded text", "UTF-16 text"];

/** In one sentence what is there instead of the wanted key. */
function reason({ kind, have, want }, wanted) {
  if (kind === "no key") return `this is neither PEM nor base64 of an ${wanted}`;
  if (kind === "cut key") return `the key is cut off: ${have} of its ${want} bytes are there`;
  if (kind === "long key") return `the key is followed by something else: it has ${want} bytes, and there are ${have}`;
  let name = kind === "path" ? "the path of a file" : kind;
  if (kind !== "path" && !withoutArticle.includes(kind)) name = `${/^([aeiouAEIOX]|RSA)/.test(kind) ? "an" : "a"} ${kind}`;
  return `this is ${name}; an ${wanted} is needed here${hints[kind] ?? ""}`;
}
