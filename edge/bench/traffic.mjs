// What the Workers are sent, and the keys it is signed with.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { seal } from "./seal.mjs";

const clientId = "SANDBOX_5Y055A2Y2F6K05235";
const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };

/** @param {string} origin the Workers' public one, for which the order tokens are */
export function makeTraffic(origin) {
  const alipay = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const merchant = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const shop = generateKeyPairSync("ed25519");
  const pem = (key) => key.export({ type: "pkcs8", format: "pem" });
  const base64 = (key, type) => key.export({ type, format: "der" }).toString("base64");
  const publicKeys = JSON.stringify({ 1: base64(alipay.publicKey, "spki") });
  const jwk = shop.publicKey.export({ format: "jwk" });
  let orders = 0;

  return {
    clientId,
    alipayKey: pem(alipay.privateKey),
    /** As many checkouts of new orders. */
    checkouts: (count) =>
      Array.from({ length: count }, () => ({ path: "/checkout", headers: form, body: `token=${token(order(orders++), shop.privateKey, origin)}` })),
    /** The notification that a payment, {paymentRequestId, paymentId, paymentAmount}, is paid. */
    notification: (payment) => notification(payment, alipay.privateKey),
    forged: notification({ paymentRequestId: "00abcdefghijABCDEFGHIJ01", paymentId: "1", paymentAmount: { currency: "USD", value: "1" } }, merchant.privateKey),
    ourVars: (gateway, more) => ({
      CONFIG: JSON.stringify({ clientId, keyVersion: 1, gatewayUrl: gateway, settlementCurrencies: ["USD"] }),
      ORIGIN: origin,
      ALIPAY_PUBLIC_KEYS: publicKeys,
      WEBHOOK_URL: `${gateway}/webhook`,
      RESULT_HOSTS: "shop.example.com",
      PRIVATE_KEY: base64(merchant.privateKey, "pkcs8"),
      ORDER_TOKEN_KEYS: JSON.stringify({ keys: [{ ...jwk, kid: "shop-1", alg: "EdDSA", use: "sig" }] }),
      WEBHOOK_SECRET: `whsec_${randomBytes(32).toString("base64")}`,
      ...more,
    }),
    baselineVars: (gateway) => ({
      CLIENT_ID: clientId,
      PRIVATE_KEY: base64(merchant.privateKey, "pkcs8"),
      ALIPAY_KEYS: publicKeys,
      TOKEN_KEY: JSON.stringify(jwk),
      GATEWAY: gateway,
      ORIGIN: origin,
    }),
  };
}

function notification({ paymentRequestId, paymentId, paymentAmount }, key) {
  const path = "/notify";
  const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const body = JSON.stringify({
    notifyType: "PAYMENT_RESULT",
    paymentRequestId,
    paymentId,
    paymentAmount,
    grossSettlementAmount: paymentAmount,
    paymentCreateTime: "2026-04-01T12:00:00+08:00",
    paymentTime: "2026-04-01T12:01:00+08:00",
    customsDeclarationAmount: { value: "10000", currency: "CNY" },
    result: { resultCode: "SUCCESS", resultStatus: "S", resultMessage: "success" },
  });
  return { path, headers: { ...json, "client-id": clientId, "request-time": time, signature: seal({ path, clientId, time, body, key }) }, body };
}

function order(i) {
  return {
    referenceOrderId: `order-${String(i).padStart(8, "0")}`,
    orderDescription: "Macbook 12 inch M3 8G 256G SSD",
    paymentAmount: { currency: "USD", value: String(10_000 + i) },
    settlementCurrency: "USD",
    terminalType: "WEB",
    goods: [{ goodsName: "Macbook 12 inch", goodsQuantity: "1" }, { goodsName: "Pencil HB", goodsQuantity: "2" }],
    businessType: "4",
    paymentRedirectUrl: "https://shop.example.com/thanks",
  };
}

function token(order, key, audience) {
  const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const head = base64url({ alg: "EdDSA", kid: "shop-1", typ: "order+jwt" });
  const payload = base64url({ iss: "shop", aud: audience, iat: now, exp: now + 7200, jti: order.referenceOrderId, order });
  return `${head}.${payload}.${sign(null, Buffer.from(`${head}.${payload}`), key).toString("base64url")}`;
}
