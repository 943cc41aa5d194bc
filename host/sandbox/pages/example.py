# Makes a payment in the sandbox and prints where to pay it. Needs: pip install cryptography
import base64, json, sys, time, urllib.parse, urllib.request

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

origin = {{text .Origin}}
client_id = {{text .ClientID}}
{{- if .KeyFile}}
try:
    pem = open({{text .KeyFile}}, "rb").read()
except OSError as error:
    sys.exit(f"There is no private key: {error}")
{{- else if .HandsOut}}
pem = urllib.request.urlopen(f"{origin}/sandbox/api/merchants/{client_id}/private.pem").read()
{{- else}}
try:
    pem = open("merchant-private.pem", "rb").read()
except OSError as error:
    sys.exit(f"There is no private key: {error}")
{{- end}}
key = serialization.load_pem_private_key(pem, password=None)

target = "/ams/sandbox/api/v1/payments/pay"
now = str(time.time_ns() // 1_000_000)
request_id = f"example-{now}"
info = {"chinaExtraTransInfo": {"businessType": "4", "goodsInfo": "pencil^2|eraser^1", "totalQuantity": "3"}}
amount = {"currency": "CNY", "value": "100"}
body = json.dumps({
    "productCode": "CASHIER_PAYMENT",
    "paymentRequestId": request_id,
    "paymentAmount": amount,
    "paymentMethod": {"paymentMethodType": "ALIPAY_CN"},
    "settlementStrategy": {"settlementCurrency": "{{.Settlement}}"},
    "order": {
        "referenceOrderId": request_id,
        "orderDescription": "pencil^2|eraser^1",
        "orderAmount": amount,
        "extendInfo": json.dumps(info),
    },
    "env": {"terminalType": "WEB"},
    "paymentNotifyUrl": "http://127.0.0.1:9000/notify",
    "paymentRedirectUrl": "http://127.0.0.1:9000/return",
}).encode()

signed = f"POST {target}\n{client_id}.{now}.".encode() + body
signature = base64.b64encode(key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode()
request = urllib.request.Request(origin + target, body, {
    "Content-Type": "application/json; charset=UTF-8",
    "client-id": client_id,
    "request-time": now,
    "signature": "algorithm=RSA256,keyVersion={{.KeyVersion}},signature=" + urllib.parse.quote(signature, safe=""),
})
try:
    answer = json.load(urllib.request.urlopen(request))
except OSError as error:
    sys.exit(f"The sandbox does not answer at {origin}: {error}")
print(json.dumps(answer, indent=2))
if "normalUrl" not in answer:
    sys.exit(f"No payment was made: {origin}/sandbox says why.")
print("Pay at", answer["normalUrl"])
