// Makes a payment in the sandbox and prints where to pay it. Needs Java 17: java Example.java
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Pattern;

public class Example {
    static final String ORIGIN = {{text .Origin}};
    static final String CLIENT_ID = {{text .ClientID}};
    static final HttpClient HTTP = HttpClient.newHttpClient();

    public static void main(String[] args) throws Exception {
        String target = "/ams/sandbox/api/v1/payments/pay";
        String now = String.valueOf(System.currentTimeMillis());
        String body = """
            {
              "productCode": "CASHIER_PAYMENT",
              "paymentRequestId": "example-TIME",
              "paymentAmount": {"currency": "CNY", "value": "100"},
              "paymentMethod": {"paymentMethodType": "ALIPAY_CN"},
              "settlementStrategy": {"settlementCurrency": "{{.Settlement}}"},
              "order": {
                "referenceOrderId": "example-TIME",
                "orderDescription": "pencil^2|eraser^1",
                "orderAmount": {"currency": "CNY", "value": "100"},
                "extendInfo": "{\\"chinaExtraTransInfo\\":{\\"businessType\\":\\"4\\",\\"goodsInfo\\":\\"pencil^2|eraser^1\\",\\"totalQuantity\\":\\"3\\"}}"
              },
              "env": {"terminalType": "WEB"},
              "paymentNotifyUrl": "http://127.0.0.1:9000/notify",
              "paymentRedirectUrl": "http://127.0.0.1:9000/return"
            }""".replace("TIME", now);

        Signature signer = Signature.getInstance("SHA256withRSA");
        String pem = privateKey().replaceAll("-----[A-Z ]+-----|\\s", "");
        signer.initSign(KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))));
        signer.update(("POST " + target + "\n" + CLIENT_ID + "." + now + "." + body).getBytes(StandardCharsets.UTF_8));
        String signature = URLEncoder.encode(Base64.getEncoder().encodeToString(signer.sign()), StandardCharsets.UTF_8);

        String answer = send(HttpRequest.newBuilder(URI.create(ORIGIN + target))
            .header("Content-Type", "application/json; charset=UTF-8")
            .header("client-id", CLIENT_ID)
            .header("request-time", now)
            .header("signature", "algorithm=RSA256,keyVersion={{.KeyVersion}},signature=" + signature)
            .POST(HttpRequest.BodyPublishers.ofString(body)).build());
        System.out.println(answer);
        var url = Pattern.compile("\"normalUrl\":\"([^\"]*)\"").matcher(answer);
        if (!url.find()) fail("No payment was made: " + ORIGIN + "/sandbox says why.");
        System.out.println("Pay at " + url.group(1));
    }

    static String privateKey() {
{{- if .KeyFile}}
        try {
            return Files.readString(Path.of({{text .KeyFile}}));
        } catch (IOException error) {
            return fail("There is no private key: " + error);
        }
{{- else if .HandsOut}}
        return send(HttpRequest.newBuilder(URI.create(ORIGIN + "/sandbox/api/merchants/" + CLIENT_ID + "/private.pem")).build());
{{- else}}
        try {
            return Files.readString(Path.of("merchant-private.pem"));
        } catch (IOException error) {
            return fail("There is no private key: " + error);
        }
{{- end}}
    }

    static String send(HttpRequest request) {
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException | InterruptedException error) {
            return fail("The sandbox does not answer at " + ORIGIN + ": " + error);
        }
    }

    static String fail(String sentence) {
        System.err.println(sentence);
        System.exit(1);
        return "";
    }
}
