import type { Code } from "./codes.js";

export type { Code, CoreCode, LoadCode, ServerCode } from "./codes.js";

/** The language of messages for people; English without one. */
export type Language = "en" | "zh-CN";

export type PaymentCurrency = SettlementCurrency | "CNY";

export type SettlementCurrency =
  | "USD"
  | "EUR"
  | "JPY"
  | "GBP"
  | "CAD"
  | "AUD"
  | "SGD"
  | "CHF"
  | "SEK"
  | "DKK"
  | "NOK"
  | "NZD"
  | "THB"
  | "HKD";

/** Money: `value` is digits of the currency's smallest unit, so USD 1.00 is "100" and JPY 1 is "1". */
export interface Amount {
  currency: PaymentCurrency;
  value: string;
}

export interface Goods {
  goodsName: string;
  goodsQuantity: string;
}

/** WEB shows a QR code on a computer, WAP opens Alipay on a phone. */
export type TerminalType = "WEB" | "WAP";

/** What a payment is made of, in Alipay's words. */
export interface Order {
  referenceOrderId: string;
  orderDescription: string;
  paymentRequestId: string;
  paymentAmount: Amount;
  settlementCurrency: SettlementCurrency;
  terminalType: TerminalType;
  /** Required of merchants that integrate directly. */
  goods?: Goods[];
  businessType?: "4";
  paymentNotifyUrl?: string;
  paymentRedirectUrl: string;
}

/** The merchant's account and contract. */
export interface Config {
  clientId?: string;
  /** The version of the merchant's own key. */
  keyVersion?: number;
  domain?: string;
  /** Instead of `domain`: an origin; plain http only on loopback. */
  gatewayUrl?: string;
  merchantKind?: "direct" | "acquirer";
  /** Those in the contract; without it every allowed one counts as contracted. */
  settlementCurrencies?: SettlementCurrency[];
  /** Hosts a shopper may be sent to besides those of Alipay. */
  redirectHosts?: string[];
  wireProfile?: "guide" | "current";
}

/** One thing that is wrong: a stable word, a JSON pointer to it, and a sentence for a person. */
export interface Problem {
  code: Code;
  path: string;
  message: string;
}

/** What functions of this package throw. `code`, `path` and `message` are those of the first of `errors`. */
export class CashierError extends Error {
  constructor(problems: Omit<Problem, "path"> | Problem | Problem[], more?: { cause?: unknown; outcome?: "INQUIRE" });
  readonly name: "CashierError";
  readonly code: Code;
  readonly path: string;
  readonly errors: Problem[];
  /** Set when a payment may exist although the call failed: ask for it before starting another. */
  readonly outcome?: "INQUIRE";
}

/** One running copy of core.wasm, made by `load`. It keeps no state between calls and replaces itself after a trap. */
export interface Core {
  /** One operation, bytes in and bytes out; the reply is a copy. Throws INPUT_TOO_LARGE above 1 MiB. */
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

/** Finds all problems of an order at once. `order` may be anything, it is what is being checked. */
export function validateOrder(core: Core, order: unknown, options?: ValidationOptions): Validation;

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

/** "123450" in USD to "1,234.50". */
export function formatAmount(core: Core, value: string, currency: PaymentCurrency): string;

export interface Currency<Letters> {
  currency: Letters;
  decimals: number;
}

/** The currencies one may pay in, and those a merchant may be paid in. */
export function currencies(core: Core): {
  payment: Currency<PaymentCurrency>[];
  settlement: Currency<SettlementCurrency>[];
};
