// From the order to the cashier, in workerd.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { request as httpRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { eventually, startWorld } from "./world.mjs";

const json = { Accept: "application/json" };
const html = { Accept: "text/html" };
const fields = {
  "/goods/0/goodsName": "Pencil HB",
  "/goods/0/goodsQuantity": "2",
  "/paymentAmount/currency": "USD",
  "/paymentAmount/value": "1.00",
  "/settlementCurrency": "USD",
  "/terminalType": "WEB",
};

let world;
before(async () => (world = await startWorld({ lab: true, vars: { LEDGER_SHARDS: "1" } })));
after(() => world?.stop());

const newToken = (members) => world.shop.token(world.shop.order(members));
const idOf = (call) => call.order.paymentRequestId;

test("an order token leads to the cashier", async () => {
  const { alipay, origin } = world;
  const response = await world.checkout({ token: newToken() });
  assert.equal(response.status, 303);
  assert.ok(response.headers.get("location").startsWith(`${alipay.origin}/alipaycn/pc/cashier?`));
  const { genuine, path, order } = alipay.calls.at(-1);
  assert.ok(genuine, "the merchant's signature");
  assert.equal(path, "/ams/sandbox/api/v1/payments/pay");
  assert.match(order.paymentRequestId, /^00[A-Za-z0-9]{22}$/, "the shard, and 22 random letters and digits");
  assert.equal(order.paymentNotifyUrl, `${origin}/notify`);
  assert.equal(order.paymentRedirectUrl, `${origin}/return/${order.paymentRequestId}`);
});

test("a paymentExpiryTime is sent; one that has passed is refused before anything is written", async () => {
  const { alipay, shop } = world;
  const at = (ms) => new Date(Date.now() + ms).toISOString().replace(/\.\d+Z$/, "+00:00");
  const soon = at(300_000);
  assert.equal((await world.checkout({ token: newToken({ paymentExpiryTime: soon }) })).status, 303);
  assert.equal(alipay.calls.at(-1).order.paymentExpiryTime, soon);
  const asked = alipay.calls.length;
  for (const [ms, code] of [[-5000, "EXPIRY_PASSED"], [1_200_000, "EXPIRY_TOO_LATE"]]) {
    const order = shop.order({ paymentExpiryTime: at(ms) });
    const response = await world.checkout({ token: shop.token(order) }, json);
    assert.equal(response.status, 422);
    assert.deepEqual((await response.json()).errors.map((e) => [e.path, e.code]), [["/paymentExpiryTime", code]]);
    assert.equal((await world.lab.ask(0, `/order?referenceOrderId=${order.referenceOrderId}`)).status, 404);
  }
  assert.equal(alipay.calls.length, asked);
});

test("a cancelled order stays cancelled, until the merchant signs it anew", async () => {
  const { alipay, shop } = world;
  const order = shop.order();
  const token = shop.token(order);
  assert.equal((await world.checkout({ token })).status, 303);
  const first = idOf(alipay.calls.at(-1));
  assert.equal((await world.lab.submit(first, { type: "cancel", by: "anna" })).status, 200);
  await eventually(async () => (await world.payment(first)).paymentStatus === "CANCELLED");
  const asked = alipay.calls.length;
  const again = await (await world.checkout({ token }, json)).json();
  assert.equal(again.paymentRequestId, first);
  assert.equal(again.paymentStatus, "CANCELLED");
  assert.equal(alipay.calls.length, asked);
  const iat = Math.floor(Date.now() / 1000) + 2;
  const anew = await world.checkout({ token: shop.token(order, { claims: { iat } }) });
  assert.equal(anew.status, 303);
  assert.notEqual(idOf(alipay.calls.at(-1)), first);
});

test("a script gets the redirect as JSON", async () => {
  const { alipay, origin } = world;
  const response = await fetch(`${origin}/checkout`, {
    method: "POST",
    headers: { ...json, "Content-Type": "application/json" },
    body: JSON.stringify({ token: newToken() }),
  });
  assert.equal(response.status, 200);
  const { paymentRequestId, paymentStatus, redirect } = await response.json();
  assert.equal(paymentRequestId, idOf(alipay.calls.at(-1)));
  assert.equal(paymentStatus, "PROCESSING");
  assert.equal(redirect.method, "GET");
  assert.ok(redirect.location.startsWith(alipay.origin));
});

test("a cashier that wants a POST gets a form that sends itself", async () => {
  world.alipay.behaviours.push({ method: "POST" });
  const response = await world.checkout({ token: newToken({ orderDescription: `"><script>alert(1)</script>` }) });
  assert.equal(response.status, 200);
  const page = await response.text();
  assert.match(page, /<form method="post" action="http:\/\/127\.0\.0\.1:\d+\/alipaycn\/pc\/cashier">/);
  assert.match(page, /<input type="hidden" name="paymentId" value="id-\d+">/);
  assert.match(page, /<script type="module" src="\/pages\/submit.mjs">/);
  assert.match(response.headers.get("content-security-policy"), /script-src 'self'; form-action 'self' https:\/\/\*\.alipay\.com/);
});

test("the page of an open payment leads to the cashier's address with its query, which a form would drop", async () => {
  world.alipay.behaviours.push({ query: "token=a%2Bb&lang=zh" });
  const { paymentRequestId, redirect } = await (await fetch(`${world.origin}/checkout`, {
    method: "POST",
    headers: { ...json, "Content-Type": "application/json" },
    body: JSON.stringify({ token: newToken() }),
  })).json();
  const page = await (await fetch(`${world.origin}/return/${paymentRequestId}`, { headers: html })).text();
  assert.ok(redirect.location.endsWith("?token=a%2Bb&lang=zh"), redirect.location);
  assert.ok(page.includes(`<a class="pay" href="${redirect.location.replaceAll("&", "&amp;")}">`), page);
});

describe("an order submitted again", () => {
  test("while it is open gives the same redirect and no second payment", async () => {
    const { alipay, shop } = world;
    const before = alipay.calls.length;
    const order = shop.order();
    const first = await world.checkout({ token: shop.token(order) });
    const again = await Promise.all(Array.from({ length: 8 }, () => world.checkout({ token: shop.token(order) })));
    for (const response of again) assert.equal(response.headers.get("location"), first.headers.get("location"));
    assert.equal(alipay.calls.length, before + 1);
  });

  test("at once from many tabs is one payment", async () => {
    const { alipay, shop } = world;
    const before = alipay.payments.size;
    const token = newToken();
    const responses = await Promise.all(Array.from({ length: 8 }, () => world.checkout({ token })));
    assert.equal(new Set(responses.map((response) => response.headers.get("location"))).size, 1);
    assert.equal(alipay.payments.size, before + 1);
  });

  test("after it was paid leads to the result", async () => {
    const { alipay, origin, payment } = world;
    const token = newToken();
    await world.checkout({ token });
    const id = idOf(alipay.calls.at(-1));
    await world.notify(alipay.notification(id));
    await eventually(async () => (await payment(id)).paymentStatus === "SUCCESS");
    const before = alipay.calls.length;
    const response = await world.checkout({ token });
    assert.equal(response.status, 303);
    assert.equal(response.headers.get("location"), `${origin}/return/${id}`);
    assert.equal(alipay.calls.length, before);
  });

  test("with another amount is refused", async () => {
    const { alipay, shop } = world;
    const order = shop.order();
    await world.checkout({ token: shop.token(order) });
    const before = alipay.calls.length;
    for (const paymentAmount of [{ currency: "USD", value: "1" }, { currency: "EUR", value: "100" }]) {
      const response = await world.checkout({ token: shop.token({ ...order, paymentAmount, settlementCurrency: paymentAmount.currency }) }, json);
      assert.equal(response.status, 409);
      assert.equal((await response.json()).errors[0].code, "ORDER_CHANGED");
    }
    assert.equal(alipay.calls.length, before);
  });
});

describe("a token is refused that", () => {
  const now = () => Math.floor(Date.now() / 1000);
  const cases = {
    "was altered": () => {
      const [head, , signature] = newToken().split(".");
      const [, other] = newToken({ paymentAmount: { currency: "USD", value: "1" } }).split(".");
      return [`${head}.${other}.${signature}`, "TOKEN_SIGNATURE"];
    },
    "was signed by somebody else": () => [
      world.shop.token(world.shop.order(), { key: generateKeyPairSync("ed25519").privateKey }),
      "TOKEN_SIGNATURE",
    ],
    "names no algorithm": () => [world.shop.token(world.shop.order(), { header: { alg: "none" } }).replace(/[^.]*$/, ""), "TOKEN_ALGORITHM"],
    "is for another checkout": () => [world.shop.token(world.shop.order(), { claims: { aud: "https://pay.example" } }), "TOKEN_AUDIENCE"],
    "has expired": () => [world.shop.token(world.shop.order(), { claims: { iat: now() - 700, exp: now() - 100 } }), "TOKEN_EXPIRED"],
    "names an unknown key": () => [world.shop.token(world.shop.order(), { header: { kid: "shop-2" } }), "TOKEN_KEY_UNKNOWN"],
    "is of another kind": () => [world.shop.token(world.shop.order(), { header: { typ: "JWT" } }), "TOKEN_TYPE"],
    "is no token": () => ["hello", "TOKEN_MALFORMED"],
  };
  for (const [name, make] of Object.entries(cases)) {
    test(name, async () => {
      const before = world.alipay.calls.length;
      const [token, code] = make();
      const response = await world.checkout({ token }, json);
      assert.equal(response.status, 401);
      assert.equal(response.headers.get("content-type"), "application/problem+json; charset=UTF-8");
      const { title, status, errors } = await response.json();
      assert.deepEqual({ title, status }, { title: "Unauthorized", status: 401 });
      assert.equal(errors[0].path, "/token");
      assert.equal(errors[0].code, code);
      assert.equal(world.alipay.calls.length, before);
    });
  }
});

test("an order that breaks the rules is refused with all problems", async () => {
  const before = world.alipay.calls.length;
  const token = newToken({ settlementCurrency: "CNY", paymentAmount: { currency: "XXX", value: "0" } });
  const response = await world.checkout({ token }, json);
  assert.equal(response.status, 422);
  const { errors } = await response.json();
  assert.deepEqual(new Set(errors.map(({ path }) => path)), new Set(["/paymentAmount/currency", "/paymentAmount/value", "/settlementCurrency"]));
  assert.equal(world.alipay.calls.length, before);
});

describe("the checkout form", () => {
  test("becomes an order at the shop, which decides the price", async () => {
    const { alipay, shop } = world;
    shop.price = { currency: "USD", value: "250" };
    const response = await world.checkout({ ...fields, lang: "en" });
    shop.price = undefined;
    assert.equal(response.status, 303);
    assert.deepEqual(shop.drafts.at(-1).paymentAmount, { currency: "USD", value: "100" });
    assert.deepEqual(alipay.calls.at(-1).order.paymentAmount, { currency: "USD", value: "250" });
  });

  test("comes back with what was typed and what is wrong with it", async () => {
    const before = world.shop.drafts.length;
    const name = `a|b"&lt;><img src=x onerror=alert(1)>`;
    const response = await world.checkout(
      { ...fields, "/goods/0/goodsName": name, "/goods/2/goodsName": "Rubber", "/paymentAmount/value": "1.234", "/paymentAmount/currency": "EUR", "/terminalType": "WAP" },
      html,
    );
    assert.equal(response.status, 422);
    assert.equal(world.shop.drafts.length, before);
    const page = await response.text();
    const element = (pattern) => page.match(new RegExp(`<[^<>]*${pattern}(?:"[^"]*"|[^>"])*>[^<]*`))?.[0] ?? "";
    assert.match(element('id="paymentAmount-value"'), / aria-invalid="true" value="1\.234"/);
    assert.match(element('id="error-paymentAmount-value"'), /id="error-paymentAmount-value">[^<]+/);
    assert.ok(element('id="goods-0-goodsName"').includes(' value="a|b&quot;&amp;lt;><img src=x onerror=alert(1)>"'), "what was typed stays text");
    assert.match(element('id="goods-2-goodsName"'), / value="Rubber"/);
    assert.match(element('data-errors'), / data-errors role="alert" tabindex="-1">/);
    assert.match(page, /<li><a href="#goods-0-goodsName">/);
    assert.match(page, /<details data-more open/);
    const [, currencies] = page.match(/<select id="paymentAmount-currency"[^>]*>(.*?)<\/select>/s);
    assert.deepEqual([...currencies.matchAll(/value="(\w+)"[^>]* selected/g)].map(([, value]) => value), ["EUR"]);
    assert.match(element('value="WAP"'), / checked/);
    assert.doesNotMatch(element('value="WEB"'), / checked/);
  });

  test("speaks the chosen language", async () => {
    const page = await (await world.checkout({ ...fields, "/paymentAmount/value": "", lang: "zh-CN" }, html)).text();
    assert.match(page, /<html lang="zh-CN">/);
    assert.match(page, /id="lang-zh"[^>]*checked/);
    assert.match(page, /id="error-paymentAmount-value">[^<]*[\u4e00-\u9fff]/);
  });

  test("tells scripts the problems as problem details", async () => {
    const response = await world.checkout({ ...fields, "/settlementCurrency": "EUR" }, json);
    assert.equal(response.status, 422);
    assert.equal(response.headers.get("content-type"), "application/problem+json; charset=UTF-8");
    const { title, status, detail, errors } = await response.json();
    assert.deepEqual({ title, status }, { title: "Unprocessable Entity", status: 422 });
    assert.equal(errors[0].path, "/settlementCurrency");
    assert.equal(detail, errors[0].message);
  });

  test("shows what the shop refuses", async () => {
    world.shop.refusal = { code: "OUT_OF_STOCK", path: "/goods/0/goodsName", message: "sold out <today>" };
    const response = await world.checkout(fields, html);
    world.shop.refusal = undefined;
    assert.equal(response.status, 422);
    assert.match(await response.text(), /id="error-goods-0-goodsName">sold out &lt;today/);
  });
});

describe("when Alipay", () => {
  test("does not answer, the page waits and the payment goes on with the same id", async () => {
    const { alipay, origin } = world;
    alipay.behaviours.push("silent");
    const response = await world.checkout({ token: newToken() });
    const id = idOf(alipay.calls.at(-1));
    assert.equal(response.status, 303);
    assert.equal(response.headers.get("location"), `${origin}/return/${id}`);

    const waiting = await fetch(`${origin}/return/${id}`, { headers: html });
    assert.equal(waiting.headers.get("refresh"), "3");
    assert.match(await waiting.text(), /Connecting to Alipay/);
    alipay.behaviours.push("silent");
    const page = async () => (await fetch(`${origin}/return/${id}`, { headers: html })).text();
    await eventually(async () => /alipaycn\/pc\/cashier/.test(await page()), { within: 30_000 });
    const requests = alipay.calls.filter((call) => idOf(call) === id);
    assert.equal(requests.length, 3, "and not at every look");
    assert.equal(new Set(requests.map(({ body }) => body)).size, 1, "the same bytes each time");
  });

  test("answers without a signature, nothing is believed", async () => {
    const { alipay, payment } = world;
    alipay.behaviours.push("unsigned");
    await world.checkout({ token: newToken() });
    const state = await payment(idOf(alipay.calls.at(-1)));
    assert.equal(state.paymentStatus, "PROCESSING");
    assert.equal(state.redirect, undefined);
  });

  test("refuses, the payment is over, the shop is told, and the next try is a new payment", async () => {
    const { alipay, shop, payment } = world;
    alipay.behaviours.push({ refuse: "USER_BALANCE_NOT_ENOUGH" });
    const token = newToken();
    const response = await world.checkout({ token }, json);
    assert.equal(response.status, 402);
    assert.equal((await response.json()).errors[0].code, "USER_BALANCE_NOT_ENOUGH");
    const id = idOf(alipay.calls.at(-1));
    assert.equal((await payment(id)).paymentStatus, "FAIL");
    const webhook = await eventually(() => shop.received.find(({ event }) => event.data.paymentRequestId === id));
    assert.equal(webhook.event.type, "payment.failed");

    assert.equal((await world.checkout({ token })).status, 303);
    assert.notEqual(idOf(alipay.calls.at(-1)), id);
  });

  test("says that the order is closed, the next try is a new payment", async () => {
    const { alipay } = world;
    alipay.behaviours.push({ refuse: "ORDER_IS_CLOSED" });
    const before = alipay.calls.length;
    const token = newToken();
    assert.equal((await world.checkout({ token })).status, 402);
    assert.equal((await world.checkout({ token })).status, 303);
    const [first, second] = alipay.calls.slice(before);
    assert.notEqual(idOf(first), idOf(second));
  });
});

describe("limits", () => {
  test("an order's result page is at one of the merchant's hosts", async () => {
    const before = world.alipay.calls.length;
    const port = new URL(world.shop.origin).port;
    for (const page of ["https://evil.example/", `http://127.0.0.1:${port}@evil.example/`, "http://127.0.0.1:1/", "javascript:alert(1)", "//evil.example", `${world.shop.origin}\r\nSet-Cookie: a=b`]) {
      const response = await world.checkout({ token: newToken({ paymentRedirectUrl: page }) }, json);
      assert.equal(response.status, 422, page);
      assert.equal((await response.json()).errors[0].code, "URL_NOT_ALLOWED", page);
    }
    assert.equal(world.alipay.calls.length, before);
  });

  test("what a shopper sends never becomes a header or an address", async () => {
    const response = await fetch(`${world.origin}/return/x%0d%0aSet-Cookie:%20a=b?url=https://evil.example`, { headers: html, redirect: "manual" });
    assert.equal(response.status, 404);
    assert.equal(response.headers.get("set-cookie"), null);
    assert.equal(response.headers.get("location"), null);
    const token = newToken({ referenceOrderId: "a\r\nSet-Cookie: a=b", orderDescription: "x\r\nLocation: https://evil.example" });
    const refused = await world.checkout({ token }, html);
    assert.ok(refused.status === 303 || refused.status === 422, `${refused.status}`);
    assert.equal(refused.headers.get("set-cookie"), null);
    if (refused.status === 303) assert.ok(refused.headers.get("location").startsWith(world.alipay.origin));
  });

  test("a token that was used leads to its own payment only", async () => {
    const token = newToken();
    const first = await world.checkout({ token });
    const { length } = world.alipay.calls;
    const again = await world.checkout({ token, "/paymentAmount/value": "0.01", "/paymentAmount/currency": "JPY" });
    assert.equal(again.headers.get("location"), first.headers.get("location"));
    assert.equal(world.alipay.calls.length, length);
  });

  test("a body that comes too slowly is refused", { timeout: 30_000 }, async () => {
    const { port, hostname } = new URL(world.origin);
    const slow = (path) =>
      new Promise((resolve, reject) => {
        const request = httpRequest({ port, hostname, path, method: "POST", headers: { ...json, "Content-Type": "application/x-www-form-urlencoded", "Content-Length": 1000 } }, (response) => {
          response.resume();
          resolve(response.statusCode);
          request.destroy();
        });
        request.on("error", reject);
        request.write("token=");
      });
    const begun = Date.now();
    assert.deepEqual(await Promise.all([slow("/checkout"), slow("/notify"), slow("/orders")]), [408, 408, 408]);
    assert.ok(Date.now() - begun < 6000, "after three seconds");
  });

  test("every answer has its headers", async () => {
    for (const path of ["/", "/nothing", "/payments/nobody", "/healthz"]) {
      const { headers } = await fetch(world.origin + path);
      assert.equal(headers.get("cache-control"), path === "/" ? "private, no-cache" : "no-store", path); // Back finds the form as it was left
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.match(headers.get("content-security-policy"), /default-src 'none'.*frame-ancestors 'none'/, path);
      assert.match(headers.get("x-request-id"), /^[\w-]{8,64}$/, path);
      assert.equal(headers.get("strict-transport-security"), null, "only over https");
    }
  });

  test("a checkout is at most 16 KiB", async () => {
    assert.equal((await world.checkout({ token: "x".repeat(17_000) }, json)).status, 413);
  });

  test("a body of another kind is refused", async () => {
    const response = await fetch(`${world.origin}/checkout`, { method: "POST", headers: { ...json, "Content-Type": "text/plain" }, body: "token" });
    assert.equal(response.status, 415);
  });

  test("unknown addresses and payments are not found", async () => {
    for (const path of ["/nothing", "/payments/nobody", "/return/nobody"]) {
      assert.equal((await fetch(world.origin + path, { headers: json })).status, 404, path);
    }
  });
});

test("the page, its modules and core.wasm are served, with a policy and without inline scripts", async () => {
  const page = await fetch(world.origin, { headers: { ...html, "Accept-Language": "zh-CN,zh;q=0.9" } });
  const text = await page.text();
  assert.match(text, /<html lang="zh-CN">/);
  assert.match(page.headers.get("content-security-policy"), /default-src 'none'.*script-src 'self' 'wasm-unsafe-eval'/);
  assert.equal(page.headers.get("cache-control"), "private, no-cache");
  assert.match(text, /data-config="\{&quot;settlementCurrencies&quot;:\[&quot;USD&quot;,&quot;EUR&quot;\]\}"/);
  for (const [, path] of text.matchAll(/(?:href|src)="(\/[^"]+)"/g)) {
    assert.equal((await fetch(world.origin + path)).status, 200, path);
  }
});
