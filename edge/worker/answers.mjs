/** How people and programs are answered: pages for the ones, JSON for the others. */
import { problemPage } from "./pages/pages.mjs";
import { languageOf } from "./pages/shopper.mjs";
import { answer, jsonHeaders, requestID, sentJSON, wantsJSON, wantsPage } from "./respond.mjs";
import { allowsResultPage, settings } from "./settings.mjs";
import { withResult } from "./webhook.mjs";

/** The language of an answer: the one chosen in a form, or the browser's. */
export function requestLanguage(request, chosen = "") {
  return languageOf(chosen, request.headers.get("Accept-Language") ?? "");
}

/**
 * A problem as a page for people, and as problem details for programs. The page of a payment tries again by itself as
 * long as the fault is ours.
 */
export async function refused(request, env, response, pathname, language = requestLanguage(request)) {
  const { status } = response;
  const isReturn = pathname.startsWith("/return/");
  const again = isReturn && status >= 500 ? pathname : undefined;
  const forPeople = wantsPage(request) || ((isReturn || pathname === "/checkout") && !wantsJSON(request) && !sentJSON(request));
  const wait = response.headers.get("Retry-After");
  if (!forPeople) {
    if (again && !wait) response.headers.set("Retry-After", "5");
    return response;
  }
  const { errors } = await response.json();
  return problemPage({ language, status, codes: errors.map(({ code }) => code), form: Boolean(env.ORDER_URL), again }, wait && Number(wait));
}

/** What a program is told of a payment: 202 while it is not known where the shopper pays. */
export async function viewAnswer(view, request, env, url) {
  const waits = view.paymentStatus === "PROCESSING" && !view.redirect;
  return answer(JSON.stringify(await shown(view, env)), waits ? 202 : 200, jsonHeaders, url, requestID(request));
}

/** A view with the merchant's page as it is told: with the signed result, or not at all when its host is not allowed any more. */
export async function shown(view, env) {
  const { resultPage: page, ...rest } = view;
  const { webhookSecrets: secrets, origin, resultHosts } = settings(env);
  if (!page || !allowsResultPage(page, resultHosts)) return rest;
  return { ...rest, resultPage: await withResult(page, { secrets, origin, payment: view }) };
}
