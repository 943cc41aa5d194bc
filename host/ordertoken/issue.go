package ordertoken

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"

	"github.com/edgecashier/cashier/host/gateway"
)

// Issuer makes tokens on the merchant's server. It may be used concurrently.
type Issuer struct {
	Keys     *Keys         // the first key that can sign signs
	Name     string        // the claim iss: the shop
	Audience string        // the claim aud: the public origin of the checkout, such as https://pay.example.com; a slash at the end is left out
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
	if !validText(reflect.ValueOf(order)) {
		return "", problem(OrderInvalid, "the order has a text that is not valid UTF-8")
	}
	text, err := json.Marshal(order)
	if err != nil {
		return "", fmt.Errorf("order token: %w", err)
	}
	lifetime := i.Lifetime
	if lifetime == 0 {
		lifetime = time.Hour
	}
	payload, err := json.Marshal(issued{
		Issuer:   i.Name,
		Audience: []string{origin(i.Audience)},
		Expiry:   now.Add(lifetime).Unix(),
		IssuedAt: now.Unix(),
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

// validText tells whether all texts in an order are UTF-8. The JSON encoder would replace what is not, and two orders could become one.
func validText(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 { // JSON that is passed on
			return utf8.Valid(v.Bytes())
		}
		for i := range v.Len() {
			if !validText(v.Index(i)) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !validText(v.Field(i)) {
				return false
			}
		}
	}
	return true
}
