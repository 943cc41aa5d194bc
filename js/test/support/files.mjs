/** The vectors' files, for the runtimes that cannot read a disk as well. */

import { readFile, readdir } from "node:fs/promises";

const folder = new URL("../../../wasm/vectors/", import.meta.url);

/** The text of each file by its name. */
export async function vectorFiles() {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, folder), "utf8")])));
}
