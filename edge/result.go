package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/edgecashier/cashier/host/gateway"
)

const (
	resultType     = "payment-result+jwt"
	resultLifetime = 10 * time.Minute
)

// resultClaims is what the merchant's own result page learns, so that it can show the result before the webhook is there:
// a JWT in the query parameter "result", signed with HS256 and the bytes of WEBHOOK_SECRET.
type resultClaims struct {
	Issuer           string         `json:"iss"` // ORIGIN
	Audience         string         `json:"aud"` // the origin of the page
	IssuedAt         int64          `json:"iat"`
	Expiry           int64          `json:"exp"`
	ReferenceOrderID string         `json:"referenceOrderId"`
	PaymentRequestID string         `json:"paymentRequestId"`
	PaymentID        string         `json:"paymentId,omitempty"`
	PaymentStatus    status         `json:"paymentStatus"`
	PaymentAmount    gateway.Amount `json:"paymentAmount"`
}

// signedResultPage is the address of the merchant's page with the result of a final payment, or "" when the host is not
// allowed any more.
func (w *worker) signedResultPage(p *payment) (string, error) {
	if !w.settings.allowsResultPage(p.ResultPage) {
		return "", nil
	}
	page, err := url.Parse(p.ResultPage)
	if err != nil {
		return "", err
	}
	now := w.now()
	claims, err := json.Marshal(resultClaims{
		Issuer:           w.settings.Origin,
		Audience:         page.Scheme + "://" + page.Host,
		IssuedAt:         now.Unix(),
		Expiry:           now.Add(resultLifetime).Unix(),
		ReferenceOrderID: p.ReferenceOrderID,
		PaymentRequestID: p.PaymentRequestID,
		PaymentID:        p.PaymentID,
		PaymentStatus:    p.Status,
		PaymentAmount:    p.Amount,
	})
	if err != nil {
		return "", err
	}
	key, err := webhookKey(w.settings.WebhookSecret)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: key}, (&jose.SignerOptions{}).WithType(resultType))
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		return "", err
	}
	query := page.Query()
	query.Set("result", token)
	page.RawQuery = query.Encode()
	return page.String(), nil
}

// webhookKey are the bytes of WEBHOOK_SECRET. A JWT and a webhook never have the same signed text: the one has no second
// dot, and the other has one.
func webhookKey(secret string) ([]byte, error) {
	text, found := strings.CutPrefix(secret, "whsec_")
	if !found {
		return nil, errors.New("the secret does not begin with whsec_")
	}
	return base64.StdEncoding.DecodeString(text)
}
