// What POST /checkout is sent: everything that two readers may read differently is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFields } from "../worker/fields.mjs";

const form = "application/x-www-form-urlencoded";
const read = (type, text) => readFields(type, new TextEncoder().encode(text));

for (const [type, text, want] of [
  [form, "token=a.b.c", { token: "a.b.c" }],
  [`${form}; charset=UTF-8`, "lang=zh-CN&token=a%2Eb", { lang: "zh-CN", token: "a.b" }],
  [form, "token=", { token: "" }],
  [form, "", {}],
  ["application/json", '{"token":"a","lang":"en"}', { token: "a", lang: "en" }],
  ["Application/JSON;charset=utf-8", "{}", {}],
]) {
  test(`${type} ${text} is read`, () => assert.deepEqual(Object.fromEntries(read(type, text)), want));
}

for (const [type, text, status, code] of [
  [form, "token=a&token=b", 400, "FIELD_REPEATED"],
  [form, "token=a&lang=en&lang=zh", 400, "FIELD_REPEATED"],
  [form, "token=a;b=c", 400, "FORM_MALFORMED"],
  [form, "token=%zz", 400, "FORM_MALFORMED"],
  ["application/json", '{"token":1}', 400, "JSON_MALFORMED"],
  ["application/json", '{"token":"a","amount":1}', 400, "JSON_MALFORMED"],
  ["application/json", '{"token":"a","token":"b"}', 400, "FIELD_REPEATED"],
  ["application/json", "[", 400, "JSON_MALFORMED"],
  ["application/json", "null", 400, "JSON_MALFORMED"],
  ["text/plain", "token=a", 415, "MEDIA_TYPE_NOT_ACCEPTABLE"],
  ["", "token=a", 415, "MEDIA_TYPE_NOT_ACCEPTABLE"],
]) {
  test(`${type} ${text} is refused`, async () => {
    const response = read(type, text);
    assert.equal(response.status, status);
    assert.equal((await response.json()).errors[0].code, code);
  });
}

test("a body that is not UTF-8 is refused", async () => {
  const response = readFields(form, Uint8Array.of(0x74, 0x3d, 0xff));
  assert.equal((await response.json()).errors[0].code, "BODY_NOT_UTF8");
});
