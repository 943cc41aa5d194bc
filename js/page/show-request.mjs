/** What an order becomes: its problems, or the exact request and the text to sign. */

import { messages } from "../messages.mjs";
import { clock } from "../clock.mjs";
import { listProblems, verdict } from "./problems.mjs";

const valid = { en: "This order can be sent.", "zh-CN": "此订单可以发送。" };
const invalid = { en: "This order cannot be sent.", "zh-CN": "此订单无法发送。" };

/** Judges what stands in the fields and shows the request. */
export function showRequest(core, form, language) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const field = (id) => form.elements[id].value.trim();
  const { errors, warnings, ...request } = build(core, field("order") || "{}", field("config") || "{}", field("time"), language);
  const isGood = errors.length === 0;
  verdict(part("order-verdict"), isGood, isGood ? valid : invalid, language);
  listProblems(part("order-problems"), errors, warnings);
  part("request").hidden = !isGood;
  if (!isGood) return;
  const headers = request.headers.map(({ name, value }) => `${name}: ${value}`);
  part("request-text").textContent = [`POST ${request.url}`, ...headers, "", request.body].join("\n");
  part("sign-text").textContent = request.contentPrefix + request.body;
  part("signature-text").textContent = `Signature: algorithm=RSA256,keyVersion=${request.keyVersion},signature=…`;
}

function build(core, order, config, time, language) {
  for (const [path, text] of Object.entries({ "/order": order, "/config": config })) {
    if (!isJSON(text)) return { errors: [malformed(core, text, path, language)], warnings: [] };
  }
  const settings = JSON.parse(config) ?? {};
  // The texts go to the core as they were pasted, so that it judges repeated names as well, which parsing would hide.
  const head = `{"config":${config},"order":${order},"time":${JSON.stringify(time || clock(settings))},"language":"${language}"}`;
  const reply = core.call("build_pay", new TextEncoder().encode(head));
  return { keyVersion: settings.keyVersion ?? 1, ...JSON.parse(new TextDecoder().decode(reply)) };
}

/** Where a text stops being JSON: the core says so of the text alone, in English, since the language would come after it. */
function malformed(core, text, path, language) {
  const { errors } = JSON.parse(new TextDecoder().decode(core.call("build_pay", new TextEncoder().encode(text))));
  const [{ code, message }] = errors;
  const translated = messages(core, language).messages.find((each) => each.code === code).message;
  return { code, path, message: translated.replace("{0}", /\d+/.exec(message)?.[0] ?? "0") };
}

function isJSON(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
