/** The package as others have it: packed by npm and installed into a folder of its own. */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Installs the package into a new folder, whose path it gives. `remove` removes the folder. */
export async function installPackage() {
  const folder = await mkdtemp(join(tmpdir(), "cashier-installed-"));
  // From a copy, because packing puts core.wasm beside the sources for a moment, where other tests would see it.
  const copy = join(folder, "repository");
  await mkdir(copy);
  for (const path of ["LICENSE", "wasm/core.wasm"]) await cp(join(root, path), join(copy, path));
  await cp(join(root, "js"), join(copy, "js"), { recursive: true, filter: (path) => !["node_modules", "test", "page"].includes(basename(path)) });
  const { stdout } = await run("npm", ["pack", "--json", "--offline", "--pack-destination", folder], { cwd: join(copy, "js") });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "shop", private: true, type: "module" }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, JSON.parse(stdout)[0].filename)], { cwd: folder });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
