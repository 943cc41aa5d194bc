package webhook_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/webhook"
)

const (
	resultSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	resultOther  = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
)

func resultToken(t *testing.T, algorithm jose.SignatureAlgorithm, kind jose.ContentType, now time.Time) string {
	t.Helper()
	key := []byte("01234567890123456789012345678901")
	if algorithm == jose.HS512 {
		key = append(key, key...)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithType(kind))
	if err != nil {
		t.Fatal(err)
	}
	claims, _ := json.Marshal(map[string]any{"iss": "https://pay.example", "aud": "https://shop.example", "iat": now.Unix(), "exp": now.Unix() + 600, "referenceOrderId": "order-1", "paymentStatus": "SUCCESS",
		"paymentAmount": gateway.Amount{Currency: "USD", Value: "100"}})
	signed, err := signer.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := signed.CompactSerialize()
	return text
}

func TestReadResult(t *testing.T) {
	now := time.Unix(1775044800, 0)
	token := resultToken(t, jose.HS256, "payment-result+jwt", now)
	result, err := webhook.ReadResult(token, "https://shop.example", now, resultOther, resultSecret)
	if err != nil || result.PaymentStatus != "SUCCESS" || result.ReferenceOrderID != "order-1" || result.PaymentAmount.Value != "100" {
		t.Fatalf("%+v, %v", result, err)
	}
	for name, test := range map[string]struct {
		token, audience, secret string
		now                     time.Time
		code                    gateway.Code
	}{
		"nothing":           {"", "https://shop.example", resultSecret, now, webhook.ResultUnverified},
		"altered":           {token[:len(token)-4] + "AAAA", "https://shop.example", resultSecret, now, webhook.ResultUnverified},
		"another secret":    {token, "https://shop.example", resultOther, now, webhook.ResultUnverified},
		"another algorithm": {resultToken(t, jose.HS512, "payment-result+jwt", now), "https://shop.example", resultSecret, now, webhook.ResultUnverified},
		"no algorithm":      {"eyJhbGciOiJub25lIiwidHlwIjoicGF5bWVudC1yZXN1bHQrand0In0.e30.", "https://shop.example", resultSecret, now, webhook.ResultUnverified},
		"another kind":      {resultToken(t, jose.HS256, "JWT", now), "https://shop.example", resultSecret, now, webhook.ResultUnverified},
		"another page":      {token, "https://evil.example", resultSecret, now, webhook.ResultForeign},
		"old":               {token, "https://shop.example", resultSecret, now.Add(10 * time.Minute), webhook.ResultOutOfTime},
		"from the future":   {token, "https://shop.example", resultSecret, now.Add(-2 * time.Minute), webhook.ResultOutOfTime},
	} {
		if _, err := webhook.ReadResult(test.token, test.audience, test.now, test.secret); !errors.Is(err, test.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestResultOfAnotherWorker(t *testing.T) {
	now := time.Unix(1775044800, 0)
	token := resultToken(t, jose.HS256, "payment-result+jwt", now)
	for issuer, good := range map[string]bool{
		"": true, "https://pay.example": true, "https://pay.example/": true, "https://sandbox.pay.example": false, "https://pay.example//": false,
	} {
		result, err := webhook.ResultReader{Audience: "https://shop.example/", Issuer: issuer, Secrets: []string{resultSecret}}.Read(token, now)
		if good != (err == nil) || good && result.ReferenceOrderID != "order-1" || !good && !errors.Is(err, webhook.ResultIssuer) {
			t.Errorf("%q: got %+v, %v", issuer, result, err)
		}
	}
}
