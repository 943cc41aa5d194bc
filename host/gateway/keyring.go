package gateway

import (
	"context"
	"crypto"
	"fmt"
	"slices"
	"strconv"
)

// Verifier checks signatures of Alipay: RSASSA-PKCS1-v1_5 with SHA-256 over content, by the key of exactly the version that
// the Signature header names, "" if it names none. It must be safe for concurrent use. The error is nil for a good signature;
// one that is a [Problem] says why it is bad. [KeyRing] is the usual one.
type Verifier interface {
	Verify(ctx context.Context, keyVersion string, content, signature []byte) error
}

// KeyRing holds Alipay's public keys by their version. It does not change and may be used concurrently.
type KeyRing struct {
	keys   map[string]*publicKey
	newest string
}

// NewKeyRing reads Alipay's public keys, as [ParsePublicKey] does. The names are the key versions: "1", "2", … Alipay counts
// its own keys; they have nothing to do with [Config.KeyVersion]. While Alipay changes its key, hold both.
func NewKeyRing(keys map[string]string) (*KeyRing, error) {
	ring := &KeyRing{keys: make(map[string]*publicKey, len(keys))}
	newest := 0
	for version, text := range keys {
		n, err := strconv.Atoi(version)
		if err != nil || n < 1 || strconv.Itoa(n) != version {
			return nil, problem(KeyMalformed, fmt.Sprintf("%q is not a valid key version; use the number that Alipay gives the key, such as 1", version))
		}
		key, err := ParsePublicKey(text)
		if err != nil {
			return nil, fmt.Errorf("public key of Alipay, version %s: %w", version, err)
		}
		ring.keys[version] = newPublicKey(key)
		if n > newest {
			newest, ring.newest = n, version
		}
	}
	if newest == 0 {
		return nil, problem(KeyMalformed, "there is no public key of Alipay")
	}
	return ring, nil
}

// Verify implements [Verifier]. Only one key is tried: that of the version named, or the newest when the header names none. The
// error is a [Problem] with the code KEY_VERSION_UNKNOWN or SIGNATURE_MISMATCH.
func (r *KeyRing) Verify(_ context.Context, keyVersion string, content, signature []byte) error {
	if keyVersion == "" {
		keyVersion = r.newest
	}
	key, known := r.keys[keyVersion]
	if !known {
		return Problem{Code: KeyVersionUnknown, Path: "/headers/signature",
			Message: fmt.Sprintf("no public key of Alipay has version %s; available: %v", keyVersion, r.versions())}
	}
	if key.verify(content, signature) != nil {
		return Problem{Code: SignatureMismatch, Path: "/headers/signature",
			Message: fmt.Sprintf("the signature does not fit this path, client id, time and body under Alipay's key version %s", keyVersion)}
	}
	return nil
}

// Contains tells whether a key is in the ring.
func (r *KeyRing) Contains(key crypto.PublicKey) bool {
	for _, own := range r.keys {
		if own.Equal(key) {
			return true
		}
	}
	return false
}

func (r *KeyRing) versions() []string {
	list := make([]string, 0, len(r.keys))
	for version := range r.keys {
		list = append(list, version)
	}
	slices.Sort(list)
	return list
}
