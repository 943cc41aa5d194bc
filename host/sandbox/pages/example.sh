#!/bin/sh
# Makes a payment in the sandbox and prints where to pay it. Needs curl and openssl.
set -eu
fail() { echo "$1" >&2; exit 1; }
origin={{sh .Origin}}
client={{sh .ClientID}}
{{if .KeyFile -}}
key={{sh .KeyFile}}
{{- else if .HandsOut -}}
key=$(mktemp)
trap 'rm -f "$key"' EXIT
curl -sfS "$origin/sandbox/api/merchants/$client/private.pem" >"$key" || fail "The sandbox does not hand out the key."
{{- else -}}
key=merchant-private.pem
{{- end}}
[ -r "$key" ] || fail "There is no private key at $key: put in where yours is."
target=/ams/sandbox/api/v1/payments/pay
time=$(date +%s)000
id="example-$time-$$"
body='{
  "productCode": "CASHIER_PAYMENT",
  "paymentRequestId": "'$id'",
  "paymentAmount": {"currency": "CNY", "value": "100"},
  "paymentMethod": {"paymentMethodType": "ALIPAY_CN"},
  "settlementStrategy": {"settlementCurrency": "{{.Settlement}}"},
  "order": {
    "referenceOrderId": "'$id'",
    "orderDescription": "pencil^2|eraser^1",
    "orderAmount": {"currency": "CNY", "value": "100"},
    "extendInfo": "{\"chinaExtraTransInfo\":{\"businessType\":\"4\",\"goodsInfo\":\"pencil^2|eraser^1\",\"totalQuantity\":\"3\"}}"
  },
  "env": {"terminalType": "WEB"},
  "paymentNotifyUrl": "http://127.0.0.1:9000/notify",
  "paymentRedirectUrl": "http://127.0.0.1:9000/return"
}'
signature=$(printf 'POST %s\n%s.%s.%s' "$target" "$client" "$time" "$body" |
  openssl dgst -sha256 -sign "$key" | openssl base64 -A | sed 's/+/%2B/g; s#/#%2F#g; s/=/%3D/g')
[ -n "$signature" ] || fail "openssl could not sign with $key."
answer=$(curl -sS "$origin$target" \
  -H 'Content-Type: application/json; charset=UTF-8' \
  -H "client-id: $client" -H "request-time: $time" \
  -H "signature: algorithm=RSA256,keyVersion={{.KeyVersion}},signature=$signature" \
  --data-binary "$body") || fail "The sandbox does not answer at $origin."
echo "$answer"
url=$(printf '%s' "$answer" | sed -n 's/.*"normalUrl":"\([^"]*\)".*/\1/p')
[ -n "$url" ] || fail "No payment was made: $origin/sandbox says why."
echo "Pay at $url"
