import type { WasmModule } from "./index.js";

/** The module as Cloudflare Workers import it. A bundler that makes an address of the file has that as the default export. */
declare const module: WasmModule;
export default module;
