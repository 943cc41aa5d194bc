/** The shared vectors on Node; edge/test has them in workerd, page.test.mjs in Chromium. */

import assert from "node:assert/strict";
import test from "node:test";
import { core } from "./support/core.mjs";
import { vectorFiles } from "./support/files.mjs";
import { readVectors, replay } from "./support/vectors.mjs";

test("every vector gets its reply, to the byte", async (t) => {
  const { count, differing, digest } = await replay(core, readVectors(await vectorFiles()));
  assert.deepEqual(differing, []);
  assert.ok(count > 900, `${count} vectors`);
  t.diagnostic(`Node ${process.version}: ${count} vectors, ${digest}`);
});

test("inputs are sent as they stand in the file", () => {
  const entry = String.raw`{"name":"a", "operation":"x", "input": {"b": [1.0, 1e3 , {"name":"c","input": 1}], "2": "\u0041 \"}", "1": 0, "1": 1}, "reply":""}`;
  const text = `{"about":"{\\"input\\":1}", "vectors": [${entry},\n{"name":"t","operation":"x","text":" {} ","body":"é","reply":""}, ${entry}]}`;
  const sent = readVectors({ "file.json": text, "signatures.json": '{"vectors":[{"id":"a"}]}', "table.json": "[1]" }).map(({ name, input }) => [name, new TextDecoder().decode(input)]);
  const compact = String.raw`{"b":[1.0,1e3,{"name":"c","input":1}],"2":"\u0041 \"}","1":0,"1":1}`;
  assert.deepEqual(sent, [["file/a", compact], ["file/t", " {} \né"], ["file/a", compact]]);
});
