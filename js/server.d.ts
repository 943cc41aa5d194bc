import type { Advice, Amount, Code, Config, Core, Language, Order, Outcome, PaymentState, Problem } from "./index.js";

export { CashierError } from "./index.js";

/** PEM or bare base64 of PKCS#8, PKCS#1 or SPKI; or a CryptoKey for RSASSA-PKCS1-v1_5 with SHA-256. At least 2048 bits. */
export type Key = string | CryptoKey;

/** Alipay's public keys by the version that its messages name. */
export type AlipayKeys = Readonly<Record<string, Key>>;

/** What Alipay says of a payment or a refund; members that a message lacks are absent. */
export interface Message {
  resultStatus?: "S" | "F" | "U";
  resultCode?: string;
  resultMessage?: string;
  paymentRequestId?: string;
  paymentId?: string;
  refundRequestId?: string;
  refundId?: string;
  refundStatus?: "SUCCESS" | "FAIL";
  paymentAmount?: Amount;
  actualPaymentAmount?: Amount;
  refundAmount?: Amount;
  actualRefundAmount?: Amount;
  /** What is settled, in the settlement currency. */
  grossSettlementAmount?: Amount;
  customsDeclarationAmount?: Amount;
  /** Texts, as far as the documentation names them; what it does not is passed on as it stands. */
  settlementQuote?: Record<string, unknown>;
  paymentCreateTime?: string;
  paymentTime?: string;
  refundTime?: string;
  acquirerReferenceNo?: string;
  authReviewStatus?: string;
  authReviewSource?: string;
  transactions?: object[];
  /** All other members as they came, unchecked: addresses among them, which `redirect` has checked. */
  other?: Record<string, unknown>;
}

export interface Notification extends Message {
  notifyType: "PAYMENT_RESULT" | "PAYMENT_PENDING" | "REFUND_RESULT" | (string & {});
}

/** How far a message's time may lie from the clock, in milliseconds; a negative number does not bound. */
export interface TimeWindow {
  past?: number;
  future?: number;
}

export interface NotificationRequest {
  core: Core;
  /** Its `clientId` must be the message's. Nothing else in it keeps a notification from being read. */
  config: Config;
  keys: AlipayKeys;
  /** The request target as it came over the wire, with its query; "/" for a notification URL without a path. */
  path: string;
  headers: Headers | Record<string, string | string[] | undefined>;
  /** The raw body. A parsed one is refused. */
  body: Uint8Array | ArrayBuffer | string;
  /** The clock in epoch milliseconds, by default the real one; `null` accepts a message of any time. */
  now?: number | Date | null;
  /** By default 25 hours into the past and five minutes ahead. */
  window?: TimeWindow;
  /** Of the advice and the problems. */
  language?: Language;
}

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
  warnings: Problem[];
}

/**
 * Verifies a notification of a payment or a refund, then reads it; throws a CashierError for anything that Alipay did
 * not sign. Answer 200 with `acknowledgement` once the notification is stored.
 */
export function verifyNotification(request: NotificationRequest): Promise<VerifiedNotification>;

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

export interface PaymentRequest {
  core: Core;
  config: Config;
  order: Order;
  privateKey: Key;
  keys: AlipayKeys;
  /** The request time as the config's requestTime and wireProfile want it; now by default. */
  time?: string;
  fetch?: typeof globalThis.fetch;
  /** When to give up; by default after 15 seconds. */
  signal?: AbortSignal;
  /** Of the advice, the problems and the button. */
  language?: Language;
}

export interface Payment {
  response: Message;
  /** PROCESSING once the payment exists; absent when the answer says nothing of it. */
  state?: PaymentState;
  redirect?: Redirect;
  outcome: Outcome;
  advice: Advice;
  warnings: Problem[];
}

/**
 * Asks Alipay for a payment and verifies the answer. An error with `outcome` "INQUIRE" means that the payment may exist;
 * one without it that nothing was sent.
 */
export function createPayment(request: PaymentRequest): Promise<Payment>;

export interface ExplanationRequest extends Omit<NotificationRequest, "keys"> {
  keys?: AlipayKeys;
  /** The merchant's own public key, to recognize the merchant's own messages. */
  ownKey?: Key;
  message?: "notification" | "response";
  /** Other paths under which the message may have been sent, such as those in front of a proxy. */
  paths?: string[];
}

export interface Explanation {
  /** Whether the message verifies as it is, with the right key and within the time window. */
  valid: boolean;
  /** What is wrong, the most telling first. */
  causes: { code: Code; message: string }[];
  /** What is plain to see without a key. */
  checks: { check: Code; passed: boolean; message?: string }[];
  /** The text that the signature covers, if one was found that it fits. */
  content?: string;
  /** The version of Alipay's key that fits. */
  keyVersion?: string;
}

/**
 * Finds out why a message does not verify, for people who look for a mistake: another path, a body written again, "+"
 * read as a blank, the wrong key, version or clock. Never a reason to believe a message; that is `verifyNotification`.
 */
export function explain(request: ExplanationRequest): Promise<Explanation>;
