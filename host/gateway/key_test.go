package gateway_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

func armour(label, b64 string) string {
	der, err := base64.StdEncoding.DecodeString(b64)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

// forms writes one key in all the ways that people paste it.
func forms(b64, label, otherLabel string) map[string]string {
	text := armour(label, b64)
	oneLine := strings.Join(strings.Fields(strings.NewReplacer("-----BEGIN "+label+"-----", "", "-----END "+label+"-----", "").Replace(text)), " ")
	return map[string]string{
		"base64":           b64,
		"blanks":           "  " + b64[:64] + " \t" + b64[64:] + "\n\n",
		"CRLF":             strings.ReplaceAll(text, "\n", "\r\n"),
		"byte order mark":  "\ufeff" + text,
		"PEM":              text,
		"wrong label":      armour(otherLabel, b64),
		"on one line":      "-----BEGIN " + label + "----- " + oneLine + " -----END " + label + "-----",
		"escaped newlines": strings.ReplaceAll(text, "\n", `\n`),
		"quoted":           `"` + b64 + `"`,
		"text before":      "Bag Attributes\n    friendlyName: x\n" + text,
		"no end":           strings.Replace(text, "-----END "+label+"-----\n", "", 1),
	}
}

func TestParsePrivateKeyForms(t *testing.T) {
	_, pkcs8, pkcs1, _ := vectors(t)
	want, err := gateway.ParsePrivateKey(pkcs8)
	if err != nil {
		t.Fatal(err)
	}
	for kind, list := range map[string]map[string]string{
		"PKCS#8": forms(pkcs8, "PRIVATE KEY", "RSA PRIVATE KEY"), "PKCS#1": forms(pkcs1, "RSA PRIVATE KEY", "PRIVATE KEY"),
	} {
		for name, text := range list {
			t.Run(kind+" "+name, func(t *testing.T) {
				key, err := gateway.ParsePrivateKey(text)
				if err != nil || !key.Equal(want) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestParsePublicKeyForms(t *testing.T) {
	_, pkcs8, _, pkcs1 := vectors(t)
	private, err := gateway.ParsePrivateKey(pkcs8)
	if err != nil {
		t.Fatal(err)
	}
	for kind, list := range map[string]map[string]string{
		"SPKI": forms(spki(t, &private.PublicKey), "PUBLIC KEY", "RSA PUBLIC KEY"), "PKCS#1": forms(pkcs1, "RSA PUBLIC KEY", "PUBLIC KEY"),
	} {
		for name, text := range list {
			t.Run(kind+" "+name, func(t *testing.T) {
				key, err := gateway.ParsePublicKey(text)
				if err != nil || !key.Equal(&private.PublicKey) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	encode := func(der []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(der)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	edPublic, edPrivate, _ := ed25519.GenerateKey(rand.Reader)
	private := encode(x509.MarshalPKCS8PrivateKey(merchant))
	public := spki(t, &merchant.PublicKey)

	for name, test := range map[string]struct {
		text string
		code gateway.Code
		says string
	}{
		"empty":       {"", gateway.KeyMalformed, "empty"},
		"blank":       {" \n", gateway.KeyMalformed, "empty"},
		"word":        {"secret!", gateway.KeyMalformed, "neither PEM nor base64"},
		"other DER":   {"MIIBIjAN", gateway.KeyMalformed, "no RSA private key"},
		"public":      {public, gateway.KeyMalformed, "public key; a private key"},
		"cut":         {private[:800], gateway.KeyMalformed, "no RSA private key"},
		"short":       {encode(x509.MarshalPKCS8PrivateKey(small)), gateway.KeyTooShort, "2048"},
		"curve":       {encode(x509.MarshalPKCS8PrivateKey(curve)), gateway.KeyMalformed, "another kind"},
		"Ed25519":     {encode(x509.MarshalPKCS8PrivateKey(edPrivate)), gateway.KeyMalformed, "another kind"},
		"encrypted":   {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", gateway.KeyMalformed, "password"},
		"encrypted 1": {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----", gateway.KeyMalformed, "password"},
	} {
		t.Run("private "+name, func(t *testing.T) {
			key, err := gateway.ParsePrivateKey(test.text)
			if key != nil || !errors.Is(err, test.code) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, %v", key != nil, err)
			}
			if len(test.text) > 5 && strings.Contains(err.Error(), strings.TrimSpace(test.text)[:6]) {
				t.Errorf("the error repeats the text: %v", err)
			}
		})
	}
	for name, test := range map[string]struct {
		text string
		code gateway.Code
		says string
	}{
		"empty":       {"", gateway.KeyMalformed, "empty"},
		"private":     {private, gateway.KeyMalformed, "private key; a public key"},
		"cut":         {public[:300], gateway.KeyMalformed, "no RSA public key"},
		"short":       {spki(t, &small.PublicKey), gateway.KeyTooShort, "2048"},
		"Ed25519":     {encode(x509.MarshalPKIXPublicKey(edPublic)), gateway.KeyMalformed, "another kind"},
		"certificate": {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", gateway.KeyMalformed, "certificate"},
	} {
		t.Run("public "+name, func(t *testing.T) {
			key, err := gateway.ParsePublicKey(test.text)
			if key != nil || !errors.Is(err, test.code) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, %v", key != nil, err)
			}
		})
	}
}

func TestNewKeyRingRefuses(t *testing.T) {
	good := spki(t, &alipay.PublicKey)
	for name, keys := range map[string]map[string]string{
		"none":             {},
		"no number":        {"latest": good},
		"leading zero":     {"01": good},
		"zero":             {"0": good},
		"empty version":    {"": good},
		"one of two wrong": {"1": good, "2": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			if ring, err := gateway.NewKeyRing(keys); ring != nil || !errors.Is(err, gateway.KeyMalformed) {
				t.Errorf("got %v, %v", ring, err)
			}
		})
	}
}
