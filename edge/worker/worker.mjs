// The entry of the Worker. Notifications and order tokens are checked here, without Go, so that forged ones cost next to
// nothing, and a new order is paid in checkout.mjs; all other business is done by the Go program, of which this leases instances, and answered here as people or
// scripts want it.
import coreModule from "../wasm/core.wasm";
import program from "./.build/worker.wasm";
import { load } from "../js/index.mjs";
import { paymentRequestIdForm } from "./attempt.mjs";
import { bridge } from "./bridge.mjs";
import { readBody, refusedBody } from "./body.mjs";
import { startPayment } from "./checkout.mjs";
import { forget, formKey, isFormKey, keep } from "./formkey.mjs";
import { Instance } from "./instance.mjs";
import { notify, refusedGenuine } from "./notify.mjs";
import { isOperator, unfitOperatorToken } from "./operator.mjs";
import { checkoutPage, formPage, problemPage, resultPage } from "./page.mjs";
import { Busy, Pool } from "./pool.mjs";
import { answer, headersOfAll, jsonHeaders, problem, requestID, secured, sentJSON, target, wantsJSON, wantsPage } from "./respond.mjs";
import { settings, wrongVariables } from "./settings.mjs";
import { languageOf } from "./texts.mjs";
import { TokenError, tokenIn, verifyToken } from "./token.mjs";

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
    const [pathname] = target(url).split("?", 1);
    let response;
    try {
      response = await route(request, env, ctx, url, pathname);
    } catch (error) {
      const said = { requestId: requestID(request), path: pathname, error: String(error?.message ?? error) };
      console.error(JSON.stringify({ level: "ERROR", msg: "request failed", ...said }));
      const fault = problem(500, "INTERNAL", "something went wrong on our side; if you have already paid, do not pay again");
      response = await refused(request, env, fault, pathname);
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

// The paths that lead to the Go program. No other wakes it, so it never sees one that it cannot read.
const returnPath = new RegExp(`^/return/${paymentRequestIdForm}$`);
const paymentPath = new RegExp(`^/payments/${paymentRequestIdForm}$`);
const operatorPath = /^\/operator(\/[\w-]{1,64}){1,4}$/;

function route(request, env, ctx, url, pathname) {
  const { method } = request;
  const read = method === "GET" || method === "HEAD";
  if (pathname === "/notify" && method === "POST") return notify(core, request, env, target(url), url, () => configured(request, env, ctx));
  if (pathname === "/checkout" && method === "POST") return checkout(request, env, ctx, url, pathname);
  if (returnPath.test(pathname) && read) return comeBack(request, env, ctx, pathname);
  if (paymentPath.test(pathname) && read) return askGo(request, env, ctx);
  if (pathname.startsWith("/operator/") && (read || method === "POST")) return operate(request, env, ctx, pathname);
  if (pathname === "/healthz" && read) return health(request, env, ctx);
  if ((pathname === "/" || pathname === "/index.html") && read) return form(request, env, url, pathname);
  const unknown = read && /^\/(return|payments)\//.test(pathname)
    ? problem(404, "PAYMENT_UNKNOWN", "there is no such payment")
    : problem(404, "NOT_FOUND", "there is nothing at this address");
  return refused(request, env, unknown, pathname);
}

/** The checkout form, for shops that make an order of what a shopper enters. */
function form(request, env, url, pathname) {
  if (!env.ORDER_URL) {
    const none = problem(404, "FORM_NOT_OFFERED", "without ORDER_URL there is no checkout form; post an order token to /checkout");
    return refused(request, env, none, pathname);
  }
  const key = formKey(request);
  const page = checkoutPage({ ...settings(env), language: requestLanguage(request), key });
  // The browser may keep it for Back, with its key and what was entered.
  page.headers.set("Cache-Control", "private, no-cache");
  keep(page, url, key);
  return page;
}

/**
 * A problem as a page for people, and as problem details for programs. The page of a payment tries again by itself as
 * long as the fault is ours.
 */
async function refused(request, env, response, pathname, language = requestLanguage(request)) {
  const { status } = response;
  const isReturn = returnPath.test(pathname);
  const again = isReturn && status >= 500 ? pathname : undefined;
  const forPeople = wantsPage(request) || ((isReturn || pathname === "/checkout") && !wantsJSON(request) && !sentJSON(request));
  if (!forPeople) {
    if (again && !response.headers.has("Retry-After")) response.headers.set("Retry-After", "5");
    return response;
  }
  const { errors } = await response.json();
  const page = problemPage({ language, status, errors, form: Boolean(env.ORDER_URL), again });
  const wait = response.headers.get("Retry-After");
  if (wait && !again) page.headers.set("Retry-After", wait);
  return page;
}

const noBody = new Uint8Array(0);

// A lease goes on when the shopper's connection is lost: a payment that was begun is finished and remembered.
async function askGo(request, env, ctx, body = noBody, more = {}) {
  const headers = { "x-request-id": requestID(request), ...more };
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

async function checkout(request, env, ctx, url, pathname) {
  // The body is read before an instance is leased, so that a slow shopper holds none.
  const body = await readBody(request, maxCheckout);
  if (!(body instanceof Uint8Array)) return refused(request, env, refusedBody(body, "a checkout"), pathname);
  const text = decoder.decode(body);
  const token = tokenIn(request.headers.get("Content-Type") ?? "", text);
  let signed, refusal;
  try {
    signed = token === undefined ? undefined : await verifyToken(token, { keys: env.ORDER_TOKEN_KEYS, audience: settings(env).origin });
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    refusal = problem(401, error.code, error.message, "/token");
  }
  // A shop that orders by its own server has one address for all of its shoppers: an order that it signed counts by
  // itself.
  const counted = signed ? `order ${signed.order.referenceOrderId}` : `address ${network(request.headers.get("CF-Connecting-IP") ?? "")}`;
  // Where counting fails nobody is refused.
  const { success = true } = (await env.CHECKOUTS?.limit({ key: counted }).catch(() => undefined)) ?? {};
  if (!success) {
    refusal = problem(429, "TOO_MANY_REQUESTS", "too many checkouts of this order or from this address; please wait a minute");
    refusal.headers.set("Retry-After", "60");
  }
  if (refusal) return refused(request, env, refusal, pathname, requestLanguage(request, new URLSearchParams(text).get("lang") ?? ""));
  if (!signed) return formCheckout(request, env, ctx, url, body, text);

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

/** What people share of their address: all of IPv4, and of IPv6 the network that one customer is given (a /64). */
function network(address) {
  if (!address.includes(":")) return address;
  const [head, tail = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return [...head, ...zeros, ...tail].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "").toLowerCase()).join(":");
}

/** The checkout of what a shopper entered. It has a key, so that the same form twice is one order. */
async function formCheckout(request, env, ctx, url, body, text) {
  const fields = new URLSearchParams(text);
  const given = fields.get("idempotencyKey") || request.headers.get("Idempotency-Key");
  if (given && !isFormKey(given)) {
    const message = "an idempotency key has 1 to 64 letters, digits, _ and -";
    return refused(request, env, problem(400, "IDEMPOTENCY_KEY_MALFORMED", message, "/idempotencyKey"), "/checkout");
  }
  const key = given || formKey(request);
  const response = await askGo(request, env, ctx, body, { "idempotency-key": key });
  const { paymentRequestId } = response.ok ? await response.clone().json() : {};
  const page = await checkedOut(request, env, response, text, key);
  if (page !== response) keep(page, url, key, paymentRequestId);
  return page;
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

/** The answer to a checkout as whoever sent it wants it; `text` is what was sent, `key` that of a form. */
async function checkedOut(request, env, response, text, key) {
  if (wantsJSON(request) || (sentJSON(request) && !response.ok)) return response;
  if (response.ok) return onward(await response.json(), request, env, text);
  const entries = new URLSearchParams(text);
  const language = requestLanguage(request, entries.get("lang") ?? "");
  if (response.status !== 422 || entries.has("token")) return refused(request, env, response, "/checkout", language);
  const { errors } = await response.json();
  return checkoutPage({ ...settings(env), language, key, form: entries, errors, status: 422 });
}

function onward({ redirect, paymentRequestId }, request, env, text) {
  if (redirect?.method === "POST") {
    return formPage({ ...settings(env), language: requestLanguage(request, new URLSearchParams(text).get("lang") ?? ""), redirect });
  }
  const location = redirect ? redirect.location : new URL(`/return/${paymentRequestId}`, request.url).href;
  return new Response(null, { status: 303, headers: { Location: location } });
}

async function comeBack(request, env, ctx, pathname) {
  const response = await askGo(request, env, ctx);
  if (!response.ok) return refused(request, env, response, pathname);
  if (wantsJSON(request)) return response;
  const payment = await response.json();
  const { text } = core.ask("format_amount", payment.paymentAmount);
  const page = resultPage({ ...settings(env), language: requestLanguage(request), payment, amount: text ?? payment.paymentAmount.value });
  // The purchase has come to its end. One that failed goes on under its key, as another attempt to pay the same order.
  if (["SUCCESS", "CANCELLED"].includes(payment.paymentStatus)) forget(page, request, payment.paymentRequestId);
  return page;
}

// The merchant's people, by their token. Without it no Go instance is started.
async function operate(request, env, ctx, pathname) {
  if (!(await isOperator(request, env))) {
    const off = !env.OPERATOR_TOKEN || unfitOperatorToken(env.OPERATOR_TOKEN);
    const response = off
      ? problem(401, "OPERATOR_OFF", "the operator's calls are switched off: OPERATOR_TOKEN is not set, or cannot be used (see the log of /healthz)")
      : problem(401, "OPERATOR_UNKNOWN", "this needs the operator's token");
    response.headers.set("WWW-Authenticate", 'Bearer realm="cashier"');
    return response;
  }
  if (!operatorPath.test(pathname)) return problem(404, "NOT_FOUND", "there is nothing at this address");
  const body = request.method === "POST" ? await readBody(request, maxCheckout) : noBody;
  return body instanceof Uint8Array ? askGo(request, env, ctx, body) : refusedBody(body, "a request");
}

async function health(request, env, ctx) {
  const wrong = await wrongVariables(env);
  if (wrong.length > 0) console.error(JSON.stringify({ level: "ERROR", msg: "variables are missing or wrong", requestId: requestID(request), wrong }));
  // It says in the log what it finds wrong, all of it as well.
  const response = await askGo(request, env, ctx);
  if (!response.ok) return response;
  if (wrong.length > 0) return problem(500, "NOT_CONFIGURED", "variables are missing or wrong; the log of the Worker names them");
  return Response.json({ ...(await response.json()), pool: pool.stats, refusedNotification: refusedGenuine() });
}

function requestLanguage(request, chosen = "") {
  return languageOf(chosen, request.headers.get("Accept-Language") ?? "");
}
