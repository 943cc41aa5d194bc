// The entry of the Worker. Notifications and order tokens are checked here, without Go, so that forged ones cost next to
// nothing, and a new order is paid in checkout.mjs; all other business is done by the Go program, of which this leases instances, and answered here as people or
// scripts want it.
import coreModule from "../wasm/core.wasm";
import program from "./.build/worker.wasm";
import { load } from "../js/index.mjs";
import { bridge } from "./bridge.mjs";
import { readBody, refusedBody } from "./body.mjs";
import { startPayment } from "./checkout.mjs";
import { Instance } from "./instance.mjs";
import { notify, refusedGenuine } from "./notify.mjs";
import { isOperator } from "./operator.mjs";
import { checkoutPage, formPage, problemPage, resultPage } from "./page.mjs";
import { Busy, Pool } from "./pool.mjs";
import { answer, headersOfAll, jsonHeaders, problem, requestID, secured, sentJSON, target, wantsJSON } from "./respond.mjs";
import { settings } from "./settings.mjs";
import { languageOf } from "./texts.mjs";
import { TokenError, importKeys, tokenIn, verifyToken } from "./token.mjs";

const core = await load(coreModule);
const services = bridge(core);
const pool = new Pool({ start: () => new Instance(program, services) });

const noHeaders = headersOfAll({});
const maxCheckout = 64 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export default {
  async fetch(request, env, ctx) {
    const { url } = request;
    let response;
    try {
      response = await route(request, env, ctx, url);
    } catch (error) {
      console.error(JSON.stringify({ level: "ERROR", msg: "request failed", requestId: requestID(request), path: target(url).split("?", 1)[0], error: String(error?.message ?? error) }));
      response = problem(500, "INTERNAL", "something failed on our side; nothing was charged");
    }
    return secured(response, request, url);
  },

  queue(batch, env, ctx) {
    return pool.use((instance) => instance.queue(batch, env, ctx), { limit: 120_000, background: true });
  },

  scheduled(event, env, ctx) {
    return pool.use((instance) => instance.scheduled(event, env, ctx), { limit: 120_000, background: true });
  },
};

function route(request, env, ctx, url) {
  const path = target(url);
  const [pathname] = path.split("?", 1);
  const { method } = request;
  const read = method === "GET" || method === "HEAD";
  if (pathname === "/notify" && method === "POST") return notify(core, request, env, path, url, () => configured(request, env, ctx));
  if (pathname === "/checkout" && method === "POST") return checkout(request, env, ctx, url);
  if (pathname.startsWith("/return/") && read) return comeBack(request, env, ctx);
  if (pathname.startsWith("/payments/") && read) return askGo(request, env, ctx);
  if (pathname.startsWith("/operator/") && (read || method === "POST")) return operate(request, env, ctx);
  if (pathname === "/healthz" && read) return health(request, env, ctx);
  if ((pathname === "/" || pathname === "/index.html") && read) return checkoutPage({ ...settings(env), language: requestLanguage(request) });
  return problem(404, "NOT_FOUND", "there is nothing at this address");
}

const noBody = new Uint8Array(0);

// A lease goes on when the shopper's connection is lost: a payment that was begun is finished and remembered.
async function askGo(request, env, ctx, body = noBody) {
  const headers = { "x-request-id": requestID(request) };
  for (const name of ["content-type", "accept-language"]) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const response = lease({ method: request.method, url: request.url, headers }, body, env, ctx);
  ctx.waitUntil(response.catch(() => {}));
  return response;
}

// The variables with which the Go program has worked, and which it has therefore found to be right.
const sound = new WeakSet();

/** Whether the Go program can work with the Worker's variables, of which it logs what is wrong. Nobody outside can ask for the address. */
function configured(request, env, ctx) {
  if (sound.has(env)) return true;
  const head = { method: "GET", url: new URL("/configured", request.url).href, headers: { "x-request-id": requestID(request) } };
  return lease(head, noBody, env, ctx).then(() => sound.has(env));
}

async function lease(head, body, env, ctx) {
  try {
    const response = await pool.use((instance) => instance.serve(head, body, env, ctx));
    if (response.status < 500) sound.add(env);
    return response;
  } catch (error) {
    if (!(error instanceof Busy)) throw error;
    const response = problem(503, "BUSY", "too many requests at once; please try again in a moment");
    response.headers.set("Retry-After", "1");
    return response;
  }
}

async function checkout(request, env, ctx, url) {
  // A quick flood of checkouts from one address is nobody who buys.
  const { success = true } = (await env.CHECKOUTS?.limit({ key: request.headers.get("cf-connecting-ip") ?? "" })) ?? {};
  if (!success) {
    const response = problem(429, "TOO_MANY_REQUESTS", "too many checkouts from this address; please wait a minute");
    response.headers.set("Retry-After", "60");
    return checkedOut(request, env, response);
  }
  // The body is read before an instance is leased, so that a slow shopper holds none.
  const body = await readBody(request, maxCheckout);
  if (!(body instanceof Uint8Array)) return checkedOut(request, env, refusedBody(body, "a checkout"));
  const text = decoder.decode(body);
  const token = tokenIn(request.headers.get("Content-Type") ?? "", text);
  if (token === undefined) return checkedOut(request, env, await askGo(request, env, ctx, body), text);

  let signed;
  try {
    signed = await verifyToken(token, { keys: env.ORDER_TOKEN_KEYS, audience: settings(env).origin });
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return checkedOut(request, env, problem(401, error.code, error.message, "/token"), text);
  }
  const id = requestID(request);
  const started = start(signed, env, ctx, id);
  ctx.waitUntil(started.catch(() => {}));
  const { view, response } = await started;
  if (response) return checkedOut(request, env, response, text);
  if (wantsJSON(request)) return answer(JSON.stringify(view), 200, jsonHeaders, url, id);
  if (view.redirect.method === "GET") {
    const redirect = answer(null, 303, noHeaders, url, id);
    redirect.headers.set("Location", view.redirect.location);
    return redirect;
  }
  return onward(view, request, env, text);
}

async function start({ order, issued }, env, ctx, id) {
  let begun = { order };
  if (sound.has(env)) {
    const started = await startPayment(core, env, order, id);
    if (started.view) return started;
    ({ begun } = started);
  }
  // An address that nobody outside can ask for.
  const head = { method: "POST", url: `${settings(env).origin}/order`, headers: { "x-request-id": id } };
  return { response: await lease(head, encoder.encode(JSON.stringify({ ...begun, issued })), env, ctx) };
}

/** The answer to a checkout as whoever sent it wants it; `text` is what was sent. */
async function checkedOut(request, env, response, text = "") {
  if (wantsJSON(request) || (sentJSON(request) && !response.ok)) return response;
  const said = await response.json();
  if (response.ok) return onward(said, request, env, text);
  const form = new URLSearchParams(text);
  const language = requestLanguage(request, form.get("lang") ?? "");
  if (response.status === 422 && !form.has("token")) return checkoutPage({ ...settings(env), language, form, errors: said.errors, status: 422 });
  const page = problemPage({ language, status: response.status, errors: said.errors });
  const again = response.headers.get("Retry-After");
  if (again) page.headers.set("Retry-After", again);
  return page;
}

function onward({ redirect, paymentRequestId }, request, env, text) {
  if (redirect?.method === "POST") {
    return formPage({ ...settings(env), language: requestLanguage(request, new URLSearchParams(text).get("lang") ?? ""), redirect });
  }
  const location = redirect ? redirect.location : new URL(`/return/${paymentRequestId}`, request.url).href;
  return new Response(null, { status: 303, headers: { Location: location } });
}

async function comeBack(request, env, ctx) {
  const response = await askGo(request, env, ctx);
  if (wantsJSON(request)) return response;
  const language = requestLanguage(request);
  const answer = await response.json();
  if (!response.ok) return problemPage({ language, status: response.status, errors: answer.errors });
  const { text } = core.ask("format_amount", answer.paymentAmount);
  return resultPage({ ...settings(env), language, payment: answer, amount: text ?? answer.paymentAmount.value });
}

// The merchant's people, by their token: whoever lacks it wakes no Go.
async function operate(request, env, ctx) {
  if (!(await isOperator(request, env))) {
    const response = problem(401, "OPERATOR_UNKNOWN", "this needs the operator's token");
    response.headers.set("WWW-Authenticate", 'Bearer realm="cashier"');
    return response;
  }
  const body = request.method === "POST" ? await readBody(request, maxCheckout) : noBody;
  return body instanceof Uint8Array ? askGo(request, env, ctx, body) : refusedBody(body, "a request");
}

async function health(request, env, ctx) {
  await importKeys(env.ORDER_TOKEN_KEYS);
  const response = await askGo(request, env, ctx);
  if (!response.ok) return response;
  return Response.json({ ...(await response.json()), pool: pool.stats, refusedNotification: refusedGenuine() });
}

function requestLanguage(request, chosen = "") {
  return languageOf(chosen, request.headers.get("Accept-Language") ?? "");
}
