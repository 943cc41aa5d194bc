import type { Code, CoreCode } from "./codes.js";
import type { Amount, Config, Goods, PaymentCurrency, SettlementCurrency } from "./order.js";

export type { Code, CoreCode, LoadCode, ServerCode } from "./codes.js";
export type * from "./order.js";

/** The language of messages for people; English without one. */
export type Language = "en" | "zh-CN";

/** One thing that is wrong: a stable word, a JSON pointer to it, and a sentence for a person. */
export interface Problem {
  code: Code;
  path: string;
  message: string;
}

/** What functions of this package throw. `code`, `path` and `message` are those of the first of `errors`. */
export class CashierError extends Error {
  constructor(problems: Omit<Problem, "path"> | Problem | Problem[], more?: { cause?: unknown; outcome?: "INQUIRE"; unverified?: Unverified });
  readonly name: "CashierError";
  readonly code: Code;
  readonly path: string;
  readonly errors: Problem[];
  /** Set when a payment may exist although the call failed: ask for it before starting another. */
  readonly outcome?: "INQUIRE";
  /** Set when an answer came that proves nothing. Alipay leaves its answer unsigned when it cannot tell who asks. */
  readonly unverified?: Unverified;
}

/** What an answer claims that is not known to be Alipay's, "" where it claims nothing: a hint for people, never to act on. */
export interface Unverified {
  httpStatus: number;
  contentType: string;
  resultStatus: string;
  resultCode: string;
  resultMessage: string;
}

/** One running copy of core.wasm, made by `load`. It keeps no state between calls and replaces itself after a trap. */
export interface Core {
  /** One operation, bytes in and bytes out; the reply is a copy. Throws INPUT_TOO_LARGE above 512 KiB. */
  call(operation: string, input: Uint8Array): Uint8Array;
  /** The same with JSON, and a raw message body where the operation takes one. */
  ask(operation: string, head: object, raw?: Uint8Array): any;
}

/**
 * Starts core.wasm, once for a page or process. Workers pass the module they import, Node and Bun the bytes they read,
 * pages the address; a page with a Content-Security-Policy needs `script-src 'wasm-unsafe-eval'`.
 */
export function load(source: string | URL | Response | Promise<Response> | BufferSource | WebAssembly.Module): Promise<Core>;

export interface Validation {
  valid: boolean;
  errors: Problem[];
  warnings: Problem[];
}

export interface ValidationOptions {
  config?: Config;
  language?: Language;
}

/**
 * Finds all problems of an order at once. `order` may be anything, it is what is being checked. With `time`, the request
 * time, paymentExpiryTime is measured against it.
 */
export function validateOrder(core: Core, order: unknown, options?: ValidationOptions & { time?: string }): Validation;

/** What a shopper typed, by the JSON pointers of the order's members: `{"/paymentAmount/value": "1,234.50"}`. */
export type FormFields = Record<string, string>;

export interface FormValidation extends Validation {
  /** As far as it can be made out, its amount in minor units; the merchant's server adds ids, URLs and description. */
  order?: DraftOrder;
}

export interface DraftOrder {
  orderDescription?: string;
  referenceOrderId?: string;
  paymentAmount: { currency?: string; value?: string };
  settlementCurrency?: string;
  terminalType?: string;
  goods: Partial<Goods>[];
  businessType: "4";
}

/** The same for a form; the path of a problem is the name of the input it belongs to. */
export function validateForm(core: Core, fields: FormFields, options?: ValidationOptions): FormValidation;

/** "1,234.50" in USD to "123450". Never rounds; throws a CashierError when the text is not an amount of the currency. */
export function parseAmount(core: Core, text: string, currency: PaymentCurrency): string;

/** "123450" in USD to "1,234.50", or as the locale writes it: "de" gives "1.234,50". A locale that is not known is written as English is. */
export function formatAmount(core: Core, value: string, currency: PaymentCurrency, locale?: string): string;

export interface Currency<Letters> {
  currency: Letters;
  decimals: number;
}

/** The currencies one may pay in, and those a merchant may be paid in. */
export function currencies(core: Core): {
  payment: Currency<PaymentCurrency>[];
  settlement: Currency<SettlementCurrency>[];
};

export type PaymentState = "PROCESSING" | "PENDING" | "SUCCESS" | "FAIL" | "CANCELLED";

export type RefundState = "PROCESSING" | "SUCCESS" | "FAIL";

/**
 * What a piece of news does to a state. `changed`: act on the new state. `conflict`: two final states contradict each other,
 * as a success after FAIL or CANCELLED does, so a person has to look and nothing is to be delivered. Neither: nothing to do.
 */
export interface NextState<State> {
  state: State;
  changed: boolean;
  conflict: boolean;
}

/** The state of a payment, or of a refund, after a piece of news. It never moves backwards, in whatever order news comes. */
export function nextState(core: Core, state: PaymentState, event: PaymentState, kind?: "payment"): NextState<PaymentState>;
export function nextState(core: Core, state: RefundState, event: RefundState, kind: "refund"): NextState<RefundState>;

/** What the merchant knows of a payment or refund. What is left out is not compared, but for the request id. */
export interface StoredPayment {
  clientId?: string;
  paymentRequestId?: string;
  paymentId?: string;
  paymentAmount?: Amount;
  settlementCurrency?: SettlementCurrency;
  refundRequestId?: string;
  refundId?: string;
  refundAmount?: Amount;
}

/**
 * Compares a verified notification or answer with what is stored, before anything is delivered. An amount that the message
 * says and that is not stored is a warning, FIELD_REQUIRED: nobody has compared how much, so deliver nothing. Another
 * settlement currency is the warning SETTLEMENT_CURRENCY_DIFFERS: deliver, and have a person look at the contract.
 */
export function match(core: Core, stored: StoredPayment, message: object, options?: ValidationOptions): {
  matches: boolean;
  errors: Problem[];
  warnings: Problem[];
};

/** What to do next. */
export type Outcome =
  | "REDIRECT"
  | "SUCCEED"
  | "WAIT"
  | "INQUIRE"
  | "REPEAT"
  | "NEW_ATTEMPT"
  | "FIX_REQUEST"
  | "FIX_CONFIGURATION"
  | "TELL_SHOPPER";

/** An outcome in words. */
export interface Advice {
  operator: string;
  shopper: string;
}

/** The catalogue: every code and outcome with its sentences in one language. `{0}` stands for what a problem fills in. */
export function messages(core: Core, language?: Language): {
  messages: { code: CoreCode; message: string }[];
  outcomes: { outcome: Outcome; advice: Advice }[];
};
