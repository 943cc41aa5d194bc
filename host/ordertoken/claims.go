package ordertoken

import (
	"encoding/json"
	"math"
	"strings"
	"time"
)

// tokenType is the JOSE header typ. It keeps tokens that the same key signs for another purpose from being taken for orders
// (RFC 8725, section 3.11).
const tokenType = "order+jwt"

// maxToken caps a token in bytes. An order at all its limits, with two URLs of 2048 characters and Chinese text, has some 20 KB.
const maxToken = 32 << 10

// headerNames are the members of the JOSE header that mean something to readers of tokens. Those that name or carry another
// key, or change what is signed, are refused.
var (
	headerNames    = append([]string{"alg", "typ", "kid"}, refusedHeaders...)
	refusedHeaders = []string{"crit", "b64", "jwk", "jku", "x5u", "x5c", "nonce"}
)

// claimNames are the members of the claims that are read.
var claimNames = []string{"iss", "aud", "exp", "iat", "nbf", "jti", "order"}

// issued is what [Issuer] writes.
type issued struct {
	Issuer   string          `json:"iss"`
	Audience []string        `json:"aud"`
	Expiry   int64           `json:"exp"` // in seconds since 1970
	IssuedAt int64           `json:"iat"`
	ID       string          `json:"jti"`
	Order    json.RawMessage `json:"order"`
}

// claims is what [Verifier] reads.
type claims struct {
	issuer, id                  string
	audience                    []string
	expiry, issuedAt, notBefore *time.Time // nil if absent
	order                       json.RawMessage
}

func readClaims(payload []byte) (c claims, err error) {
	object, err := readObject(payload, claimNames)
	if err != nil {
		return claims{}, err
	}
	get := func(name string, value any) { // null counts as absent
		if text, given := object[name]; given && err == nil {
			err = json.Unmarshal(text, value)
		}
	}
	date := func(name string) *time.Time {
		var seconds *float64
		get(name, &seconds)
		switch {
		case seconds == nil:
			return nil
		case math.Abs(*seconds) >= 1<<53:
			err = errJSON
			return nil
		}
		t := time.Unix(int64(*seconds), 0) // whole seconds
		return &t
	}
	get("iss", &c.issuer)
	get("jti", &c.id)
	c.expiry, c.issuedAt, c.notBefore = date("exp"), date("iat"), date("nbf")
	var audience any
	switch get("aud", &audience); several := audience.(type) {
	case nil:
	case string:
		c.audience = []string{several}
	case []any:
		for _, each := range several {
			one, ok := each.(string)
			if !ok {
				return claims{}, errJSON
			}
			c.audience = append(c.audience, one)
		}
	default:
		return claims{}, errJSON
	}
	c.order = object["order"]
	return c, err
}

// origin is an audience without the slash that some write at its end.
func origin(audience string) string { return strings.TrimSuffix(audience, "/") }
