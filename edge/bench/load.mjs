// Load by wrk, one run at a time, and requests one by one.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { Agent, request as post } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("wrk.lua", import.meta.url));

/**
 * Sends requests over eight connections, going on where the last run ended. None is sent twice, unless there is only one.
 * @param {object} source `port`, `requests` (objects with path, headers and body), the `status` that is right, `next` and a `folder` for files
 * @param {number} seconds
 * @returns {Promise<object | undefined>} undefined when there are too few requests left
 */
export async function measure(source, seconds) {
  const { port, requests, status, folder } = source;
  const left = requests.length - source.next;
  const most = requests.length === 1 ? Infinity : Math.min(left, Math.ceil((source.rate ?? 2000) * seconds * 1.6) + 16);
  if (requests.length > 1 && left < (source.rate ?? 0) * seconds * 1.3) return undefined;
  const part = requests.length === 1 ? requests : requests.slice(source.next, source.next + most);
  const file = join(folder, `requests-${port}.txt`);
  await writeFile(file, part.map(describe).join(""));
  const args = ["-t1", "-c8", `-d${seconds}s`, "--timeout", "20s", "--latency", "-s", script, `http://127.0.0.1:${port}`, "--", file];
  const { stdout } = await promisify(execFile)("wrk", args, { maxBuffer: 1 << 24 });
  const result = JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1));
  // Those that were under way at the end are not counted, and were sent.
  if (requests.length > 1) source.next += Math.min(most, result.requests + 16);
  source.rate = Math.max(source.rate ?? 0, result.rate);
  // wrk counts every status from 400 on, so a refusal that is right is looked at before.
  const probe = status < 400 ? 0 : Number((await send(port, part.at(-1))).status !== status);
  const refused = status < 400 ? result.status : result.requests - result.status;
  const repeated = requests.length > 1 && result.requests > most ? result.requests - most : 0;
  const wrong = refused + result.broken + probe + repeated;
  if (wrong > 0) console.error(`port ${port}: ${JSON.stringify({ ...result, probe, repeated })}`);
  return { ...result, wrong };
}

// A line for each header of a request, one for its path and body, and an empty one.
function describe({ path, headers, body }) {
  return `${Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`).join("")}\n${path}\n${body}\n`;
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** One request. */
export function send(port, { path, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = post({ port, path, host: "127.0.0.1", method: body === undefined ? "GET" : "POST", agent, headers: { ...headers, ...(body !== undefined && { "content-length": Buffer.byteLength(body) }) } }, async (response) => {
      const text = (await response.toArray()).join("");
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Sends many, eight at a time, and hands each answer to `use`. */
export async function sendAll(port, requests, use) {
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < requests.length) {
        const i = next++;
        await use(await send(port, requests[i]), i);
      }
    }),
  );
}
