/** The pages as answers. */
import catalogue from "../../../host/checkout/pages/catalogue.json";
import template from "../../../host/checkout/pages/page.mustache";
import { shopperPages } from "./shopper.mjs";

const pages = shopperPages(template, catalogue);

const answered = ({ status, refresh, policy, html }) => {
  const headers = { "Content-Type": "text/html; charset=UTF-8", "Content-Security-Policy": policy };
  if (refresh) headers.Refresh = refresh;
  return new Response(html, { status, headers });
};

export const resultPage = (input) => answered(pages.result(input));
export const formPage = (input) => answered(pages.onward(input));

/** @param {object} input of the page @param {number} [wait] seconds after which it may be tried again, where the answer says so */
export function problemPage(input, wait) {
  const page = answered(pages.problem(input));
  const after = page.headers.get("Refresh") ?? (wait && String(wait));
  if (after) page.headers.set("Retry-After", after);
  return page;
}
