/** POST /checkout and POST /orders: an order token, or a form of which the merchant makes one, starts a payment. */
import { refused, requestLanguage, shown, viewAnswer } from "./answers.mjs";
import { readBody } from "./body.mjs";
import { requestToken } from "./draft.mjs";
import { readFields } from "./fields.mjs";
import { formKey, isFormKey, keep } from "./form-key.mjs";
import { limited } from "./limits.mjs";
import { TokenError, verifyToken } from "./order-token.mjs";
import { checkoutPage } from "./pages/checkout-page.mjs";
import { formPage } from "./pages/pages.mjs";
import { answer, headersOfAll, jsonHeaders, problem, requestID, sentJSON, wantsJSON } from "./respond.mjs";
import { settings } from "./settings.mjs";
import { startPayment } from "./start.mjs";

/** The checkout form, for shops that make an order of what a shopper enters. */
export function form(request, env, url, pathname) {
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
export async function checkout(request, env, ctx, url) {
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
  if (redirect?.method === "POST") return formPage({ language, redirect, redirectHosts: settings(env).config.redirectHosts });
  const response = answer(null, 303, noHeaders, url, requestID(request));
  response.headers.set("Location", redirect ? redirect.location : `${settings(env).origin}/return/${paymentRequestId}`);
  return response;
}

/** An order from the merchant's server: where to send the shopper. */
export async function orders(request, env, ctx, url) {
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
