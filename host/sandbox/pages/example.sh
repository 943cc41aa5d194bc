#!/bin/sh
# Makes a payment in the sandbox: prints the gateway's answer and where to pay. Needs curl and openssl.
set -eu
origin='{{.Origin}}'
client='{{.ClientID}}'
{{if .HandsOut -}}
key=$(mktemp)
trap 'rm -f "$key"' EXIT
curl -sf "$origin/sandbox/api/merchants/$client/private.pem" >"$key"
{{- else -}}
key=merchant.pem # the merchant's private key
{{- end}}
target=/ams/sandbox/api/v1/payments/pay
time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
id="example-$(date +%s)-$$"
body='{
  "order": {
    "env": {"terminalType": "WEB"},
    "extendInfo": "{\"chinaExtraTransInfo\":{\"totalQuantity\":\"8\",\"businessType\":\"4\",\"goodsInfo\":\"pencil^2|eraser^5|iPhone XS 256G^1\"}}",
    "orderAmount": {"currency": "CNY", "value": "100"},
    "orderDescription": "pencil^2|eraser^5|iPhone XS 256G^1",
    "referenceOrderId": "'$id'"
  },
  "paymentAmount": {"currency": "CNY", "value": "100"},
  "paymentMethod": {"paymentMethodType": "ALIPAY_CN"},
  "paymentNotifyUrl": "http://127.0.0.1:9000/notify",
  "paymentRedirectUrl": "http://127.0.0.1:9000/return",
  "paymentRequestId": "'$id'",
  "productCode": "CASHIER_PAYMENT",
  "settlementStrategy": {"settlementCurrency": "{{.Settlement}}"}
}'
signature=$(printf 'POST %s\n%s.%s.%s' "$target" "$client" "$time" "$body" |
  openssl dgst -sha256 -sign "$key" | openssl base64 -A | sed 's/+/%2B/g; s#/#%2F#g; s/=/%3D/g')
answer=$(curl -sf "$origin$target" \
  -H 'Content-Type: application/json; charset=UTF-8' \
  -H "client-id: $client" -H "request-time: $time" \
  -H "signature: algorithm=RSA256,keyVersion={{.KeyVersion}},signature=$signature" \
  --data-binary "$body")
echo "$answer"
echo "Pay at $origin/alipaycn/pc/cashier?paymentId=$(echo "$answer" | sed 's/.*"paymentId":"\([^"]*\)".*/\1/')"
