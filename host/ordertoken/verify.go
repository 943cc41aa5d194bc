package ordertoken

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	exact "github.com/go-jose/go-jose/v4/json"

	"github.com/edgecashier/cashier/host/gateway"
)

// compactPattern is the form of a token: header, claims and signature in base64url.
var compactPattern = regexp.MustCompile(`^([\w-]*)\.([\w-]*)\.([\w-]*)$`)

// Verifier recognises tokens at the checkout. It may be used concurrently.
type Verifier struct {
	Keys        *Keys
	Audience    string        // demanded of aud: the public origin of the checkout; a slash at the end makes no difference
	Issuer      string        // demanded of iss; empty accepts every issuer that has a key
	MaxLifetime time.Duration // the longest time from iat to exp; 0 means 24 hours
	Leeway      time.Duration // how far iat and nbf may be ahead of our clock; 0 means a minute. exp has none.
}

// Token is a verified token.
type Token struct {
	ID       string // jti, different for every token
	Issuer   string
	KeyID    string
	IssuedAt time.Time
	Expiry   time.Time
	Order    gateway.Order // as the merchant's server signed it, not yet validated
}

// Verify takes the order out of a token. Blanks and line ends after it are left out. The error is a gateway.Problem with one of the codes of this package; it says nothing
// that the holder of the token may not know.
func (v Verifier) Verify(token string, now time.Time) (*Token, error) {
	payload, keyID, err := v.verifySignature(strings.TrimRight(token, " \t\r\n"))
	if err != nil {
		return nil, err
	}
	c, err := readClaims(payload)
	if err != nil {
		return nil, problem(Malformed, "the claims of the token are of a wrong kind, come twice or are not spelt as they should be")
	}
	if err := v.checkClaims(c, now); err != nil {
		return nil, err
	}
	order, err := ReadOrder(c.order)
	if err != nil {
		return nil, err
	}
	return &Token{ID: c.id, Issuer: c.issuer, KeyID: keyID, IssuedAt: *c.issuedAt, Expiry: *c.expiry, Order: order}, nil
}

func (v Verifier) verifySignature(token string) (payload []byte, keyID string, err error) {
	if v.Keys == nil {
		return nil, "", problem(KeysMalformed, "there are no keys to verify tokens with")
	}
	if len(token) > maxToken {
		return nil, "", problem(TooLarge, "the token has more than 32 KiB")
	}
	malformed := problem(Malformed, "this is no token in compact JWS form")
	parts := compactPattern.FindStringSubmatch(token)
	if parts == nil {
		return nil, "", malformed
	}
	// Other encodings of the same bytes are no tokens.
	head, err := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	if err != nil {
		return nil, "", malformed
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(parts[2]); err != nil {
		return nil, "", malformed
	}
	if _, err := base64.RawURLEncoding.DecodeString(parts[3]); err != nil {
		return nil, "", malformed
	}
	header, err := readObject(head, headerNames)
	if err != nil {
		return nil, "", malformed
	}
	text := func(name string) (value string) { // "" for what is no text
		_ = json.Unmarshal(header[name], &value)
		return value
	}
	algorithm := text("alg")
	if algorithm != EdDSA && algorithm != HS256 {
		return nil, "", problem(Algorithm, "the token is signed with an algorithm that is not allowed")
	}
	if text("typ") != tokenType {
		return nil, "", problem(Type, "the token is not of the type order+jwt")
	}
	for _, name := range refusedHeaders {
		if _, given := header[name]; given {
			return nil, "", problem(Malformed, "the token's header demands what is not known here, or names a key of its own")
		}
	}
	key := v.Keys.find(text("kid"))
	if key == nil {
		return nil, "", problem(KeyUnknown, "the token names no key that is known here")
	}
	if algorithm != key.Algorithm {
		return nil, "", problem(Algorithm, "the token is signed with another algorithm than its key is for")
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.EdDSA, jose.HS256})
	if err != nil {
		return nil, "", malformed
	}
	if payload, err = signed.Verify(verifying(key)); err != nil {
		return nil, "", problem(Signature, "the signature of the token is wrong")
	}
	return payload, key.KeyID, nil
}

func (v Verifier) checkClaims(c claims, now time.Time) error {
	maxLifetime, leeway := v.MaxLifetime, v.Leeway
	if maxLifetime == 0 {
		maxLifetime = 24 * time.Hour
	}
	if leeway == 0 {
		leeway = time.Minute
	}
	tooEarly := func(date *time.Time) bool { return date != nil && date.After(now.Add(leeway)) }
	ours := func(audience string) bool { return origin(audience) == origin(v.Audience) }
	switch {
	case c.expiry == nil || c.issuedAt == nil || c.id == "":
		return problem(Malformed, "the token lacks exp, iat or jti")
	case v.Audience == "" || !slices.ContainsFunc(c.audience, ours):
		return problem(Audience, "the token is meant for another checkout")
	case v.Issuer != "" && c.issuer != v.Issuer:
		return problem(IssuerUnknown, "the token was issued by another shop")
	case !now.Before(*c.expiry):
		return problem(Expired, "the token has expired; order again")
	case tooEarly(c.issuedAt) || tooEarly(c.notBefore):
		return problem(NotYetValid, "the token is not valid yet; is the clock right?")
	case c.expiry.Sub(*c.issuedAt) > maxLifetime:
		return problem(Lifetime, "the token is valid for longer than is allowed here")
	}
	return nil
}

// ReadOrder reads the order of a token whose signature somebody else has verified. It refuses members that are not known, come twice or
// are spelt with other capitals: dropping them would pay another order than was signed. The error is a gateway.Problem with the code
// [OrderInvalid].
func ReadOrder(text []byte) (gateway.Order, error) {
	refused := problem(OrderInvalid, "the token holds no order, or one with members that are not known here or come twice")
	if _, err := readObject(text, nil); err != nil {
		return gateway.Order{}, refused
	}
	var order, spelt gateway.Order
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	// The second reader goes by the exact names: what only the first one found was spelt differently.
	if decoder.Decode(&order) != nil || exact.Unmarshal(text, &spelt) != nil || !reflect.DeepEqual(order, spelt) {
		return gateway.Order{}, refused
	}
	return order, nil
}

// verifying is the half of a key that checks signatures; a secret has only one.
func verifying(key *jose.JSONWebKey) any {
	if secret, symmetric := key.Key.([]byte); symmetric {
		return secret
	}
	return key.Public().Key
}
