// One file of a module and all it imports, or of a style sheet, as the pages load it: a browser that knows every
// address from the start still needs three times as long for the twenty modules one by one. The npm package has the
// modules as they are written.
import { build } from "esbuild";

/** @param {string} entry the path of the module or style sheet */
export async function bundle(entry) {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", target: "es2022", write: false, logLevel: "error" });
  return outputFiles[0].contents;
}
