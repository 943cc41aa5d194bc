package checkout

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/edgecashier/cashier/host/gateway"
)

const (
	resultType     = "payment-result+jwt"
	resultLifetime = 10 * time.Minute
)

// resultClaims is what the merchant's own result page learns, so that it can show the result before the message is there:
// a JWT in the query parameter "result", signed with HS256 and the bytes of the secret. webhook.ReadResult reads it.
type resultClaims struct {
	Issuer           string         `json:"iss"` // the public origin
	Audience         string         `json:"aud"` // the origin of the page
	IssuedAt         int64          `json:"iat"` // seconds since the epoch
	Expiry           int64          `json:"exp"`
	ReferenceOrderID string         `json:"referenceOrderId"`
	PaymentRequestID string         `json:"paymentRequestId"`
	PaymentID        string         `json:"paymentId,omitempty"`
	PaymentStatus    string         `json:"paymentStatus"`
	PaymentAmount    gateway.Amount `json:"paymentAmount"`
}

// signedResultPage is the address of the merchant's page with the result of a final payment.
func (s *Service) signedResultPage(r *reply) (string, error) {
	page, err := url.Parse(r.View.ResultPage)
	if err != nil {
		return "", err
	}
	var record struct {
		Attempts []struct{ PaymentRequestID, PaymentID string }
	}
	if err := json.Unmarshal(r.Record, &record); err != nil {
		return "", err
	}
	paymentID := ""
	for _, attempt := range record.Attempts {
		if attempt.PaymentRequestID == r.View.PaymentRequestID {
			paymentID = attempt.PaymentID
		}
	}
	now := s.now()
	claims, err := json.Marshal(resultClaims{
		Issuer:           s.set.origin,
		Audience:         page.Scheme + "://" + page.Host,
		IssuedAt:         now.Unix(),
		Expiry:           now.Add(resultLifetime).Unix(),
		ReferenceOrderID: r.View.ReferenceOrderID,
		PaymentRequestID: r.View.PaymentRequestID,
		PaymentID:        paymentID,
		PaymentStatus:    r.View.PaymentStatus,
		PaymentAmount:    r.View.PaymentAmount,
	})
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: s.set.secrets[0].key}, (&jose.SignerOptions{}).WithType(resultType))
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
