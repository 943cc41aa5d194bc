// The Worker of the shared vectors, vectors.worker.mjs, in workerd.
import { fileURLToPath } from "node:url";
import "../dev.mjs";
import { unstable_startWorker } from "wrangler";
import { vectorFiles } from "../../js/test/support/files.mjs";

/** Starts it; `replay` runs all vectors, `verify` a message. */
export async function startVectors() {
  const worker = await unstable_startWorker({
    config: fileURLToPath(new URL("vectors.wrangler.jsonc", import.meta.url)),
    dev: { server: { hostname: "127.0.0.1", port: 0, secure: false }, inspector: false, watch: false, persist: false, logLevel: "error" },
  });
  await worker.ready;
  const post = async (path, body) => (await fetch(new URL(path, await worker.url), { method: "POST", body: JSON.stringify(body) })).json();
  return {
    replay: async () => post("/replay", await vectorFiles()),
    verify: (message) => post("/", message),
    stop: () => worker.dispose(),
  };
}
