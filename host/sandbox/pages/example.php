<?php
// Makes a payment in the sandbox and prints where to pay it. Needs PHP 8 with openssl: php example.php
$origin = {{php .Origin}};
$clientId = {{php .ClientID}};
function fail($sentence)
{
    fwrite(STDERR, $sentence . "\n");
    exit(1);
}
{{- if .KeyFile}}
$pem = @file_get_contents({{php .KeyFile}});
{{- else if .HandsOut}}
$pem = @file_get_contents("$origin/sandbox/api/merchants/$clientId/private.pem");
{{- else}}
$pem = @file_get_contents('merchant-private.pem');
{{- end}}
if ($pem === false) {
    fail('There is no private key: ' . error_get_last()['message']);
}

$target = '/ams/sandbox/api/v1/payments/pay';
$now = (string) floor(microtime(true) * 1000);
$requestId = "example-$now";
$info = ['chinaExtraTransInfo' => ['businessType' => '4', 'goodsInfo' => 'pencil^2|eraser^1', 'totalQuantity' => '3']];
$amount = ['currency' => 'CNY', 'value' => '100'];
$body = json_encode([
    'productCode' => 'CASHIER_PAYMENT',
    'paymentRequestId' => $requestId,
    'paymentAmount' => $amount,
    'paymentMethod' => ['paymentMethodType' => 'ALIPAY_CN'],
    'settlementStrategy' => ['settlementCurrency' => '{{.Settlement}}'],
    'order' => [
        'referenceOrderId' => $requestId,
        'orderDescription' => 'pencil^2|eraser^1',
        'orderAmount' => $amount,
        'extendInfo' => json_encode($info),
    ],
    'env' => ['terminalType' => 'WEB'],
    'paymentNotifyUrl' => 'http://127.0.0.1:9000/notify',
    'paymentRedirectUrl' => 'http://127.0.0.1:9000/return',
]);

if (!openssl_sign("POST $target\n$clientId.$now.$body", $signature, $pem, OPENSSL_ALGO_SHA256)) {
    fail('openssl cannot sign with this key.');
}
$answer = @file_get_contents($origin . $target, false, stream_context_create(['http' => [
    'method' => 'POST',
    'ignore_errors' => true,
    'header' => "Content-Type: application/json; charset=UTF-8\r\nclient-id: $clientId\r\nrequest-time: $now\r\n" .
        'signature: algorithm=RSA256,keyVersion={{.KeyVersion}},signature=' . urlencode(base64_encode($signature)),
    'content' => $body,
]]));
if ($answer === false) {
    fail("The sandbox does not answer at $origin.");
}
echo $answer, "\n";
$url = json_decode($answer, true)['normalUrl'] ?? fail("No payment was made: $origin/sandbox says why.");
echo "Pay at $url\n";
