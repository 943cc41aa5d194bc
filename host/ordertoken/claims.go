package ordertoken

import (
	"encoding/json"

	"github.com/go-jose/go-jose/v4/jwt"
)

// tokenType is the JOSE header typ. It keeps tokens that the same key signs for another purpose from being taken for orders
// (RFC 8725, section 3.11).
const tokenType = "order+jwt"

// maxToken caps a token in bytes. An order at all its limits, with two URLs of 2048 characters and Chinese text, has some 20 KB.
const maxToken = 32 << 10

type claims struct {
	Issuer    string           `json:"iss"`
	Audience  jwt.Audience     `json:"aud"`
	Expiry    *jwt.NumericDate `json:"exp"`
	IssuedAt  *jwt.NumericDate `json:"iat"`
	NotBefore *jwt.NumericDate `json:"nbf,omitempty"`
	ID        string           `json:"jti"`
	Order     json.RawMessage  `json:"order"`
}
