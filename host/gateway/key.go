package gateway

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
)

// minModulus is the size in bits that Alipay prescribes for RSA keys; smaller ones are refused.
const minModulus = 2048

// ParsePrivateKey reads an RSA private key as dashboards, OpenSSL and environment variables have it: PKCS#8 or PKCS#1, as PEM or
// as bare base64. It accepts what copying does to such a text: lost or doubled line ends and blanks, "\n" written as two
// characters, quotes around it, a byte order mark, lost padding, base64url, base64 of the PEM, text around the PEM block, and
// other PEM blocks beside the key, such as a certificate.
//
// The error is a [Problem] that names what the text is instead, with the code KEY_TOO_SHORT for keys below 2048 bits and
// KEY_MALFORMED for everything else. It contains nothing of the text. The npm package reads the same texts and
// refuses the same; wasm/vectors/clients/keys.json lists them.
func ParsePrivateKey(text string) (*rsa.PrivateKey, error) {
	found, err := findKey(text, rsaPrivateKey)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS1PrivateKey(found.pkcs1)
	if err != nil || !usableExponent(&key.PublicKey) {
		return nil, problem(KeyMalformed, damagedKey)
	}
	return key, nil
}

// ParsePublicKey reads an RSA public key: SubjectPublicKeyInfo (what Alipay's dashboard shows) or PKCS#1, written in any of the
// ways of [ParsePrivateKey]. The error is that of [ParsePrivateKey].
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	found, err := findKey(text, rsaPublicKey)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS1PublicKey(found.pkcs1)
	if err != nil || !usableExponent(key) {
		return nil, problem(KeyMalformed, damagedKey)
	}
	return key, nil
}

const damagedKey = "the numbers of this RSA key do not fit together: it was changed or damaged"

// usableExponent refuses what is no RSA public key though it has the form of one, such as Diffie-Hellman parameters.
func usableExponent(key *rsa.PublicKey) bool { return key.E > 1 && key.E&1 == 1 && key.N.Bit(0) == 1 }

// findKey finds the one RSA key of the wanted half in a text, or says what is there instead.
func findKey(text string, wanted keyKind) (*foundKey, error) {
	found, err := readKeyText(text)
	if err != nil {
		return nil, err
	}
	var key *foundKey
	for i := range found {
		switch {
		case found[i].kind != wanted:
		case key == nil:
			key = &found[i]
		case string(key.pkcs1) != string(found[i].pkcs1):
			return nil, problem(KeyMalformed, fmt.Sprintf("there is more than one %s here; pass one", wanted.name()))
		}
	}
	if key == nil {
		return nil, problem(KeyMalformed, mostTelling(found).reason(wanted))
	}
	return key, checkBits(key.bits)
}

func checkModulus(key *rsa.PublicKey) error { return checkBits(key.N.BitLen()) }

func checkBits(bits int) error {
	if bits < minModulus {
		return problem(KeyTooShort, fmt.Sprintf("the RSA key has %d bits; at least %d are needed", bits, minModulus))
	}
	return nil
}

// mostTelling chooses the block of a text that the error is about: a key of another kind rather than what stands beside keys.
func mostTelling(found []foundKey) *foundKey {
	best := &found[0]
	for i := range found {
		if found[i].rank() < best.rank() {
			best = &found[i]
		}
	}
	return best
}
