// What looks random in a campaign follows from its seed number and from what it is for, so that a run can be repeated.
import { createHash } from "node:crypto";

/** A number from 0 up to, not including, 1. */
export function chance(seed, ...purpose) {
  const hash = createHash("sha256").update([seed, ...purpose].join("\0")).digest();
  return hash.readUInt32BE() / 2 ** 32;
}

/** One of the choices by their weights, `{ name: weight }`. */
export function choose(weights, seed, ...purpose) {
  const all = Object.entries(weights);
  let left = chance(seed, ...purpose) * all.reduce((sum, [, weight]) => sum + weight, 0);
  return (all.find(([, weight]) => (left -= weight) < 0) ?? all.at(-1))[0];
}
