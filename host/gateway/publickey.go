package gateway

import (
	"bytes"
	"crypto"
	"crypto/fips140"
	"crypto/rsa"
	"crypto/sha256"

	"filippo.io/bigmod"
)

// publicKey is a public key of Alipay, made ready to verify many signatures. It does not change and may be used concurrently.
//
// crypto/rsa prepares the modulus of a key for its arithmetic on every verification, which is a third of the work, because an
// *rsa.PublicKey has no place to keep it. filippo.io/bigmod is that arithmetic, by its author, as a package of its own.
type publicKey struct {
	*rsa.PublicKey
	modulus *bigmod.Modulus // nil: crypto/rsa verifies
}

// usualExponent is the public exponent of all keys that OpenSSL, Java and Alipay's tools make.
const usualExponent = 65537

func newPublicKey(key *rsa.PublicKey) *publicKey {
	if key.E != usualExponent || key.N.BitLen()%8 != 0 || fips140.Enabled() {
		return &publicKey{PublicKey: key}
	}
	modulus, err := bigmod.NewModulus(key.N.Bytes())
	if err != nil { // an even one, which ParsePublicKey refuses
		return &publicKey{PublicKey: key}
	}
	return &publicKey{key, modulus}
}

// verify checks an RSASSA-PKCS1-v1_5 signature with SHA-256 over content, as RFC 8017, section 8.2.2, prescribes: what the
// signature decrypts to is compared, all of it, with the one encoding that the digest has. Nothing of it is parsed, so there is
// no room for a forgery in the padding.
func (k *publicKey) verify(content, signature []byte) error {
	if k.modulus == nil {
		return verifyWith(k.PublicKey, content, signature)
	}
	if len(signature) != k.Size() {
		return rsa.ErrVerification
	}
	number, err := bigmod.NewNat().SetBytes(signature, k.modulus)
	if err != nil { // not smaller than the modulus
		return rsa.ErrVerification
	}
	got := bigmod.NewNat().ExpShortVarTime(number, usualExponent, k.modulus).Bytes(k.modulus)
	if !bytes.Equal(got, encodedDigest(make([]byte, 0, 512), k.Size(), content)) { // all of it is public: no secret decides how long it takes
		return rsa.ErrVerification
	}
	return nil
}

// sha256Info is the DER of a DigestInfo that says SHA-256, up to the digest (RFC 8017, section 9.2, note 1).
const sha256Info = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"

// encodedDigest appends EMSA-PKCS1-v1_5 of the content: 00 01 FF…FF 00, the DigestInfo and the digest, size bytes in all.
func encodedDigest(to []byte, size int, content []byte) []byte {
	digest := sha256.Sum256(content)
	to = append(to, 0, 1)
	for range size - len("\x00\x01\x00") - len(sha256Info) - len(digest) {
		to = append(to, 0xFF)
	}
	return append(append(append(to, 0), sha256Info...), digest[:]...)
}

func verifyWith(key *rsa.PublicKey, content, signature []byte) error {
	digest := sha256.Sum256(content)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature)
}
