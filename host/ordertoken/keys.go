package ordertoken

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// The algorithms of a key.
const (
	EdDSA = "EdDSA" // Ed25519: the shop holds the private key, the checkout the public one
	HS256 = "HS256" // one secret of at least 32 bytes, held by both
)

// minSecret is the length in bytes of the shortest secret for HS256 (RFC 7518, section 3.2).
const minSecret = 32

// Keys is a set of keys with different ids. It does not change and may be used concurrently.
type Keys struct{ list []jose.JSONWebKey }

// ParseKeys reads a JWK Set (RFC 7517): {"keys":[{"kty":"OKP","crv":"Ed25519","kid":"…","alg":"EdDSA","x":"…"}]}, or with "kty":
// "oct" and "alg":"HS256". Every key needs kid and alg. To change the key, put the new one first and keep the old one until
// its last token has expired. The error is a gateway.Problem with the code TOKEN_KEYS and holds nothing of the text.
func ParseKeys(jwks []byte) (*Keys, error) {
	set, err := readObject(jwks, nil)
	if err != nil {
		return nil, problem(KeysMalformed, "the keys are no JSON Web Key Set")
	}
	var list []json.RawMessage
	if json.Unmarshal(set["keys"], &list) != nil || len(list) == 0 {
		return nil, problem(KeysMalformed, `the key set has no member "keys", or an empty one`)
	}
	keys := &Keys{}
	for i, text := range list {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(text); err != nil {
			return nil, problem(KeysMalformed, fmt.Sprintf("key %d is no JSON Web Key of a known kind", i))
		}
		if reason := unfit(key); reason != "" {
			return nil, problem(KeysMalformed, fmt.Sprintf("key %d (kid %q) %s", i, key.KeyID, reason))
		}
		if keys.find(key.KeyID) != nil {
			return nil, problem(KeysMalformed, fmt.Sprintf("the kid %q is there twice", key.KeyID))
		}
		keys.list = append(keys.list, key)
	}
	return keys, nil
}

// ParseVerifyKeys reads the keys of a checkout as [ParseKeys] does, and refuses private ones: with them the checkout, or anybody
// who reads its settings, could make up orders. [GenerateKeys] returns the public ones as its second set.
func ParseVerifyKeys(jwks []byte) (*Keys, error) {
	keys, err := ParseKeys(jwks)
	if err != nil {
		return nil, err
	}
	for i, key := range keys.list {
		if _, private := key.Key.(ed25519.PrivateKey); private {
			return nil, problem(KeysMalformed, fmt.Sprintf("key %d (kid %q) is a private key, with which orders could be made up; "+
				"only the shop may have it. Take the public one, from order-token-verify.json", i, key.KeyID))
		}
	}
	return keys, nil
}

// unfit says why a key cannot be used, "" if it can.
func unfit(key jose.JSONWebKey) string {
	if key.KeyID == "" {
		return "has no kid"
	}
	if key.Use != "" && key.Use != "sig" {
		return "is not for signatures"
	}
	switch material := key.Key.(type) {
	case ed25519.PublicKey, ed25519.PrivateKey:
		if key.Algorithm != EdDSA {
			return "needs the alg EdDSA"
		}
	case []byte:
		if key.Algorithm != HS256 {
			return "needs the alg HS256"
		}
		if len(material) < minSecret {
			return "has fewer than 32 bytes"
		}
	default:
		return "is neither an Ed25519 key nor a secret"
	}
	return ""
}

func (k *Keys) find(id string) *jose.JSONWebKey {
	for i := range k.list {
		if k.list[i].KeyID == id {
			return &k.list[i]
		}
	}
	return nil
}

// signing returns the first key that can sign.
func (k *Keys) signing() *jose.JSONWebKey {
	for i := range k.list {
		if _, publicOnly := k.list[i].Key.(ed25519.PublicKey); !publicOnly {
			return &k.list[i]
		}
	}
	return nil
}

// GenerateKeys makes a key of the algorithm [EdDSA] or [HS256] and returns it as two key sets: one for the shop, which issues
// tokens, and one for the checkout, which verifies them. For HS256 both are the same secret.
func GenerateKeys(algorithm, keyID string) (issue, verify []byte, err error) {
	key := jose.JSONWebKey{KeyID: keyID, Algorithm: algorithm, Use: "sig"}
	switch algorithm {
	case EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		key.Key = private
	case HS256:
		secret := make([]byte, minSecret)
		if _, err := rand.Read(secret); err != nil {
			return nil, nil, err
		}
		key.Key = secret
	default:
		return nil, nil, problem(KeysMalformed, fmt.Sprintf("the algorithm %q is neither EdDSA nor HS256", algorithm))
	}
	if reason := unfit(key); reason != "" {
		return nil, nil, problem(KeysMalformed, "the key "+reason)
	}
	if issue, err = json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}}); err != nil {
		return nil, nil, err
	}
	if algorithm == EdDSA {
		key = key.Public()
	}
	verify, err = json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
	return issue, verify, err
}
