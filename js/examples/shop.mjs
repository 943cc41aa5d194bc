/**
 * What the examples share: core.wasm, and the config and keys in the folder CASHIER_KEYS ("keys" without that variable), as
 * `cashier sandbox --keys keys` has made them. Write the config that it prints to keys/config.json.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "@edgecashier/core";
import { CashierError } from "@edgecashier/core/server";

const read = (name) => readFile(join(process.env.CASHIER_KEYS ?? "keys", name), "utf8");

export const options = {
  core: await load(),
  config: JSON.parse(await read("config.json")),
  privateKey: await read("merchant-private.pem"),
  keys: { 1: await read("sandbox-public.pem") },
};

/** Where notifications.mjs listens. */
export const port = Number(process.env.PORT ?? 8080);

/** The words behind the name of the program; `usage` says what they are. */
export function words(usage, ...names) {
  const given = process.argv.slice(2);
  if (given.length === names.length) return given;
  console.error(`Usage: ${usage} ${names.join(" ")}`);
  process.exit(2);
}

/** Prints what a call gives, or what to do about its failure. */
export async function tell(call) {
  try {
    console.log(JSON.stringify(await call));
  } catch (error) {
    if (!(error instanceof CashierError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    // The call may have been carried out all the same. Nothing may be charged or refunded anew before this is known.
    if (error.outcomeUnknown) console.error("The outcome is unknown: inquire, or send the same request with the same id again.");
    process.exitCode = 1;
  }
}
