/** The entry of the Worker: which address does what, and how people and programs are told. */
import { refused } from "./answers.mjs";
import { readBody } from "./body.mjs";
import { checkout, form, orders } from "./checkout.mjs";
import { core } from "./core.mjs";
import { Effects } from "./effects.mjs";
import { Ledger } from "./ledger.mjs";
import { log, reason } from "./log.mjs";
import { notify } from "./notify.mjs";
import { operatorOf, operatorTokens } from "./operator-token.mjs";
import { scheduled, serve } from "./program/program.mjs";
import { problem, requestID, secured, target } from "./respond.mjs";
import { comeBack, payment, unknownPayment } from "./return.mjs";
import { wrongVariables } from "./settings.mjs";
import { paymentRequestIdForm, Unavailable } from "./shards.mjs";

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
  if ((await wrong(env)).some((sentence) => !forOperators.test(sentence))) return refused(request, env, problem(500, "NOT_CONFIGURED", "variables are missing or wrong; the log of /healthz names them"), pathname);
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

function fault(error) {
  if (!(error instanceof Unavailable)) return problem(500, "INTERNAL", "something went wrong on our side; if you have already paid, do not pay again");
  const response = problem(503, "BUSY", "too many requests at once; please try again in a moment. If you have already paid, do not pay again");
  response.headers.set("Retry-After", "2");
  return response;
}

const checked = new WeakMap();
/** Shoppers need not suffer for these. */
const forOperators = /^(OPERATOR_TOKEN|ALERT_URL) /;

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
