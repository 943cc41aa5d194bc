// What people and programs are told when something is wrong, in workerd.
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { readFileSync } from "node:fs";
import { sentence as sentenceOf } from "../worker/pages/shopper.mjs";
import { eventually, startWorld } from "./world.mjs";

const { languages: texts } = JSON.parse(readFileSync(new URL("../../host/checkout/pages/catalogue.json", import.meta.url)));
const sentence = (language, code, status) => sentenceOf(texts[language], code, status);
const languages = ["en", "zh-CN"];
const page = (language) => ({ Accept: "text/html,application/xhtml+xml", "Accept-Language": language });
const json = { Accept: "application/json" };
const aboutMoney = /charged|扣款|refunded|returned in full|全额退回/;
const payOnce = /do not pay again|请勿重复付款/;

let world;
before(async () => (world = await startWorld({ lab: true, vars: { LEDGER_SHARDS: "1" } })));
after(() => world?.stop());

/** Asks for a path as it is written here; fetch would put some of them right. */
function get(path, headers = {}) {
  const { hostname, port } = new URL(world.origin);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path, headers }, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
    }).on("error", reject).end();
  });
}

async function start(members) {
  const { shop, alipay } = world;
  const token = shop.token(shop.order(members));
  assert.equal((await world.checkout({ token })).status, 303);
  return { token, id: alipay.calls.at(-1).order.paymentRequestId };
}

test("every problem that a shopper may see has a sentence in both languages", () => {
  assert.deepEqual(Object.keys(texts["zh-CN"].problems).sort(), Object.keys(texts.en.problems).sort());
  for (const [language, { problems, words: { payOnce, triesAgain } }] of Object.entries(texts)) {
    for (const text of [...Object.values(problems), payOnce, triesAgain]) {
      assert.equal(/\p{Script=Han}/u.test(text), language === "zh-CN", text);
      assert.doesNotMatch(text, aboutMoney, "nobody knows");
    }
  }
  // Codes that come from Alipay, from core.wasm and from nowhere.
  for (const [code, status] of [["RISK_REJECT", 402], ["SETTLEMENT_CURRENCY_MISMATCH", 422], ["ACCESS_DENIED", 502], ["TOKEN_TYPE", 401], ["constructor", 409]]) {
    assert.match(sentence("zh-CN", code, status), /^\p{Script=Han}/u, code);
  }
});

describe("a path that leads nowhere wakes nothing and is a page for people:", () => {
  const id = `00${"A".repeat(22)}`;
  const paths = [
    "/payments/%", "/payments/%zz", "/return/%zz", "/return/%", "/return//x", "/return/", "/payments/", "/return/x/y", `/return/${id}/`, `/return/${id}%`, `/payments/${id}x`,
    `/payments/${id.slice(1)}`, "/payments/%00", "/return/%E5%90%8D", `/return/${"x".repeat(8000)}`, `/payments/${"%41".repeat(2000)}`, "/return/..%2fx", "/nothing", "/%", "/%zz?%zz", "/order", "/configured", "/checkout",
  ];
  for (const path of paths) {
    test(path.slice(0, 40), async () => {
      for (const language of languages) {
        const { status, headers, text } = await get(path, page(language));
        assert.equal(status, 404);
        assert.match(headers["content-type"], /^text\/html/);
        assert.ok(text.includes(`<html lang="${language}">`) && text.includes(texts[language].words.missing), text);
      }
      const program = await get(path, json);
      assert.equal(program.status, 404);
      assert.match(program.headers["content-type"], /^application\/problem\+json/);
      assert.match(JSON.parse(program.text).errors[0].code, /^(NOT_FOUND|PAYMENT_UNKNOWN)$/);
    });
  }
});

describe("developers' words stay with developers:", () => {
  const cases = {
    "an order that breaks the rules": [() => world.shop.token(world.shop.order({ settlementCurrency: "EUR" })), 422, "SETTLEMENT_CURRENCY_MISMATCH"],
    "a token of another kind": [() => world.shop.token(world.shop.order(), { header: { typ: "JWT" } }), 401, "TOKEN_TYPE"],
    "a foreign result page": [() => world.shop.token(world.shop.order({ paymentRedirectUrl: "https://evil.example/" })), 422, "URL_NOT_ALLOWED"],
    "a refusal of Alipay's": [() => (world.alipay.behaviours.push({ refuse: "RISK_REJECT" }), world.shop.token(world.shop.order())), 402, "RISK_REJECT"],
  };
  for (const [name, [make, status, code]] of Object.entries(cases)) {
    test(name, async () => {
      for (const language of languages) {
        const response = await world.checkout({ token: make() }, page(language));
        assert.equal(response.status, status);
        const [, shown] = (await response.text()).match(/role="alert">(.*?)<\/main>/s);
        assert.ok(shown.includes(sentence(language, code, status)) && shown.includes(code), shown);
        if (language === "zh-CN") assert.doesNotMatch(shown.replaceAll(/<[^>]*>/g, "").replaceAll(code, ""), /[a-z]{3}/i);
        assert.doesNotMatch(shown, aboutMoney);
      }
    });
  }
});

// As when the platform refuses a write, or a statement is not what the tables are.
const failures = {
  "takes no writes": {
    begin: ["INSERT", "UPDATE"].map((what) => `CREATE TRIGGER refuse${what} BEFORE ${what} ON orders BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`),
    end: ["DROP TRIGGER refuseINSERT", "DROP TRIGGER refuseUPDATE"],
  },
  "answers nothing": { begin: ["ALTER TABLE orders RENAME TO elsewhere"], end: ["ALTER TABLE elsewhere RENAME TO orders"] },
};

describe("no answer makes a claim about money when the ledger", () => {
  let open, paid, lost;
  before(async () => {
    open = await start();
    world.alipay.behaviours.push("silent");
    lost = await start();
    paid = await start();
    await world.notify(world.alipay.notification(paid.id));
    await eventually(async () => (await world.payment(paid.id)).paymentStatus === "SUCCESS");
  });
  const form = { "/goods/0/goodsName": "Pencil", "/goods/0/goodsQuantity": "1", "/paymentAmount/currency": "USD", "/paymentAmount/value": "1.00", "/settlementCurrency": "USD", "/terminalType": "WEB" };
  const post = (path, fields, headers) => fetch(world.origin + path, { method: "POST", headers, body: new URLSearchParams(fields), redirect: "manual" });
  const routes = {
    "/return of an open payment": (headers) => fetch(`${world.origin}/return/${open.id}`, { headers }),
    "/return of a paid payment": (headers) => fetch(`${world.origin}/return/${paid.id}`, { headers }),
    "/return of a payment without a cashier": (headers) => fetch(`${world.origin}/return/${lost.id}`, { headers }),
    "/payments": (headers) => fetch(`${world.origin}/payments/${paid.id}`, { headers }),
    "/checkout of a new order": (headers) => post("/checkout", { token: world.shop.token(world.shop.order()) }, headers),
    "/checkout of a paid order": (headers) => post("/checkout", { token: paid.token }, headers),
    "/checkout of a form": (headers) => post("/checkout", form, headers),
    "/orders": (headers) => fetch(`${world.origin}/orders`, { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify({ token: world.shop.token(world.shop.order()) }) }),
  };
  for (const [failure, { begin, end }] of Object.entries(failures)) {
    describe(failure, () => {
      before(async () => {
        for (const sql of begin) await world.lab.sql(0, sql);
      });
      after(async () => {
        for (const sql of end) await world.lab.sql(0, sql);
      });
      for (const [route, ask] of Object.entries(routes)) {
        test(route, async () => {
          for (const headers of [page("en"), page("zh-CN"), json]) {
            const response = await ask(headers);
            const text = await response.text();
            assert.doesNotMatch(text, aboutMoney);
            if (failure === "answers nothing") assert.equal(response.status, 500, text);
            if (response.status >= 500) assert.match(text, payOnce);
            if (response.status < 500 || !route.startsWith("/return")) continue;
            assert.ok(response.headers.get("retry-after"));
            if (headers === json) continue;
            assert.equal(response.headers.get("refresh"), response.headers.get("retry-after"), "the page tries again by itself");
            assert.match(text, /href="\/return\//);
            assert.doesNotMatch(text, /href="\/"/, "no way to a second purchase");
          }
        });
      }
      if (failure === "takes no writes") {
        test("a shopper who is back still sees where the payment stands", async () => {
          const response = await routes["/return of an open payment"](page("en"));
          assert.equal(response.status, 200);
          assert.match(await response.text(), /Waiting for your payment/);
        });
      }
      test("a notification is not acknowledged, and comes again", async () => {
        assert.equal((await world.notify(world.alipay.notification(open.id))).status, 500);
      });
    });
  }

  test("and when it is well again everything goes on", async () => {
    assert.equal((await world.notify(world.alipay.notification(open.id))).status, 200);
    assert.equal((await world.payment(open.id)).paymentStatus, "SUCCESS");
    assert.equal((await world.checkout({ token: world.shop.token(world.shop.order()) })).status, 303);
    const { alarmAt, setAside, orders } = await world.lab.status(0);
    assert.ok(alarmAt > 0 && orders > 3);
    assert.deepEqual(setAside, []);
  });
});
