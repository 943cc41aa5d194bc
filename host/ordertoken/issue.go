package ordertoken

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/edgecashier/cashier/host/gateway"
)

// Issuer makes tokens on the merchant's server. It may be used concurrently.
type Issuer struct {
	Keys     *Keys         // the first key that can sign signs
	Name     string        // the claim iss: the shop
	Audience string        // the claim aud: the public origin of the checkout, such as https://pay.example.com
	Lifetime time.Duration // 0 means an hour
}

// Issue signs an order. The order need not be complete: the checkout adds what it decides itself, such as paymentRequestId. It
// is not validated here; the checkout does that with core.wasm. now is the time of the token.
func (i Issuer) Issue(order gateway.Order, now time.Time) (token string, err error) {
	if i.Keys == nil || i.Keys.signing() == nil {
		return "", problem(KeysMalformed, "there is no key that can sign")
	}
	if i.Name == "" || i.Audience == "" {
		return "", errors.New("order token: the issuer needs Name and Audience")
	}
	text, err := json.Marshal(order)
	if err != nil {
		return "", fmt.Errorf("order token: %w", err)
	}
	lifetime := i.Lifetime
	if lifetime == 0 {
		lifetime = time.Hour
	}
	payload, err := json.Marshal(claims{
		Issuer:   i.Name,
		Audience: jwt.Audience{i.Audience},
		Expiry:   jwt.NewNumericDate(now.Add(lifetime)),
		IssuedAt: jwt.NewNumericDate(now),
		ID:       rand.Text(),
		Order:    text,
	})
	if err != nil {
		return "", fmt.Errorf("order token: %w", err)
	}

	key := i.Keys.signing()
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key.Key},
		(&jose.SignerOptions{}).WithType(tokenType).WithHeader("kid", key.KeyID))
	if err != nil {
		return "", fmt.Errorf("order token: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("order token: %w", err)
	}
	if token, err = signed.CompactSerialize(); err != nil {
		return "", fmt.Errorf("order token: %w", err)
	}
	if len(token) > maxToken {
		return "", problem(TooLarge, "the order is too large for a token")
	}
	return token, nil
}
