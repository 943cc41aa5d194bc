import type { Amount, Config, Core, Order, Problem } from "./index.js";

export { CashierError } from "./index.js";

/** PEM or bare base64 of PKCS#8, PKCS#1 or SPKI; or a CryptoKey for RSASSA-PKCS1-v1_5 with SHA-256. At least 2048 bits. */
export type Key = string | CryptoKey;

/** Alipay's public keys by the version that its messages name. */
export type AlipayKeys = Readonly<Record<string, Key>>;

export interface Notification {
  notifyType: string;
  resultStatus: "S" | "F" | "U";
  resultCode: string;
  resultMessage?: string;
  paymentRequestId: string;
  paymentId: string;
  paymentAmount?: Amount;
  /** What is settled, in the settlement currency. */
  grossSettlementAmount?: Amount;
  paymentCreateTime?: string;
  paymentTime?: string;
}

export interface NotificationRequest {
  core: Core;
  config: Config;
  keys: AlipayKeys;
  /** The request target as it came over the wire, with its query; "/" for a notification URL without a path. */
  path: string;
  headers: Headers | Record<string, string | string[] | undefined>;
  /** The raw body. A parsed one is refused. */
  body: Uint8Array | ArrayBuffer | string;
  /** The clock in epoch milliseconds, by default the real one; `null` accepts a message of any time. */
  now?: number | Date | null;
}

/**
 * Verifies a payment notification, then reads it; throws a CashierError for anything that Alipay did not sign.
 * Answer 200 with `acknowledgement` once the notification is stored.
 */
export function verifyNotification(request: NotificationRequest): Promise<{
  notification: Notification;
  acknowledgement: string;
  warnings: Problem[];
}>;

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

/** Where the shopper goes: to `location`, or by a form with these fields when the method is POST. */
export interface Redirect {
  method: "GET" | "POST";
  action: string;
  fields: { name: string; value: string }[];
  /** Only for GET. */
  location?: string;
}

export interface PaymentRequest {
  core: Core;
  config: Config;
  order: Order;
  privateKey: Key;
  keys: AlipayKeys;
  /** The request time as the config's wire profile writes it; now by default. */
  time?: string;
  fetch?: typeof globalThis.fetch;
  /** When to give up; by default after 15 seconds. */
  signal?: AbortSignal;
}

export interface Payment {
  response: {
    resultStatus: "S" | "F" | "U";
    resultCode: string;
    resultMessage?: string;
    paymentRequestId?: string;
    paymentId?: string;
    paymentAmount?: Amount;
    paymentCreateTime?: string;
  };
  redirect?: Redirect;
  /** What to do now. */
  outcome: Outcome;
  warnings: Problem[];
}

/**
 * Asks Alipay for a payment and verifies the answer. An error with `outcome` "INQUIRE" means that the payment may exist;
 * one without it that nothing was sent.
 */
export function createPayment(request: PaymentRequest): Promise<Payment>;
