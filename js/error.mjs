/**
 * What every function of this package throws. `code` is a stable word to switch on; `errors` holds all problems
 * found, the first of which gives `code`, `path` and `message`.
 */
export class CashierError extends Error {
  name = "CashierError";

  /**
   * @param {{code: string, path?: string, message: string} | {code: string, path: string, message: string}[]} problems
   * @param {{cause?: unknown, outcome?: string, unverified?: object}} [more]
   */
  constructor(problems, more = {}) {
    const errors = Array.isArray(problems) ? problems : [{ path: "", ...problems }];
    super(errors[0].message, "cause" in more ? { cause: more.cause } : undefined);
    this.code = errors[0].code;
    this.path = errors[0].path;
    this.errors = errors;
    // Set once a payment request may have reached Alipay: the only safe next step is to ask for its state.
    if (more.outcome) this.outcome = more.outcome;
    // What an answer claims that proves nothing. For people who look for the mistake, never to act on.
    if (more.unverified) this.unverified = more.unverified;
  }
}

/** The reply of core.wasm, or all its problems thrown. */
export function succeeded(reply) {
  if (reply.errors.length) throw new CashierError(reply.errors);
  return reply;
}
