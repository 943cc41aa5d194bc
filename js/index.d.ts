import type { Code, CoreCode } from "./codes.js";
import type { Amount, Config, Goods, PaymentCurrency, SettlementCurrency } from "./order.js";

export type { Code, CoreCode, LoadCode, ResultCode, ServerCode } from "./codes.js";
export type * from "./order.js";

/** A BCP 47 tag such as navigator.language. Messages for people are in the nearest of English and Simplified Chinese; English without one. */
export type Language = "en" | "zh-CN" | (string & {});

/** One thing that is wrong: a stable word, a JSON pointer to it, and a sentence for a person. */
export interface Problem {
  code: Code;
  path: string;
  message: string;
}

/** What functions of this package throw. `code`, `path` and `message` are those of the first of `errors`. */
export class CashierError extends Error {
  constructor(problems: Omit<Problem, "path"> | Problem | Problem[], more?: ErrorDetails);
  readonly name: "CashierError";
  readonly code: Code;
  readonly path: string;
  readonly errors: Problem[];
  /** Of a call to Alipay: what to do next. It is absent when nothing was sent. */
  readonly outcome?: Outcome;
  /**
   * Of a call to Alipay: whether the payment or the refund may exist, or may have been cancelled, although the call failed. Then
   * inquire, or send the same request with the same id again, before anything else. Always false when nothing was sent.
   */
  readonly outcomeUnknown: boolean;
  /**
   * Set when Alipay refused the call for a reason that says nothing about the payment or the refund itself. If an earlier request
   * with the same id got no clear answer, its outcome is still unknown.
   */
  readonly undecided?: boolean;
  /** Alipay's signed answer, when that is a refusal; `code` is its result code. */
  readonly response?: Message;
  /** The outcome of a refusal in words. */
  readonly advice?: Advice;
  /** Set when an answer came that proves nothing. Alipay leaves its answer unsigned when it cannot tell who asks. */
  readonly unverified?: Unverified;
  /** Of verifyNotification: the HTTP status to answer with. 400, 401, 405, 413, 422; 500 where the options are wrong. */
  readonly status?: number;
}

export interface ErrorDetails {
  cause?: unknown;
  outcome?: Outcome;
  outcomeUnknown?: boolean;
  undecided?: boolean;
  response?: Message;
  advice?: Advice;
  unverified?: Unverified;
  status?: number;
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

/** A WebAssembly.Module. */
export type WasmModule = object;

/** What `load` takes: an address, a Response, bytes, a module, or what `import()` of core.wasm gives; or a promise of one. */
export type CoreSource = string | Address | FetchedMessage | ArrayBuffer | ArrayBufferView | WasmModule | { readonly default: CoreSource };

/** A URL. */
export interface Address {
  readonly href: string;
}

/** The part of a Response, or of a Request, that is used. */
export interface FetchedMessage {
  readonly headers: MessageHeaders;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** The part of Headers that is used. */
export interface MessageHeaders {
  get(name: string): string | null;
}

/**
 * Starts core.wasm, once for a page or process. Without an argument it takes the core.wasm of this package: in Node, Deno and Bun, in
 * Cloudflare Workers, and in pages whose bundler knows `new URL("./core.wasm", import.meta.url)`. Other pages pass its address.
 * A page with a Content-Security-Policy needs `script-src 'wasm-unsafe-eval'`.
 *
 * Throws CORE_UNAVAILABLE when it cannot be read, CORE_ABI_MISMATCH when it is another module.
 */
export function load(source?: CoreSource | Promise<CoreSource>): Promise<Core>;

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

/**
 * "123450" in USD to "1,234.50", or as the locale writes it: "de" gives "1.234,50". `value` is digits of the smallest unit; the
 * currency is not written. `locale` is a BCP 47 tag; separators follow the Unicode CLDR, and a locale that is not known is written
 * as English is. Throws the core's problems, such as AMOUNT_MALFORMED.
 */
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

/** How far a message's time may lie from the clock, in milliseconds; a negative number does not bound. */
export interface TimeWindow {
  past?: number;
  future?: number;
}

/** What Alipay says of a payment or a refund; members that a message lacks are absent. */
export interface Message {
  resultStatus?: "S" | "F" | "U";
  resultCode?: string;
  resultMessage?: string;
  paymentRequestId?: string;
  /** Alipay's name of the payment. */
  paymentId?: string;
  paymentAmount?: Amount;
  /** What the shopper paid, when that is not what was asked for. */
  actualPaymentAmount?: Amount;
  /** What is settled, in the settlement currency, before fees. */
  grossSettlementAmount?: Amount;
  /** The rate of grossSettlementAmount. */
  settlementQuote?: Quote;
  /** For the customs of China; only of paid ones. */
  customsDeclarationAmount?: Amount;
  /** Times are ISO 8601 with the offset that Alipay chose. */
  paymentCreateTime?: string;
  paymentTime?: string;
  cancelTime?: string;
  refundRequestId?: string;
  /** Alipay's name of the refund. */
  refundId?: string;
  refundStatus?: "SUCCESS" | "PROCESSING" | "FAIL";
  refundAmount?: Amount;
  /** What the shopper got back, when that is not what was asked for. */
  actualRefundAmount?: Amount;
  refundTime?: string;
  /** What became of the payment, as inquiryPayment says it. */
  paymentStatus?: PaymentState;
  /** Why the payment failed. */
  paymentResultCode?: string;
  paymentResultMessage?: string;
  /** The acquirer's number, for reconciling. */
  acquirerReferenceNo?: string;
  authReviewStatus?: string;
  authReviewSource?: string;
  /** Refunds and the like, as inquiryPayment lists them. */
  transactions?: Transaction[];
  /** All other signed members as they came, unchecked: addresses among them, which `redirect` has checked. */
  other?: Record<string, unknown>;
}

/** The exchange rate of a settlement. All are texts; members that are not known are passed on as they stand. */
export interface Quote {
  quoteId?: string;
  /** Such as USD/CNY, or in numbers: 392/156. */
  quoteCurrencyPair?: string;
  /** A decimal number. */
  quotePrice?: string;
  quoteStartTime?: string;
  quoteExpiryTime?: string;
  guaranteed?: string;
  [member: string]: unknown;
}

/** What happened to a payment after it was made. */
export interface Transaction {
  transactionType?: "REFUND" | "CAPTURE" | (string & {});
  transactionStatus?: string;
  transactionAmount?: Amount;
  transactionRequestId?: string;
  transactionId?: string;
  transactionTime?: string;
  transactionResult?: { resultStatus?: string; resultCode?: string; resultMessage?: string };
  [member: string]: unknown;
}

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
