// A small shop for tests: it signs orders and receives webhooks.
import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";
import { close, text } from "./alipay.mjs";

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export async function startShop() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const secret = randomBytes(32);
  const received = []; // webhooks with a good signature
  const statuses = new Map(); // by paymentRequestId: what its next webhook is answered with, instead of 200
  const drafts = [];
  const keys = []; // the Idempotency-Key of each draft
  const orders = new Map(); // by key
  const shop = { received, statuses, drafts, keys, price: undefined, audience: undefined, down: false };

  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.url === "/order") {
      const { order } = JSON.parse(body);
      drafts.push(order);
      const key = request.headers["idempotency-key"];
      keys.push(key);
      if (shop.refusal) {
        response.writeHead(422, { "content-type": "application/json" });
        return response.end(JSON.stringify({ errors: [shop.refusal] }));
      }
      response.setHeader("content-type", "application/json");
      const known = key && orders.get(key);
      const made = known ?? { ...shop.order(), ...order, paymentAmount: shop.price ?? order.paymentAmount };
      if (key) orders.set(key, made);
      return response.end(JSON.stringify({ token: shop.token(made) }));
    }
    const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = request.headers;
    const expected = `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
    response.statusCode = 400;
    if (signature === expected) {
      const event = JSON.parse(body);
      const { paymentRequestId } = event.data;
      response.statusCode = shop.down ? 503 : (statuses.get(paymentRequestId) ?? 200);
      statuses.delete(paymentRequestId);
      received.push({ id, body, event, status: response.statusCode });
    }
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;

  /** An order as the shop's server makes it. */
  shop.order = (members) => ({
    referenceOrderId: `order-${randomUUID()}`,
    orderDescription: "Pencil HB",
    paymentAmount: { currency: "USD", value: "100" },
    settlementCurrency: "USD",
    terminalType: "WEB",
    goods: [{ goodsName: "Pencil HB", goodsQuantity: "2" }],
    businessType: "4",
    paymentRedirectUrl: `${origin}/thanks`,
    ...members,
  });

  /** The order's token: a compact JWS. */
  shop.token = (order, { header, claims, key = privateKey } = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const head = base64url({ alg: "EdDSA", kid: "shop-1", typ: "order+jwt", ...header });
    const payload = base64url({ iss: "shop", aud: shop.audience, iat: now, exp: now + 600, jti: randomUUID(), order, ...claims });
    return `${head}.${payload}.${sign(null, Buffer.from(`${head}.${payload}`), key).toString("base64url")}`;
  };

  /** What a result page learns from its query, if that is genuine: a JWT (HS256) with the bytes of the webhooks' secret. */
  shop.result = (token) => {
    const [head, payload, signature] = token.split(".");
    if (JSON.parse(Buffer.from(head, "base64url")).alg !== "HS256") throw new Error("alg");
    if (createHmac("sha256", secret).update(`${head}.${payload}`).digest("base64url") !== signature) throw new Error("signature");
    return JSON.parse(Buffer.from(payload, "base64url"));
  };

  return Object.assign(shop, {
    origin,
    webhookSecret: `whsec_${secret.toString("base64")}`,
    tokenKeys: JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "shop-1", alg: "EdDSA", use: "sig" }] }),
    close: () => close(server),
  });
}
