// What every answer has, in whichever way it was made.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, bareAnswer, headersOfAll, problem, requestID, secured } from "../worker/respond.mjs";

const request = new Request("https://pay.example.com/notify", { headers: { "CF-Ray": "8a1b2c3d4e5f6071-FRA" } });
const refuse = bareAnswer(401);
const noHeaders = headersOfAll({});

const answers = {
  "an answer of its own": (url) => secured(problem(401, "NOT_THIS", "not this"), request, url),
  "an answer that shares its headers": (url) => answer(null, 401, noHeaders, url, requestID(request)),
  "a bare answer": refuse,
};

for (const [name, make] of Object.entries(answers)) {
  test(`${name} is not stored, embedded or guessed at, and keeps browsers on https`, () => {
    for (const [url, transport] of [["https://pay.example.com/notify", "max-age=31536000"], ["http://127.0.0.1:8787/notify", null]]) {
      const { status, headers } = secured(make(url), request, url);
      assert.equal(status, 401);
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("referrer-policy"), "same-origin");
      assert.equal(headers.get("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
      assert.equal(headers.get("strict-transport-security"), transport);
      assert.equal(headers.get("x-request-id"), make === refuse ? null : "8a1b2c3d4e5f6071-FRA");
    }
  });
}

test("a page's own policy stays", () => {
  const page = new Response("", { headers: { "Content-Security-Policy": "default-src 'self'" } });
  assert.equal(secured(page, request, request.url).headers.get("content-security-policy"), "default-src 'self'");
});

test("a bare answer is the same for every request, and holds nothing of one", () => {
  assert.equal(refuse("https://a.example/"), refuse("https://b.example/"));
  assert.equal(refuse("https://a.example/").body, null);
});

test("a request has one id, Cloudflare's where there is one, and nothing that could end a header", () => {
  const ask = (ray) => requestID({ headers: new Map([["cf-ray", ray]]) });
  assert.equal(ask("8a1b2c3d4e5f6071-FRA"), "8a1b2c3d4e5f6071-FRA");
  assert.equal(ask("a\r\nSet-Cookie: b"), "aSet-Cookieb");
  assert.equal(ask("x".repeat(100)).length, 64);
  for (const none of [undefined, "", "…"]) assert.match(ask(none), /^[\da-f-]{36}$/);
  const unnamed = new Request("https://pay.example.com/");
  assert.equal(requestID(unnamed), requestID(unnamed));
  assert.notEqual(requestID(unnamed), requestID(new Request(unnamed.url)));
});
