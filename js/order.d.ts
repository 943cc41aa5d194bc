/** What a payment is made of, in Alipay's words, and the contract that it is made under. */

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

/** WEB shows a QR code on a computer, WAP opens Alipay on a phone, APP is for the merchant's own app, MINI_APP for a mini program. */
export type TerminalType = "WEB" | "WAP" | "APP" | "MINI_APP";

/** An order; problems point into it. Lengths and combinations are checked by `validateOrder`. */
export interface Order extends TradeFacts {
  referenceOrderId: string;
  orderDescription: string;
  paymentRequestId: string;
  /** What the goods cost, when that is not what is paid. */
  orderAmount?: Amount;
  paymentAmount: Amount;
  settlementCurrency: SettlementCurrency;
  terminalType: TerminalType;
  /** Of the mini program; required for MINI_APP. */
  appId?: string;
  /** Asked for on phones. */
  osType?: "IOS" | "ANDROID";
  env?: Env;
  /** Required of merchants that integrate directly, unless extendInfo has them. */
  goods?: Goods[];
  /** In place of the trade facts and goods, as the guide writes it: an object or its JSON text. */
  extendInfo?: string | object;
  buyer?: Buyer;
  shipping?: Shipping;
  /** For acquirers: the seller for whom they act. */
  merchant?: Merchant;
  /** ISO 8601 with an offset. */
  paymentExpiryTime?: string;
  paymentNotifyUrl?: string;
  paymentRedirectUrl: string;
  merchantRegion?: string;
  userRegion?: string;
  merchantAccountId?: string;
  metadata?: string;
}

/** What a payment has to say of the trade behind it: 1 hotel, 2 flight, 3 study, 4 goods, 5 other. */
export interface TradeFacts {
  businessType?: "1" | "2" | "3" | "4" | "5";
  hotelName?: string;
  checkinTime?: string;
  checkoutTime?: string;
  flightNumber?: string;
  departureTime?: string;
  admissionNoticeUrl?: string;
  otherBusinessType?: string;
}

export interface Goods {
  goodsName: string;
  goodsQuantity: string;
  /** The members from here on go with an id of the merchant's own. */
  referenceGoodsId?: string;
  goodsCategory?: string;
  goodsBrand?: string;
  goodsUnitAmount?: Amount;
  goodsSkuName?: string;
  goodsImageUrl?: string;
  goodsUrl?: string;
  deliveryMethodType?: "PHYSICAL" | "DIGITAL";
}

/** The shopper's device. */
export interface Env {
  clientIp?: string;
  userAgent?: string;
  deviceTokenId?: string;
  colorDepth?: string;
  screenHeight?: string;
  screenWidth?: string;
  timeZoneOffset?: string;
  deviceBrand?: string;
  deviceModel?: string;
  deviceLanguage?: string;
  deviceId?: string;
  osVersion?: string;
  browserInfo?: BrowserInfo;
  storeTerminalId?: string;
  /** ISO 8601 with an offset. */
  storeTerminalRequestTime?: string;
  extendInfo?: string;
}

export interface BrowserInfo {
  acceptHeader?: string;
  javaEnabled?: "true" | "false";
  javaScriptEnabled?: "true" | "false";
  language?: string;
  userAgent?: string;
}

export interface PersonName {
  firstName?: string;
  middleName?: string;
  lastName?: string;
  fullName?: string;
}

export interface Address {
  region: string;
  state?: string;
  city?: string;
  address1?: string;
  address2?: string;
  zipCode?: string;
}

export interface Buyer {
  referenceBuyerId?: string;
  buyerName?: PersonName;
  buyerPhoneNo?: string;
  buyerEmail?: string;
  buyerRegistrationTime?: string;
}

export interface Shipping {
  shippingName?: PersonName;
  shippingAddress?: Address;
  shippingCarrier?: string;
  shippingPhoneNo?: string;
  shipToEmail?: string;
}

export interface Merchant {
  referenceMerchantId: string;
  merchantMCC?: string;
  merchantName?: string;
  merchantDisplayName?: string;
  merchantAddress?: Address;
  merchantRegisterDate?: string;
  store?: Store;
}

/** The seller's place of sale. */
export interface Store {
  referenceStoreId: string;
  storeName?: string;
  storeMCC?: string;
  storeDisplayName?: string;
  storeTerminalId?: string;
  storeOperatorId?: string;
  storeAddress?: Address;
  storePhoneNo?: string;
}

/** The merchant's account and contract. */
export interface Config {
  clientId?: string;
  /** The version of the merchant's own key; 1 by default. */
  keyVersion?: number;
  domain?: string;
  /** Instead of `domain`: an origin; plain http only on loopback. */
  gatewayUrl?: string;
  merchantKind?: "direct" | "acquirer";
  /** Those in the contract; without it every allowed one counts as contracted. */
  settlementCurrencies?: SettlementCurrency[];
  /** Hosts a shopper may be sent to besides those of Alipay; "*.example.com" stands for all subdomains. */
  redirectHosts?: string[];
  /** How messages are written: as in the integration guide, the default, or as in today's documentation. */
  wireProfile?: "guide" | "current";
  /** The form of request-time, instead of the profile's. */
  requestTime?: "iso8601" | "epoch-ms";
  /** Whether the header original_host is sent, instead of what the profile says. */
  originalHost?: boolean;
  agentToken?: string;
  /** The most characters of order.extendInfo; 2048 by default. */
  extendInfoLimit?: number;
  /** Whether the sandbox's path is called, by default when the client id begins with SANDBOX_. */
  sandboxPath?: boolean;
  /**
   * The least and the most that may be paid at once, in minor units; by default CNY 0.10 to 300,000.00. A currency that is
   * not named keeps its default, and `{ CNY: {} }` lifts the limits of CNY.
   */
  amountLimits?: Partial<Record<PaymentCurrency, { minimum?: string; maximum?: string }>>;
}
