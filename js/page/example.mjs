/** What the playground begins with: the guide's order, and the first of the notifications printed in the guide, with the key that verifies it. */

export const exampleOrder = `{
  "referenceOrderId": "alipayCNOrder12345",
  "orderDescription": "Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1",
  "paymentRequestId": "ams_alipaycn_cashier_pay_sandbox_request_0001",
  "paymentAmount": { "currency": "USD", "value": "100" },
  "settlementCurrency": "USD",
  "terminalType": "WEB",
  "goods": [
    { "goodsName": "Macbook 12 inch M3 8G 256G SSD", "goodsQuantity": "1" },
    { "goodsName": "Apple iPad Pro 11 inch", "goodsQuantity": "1" }
  ],
  "businessType": "4",
  "paymentNotifyUrl": "https://shop.example/notify",
  "paymentRedirectUrl": "https://shop.example/orders/12345"
}`;

export const exampleConfig = `{
  "clientId": "SANDBOX_5Y055A2Y2F6K05235",
  "keyVersion": 1
}`;

export const exampleNotification = {
  path: "/",
  headers: `Client-Id: SANDBOX_5Y055A2Y2F6K05235
Request-Time: 2020-05-18T12:21:00Z
Signature: algorithm=RSA256,keyVersion=1,signature=WU1Q9em2B%2Bbe%2Fa7t8oJqzSny3%2BMugUpCj3RT4oVaabxsWa4ard22%2FFcfi%2Fgc%2FGiD%2F1LXnIwN%2BIaTQiyJJh5tI80x6kMax4cADgrIz0lC%2FZO2GMv%2FFAO7XxSSuC47wmIg8k8a4j9sfWs8VMGzFAEuSTUrX7Q8H3SPVncOA9Fwxv3pM%2FZc3mJIImXYcxMHdcvnqt1LoWukKYt%2Fzli08hBw0PvWSxI%2BbUsVG1%2Fuyin1z%2BwoWX%2FggxkISEd31MVhzWn%2F5nV7zwqtUhVV%2Bl1eIT8gBu5jg1EQ%2Fmxj9gxL1EO%2FxFxEb1V3NMIw6Jc7mJAGwozYOJ9hPZIGdx0qMqRSdRV0%2Fg%3D%3D`,
  body: `{"grossSettlementAmount":{"currency":"USD","value":"100"},"notifyType":"PAYMENT_RESULT","notifyUrl":"http://af927046.ngrok.io","paymentAmount":{"currency":"USD","value":"100"},"paymentCreateTime":"2020-05-18T20:20:27+08:00","paymentId":"812202715898044274806386466931604175JNxpyudMsn202005180001827071","paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_003","paymentTime":"2020-05-18T20:20:27+08:00","result":{"resultCode":"SUCCESS","resultMessage":"success.","resultStatus":"S"}}`,
  keys: "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoIlWWY8PRv1oRT/kEJE4NZH85YaUenBxxIi5u3heOTmeIm8KebCJvQHV90oQUUgamO5z2ffADd6LsG8oMh1aObZVSlhwluyz8EjuHOZJSjA5/2ykl7VkJ3fJgHk1w35j7R86Msi8eetXdv80+MHna7vZkwfBhNl0YBvs18vEVOmWWuGqnVn78RkF3zVYrxB3SFHWuQ3ciaUxgxFlyK+IhDqSbtDGf4jp1itPi8zR+SKmrjzHHY3RGHTDCYvSSU0MLKsXw1i6O1wUfXPa5bRvnJseXMFwGNMLGfxpaMBjX+a2wHZsmNxhRdQKdznPUCvDBpTLUeFY4tdLx8X7At6cNQIDAQAB",
};
