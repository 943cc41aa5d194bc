// What people see: the checkout page with the problems beside its fields, and the pages after it.
import index from "../../../index.html";
import { price } from "../../../js/page/price.mjs";
import { html } from "./html.mjs";
import { sentence, texts } from "./texts.mjs";

const slots = new Set([...index.matchAll(/data-error="([^"]*)"/g)].map(([, pointer]) => pointer));

/**
 * The checkout page, as it is or with a shopper's entries and what is wrong with them.
 * @param {{config: object, language: string, key: string, form?: URLSearchParams, errors?: {path: string, message:
 *   string}[], status?: number}} options
 */
export function checkoutPage({ config, language, key, form = new URLSearchParams(), errors = [], status = 200 }) {
  const messages = new Map();
  for (const { path, message } of errors) {
    const slot = slotFor(path);
    if (slot && !messages.has(slot)) messages.set(slot, message);
  }
  const used = [...form].some(([name, value]) => /^\/goods\/[1-9]\d*\/goodsName$/.test(name) && value) || [...messages.keys()].some((path) => /^\/goods\/[1-9]/.test(path));
  let select;
  const page = new HTMLRewriter()
    .on("html", { element: (e) => void e.setAttribute("lang", language) })
    .on("[data-zh]", {
      element(e) {
        const text = e.getAttribute(language === "zh-CN" ? "data-zh" : "data-en");
        e.setInnerContent(e.tagName === "option" ? `${e.getAttribute("value")} – ${text}` : text);
      },
    })
    .on("form#checkout", {
      element(e) {
        const { merchantKind, settlementCurrencies } = config;
        set(e, "data-config", JSON.stringify({ merchantKind, settlementCurrencies }));
      },
    })
    .on("input[name], select[name]", {
      element(e) {
        const name = e.getAttribute("name");
        const value = { lang: language, idempotencyKey: key }[name] ?? form.get(name);
        if (messages.has(name)) e.setAttribute("aria-invalid", "true");
        if (e.tagName === "select") select = value;
        else if (value === null) return;
        else if (e.getAttribute("type") === "radio") toggle(e, "checked", e.getAttribute("value") === value);
        else set(e, "value", value);
      },
    })
    .on("select[name] option", { element: (e) => void (select !== null && toggle(e, "selected", e.getAttribute("value") === select)) })
    .on("details[data-more]", { element: (e) => void toggle(e, "open", used) })
    // The way to the playground is for those who try the sandbox.
    .on("footer.foot", { element: (e) => void (/^SANDBOX_/.test(config.clientId ?? "") || e.remove()) })
    .on("[data-error]", {
      element(e) {
        const message = messages.get(e.getAttribute("data-error"));
        if (message === undefined) return;
        e.removeAttribute("hidden");
        e.setInnerContent(message);
      },
    })
    .on("[data-errors]", {
      element(e) {
        if (errors.length === 0) return;
        e.removeAttribute("hidden");
        e.setInnerContent(String(html`<ul>${errors.map(summaryLine)}</ul>`), { html: true });
      },
    })
    .transform(new Response(index));
  return respond(page.body, status, `script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; ${cashierForms(config)}`);
}

/**
 * Where a payment stands. While it is open the page looks again by itself; then it leads on to the merchant's.
 * @param {{config: object, language: string, payment: object, amount: string}} options `payment` is the view of advance, its
 *   `resultPage` signed
 */
export function resultPage({ config, language, payment, amount }) {
  const t = texts[language];
  // While it can be paid and has no cashier yet, Alipay is still being asked for one.
  const starting = payment.paymentStatus === "PROCESSING" && !payment.redirect && payment.expiresAt !== undefined;
  const state = payment.conflict ? "CONFLICT" : starting ? "STARTING" : payment.paymentStatus;
  const [title, lead] = t.states[state];
  const open = ["OPEN", "STARTING", "PROCESSING", "PENDING"].includes(state);
  const body = html`
    <p class="lead" role="status">${lead}</p>
    <dl>
      <div><dt>${t.order}</dt><dd>${payment.referenceOrderId}</dd></div>
      <div><dt>${t.amount}</dt><dd>${price(amount, payment.paymentAmount.currency, language)}</dd></div>
    </dl>
    ${payment.redirect && onward(payment.redirect, t.pay)}
    ${payment.resultPage && html`<a class="pay" href="${payment.resultPage}">${t.back}</a>`}`;
  const sign = state === "SUCCESS" ? "done" : open ? "waiting" : "stopped";
  const response = respond(document(language, title, body, sign), 200, cashierForms(config));
  if (payment.pollAfter !== undefined) response.headers.set("Refresh", String(Math.ceil(payment.pollAfter / 1000)));
  else if (payment.resultPage && !payment.conflict) response.headers.set("Refresh", `5; url=${payment.resultPage}`);
  return response;
}

/** The way to a cashier that wants a POST: a form that sends itself, with a button for browsers without scripts. */
export function formPage({ config, language, redirect }) {
  const t = texts[language];
  const body = html`<p>${t.onTheWay}</p>${onward(redirect, t.pay)}<script type="module" src="/pages/submit.mjs"></script>`;
  return respond(document(language, t.toCashier, body), 200, `script-src 'self'; ${cashierForms(config)}`);
}

/**
 * A problem that no field of the checkout page is to blame for. It never says what became of the shopper's money:
 * nothing is known of it here.
 * @param {{language: string, status: number, errors: {code: string}[], form: boolean, again?: string}} options `form`
 *   tells whether there is a
 *   checkout page to go back to; `again` is the address that the page tries again by itself, after as many seconds as `retryAfter`
 */
export function problemPage({ language, status, errors, form, again, retryAfter = 5 }) {
  const t = texts[language];
  const title = status === 404 ? t.missing : status >= 500 ? t.trouble : t.refused;
  const sentences = new Set(errors.map(({ code }) => sentence(language, code, status)));
  const body = html`
    <ul class="lead" role="alert">${[...sentences].map((text) => html`<li>${text}</li>`)}${status >= 500 && html`<li>${t.payOnce}</li>`}</ul>
    ${again && html`<p>${t.triesAgain}</p>`}
    <p class="hint">${t.code}: ${[...new Set(errors.map(({ code }) => code))].join(", ")}</p>
    ${again ? html`<a class="pay" href="${again}">${t.lookAgain}</a>` : form && html`<a class="pay" href="/">${t.again}</a>`}`;
  const response = respond(document(language, title, body, "stopped"), status, "");
  if (again) response.headers.set("Refresh", String(retryAfter));
  if (again) response.headers.set("Retry-After", String(retryAfter));
  return response;
}

const signs = {
  done: "M7 12.5l3.5 3.5L17 9",
  waiting: "M12 7v5l3.5 2",
  stopped: "M12 7v6M12 16.5v.1",
};

function document(language, title, body, sign = "waiting") {
  return `<!doctype html>\n${html`<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="/js/page/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/js/page/page.css">
    <link rel="stylesheet" href="/pages/result.css">
  </head>
  <body>
    <main class="result">
      <section>
        <svg class="sign ${sign}" aria-hidden="true" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10"/><path d="${signs[sign]}"/></svg>
        <h1>${title}</h1>
        ${body}
      </section>
    </main>
  </body>
</html>`}\n`;
}

// A form sent by GET would drop the query that its address may have, so what a link can reach is a link.
function onward({ method, action, fields, location }, text) {
  if (location) return html`<a class="pay" href="${location}">${text}</a>`;
  return html`<form method="${method}" action="${action}">
      ${fields.map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">`)}
      <button class="pay">${text}</button>
    </form>`;
}

// Browsers apply form-action to the redirect that answers a form as well, so it names the cashier's hosts.
function cashierForms({ redirectHosts = [] }) {
  const own = redirectHosts.map((host) => (/^(localhost|127\.|\[::1\])/.test(host) ? `http://${host}` : `https://${host}`));
  return `form-action 'self' https://*.alipay.com https://*.alipayplus.com ${own.join(" ")}`.trim();
}

function respond(body, status, policy) {
  return new Response(body, {
    status,
    headers: {
      "Content-Type": "text/html; charset=UTF-8",
      "Content-Security-Policy": `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; ${policy}`,
    },
  });
}

function slotFor(path) {
  for (let pointer = path; pointer; pointer = pointer.slice(0, pointer.lastIndexOf("/"))) {
    if (slots.has(pointer)) return pointer;
  }
  return undefined;
}

function summaryLine({ path, message }) {
  const id = slotFor(path)?.slice(1).replaceAll("/", "-");
  return id && index.includes(`id="${id}"`) ? html`<li><a href="#${id}">${message}</a></li>` : html`<li>${message}</li>`;
}

// The rewriter itself escapes quotes only, so that "&lt;" would come back as "<".
function set(element, attribute, text) {
  element.setAttribute(attribute, text.replaceAll("&", "&amp;"));
}

function toggle(element, attribute, on) {
  if (on) element.setAttribute(attribute, "");
  else element.removeAttribute(attribute);
}
