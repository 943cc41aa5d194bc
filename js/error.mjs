/**
 * What every function of this package throws. `code` is a stable word to switch on; `errors` holds all problems
 * found, the first of which gives `code`, `path` and `message`.
 */
export class CashierError extends Error {
  name = "CashierError";

  /**
   * @param {{code: string, path?: string, message: string} | {code: string, path: string, message: string}[]} problems
   * @param {{cause?: unknown, outcome?: string, outcomeUnknown?: boolean, undecided?: boolean, response?: object, advice?: object,
   *   unverified?: object, status?: number}} [more] see index.d.ts
   */
  constructor(problems, more = {}) {
    const errors = Array.isArray(problems) ? problems : [{ path: "", ...problems }];
    super(errors[0].message, "cause" in more ? { cause: more.cause } : undefined);
    this.code = errors[0].code;
    this.path = errors[0].path;
    this.errors = errors;
    this.outcomeUnknown = more.outcomeUnknown ?? more.outcome === "INQUIRE";
    for (const name of ["outcome", "undecided", "response", "advice", "unverified", "status"]) {
      if (more[name] !== undefined) this[name] = more[name];
    }
  }
}

/** The reply of core.wasm, or all its problems thrown. */
export function succeeded(reply) {
  if (reply.errors.length) throw new CashierError(reply.errors);
  return reply;
}

/** The core, or an error about what was passed in its place, such as the promise of it. */
export function running(core) {
  if (typeof core?.ask === "function") return core;
  throw new CashierError({ code: "CORE_UNAVAILABLE", message: "Pass as core what `await load()` gives." });
}
