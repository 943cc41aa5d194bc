/** The request target, as it was signed or asked for: path and query just as they are in the URL. */
export function target(url) {
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  return slash < 0 ? "/" : url.slice(slash);
}

// Without a type of its own a problem has its status' phrase as its title (RFC 9457, section 4.2.1); what is wrong in
// particular is in its detail and its errors.
const titles = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  411: "Length Required",
  413: "Request Entity Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/** Problem details (RFC 9457) with one problem. */
export function problem(status, code, message, path = "") {
  return problems(status, [{ code, path, message }]);
}

/**
 * Problem details with all that is wrong.
 * @param {number} status @param {{code: string, path: string, message: string}[]} errors @param {object} [more] members besides
 */
export function problems(status, errors, more = {}) {
  const text = JSON.stringify({ title: titles[status], status, detail: errors[0].message, errors, ...more });
  return new Response(text, { status, headers: { "Content-Type": "application/problem+json; charset=UTF-8" } });
}

/** Whether a script asks: people's browsers accept HTML. */
export function wantsJSON(request) {
  const accept = request.headers.get("Accept") ?? "";
  return /application\/(problem\+)?json/.test(accept) && !accept.includes("text/html");
}

/** Whether a person's browser asks for a page. */
export function wantsPage(request) {
  return (request.headers.get("Accept") ?? "").includes("text/html");
}

/** Whether a script sent it: people's browsers send forms. */
export function sentJSON(request) {
  return (request.headers.get("Content-Type") ?? "").startsWith("application/json");
}

const ids = new WeakMap();

/** What the log calls a request: Cloudflare's own name of it where there is one. It is made when it is first asked for. */
export function requestID(request) {
  let id = ids.get(request);
  if (id === undefined) ids.set(request, (id = request.headers.get("cf-ray")?.replace(/[^\w-]/g, "").slice(0, 64) || crypto.randomUUID()));
  return id;
}

// The headers that every answer has.
const always = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
};
const alwaysOnHTTPS = { ...always, "Strict-Transport-Security": "max-age=31536000" };
const whole = new WeakSet();

/**
 * The headers of answers of one kind that are given in masses, for {@link answer}: made once, since to hand them over one by
 * one costs more than all else about an answer.
 * @param {Record<string, string>} headers beyond those that every answer has
 */
export function headersOfAll(headers) {
  return { plain: new Headers({ ...always, ...headers }), https: new Headers({ ...alwaysOnHTTPS, ...headers }) };
}

/**
 * An answer that has these headers from the start.
 * @param {string | null} body @param {number} status @param {ReturnType<typeof headersOfAll>} headers
 * @param {string} url of the request @param {string} id of the request
 */
export function answer(body, status, headers, url, id) {
  const response = new Response(body, { status, headers: url.startsWith("https:") ? headers.https : headers.plain });
  response.headers.set("X-Request-Id", id);
  whole.add(response);
  return response;
}

/** Those of an answer in JSON, which is no problem. */
export const jsonHeaders = headersOfAll({ "Content-Type": "application/json; charset=UTF-8" });

/**
 * An answer without a body, made once: any number of requests can be given it, as it is, since it holds nothing that
 * belongs to one of them, and no id either.
 * @param {number} status
 * @returns {(url: string) => Response} the answer to a request of that URL
 */
export function bareAnswer(status) {
  const { plain, https } = headersOfAll({});
  const responses = [plain, https].map((headers) => new Response(null, { status, headers }));
  for (const response of responses) whole.add(response);
  return (url) => responses[Number(url.startsWith("https:"))];
}

/** Adds the headers that every answer has, where it has none of its own. */
export function secured(response, request, url) {
  if (whole.has(response)) return response;
  const { headers } = response;
  for (const [name, value] of Object.entries(url.startsWith("https:") ? alwaysOnHTTPS : always)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  headers.set("X-Request-Id", requestID(request));
  return response;
}
