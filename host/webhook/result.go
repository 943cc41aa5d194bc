package webhook

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/edgecashier/cashier/host/gateway"
)

// The codes of the errors of [ResultReader.Read], each of which is a gateway.Problem.
const (
	ResultUnverified gateway.Code = "RESULT_SIGNATURE" // no token, or not signed with one of the secrets, or altered
	ResultForeign    gateway.Code = "RESULT_AUDIENCE"  // signed for another page's host
	ResultIssuer     gateway.Code = "RESULT_ISSUER"    // signed by another Worker, such as that of the sandbox
	ResultOutOfTime  gateway.Code = "RESULT_TIME"      // older than its ten minutes; is the clock right?
)

// Result is what the Worker tells the merchant's own result page about a payment that is final. It says the truth about the
// payment, but anybody who has the address can open the page: deliver when the event comes, and show what Result says.
type Result struct {
	ReferenceOrderID string         `json:"referenceOrderId"`
	PaymentRequestID string         `json:"paymentRequestId"`
	PaymentID        string         `json:"paymentId"`
	PaymentStatus    string         `json:"paymentStatus"` // SUCCESS, FAIL or CANCELLED
	PaymentAmount    gateway.Amount `json:"paymentAmount"`
}

const (
	resultType = "payment-result+jwt"
	maxResult  = 8 << 10
	clockSkew  = time.Minute
)

// ResultReader reads the query parameter "result" of the merchant's result page. It may be used concurrently.
type ResultReader struct {
	Audience string   // demanded: the origin of the page, such as https://shop.example
	Issuer   string   // demanded unless empty: the public origin of the Worker. Give it, or a sandbox with the same secret is believed
	Secrets  []string // the secret that webhooks are signed with, whsec_ and base64; while it is changed, both
}

// ReadResult is [ResultReader.Read] for results of every Worker that has one of the secrets.
func ReadResult(token, audience string, now time.Time, secrets ...string) (*Result, error) {
	return ResultReader{Audience: audience, Secrets: secrets}.Read(token, now)
}

// Read verifies a result, a JWT signed with HS256 and the bytes of the secret. The error is a gateway.Problem.
func (r ResultReader) Read(token string, now time.Time) (*Result, error) {
	unverified := problem(ResultUnverified, "the result is not signed with the secret of this shop")
	if len(token) > maxResult {
		return nil, unverified
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil || signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType] != resultType {
		return nil, unverified
	}
	var claims struct {
		Result
		Issuer   string `json:"iss"`
		Audience string `json:"aud"`
		Expiry   int64  `json:"exp"`
		IssuedAt int64  `json:"iat"`
	}
	payload, err := openResult(signed, r.Secrets)
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return nil, unverified
	}
	switch {
	case origin(claims.Audience) != origin(r.Audience):
		return nil, problem(ResultForeign, "the result was made for another page")
	case r.Issuer != "" && origin(claims.Issuer) != origin(r.Issuer):
		return nil, problem(ResultIssuer, "the result was made by another Worker; is it that of the sandbox?")
	case !now.Before(time.Unix(claims.Expiry, 0)), now.Add(clockSkew).Before(time.Unix(claims.IssuedAt, 0)):
		return nil, problem(ResultOutOfTime, "the result is not of the last minutes; is the clock right?")
	}
	return &claims.Result, nil
}

// origin leaves out the slash that some write at its end.
func origin(text string) string { return strings.TrimSuffix(text, "/") }

func openResult(signed *jose.JSONWebSignature, secrets []string) (payload []byte, err error) {
	err = jose.ErrCryptoFailure
	for _, secret := range secrets {
		key, malformed := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(secret), "whsec_"))
		if malformed != nil || len(key) < minSecret {
			return nil, problem(SecretMalformed, "the secret is not whsec_ and at least 24 bytes in base64")
		}
		if payload, err = signed.Verify(key); err == nil {
			return payload, nil
		}
	}
	return nil, err
}
