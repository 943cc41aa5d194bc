// Load by wrk, one run at a time.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { request as post } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("wrk.lua", import.meta.url));

/**
 * Sends requests over eight connections, going on in the list of bodies where the last run ended.
 * @param {object} source `port`, `request` (path, headers, bodies), the `status` that is right, and a `folder` for files
 * @param {number} seconds
 */
export async function measure(source, seconds) {
  const { port, request, status, folder } = source;
  const url = `http://127.0.0.1:${port}${request.path}`;
  source.file ??= await describe(request, join(folder, `requests-${port}-${status}.lua`));
  const before = await probe(url, request, status);
  const args = ["-t1", "-c8", `-d${seconds}s`, "--timeout", "20s", "-s", script, url, "--", source.file, String(source.next)];
  const { stdout } = await promisify(execFile)("wrk", args);
  const result = JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1));
  source.next = (source.next + result.requests + 8) % request.bodies.length;
  const after = await probe(url, request, status);
  // wrk counts every status from 400 on, so a refusal that is right is looked at before and after.
  const refused = status < 400 ? result.status : result.requests - result.status;
  return { ...result, wrong: refused + result.broken + before + after };
}

// On a connection of its own: workerd closes one that was idle during a run.
async function probe(url, { headers, bodies }, status) {
  const request = post(url, { method: "POST", headers, agent: false }).end(bodies.at(-1));
  const [answer] = await once(request, "response");
  const text = (await answer.toArray()).join("");
  if (answer.statusCode === status) return 0;
  console.error(`${url} answered ${answer.statusCode}: ${text.slice(0, 300)}`);
  return 1;
}

// JSON's strings are Lua's, as long as they are ASCII without control characters.
async function describe({ headers, bodies }, file) {
  const fields = Object.entries(headers).map(([name, value]) => `[${JSON.stringify(name)}] = ${JSON.stringify(value)}`);
  await writeFile(file, `return { headers = { ${fields.join(", ")} }, bodies = {\n${bodies.map((body) => JSON.stringify(body)).join(",\n")} } }\n`);
  return file;
}
