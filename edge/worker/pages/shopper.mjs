/**
 * The pages that shoppers see after the checkout: where a payment stands, what is wrong, and the way to a cashier that wants a POST.
 * Template, texts and vectors are those of host/checkout/pages, and so is each step here: both shells make the same bytes.
 */
import mustache from "mustache";

const special = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const escape = (value) => String(value).replace(/[&<>"']/g, (character) => special[character]);

const retryAfter = 5;

/**
 * @typedef {{status: number, refresh?: string, policy: string, html: string}} Page `refresh` and `policy` are the headers Refresh and
 *   Content-Security-Policy
 * @param {string} template page.mustache @param {object} catalogue catalogue.json
 */
export function shopperPages(template, catalogue) {
  const { signs, stateSigns, languages } = catalogue;
  const render = (model) => mustache.render(template, model, {}, { escape });
  const model = (language, title, sign) => ({ language, title, sign, drawing: signs[sign], links: [] });

  const onward = (to, text) =>
    to.location ? { links: [{ href: to.location, text }] } : { form: { action: to.action, fields: to.fields, button: text } };

  return {
    /** @returns {Page} @param {{language: string, view: object, figure: string, redirectHosts?: string[]}} input a view, and its amount as a figure */
    result({ language, view, figure, redirectHosts }) {
      const t = languages[language];
      // While it can be paid and has no cashier yet, Alipay is still being asked for one.
      const starting = view.paymentStatus === "PROCESSING" && !view.redirect && view.expiresAt > 0;
      const state = view.conflict ? "CONFLICT" : starting ? "STARTING" : view.paymentStatus;
      const page = {
        ...model(language, t.states[state].title, stateSigns[state]),
        lead: t.states[state].lead,
        hasDetails: true,
        details: [
          { name: t.words.order, value: view.referenceOrderId },
          { name: t.words.amount, value: price(t, view.paymentAmount.currency, figure) },
        ],
        ...(view.redirect && onward(view.redirect, t.words.pay)),
      };
      let refresh;
      // In a conflict the merchant's page would tell of a result that is in doubt.
      if (view.resultPage && !view.conflict) {
        page.links = [...page.links, { href: view.resultPage, text: t.words.back }];
        refresh = `5; url=${view.resultPage}`;
      }
      if (view.pollAfter > 0) refresh = String(Math.ceil(view.pollAfter / 1000));
      return { status: 200, refresh, policy: policy(cashierForms(redirectHosts)), html: render(page) };
    },

    /**
     * It never says what became of the shopper's money: nothing is known of it here.
     * @returns {Page}
     * @param {{language: string, status: number, codes: string[], form?: boolean, again?: string}} input `form` tells whether there is a
     *   checkout page to go back to; `again` is the address that the page tries again by itself
     */
    problem({ language, status, codes, form, again }) {
      const t = languages[language];
      const { words } = t;
      const sentences = new Set(codes.map((code) => sentence(t, code, status)));
      if (status >= 500) sentences.add(words.payOnce);
      const page = {
        ...model(language, status === 404 ? words.missing : status >= 500 ? words.trouble : words.refused, "stopped"),
        hasProblems: true,
        problems: [...sentences].map((text) => ({ text })),
        hint: `${words.code}: ${[...new Set(codes)].join(", ")}`,
      };
      if (again) Object.assign(page, { text: words.triesAgain, links: [{ href: again, text: words.lookAgain }] });
      else if (form) page.links = [{ href: "/", text: words.again }];
      return { status, refresh: again ? String(retryAfter) : undefined, policy: policy(""), html: render(page) };
    },

    /** @returns {Page} @param {{language: string, redirect: object, redirectHosts?: string[]}} input */
    onward({ language, redirect, redirectHosts }) {
      const { words } = languages[language];
      const page = { ...model(language, words.toCashier, "waiting"), text: words.onTheWay, ...onward(redirect, words.pay), submits: !redirect.location };
      return { status: 200, policy: policy(`script-src 'self'; ${cashierForms(redirectHosts)}`), html: render(page) };
    },
  };
}

/**
 * What a shopper is told of a problem. The message that comes with its code is for developers: one that has no sentence
 * of its own is told by the status of the answer.
 */
export function sentence({ problems }, code, status) {
  if (Object.hasOwn(problems, code)) return problems[code];
  return problems[code.startsWith("TOKEN_") ? "TOKEN" : status === 402 ? 402 : status < 500 ? 400 : 500];
}

function price({ prices }, currency, figure) {
  const form = Object.hasOwn(prices, currency) ? prices[currency] : `${currency}\u00a0{}`;
  return form.replace("{}", () => figure);
}

/** Browsers apply form-action to the redirect that answers a form as well, so it names the cashier's hosts. */
export function cashierForms(hosts = []) {
  const own = hosts.map((host) => (/^(localhost|127\.|\[::1\])/.test(host) ? ` http://${host}` : ` https://${host}`));
  return `form-action 'self' https://*.alipay.com https://*.alipayplus.com${own.join("")}`;
}

/** The Content-Security-Policy of a page, with what it needs besides. */
export function policy(more) {
  return `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'${more && `; ${more}`}`;
}

/** The first of the wishes that there are texts in: a form's choice, then the browser's list. */
export function languageOf(...wishes) {
  for (const wish of wishes.join(",").split(",")) {
    const [, primary] = /^\s*([a-z]*)/i.exec(wish);
    if (primary.toLowerCase() === "zh") return "zh-CN";
    if (primary.toLowerCase() === "en") return "en";
  }
  return "en";
}
