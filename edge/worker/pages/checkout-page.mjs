// The checkout page, with the problems beside its fields.
import index from "../../../index.html";
import { html } from "./html.mjs";
import { cashierForms, policy } from "./shopper.mjs";

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
  const headers = { "Content-Type": "text/html; charset=UTF-8" };
  headers["Content-Security-Policy"] = policy(`script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; ${cashierForms(config.redirectHosts)}`);
  return new Response(page.body, { status, headers });
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
