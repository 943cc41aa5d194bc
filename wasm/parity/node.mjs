// The report of Node for parity.mjs: the vectors on core.wasm, as a line of JSON.
import { createHash } from "node:crypto";
import { core, coreBytes } from "../../js/test/support/core.mjs";
import { vectorFiles } from "../../js/test/support/files.mjs";
import { readVectors, replay } from "../../js/test/support/vectors.mjs";

const report = await replay(core, readVectors(await vectorFiles()));
console.log(JSON.stringify({ runtime: `Node ${process.version}`, ...report, core: createHash("sha256").update(coreBytes).digest("hex") }));
