package gateway

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"strings"
)

// minModulus is the size in bits that Alipay prescribes for RSA keys; smaller ones are refused.
const minModulus = 2048

// ParsePrivateKey reads an RSA private key as dashboards, OpenSSL and environment variables have it: PKCS#8 or PKCS#1, as PEM
// or as bare base64, with any label, line breaks, blanks, a byte order mark, or "\n" written as two characters. Keys below
// 2048 bits are refused. The error is a [Problem] and holds nothing of the text.
func ParsePrivateKey(text string) (*rsa.PrivateKey, error) {
	der, label, err := decodeKey(text)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			if strings.Contains(label, "PUBLIC") || isPublicKey(der) {
				return nil, problem(KeyMalformed, "this is a public key; a private key is needed here")
			}
			return nil, problem(KeyMalformed, "this is no RSA private key in PKCS#8 or PKCS#1 form")
		}
		isRSA := false
		if key, isRSA = parsed.(*rsa.PrivateKey); !isRSA {
			return nil, problem(KeyMalformed, "this is a private key of another kind; Alipay uses RSA")
		}
	}
	if err := checkModulus(&key.PublicKey); err != nil {
		return nil, err
	}
	return key, nil
}

// ParsePublicKey reads an RSA public key: SubjectPublicKeyInfo (what Alipay's dashboard shows) or PKCS#1, written in any of the
// ways of [ParsePrivateKey]. Keys below 2048 bits are refused. The error is a [Problem].
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	der, label, err := decodeKey(text)
	if err != nil {
		return nil, err
	}
	if label == "CERTIFICATE" {
		return nil, problem(KeyMalformed, "this is a certificate; the bare public key is needed here")
	}
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		parsed, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			if strings.Contains(label, "PRIVATE") || isPrivateKey(der) {
				return nil, problem(KeyMalformed, "this is a private key; a public key is needed here")
			}
			return nil, problem(KeyMalformed, "this is no RSA public key in SPKI or PKCS#1 form")
		}
		isRSA := false
		if key, isRSA = parsed.(*rsa.PublicKey); !isRSA {
			return nil, problem(KeyMalformed, "this is a public key of another kind; Alipay uses RSA")
		}
	}
	if err := checkModulus(key); err != nil {
		return nil, err
	}
	return key, nil
}

// decodeKey takes the armour off. encoding/pem is not used because it wants the line breaks that copying through forms and
// environment variables loses.
func decodeKey(text string) (der []byte, label string, err error) {
	text = strings.ReplaceAll(text, `\n`, "\n")
	text = strings.ReplaceAll(text, `\r`, "\r")
	if _, block, isPEM := strings.Cut(text, "-----BEGIN "); isPEM {
		label, text, _ = strings.Cut(block, "-----")
		text, _, _ = strings.Cut(text, "-----END")
	}
	if strings.Contains(label, "ENCRYPTED") || strings.Contains(text, "ENCRYPTED") {
		return nil, label, problem(KeyMalformed, "the key is protected by a password; store it decrypted, or use a key service through crypto.Signer")
	}
	text = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n', '\f', '\v', '\ufeff', '\u00a0', '\u200b', '"', '\'':
			return -1
		}
		return r
	}, text)
	if text == "" {
		return nil, label, problem(KeyMalformed, "the key is empty")
	}
	if der, err = base64.StdEncoding.DecodeString(text); err != nil {
		return nil, label, problem(KeyMalformed, "the key is neither PEM nor base64")
	}
	return der, label, nil
}

func isPublicKey(der []byte) bool {
	_, err := x509.ParsePKIXPublicKey(der)
	_, err1 := x509.ParsePKCS1PublicKey(der)
	return err == nil || err1 == nil
}

func isPrivateKey(der []byte) bool {
	_, err := x509.ParsePKCS8PrivateKey(der)
	_, err1 := x509.ParsePKCS1PrivateKey(der)
	return err == nil || err1 == nil
}

func checkModulus(key *rsa.PublicKey) error {
	if key.N.BitLen() < minModulus {
		return problem(KeyTooShort, "the RSA key has fewer than 2048 bits")
	}
	return nil
}
