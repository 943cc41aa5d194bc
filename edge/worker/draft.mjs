/**
 * What a shopper typed becomes an order of the merchant's: the fields of the form are checked, and the merchant's server, which alone
 * knows its prices, signs the order. So there is one way to start a payment, with a token.
 */
import { validateForm } from "../../js/index.mjs";
import { core } from "./core.mjs";
import { toBase64URL } from "./bytes.mjs";
import { log, reason } from "./log.mjs";
import { problem, problems } from "./respond.mjs";
import { settings } from "./settings.mjs";

const maxReply = 64 * 1024;
const patience = 12_000;
const encoder = new TextEncoder();

/**
 * @param {object} env
 * @param {{fields: URLSearchParams | Map<string, string>, key: string, language: string}} form `key` is that of the form
 * @returns {Promise<{token: string} | {refused: Response}>}
 */
export async function requestToken(env, { fields, key, language }) {
  if (!env.ORDER_URL) return { refused: problem(422, "FIELD_REQUIRED", "the order token is missing", "/token") };
  const form = Object.fromEntries([...fields].filter(([name]) => name.startsWith("/")));
  const { order, errors } = validateForm(core, form, { config: settings(env).config, language });
  if (errors.length > 0) return { refused: problems(422, errors) };
  try {
    const { ok, status, reply } = await ask(env.ORDER_URL, order, { "Idempotency-Key": await draftKey(key, order), "Accept-Language": language });
    if (ok && typeof reply.token === "string" && reply.token !== "") return { token: reply.token };
    const refused = status >= 400 && status < 500 && Array.isArray(reply.errors) ? reply.errors.filter(isProblem) : [];
    if (refused.length > 0) return { refused: problems(422, refused.map(({ code, path = "", message }) => ({ code, path, message }))) };
    log.warn("ORDER_URL gave no token", { status });
  } catch (error) {
    log.warn("ORDER_URL did not answer as it should", { error: reason(error) });
  }
  return { refused: problem(502, "ORDER_UNAVAILABLE", "the shop does not answer; please try again in a moment") };
}

const isProblem = (value) => typeof value?.code === "string" && typeof value.message === "string" && ["string", "undefined"].includes(typeof value.path);

async function ask(url, order, headers) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error(`no answer in ${patience / 1000} seconds`)), patience);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
      body: JSON.stringify({ order }),
      redirect: "manual",
      signal: abort.signal,
    });
    return { ok: response.status === 200, status: response.status, reply: JSON.parse(await textOf(response)) ?? {} };
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(response) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxReply) throw new Error(`the answer has more than ${maxReply} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * Names a purchase to the merchant's server: the same form with the same goods and amount. The device is left out, since a shopper
 * who goes back to pay on another one buys nothing else.
 */
export async function draftKey(key, order) {
  const { terminalType, osType, ...bought } = order;
  const names = Object.keys(bought).sort();
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(`${key}\n${JSON.stringify(names.map((name) => [name, bought[name]]))}`));
  return toBase64URL(new Uint8Array(digest));
}
