/** The pages on loopback as the Worker serves them: the same addresses, the same Content-Security-Policy, and what was posted. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { bundle } from "../../../edge/bundle.mjs";

const root = new URL("../../../", import.meta.url);
const types = { css: "text/css", html: "text/html; charset=utf-8", mjs: "text/javascript", svg: "image/svg+xml", wasm: "application/wasm" };
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'";

function fileFor(path) {
  if (path === "/") return "index.html";
  if (path === "/playground") return "js/page/playground.html";
  if (path === "/core.wasm") return "wasm/core.wasm";
  if (/^\/js\/[\w/-]+\.(mjs|css|svg)$/.test(path)) return path.slice(1);
}

const bundled = /^js\/page\/(page|playground)\.(mjs|css)$/;
const bundles = new Map();

async function read(file) {
  if (!bundled.test(file)) return readFile(new URL(file, root));
  if (!bundles.has(file)) bundles.set(file, Buffer.from(await bundle(fileURLToPath(new URL(file, root)))));
  return bundles.get(file);
}

/** Serves the pages; `without` names addresses that fail, `answer` what a POST gets, `page` rewrites index.html. */
export async function openSite({ without = [], answer = () => "<!doctype html><title>paid</title>", page = (html) => html } = {}) {
  const posts = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    if (request.method === "POST") {
      const chunks = await collect(request);
      const body = Buffer.concat(chunks).toString();
      posts.push({ path: pathname, fields: Object.fromEntries(new URLSearchParams(body)) });
      const page = await answer();
      // Without content the browser stays where it is, as it does while an answer is on its way.
      if (page === undefined) return response.writeHead(204).end();
      return response.writeHead(200, { "content-type": types.html, "content-security-policy": policy }).end(page);
    }
    if (pathname === "/favicon.ico") return response.writeHead(204).end(); // asked for by pages without an icon of their own
    const file = without.includes(pathname) ? undefined : fileFor(pathname);
    try {
      const content = await read(file ?? "missing");
      const type = types[file.split(".").pop()];
      response.writeHead(200, { "content-type": type, "content-security-policy": policy });
      response.end(file === "index.html" ? page(content.toString()) : content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, posts, close: () => new Promise((done) => server.close(done) && server.closeAllConnections()) };
}

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
