// The Go program must meet the payments that the Worker's own JavaScript began; attempt_test.go has the same ids.
import assert from "node:assert/strict";
import { test } from "node:test";
import { firstAttempt } from "../attempt.mjs";

test("the first attempt to pay an order has the id that the Go program gives it", async () => {
  const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  assert.equal(await firstAttempt(secret, "SANDBOX_5Y055A2Y2F6K05235", "order-1"), "ZIXg9sNb_x9-vupYbl_hBiRF8uA09k4EIU5k7MB4trU");
  assert.equal(await firstAttempt(secret, "SANDBOX_5Y055A2Y2F6K05235", "订单 1"), "8vJYfa0BI2mOqKK3KCUKCHkpT5BOCP8hAfru1WN4V44");
});
