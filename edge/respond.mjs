/** The request target, as it was signed or asked for: path and query just as they are in the URL. */
export function target({ url }) {
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  return slash < 0 ? "/" : url.slice(slash);
}

/** Problem details (RFC 9457) with the same members as the Go program's. */
export function problem(status, code, message, path = "") {
  const body = { title: message, status, detail: message, errors: [{ code, path, message }] };
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/problem+json; charset=UTF-8" } });
}

/** Whether a script asks: people's browsers accept HTML. */
export function wantsJSON(request) {
  const accept = request.headers.get("Accept") ?? "";
  return /application\/(problem\+)?json/.test(accept) && !accept.includes("text/html");
}

/** Whether a script sent it: people's browsers send forms. */
export function sentJSON(request) {
  return (request.headers.get("Content-Type") ?? "").startsWith("application/json");
}

/** What the log calls a request: Cloudflare's own name of it where there is one. */
export function requestID(request) {
  return request.headers.get("cf-ray")?.replace(/[^\w-]/g, "").slice(0, 64) || crypto.randomUUID();
}

/** Adds the headers that every answer has. */
export function secured(response, request, id) {
  const { headers } = response;
  headers.set("Cache-Control", "no-store");
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "same-origin");
  headers.set("X-Request-Id", id);
  if (!headers.has("Content-Security-Policy")) headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  if (request.url.startsWith("https:")) headers.set("Strict-Transport-Security", "max-age=31536000");
  return response;
}
