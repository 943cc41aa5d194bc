import type {
  Advice,
  Amount,
  Code,
  Config,
  Core,
  FetchedMessage,
  Language,
  Message,
  MessageHeaders,
  Order,
  Outcome,
  PaymentState,
  Problem,
  RefundState,
  TimeWindow,
} from "./index.js";

export { CashierError } from "./index.js";
export type { Message, Quote, TimeWindow, Transaction } from "./index.js";

/** A CryptoKey for RSASSA-PKCS1-v1_5 with SHA-256. */
export interface ImportedKey {
  readonly type: string;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/** PEM or bare base64 of PKCS#8, PKCS#1 or SPKI, as dashboards and environment variables have it; or a CryptoKey. At least 2048 bits. */
export type Key = string | ImportedKey;

/** Alipay's public keys by the version that its messages name: 1, 2, … */
export type AlipayKeys = Readonly<Record<string, Key>>;

export interface Notification extends Message {
  notifyType: "PAYMENT_RESULT" | "PAYMENT_PENDING" | "REFUND_RESULT" | (string & {});
}

/** The part of a Request that is used. */
export interface ReceivedRequest extends FetchedMessage {
  readonly method: string;
  readonly url: string;
}

/** How a notification came in: a Request that nothing has read, or its parts. */
export type ReceivedNotification =
  | {
      request: ReceivedRequest;
      /** The path and query that Alipay called, where a proxy in front of this process has changed them. */
      path?: string;
      headers?: undefined;
      body?: undefined;
    }
  | {
      request?: undefined;
      /** The request target as it came over the wire, with its query; "/" for a notification URL without a path. */
      path: string;
      headers: MessageHeaders | Readonly<Record<string, string | readonly string[] | undefined>>;
      /** The raw body. A parsed one is refused. */
      body: ArrayBuffer | ArrayBufferView | string;
    };

export interface NotificationOptions {
  core: Core;
  /** Its `clientId` must be the message's. Nothing else in it keeps a notification from being read. */
  config: Config;
  keys: AlipayKeys;
  /**
   * The clock in epoch milliseconds or as a Date, by default the real one. `null` accepts a message of any time; anything else,
   * such as NaN or a text, throws MILLISECONDS_MALFORMED.
   */
  now?: number | Date | null;
  /** By default 25 hours into the past and five minutes ahead. */
  window?: TimeWindow;
  /** Of the advice and the problems. */
  language?: Language;
}

export type NotificationRequest = NotificationOptions & ReceivedNotification;

export interface VerifiedNotification {
  notification: Notification;
  /** What it says of the payment, or of the refund. PENDING although the result is a success: not paid yet. */
  state?: PaymentState;
  outcome?: Outcome;
  advice?: Advice;
  /**
   * The exact body of the answer. It is undefined, with state and outcome, when the notifyType is not known: whether to
   * acknowledge what was not understood is for the merchant to decide, and Alipay sends it again until somebody does.
   */
  acknowledgement?: string;
  /**
   * The request target that the signature covers: with the query, or the path alone, as Alipay seems to sign it where the
   * notification URL has a query. In the second case nobody has signed the query.
   */
  signedPath: string;
  warnings: Problem[];
}

/**
 * Verifies a notification of a payment or a refund, then reads it; throws a CashierError for anything that Alipay did
 * not sign. Answer 200 with `acknowledgement` once the notification is stored, and with the error's `status` otherwise.
 * The same notification may come several times, also at once.
 */
export function verifyNotification(request: NotificationRequest): Promise<VerifiedNotification>;

/** What all calls to Alipay take. */
export interface CallOptions {
  core: Core;
  config: Config;
  /** The merchant's own. */
  privateKey: Key;
  keys: AlipayKeys;
  /** The request time as the config's requestTime and wireProfile want it; now by default. */
  time?: string;
  /** By default that of the platform. */
  fetch?: Fetch;
  /** When to give up. Without a signal that is after `patience`. */
  signal?: Signal;
  /** Milliseconds after which to give up; 15,000 by default. */
  patience?: number;
  /** Of the advice, the problems and the button. */
  language?: Language;
}

/** The part of fetch that is used. */
export type Fetch = (
  url: string,
  init: { method: "POST"; headers: Record<string, string>; body: string; redirect: "manual"; signal: any },
) => Promise<FetchedMessage & { readonly status: number; readonly body: unknown }>;

/** An AbortSignal. */
export interface Signal {
  readonly aborted: boolean;
}

/** Alipay's signed answer to a call. */
export interface Answer<State = PaymentState> {
  response: Message;
  /** What it says of the payment or the refund; absent when it says nothing. */
  state?: State;
  /** What to do next, and the same in words. */
  outcome: Outcome;
  advice: Advice;
  warnings: Problem[];
}

/** Where the shopper goes: to `location`, or by a form with these fields when the method is POST. */
export interface Redirect {
  method: "GET" | "POST";
  action: string;
  fields: { name: string; value: string }[];
  /** Only for GET. */
  location?: string;
  /** The same as a form with a button, or as a link where a form would not keep the query; safe to put into a page. */
  html: string;
  /** Where to go instead, one after the other, when `location` opens an app that is not on the phone. */
  fallbacks?: string[];
}

export interface PaymentRequest extends CallOptions {
  order: Order;
}

/** A payment that the shopper can make, or one that is paid already; `outcome` or `redirect` tells them apart. */
export type Payment =
  | (Answer & { outcome: "REDIRECT"; redirect: Redirect })
  /** Alipay answers that an earlier request with the same id was paid, which only inquirePayment proves. */
  | (Answer & { outcome: Exclude<Outcome, "REDIRECT">; redirect?: undefined });

/**
 * Asks Alipay for a payment and verifies the answer. Throws a CashierError where Alipay refuses, with the result code as `code`
 * and the answer as `response`. An error with `outcomeUnknown` means that the payment may exist all the same: inquire, or send
 * the same order again. One without `outcome` means that nothing was sent, as for a member of the order or the config that is not
 * known (FIELD_UNKNOWN): what is misspelt is not left out.
 */
export function createPayment(request: PaymentRequest): Promise<Payment>;

/** A payment by one of its ids, or both; Alipay goes by paymentId then. */
export interface PaymentReference {
  paymentId?: string;
  paymentRequestId?: string;
  merchantAccountId?: string;
}

export interface PaymentInquiry extends Answer {
  state: PaymentState;
  /** Where the shopper can still pay, if Alipay says so. */
  redirect?: Redirect;
}

/**
 * Asks what became of a payment; `state` has the answer. Compare paymentAmount with the order before delivering. Asking changes
 * nothing. A CashierError leaves open what became of the payment; with the code ORDER_NOT_EXIST Alipay does not know it, but a
 * request on its way may still arrive.
 */
export function inquirePayment(request: CallOptions & { payment: PaymentReference }): Promise<PaymentInquiry>;

/**
 * Calls off a payment that was not paid, or gives a paid one back in full, until 00:15 of the next day in China (UTC+8). Errors
 * are those of createPayment; after one with `outcomeUnknown` cancel again, or inquire.
 */
export function cancelPayment(request: CallOptions & { payment: PaymentReference }): Promise<Answer>;

/** What is to be given back. The same refundRequestId never refunds twice, another one does. */
export interface Refund {
  /** 1 to 64 letters, digits, "-" and "_". */
  refundRequestId: string;
  paymentId: string;
  /** In the currency of the payment, at most what is left of it. */
  refundAmount: Amount;
  /** The merchant's number of it. */
  referenceRefundId?: string;
  /** At most 256 characters. */
  refundReason?: string;
  /** Where Alipay sends the result; at most 1024 characters. */
  refundNotifyUrl?: string;
  metadata?: string;
}

/**
 * Gives money back. `state` is SUCCESS, or PROCESSING when a notification or inquireRefund will tell the end. Errors are those of
 * createPayment; after one with `outcomeUnknown` send the same refund again, or inquire, and take no other refundRequestId.
 */
export function createRefund(request: CallOptions & { refund: Refund }): Promise<Answer<RefundState> & { state: "SUCCESS" | "PROCESSING" }>;

/** A refund by one of its ids, or both; Alipay goes by refundId then. */
export interface RefundReference {
  refundId?: string;
  refundRequestId?: string;
  merchantAccountId?: string;
}

/** Asks what became of a refund, as inquirePayment does of a payment. */
export function inquireRefund(request: CallOptions & { refund: RefundReference }): Promise<Answer<RefundState> & { state: RefundState }>;

/**
 * All that is wrong with the merchant's own key (path `/privateKey`) and with Alipay's keys (`/keys/1`); an empty list when they can
 * be used. For the start of a program: it costs one signature.
 */
export function checkKeys(keys: { privateKey: Key; keys: AlipayKeys }): Promise<Problem[]>;

export type ExplanationRequest = Omit<NotificationOptions, "keys"> & {
  path: string;
  headers: MessageHeaders | Readonly<Record<string, string | readonly string[] | undefined>>;
  body: ArrayBuffer | ArrayBufferView | string;
  keys?: AlipayKeys;
  /** The merchant's own public key, to recognize the merchant's own messages. */
  ownKey?: Key;
  message?: "notification" | "response";
  /** Other paths under which the message may have been sent, such as those in front of a proxy. */
  paths?: string[];
};

export interface Explanation {
  /** Whether the message verifies as it is, with the right key and within the time window. */
  valid: boolean;
  /** Whether the signature covers the path without its query, which is accepted of notifications. */
  pathAlone: boolean;
  /** What is wrong, the most telling first: two mistakes can come together. */
  causes: { code: Code; message: string }[];
  /** What is plain to see without a key. */
  checks: { check: Code; passed: boolean; message?: string }[];
  /** The text that the signature covers, if one was found that it fits. */
  content?: string;
  /** The version of Alipay's key that fits. */
  keyVersion?: string;
}

/**
 * Finds out why a message does not verify, for people who look for a mistake: another path, a body that was read before,
 * encoded or written again, a header sent twice, the wrong key, version or clock. It tries at most 136 guesses with each
 * key. Never a reason to believe a message; that is `verifyNotification`.
 */
export function explain(request: ExplanationRequest): Promise<Explanation>;
