package ordertoken

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/edgecashier/cashier/host/gateway"
)

// Verifier recognises tokens at the checkout. It may be used concurrently.
type Verifier struct {
	Keys        *Keys
	Audience    string        // demanded of aud: the public origin of the checkout
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

// Verify takes the order out of a token. The error is a gateway.Problem with one of the codes of this package; it says nothing
// that the holder of the token may not know.
func (v Verifier) Verify(token string, now time.Time) (*Token, error) {
	payload, keyID, err := v.verifySignature(token)
	if err != nil {
		return nil, err
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, problem(Malformed, "the claims of the token are of a wrong kind")
	}
	if err := v.checkClaims(c, now); err != nil {
		return nil, err
	}
	order, err := ReadOrder(c.Order)
	if err != nil {
		return nil, err
	}
	return &Token{
		ID:       c.ID,
		Issuer:   c.Issuer,
		KeyID:    keyID,
		IssuedAt: c.IssuedAt.Time(),
		Expiry:   c.Expiry.Time(),
		Order:    order,
	}, nil
}

func (v Verifier) verifySignature(token string) (payload []byte, keyID string, err error) {
	if v.Keys == nil {
		return nil, "", problem(KeysMalformed, "there are no keys to verify tokens with")
	}
	if len(token) > maxToken {
		return nil, "", problem(TooLarge, "the token has more than 32 KiB")
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.EdDSA, jose.HS256})
	if err != nil {
		var unexpected *jose.ErrUnexpectedSignatureAlgorithm
		if errors.As(err, &unexpected) {
			return nil, "", problem(Algorithm, "the token is signed with an algorithm that is not allowed")
		}
		return nil, "", problem(Malformed, "this is no token in compact JWS form")
	}
	header := signed.Signatures[0].Protected
	if typ, _ := header.ExtraHeaders[jose.HeaderType].(string); typ != tokenType {
		return nil, "", problem(Type, "the token is not of the type order+jwt")
	}
	if _, critical := header.ExtraHeaders["crit"]; critical {
		return nil, "", problem(Malformed, "the token demands an extension that is not known here")
	}
	key := v.Keys.find(header.KeyID)
	if header.KeyID == "" || key == nil {
		return nil, "", problem(KeyUnknown, "the token names no key that is known here")
	}
	if header.Algorithm != key.Algorithm {
		return nil, "", problem(Algorithm, "the token is signed with another algorithm than its key is for")
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
	tooEarly := func(date *jwt.NumericDate) bool { return date != nil && date.Time().After(now.Add(leeway)) }
	switch {
	case c.Expiry == nil || c.IssuedAt == nil || c.ID == "":
		return problem(Malformed, "the token lacks exp, iat or jti")
	case v.Audience == "" || !c.Audience.Contains(v.Audience):
		return problem(Audience, "the token is meant for another checkout")
	case v.Issuer != "" && c.Issuer != v.Issuer:
		return problem(IssuerUnknown, "the token was issued by another shop")
	case !now.Before(c.Expiry.Time()):
		return problem(Expired, "the token has expired; order again")
	case tooEarly(c.IssuedAt) || tooEarly(c.NotBefore):
		return problem(NotYetValid, "the token is not valid yet; is the clock right?")
	case c.Expiry.Time().Sub(c.IssuedAt.Time()) > maxLifetime:
		return problem(Lifetime, "the token is valid for longer than is allowed here")
	}
	return nil
}

// ReadOrder reads the order of a token whose signature somebody else has verified. It refuses members that are not known:
// dropping them would pay another order than was signed. The error is a gateway.Problem with the code [OrderInvalid].
func ReadOrder(text []byte) (order gateway.Order, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if len(text) == 0 || text[0] != '{' || decoder.Decode(&order) != nil {
		return gateway.Order{}, problem(OrderInvalid, "the token holds no order, or one with members that are not known here")
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
