/** What POST /checkout and /orders were sent: texts by name, in a form or in a JSON object. */
import { unambiguous } from "./json.mjs";
import { problem } from "./respond.mjs";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @param {string} contentType @param {Uint8Array} body
 * @returns {Map<string, string> | Response} the fields, or the answer to what is none; nothing may be sent twice
 */
export function readFields(contentType, body) {
  const type = contentType.split(";", 1)[0].trim().toLowerCase();
  if (type !== "application/json" && type !== "application/x-www-form-urlencoded") {
    return problem(415, "MEDIA_TYPE_NOT_ACCEPTABLE", "send a form or JSON", "/headers/content-type");
  }
  let text;
  try {
    text = decoder.decode(body);
  } catch {
    return problem(400, "BODY_NOT_UTF8", "the body is not UTF-8");
  }
  return type === "application/json" ? ofJSON(text) : ofForm(text);
}

function ofJSON(text) {
  let fields;
  try {
    fields = JSON.parse(text);
  } catch {
    // Below.
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields) || !Object.values(fields).every((value) => typeof value === "string")) {
    return problem(400, "JSON_MALFORMED", "the body must be a JSON object of strings");
  }
  if (!unambiguous(text)) {
    const [name = ""] = Object.keys(fields).filter((name) => text.split(JSON.stringify(name)).length > 2);
    return repeated(name);
  }
  return new Map(Object.entries(fields));
}

function ofForm(text) {
  // Some readers take ";" for "&"; browsers write it as %3B.
  if (/;|%(?![\da-f]{2})/i.test(text)) return problem(400, "FORM_MALFORMED", "the body is no form");
  const fields = new Map();
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) return repeated(name);
    fields.set(name, value);
  }
  return fields;
}

/** Names of the form's fields are JSON pointers already. */
function repeated(name) {
  return problem(400, "FIELD_REPEATED", "this field was sent twice", name === "" || name.startsWith("/") ? name : `/${name}`);
}
