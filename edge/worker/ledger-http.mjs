/** The internal HTTP interface of a shard, for the Go program: LEDGER.md describes it. */
import * as lists from "./ledger-lists.mjs";
import { problem, problems } from "./respond.mjs";
import { settings } from "./settings.mjs";

/**
 * @param {import("./ledger.mjs").Ledger} ledger @param {Request} request
 * @returns {Promise<Response>}
 */
export async function answer(ledger, request) {
  const { pathname, searchParams } = new URL(request.url);
  const handler = handlers[`${request.method} ${pathname}`];
  if (!handler) return problem(404, "NOT_FOUND", `a ledger has no ${request.method} ${pathname}`);
  const { shards } = ledger.place;
  const now = settings(ledger.env).shards;
  if (shards !== now) return problem(500, "LEDGER_SHARDS_CHANGED", `the ledger was made with ${shards} shards: set LEDGER_SHARDS to ${shards}`);
  try {
    const given = request.method === "POST" ? await readJSON(request) : parameters(searchParams);
    const body = await handler(ledger, given);
    return body instanceof Response ? body : Response.json(body);
  } catch (error) {
    if (error instanceof Wrong) return problem(422, error.code, error.message, error.path);
    throw error;
  }
}

class Wrong extends Error {
  constructor(code, path, message) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

async function readJSON(request) {
  try {
    const body = await request.json();
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  } catch {
    // Below.
  }
  throw new Wrong("JSON_MALFORMED", "", "the body is no JSON object");
}

function parameters(searchParams) {
  if (new Set(searchParams.keys()).size < searchParams.size) throw new Wrong("FIELD_REPEATED", "", "a parameter comes twice");
  return Object.fromEntries(searchParams);
}

/** Takes members apart; what is not listed is refused. Each reader gets the value, or undefined, and returns it as it should be. */
function read(given, readers) {
  for (const name of Object.keys(given)) if (!Object.hasOwn(readers, name)) throw new Wrong("FIELD_UNKNOWN", `/${name}`, `${name} is not known here`);
  return Object.fromEntries(Object.entries(readers).map(([name, reader]) => [name, reader(given[name], `/${name}`)]));
}

const optional = (reader) => (value, path) => (value === undefined ? undefined : reader(value, path));
const text = (value, path) => {
  if (typeof value === "string" && value !== "" && value.length <= 1024) return value;
  throw new Wrong("FIELD_REQUIRED", path, "a text is needed here");
};
const number = (least, most) => (value, path) => {
  const n = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (Number.isSafeInteger(n) && n >= least && n <= most) return n;
  throw new Wrong("FIELD_NOT_A_WHOLE_NUMBER", path, `a whole number from ${least} to ${most} is needed here`);
};
const time = number(0, Number.MAX_SAFE_INTEGER);
const yes = (value, path) => {
  if (value === "true") return true;
  throw new Wrong("FIELD_NOT_IN_SET", path, "only true may stand here");
};
const limit = (value = 50, path) => number(1, 200)(value, path);
const object = (value, path) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Wrong("FIELD_REQUIRED", path, "an object is needed here");
};
const cursor = (value, path) => {
  const [, createdAt, id] = /^(\d{1,16}),(.+)$/s.exec(value) ?? [];
  if (createdAt === undefined) throw new Wrong("FIELD_NOT_IN_SET", path, "a cursor is createdAt,referenceOrderId");
  return [Number(createdAt), id];
};

/** The events that come from here. */
const operators = new Set(["cancel", "refund", "resend", "dismiss", "settle", "inquire", "due"]);
const unknownOrder = () => problem(404, "ORDER_UNKNOWN", "there is no such order", "/referenceOrderId");

const handlers = {
  "GET /orders"({ sql }, given) {
    const filters = read(given, {
      limit, before: optional(cursor), paymentStatus: optional(text), attention: optional(yes), undelivered: optional(yes), open: optional(yes),
      from: optional(time), to: optional(time),
    });
    return { orders: lists.list(sql, filters) };
  },

  "GET /find"({ sql }, given) {
    return { orders: lists.find(sql, read(given, { id: text }).id) };
  },

  "GET /order"(ledger, given) {
    const order = ledger.read(read(given, { referenceOrderId: text }).referenceOrderId);
    return order?.errors ? problems(500, order.errors) : (order ?? unknownOrder());
  },

  async "POST /submit"(ledger, given) {
    const { referenceOrderId, event, language, wait } = read(given, {
      referenceOrderId: text, event: object, language: optional(text), wait: (value = 0, path) => number(0, 10_000)(value, path),
    });
    if (!operators.has(event.type)) throw new Wrong("EVENT_UNKNOWN", "/event/type", "this is not an event of an operator");
    const reply = await ledger.submit({ referenceOrderId }, event, { perform: true, wait, language });
    if (!reply) return unknownOrder();
    if (reply.errors) return problems(422, reply.errors);
    if (wait > 0) return { ...ledger.read(referenceOrderId), changed: reply.changed };
    const { record, view, changed } = reply;
    return { record, view, summary: lists.summaryOf(ledger.sql, referenceOrderId), changed };
  },

  "GET /status"(ledger, given) {
    read(given, {});
    return ledger.status();
  },

  "GET /strays"({ sql }, given) {
    return { strays: lists.strays(sql, read(given, { limit, before: optional(time) })) };
  },

  "POST /strays/dismiss"(ledger, given) {
    const stray = read(given, { id: time, by: text, reason: optional(text) });
    return lists.dismissStray(ledger.sql, { ...stray, now: ledger.now() }) ? {} : problem(404, "STRAY_UNKNOWN", "there is no such notification", "/id");
  },

  "POST /retry"(ledger, given) {
    const { referenceOrderId } = read(given, { referenceOrderId: text, by: text });
    const summary = ledger.retry(referenceOrderId);
    return summary ? { summary } : unknownOrder();
  },
};
