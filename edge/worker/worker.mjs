/** The entry of the Worker: which address does what, and how people and programs are told. */
import { core } from "./core.mjs";
import { readBody } from "./body.mjs";
import { startPayment } from "./checkout.mjs";
import { requestToken } from "./draft.mjs";
import { Effects, perform } from "./effects.mjs";
import { readFields } from "./fields.mjs";
import { forget, formKey, isFormKey, keep } from "./form-key.mjs";
import { Ledger } from "./ledger.mjs";
import { found, knownMiss, limited, missed } from "./limits.mjs";
import { log, reason } from "./log.mjs";
import { notify } from "./notify.mjs";
import { operatorOf, operatorTokens } from "./operator-token.mjs";
import { TokenError, verifyToken } from "./order-token.mjs";
import { checkoutPage, formPage, problemPage, resultPage } from "./pages/page.mjs";
import { languageOf } from "./pages/texts.mjs";
import { scheduled, serve } from "./program/program.mjs";
import { answer, headersOfAll, jsonHeaders, problem, requestID, secured, sentJSON, target, wantsJSON, wantsPage } from "./respond.mjs";
import { allowsResultPage, settings, wrongVariables } from "./settings.mjs";
import { askShard, paymentRequestIdForm, shardOfPayment, Unavailable } from "./shards.mjs";
import { withResult } from "./webhook.mjs";

export { Effects, Ledger };

export default {
  async fetch(request, env, ctx) {
    const { url } = request;
    const [pathname] = target(url).split("?", 1);
    let response;
    try {
      response = await route(request, env, ctx, url, pathname);
    } catch (error) {
      const said = { requestId: requestID(request), path: pathname, error: reason(error) };
      if (error instanceof Unavailable) log.warn("the ledger is not available", said);
      else log.error("request failed", said);
      response = await refused(request, env, fault(error), pathname);
    }
    return secured(response, request, url);
  },

  scheduled(event, env, ctx) {
    return scheduled(event, env, ctx);
  },
};

// No other path wakes anything.
const returnPath = new RegExp(`^/return/(${paymentRequestIdForm})$`);
const paymentPath = new RegExp(`^/payments/(${paymentRequestIdForm})$`);
const notifyPath = new RegExp(`^/notify(?:/(${paymentRequestIdForm}))?$`);
const operatorPath = /^\/operator(\/([\w.~:-]|%[\da-f]{2}){1,200}){0,4}$/i;

async function route(request, env, ctx, url, pathname) {
  const { method } = request;
  const read = method === "GET" || method === "HEAD";
  const post = method === "POST";
  if (read && pathname === "/healthz") return health(request, env);
  if ((await wrong(env)).length > 0) return refused(request, env, problem(500, "NOT_CONFIGURED", "variables are missing or wrong; the log of /healthz names them"), pathname);
  const [notified, about] = (post && notifyPath.exec(pathname)) || [];
  if (notified) return notify(request, env, ctx, target(url), about);
  if (post && pathname === "/checkout") return checkout(request, env, ctx, url);
  if (post && pathname === "/orders") return orders(request, env, ctx, url);
  const [, back] = (read && returnPath.exec(pathname)) || [];
  if (back) return comeBack(request, env, ctx, pathname, back);
  const [, id] = (read && paymentPath.exec(pathname)) || [];
  if (id) return payment(request, env, ctx, url, id);
  if ((read || post) && (pathname === "/operator" || pathname.startsWith("/operator/"))) return operate(request, env, ctx, pathname);
  if (read && (pathname === "/" || pathname === "/index.html")) return form(request, env, url, pathname);
  return refused(request, env, read && /^\/(return|payments)\//.test(pathname) ? unknownPayment() : problem(404, "NOT_FOUND", "there is nothing at this address"), pathname);
}

const unknownPayment = () => problem(404, "PAYMENT_UNKNOWN", "there is no such payment");

function fault(error) {
  if (!(error instanceof Unavailable)) return problem(500, "INTERNAL", "something went wrong on our side; if you have already paid, do not pay again");
  const response = problem(503, "BUSY", "too many requests at once; please try again in a moment. If you have already paid, do not pay again");
  response.headers.set("Retry-After", "2");
  return response;
}

const checked = new WeakMap();

/** What is wrong with the variables, found once for each isolate. */
async function wrong(env) {
  let list = checked.get(env);
  if (!list) {
    list = await wrongVariables(env, core);
    checked.set(env, list);
    if (list.length > 0) log.error("variables are missing or wrong", { wrong: list });
  }
  return list;
}

async function health(request, env) {
  const list = await wrong(env);
  if (list.length === 0) return Response.json({ status: "ok" });
  log.error("variables are missing or wrong", { requestId: requestID(request), wrong: list });
  return problem(500, "NOT_CONFIGURED", "variables are missing or wrong; the log of the Worker names them");
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
  const wait = response.headers.get("Retry-After");
  if (!forPeople) {
    if (again && !wait) response.headers.set("Retry-After", "5");
    return response;
  }
  const { errors } = await response.json();
  const page = problemPage({ language, status, errors, form: Boolean(env.ORDER_URL), again, ...(wait && { retryAfter: Number(wait) }) });
  if (wait && !again) page.headers.set("Retry-After", wait);
  return page;
}

/** The order of a token, or the answer to a token that is not accepted; such answers are counted. */
async function orderOf(token, request, env) {
  try {
    return { signed: await verifyToken(token, { keys: env.ORDER_TOKEN_KEYS, audience: settings(env).origin }) };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { refused: (await limited(request, env.CHECKOUTS)) ?? problem(401, error.code, error.message, "/token") };
  }
}

const noHeaders = headersOfAll({});

/** A shopper's checkout: an order that the shop has signed, or a form of which the shop makes one. */
async function checkout(request, env, ctx, url) {
  const body = await readBody(request);
  const fields = body instanceof Response ? body : readFields(request.headers.get("Content-Type") ?? "", body);
  if (fields instanceof Response) return refused(request, env, fields, "/checkout");
  const language = requestLanguage(request, fields.get("lang") ?? "");
  const refuse = (response) => refused(request, env, response, "/checkout", language);
  let token = fields.get("token");
  let key;
  if (!token) {
    const tooMany = await limited(request, env.CHECKOUTS);
    if (tooMany) return refuse(tooMany);
    const given = fields.get("idempotencyKey") || request.headers.get("Idempotency-Key");
    if (given && !isFormKey(given)) return refuse(problem(400, "IDEMPOTENCY_KEY_MALFORMED", "an idempotency key has 1 to 64 letters, digits, _ and -", "/idempotencyKey"));
    key = given || formKey(request);
    const draft = await requestToken(env, { fields, key, language });
    if (draft.refused) return formAgain(draft.refused, { request, env, url, fields, key, language });
    ({ token } = draft);
  }
  const { signed, refused: notAccepted } = await orderOf(token, request, env);
  if (notAccepted) return refuse(notAccepted);
  const { view, refused: no } = await startPayment(env, ctx, signed, language);
  if (no) return key ? formAgain(no, { request, env, url, fields, key, language }) : refuse(no);
  const response = await onward(view, request, env, url, language);
  if (key && !wantsJSON(request)) keep(response, url, key, view.paymentRequestId);
  return response;
}

/** The form with what was entered and what is wrong with it. */
async function formAgain(response, { request, env, url, fields, key, language }) {
  if (response.status !== 422 || wantsJSON(request) || sentJSON(request)) return refused(request, env, response, "/checkout", language);
  const { errors } = await response.json();
  const page = checkoutPage({ ...settings(env), language, key, form: new URLSearchParams([...fields]), errors, status: 422 });
  keep(page, url, key);
  return page;
}

/** Where a payment that was started leads. */
async function onward(view, request, env, url, language) {
  if (view.paymentStatus === "FAIL" && view.mayPayAgain) {
    const code = view.resultCode ?? "FAIL";
    const failed = problem(402, code, `Alipay did not take the payment: ${code}`);
    return wantsJSON(request) ? failed : refused(request, env, failed, "/checkout", language);
  }
  if (wantsJSON(request)) return viewAnswer(view, request, env, url);
  const { redirect, paymentRequestId } = view;
  if (redirect?.method === "POST") return formPage({ ...settings(env), language, redirect });
  const response = answer(null, 303, noHeaders, url, requestID(request));
  response.headers.set("Location", redirect ? redirect.location : `${settings(env).origin}/return/${paymentRequestId}`);
  return response;
}

/** What a program is told of a payment: 202 while it is not known where the shopper pays. */
async function viewAnswer(view, request, env, url) {
  const waits = view.paymentStatus === "PROCESSING" && !view.redirect;
  return answer(JSON.stringify(await shown(view, env)), waits ? 202 : 200, jsonHeaders, url, requestID(request));
}

/** A view with the merchant's page as it is told: with the signed result, or not at all when its host is not allowed any more. */
async function shown(view, env) {
  const { resultPage: page, ...rest } = view;
  const { webhookSecrets: secrets, origin, resultHosts } = settings(env);
  if (!page || !allowsResultPage(page, resultHosts)) return rest;
  return { ...rest, resultPage: await withResult(page, { secrets, origin, payment: view }) };
}

/** An order from the merchant's server: where to send the shopper. */
async function orders(request, env, ctx, url) {
  const body = await readBody(request);
  if (body instanceof Response) return body;
  const fields = readFields(request.headers.get("Content-Type") ?? "", body);
  if (fields instanceof Response) return fields;
  const unknown = [...fields.keys()].find((name) => name !== "token");
  if (unknown !== undefined) return problem(422, "FIELD_UNKNOWN", "only token may be sent here", `/${unknown}`);
  if (!fields.get("token")) return problem(422, "FIELD_REQUIRED", "the order token is missing", "/token");
  const { signed, refused: notAccepted } = await orderOf(fields.get("token"), request, env);
  if (notAccepted) return notAccepted;
  const { view, refused: no } = await startPayment(env, ctx, signed, requestLanguage(request));
  if (no) return no;
  const { origin } = settings(env);
  return answer(JSON.stringify({ url: `${origin}/return/${view.paymentRequestId}`, view: await shown(view, env) }), 200, jsonHeaders, url, requestID(request));
}

/** The view of a payment, or the answer when there is none. `event` may bring an inquiry forward; nobody waits for that. */
async function look(request, env, ctx, paymentRequestId, event) {
  const known = knownMiss(request, paymentRequestId);
  if (known) return { refused: known instanceof Response ? known : unknownPayment() };
  const shard = shardOfPayment(paymentRequestId, settings(env).shards);
  const readOnly = request.method === "HEAD";
  const reply = shard === undefined ? undefined : await askShard(env, shard, (ledger) => ledger.submit({ paymentRequestId }, event, { readOnly }));
  if (!reply) {
    await missed(request, paymentRequestId, env.LOOKUPS);
    return { refused: unknownPayment() };
  }
  if (reply.errors) throw new Error(`${reply.errors[0].code} at ${reply.errors[0].path}`);
  found(paymentRequestId);
  if (reply.effects.length > 0) ctx.waitUntil(perform(env, shard, reply.referenceOrderId, reply.effects));
  return { view: reply.view };
}

async function comeBack(request, env, ctx, pathname, id) {
  const { view, refused: no } = await look(request, env, ctx, id, { type: "view", returned: true });
  if (no) return refused(request, env, no, pathname);
  if (wantsJSON(request)) return viewAnswer(view, request, env, request.url);
  const payment = await shown(view, env);
  const { text } = core.ask("format_amount", payment.paymentAmount);
  const page = resultPage({ ...settings(env), language: requestLanguage(request), payment, amount: text ?? payment.paymentAmount.value });
  // The purchase has come to its end. One that failed goes on under its key, as another attempt to pay the same order.
  if (["SUCCESS", "CANCELLED"].includes(payment.paymentStatus)) forget(page, request, payment.paymentRequestId);
  return page;
}

async function payment(request, env, ctx, url, id) {
  const { view, refused: no } = await look(request, env, ctx, id, { type: "view" });
  return no ? refused(request, env, no, "/payments") : viewAnswer(view, request, env, url);
}

// The merchant's people, by their tokens. Without one no Go instance is started.
async function operate(request, env, ctx, pathname) {
  const operator = await operatorOf(request, env);
  if (operator === undefined) {
    const off = Object.keys(operatorTokens(env.OPERATOR_TOKEN).tokens).length === 0;
    const response = off
      ? problem(401, "OPERATOR_OFF", "the operator's calls are switched off: OPERATOR_TOKEN is not set")
      : problem(401, "OPERATOR_UNKNOWN", "this needs an operator's token");
    response.headers.set("WWW-Authenticate", 'Bearer realm="cashier"');
    return response;
  }
  if (!operatorPath.test(pathname)) return problem(404, "NOT_FOUND", "there is nothing at this address");
  const body = request.method === "POST" ? await readBody(request) : new Uint8Array(0);
  if (body instanceof Response) return body;
  const headers = { "x-request-id": requestID(request), "x-operator": operator };
  for (const name of ["content-type", "accept", "accept-language"]) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return serve({ method: request.method, url: request.url, headers }, body, env, ctx);
}

function requestLanguage(request, chosen = "") {
  return languageOf(chosen, request.headers.get("Accept-Language") ?? "");
}
