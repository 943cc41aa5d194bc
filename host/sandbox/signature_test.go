package sandbox

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// vector is one signed message of the shared vectors, genuine ones of Alipay's among them.
type vector struct {
	ID              string `json:"id"`
	Verifiable      bool   `json:"verifiable"`
	Expect          string `json:"expect"`
	Method          string `json:"method"`
	Path            string `json:"path"`
	ClientID        string `json:"client_id"`
	Time            string `json:"time"`
	KeyVersion      string `json:"key_version"`
	Body            string `json:"body"`
	SignatureHeader string `json:"signature_header"`
	PublicKey       string `json:"public_key_spki_b64"`
}

func readVectors(t *testing.T) (vectors []vector, ownKey *rsa.PrivateKey) {
	t.Helper()
	text, err := os.ReadFile("../../wasm/vectors/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []vector `json:"vectors"`
		OwnKey  struct {
			PKCS8 string `json:"private_pkcs8_b64"`
		} `json:"own_key"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	der, err := base64.StdEncoding.DecodeString(file.OwnKey.PKCS8)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	return file.Vectors, key.(*rsa.PrivateKey)
}

func TestVectors(t *testing.T) {
	vectors, _ := readVectors(t)
	valid, invalid := 0, 0
	for _, v := range vectors {
		header, err := parseSignatureHeader(v.SignatureHeader)
		if err != nil || len(header.signature) != 256 {
			t.Errorf("%s: %d bytes, error %v", v.ID, len(header.signature), err)
			continue
		}
		if !v.Verifiable {
			continue
		}
		der, err := base64.StdEncoding.DecodeString(v.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		key, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			t.Fatal(err)
		}
		err = verifySignature(key.(*rsa.PublicKey), signedContent(v.Method, v.Path, v.ClientID, v.Time, []byte(v.Body)), header.signature)
		switch {
		case v.Expect == "valid" && err != nil:
			t.Errorf("%s does not verify: %v", v.ID, err)
		case v.Expect == "invalid" && err == nil:
			t.Errorf("%s verifies", v.ID)
		}
		if v.Expect == "valid" {
			valid++
		} else {
			invalid++
		}
	}
	if valid < 10 || invalid < 9 {
		t.Errorf("only %d valid and %d invalid vectors were checked", valid, invalid)
	}
}

// RSASSA-PKCS1-v1_5 is deterministic, so the same key must give the very header of the vectors.
func TestSigningReproducesVectors(t *testing.T) {
	vectors, key := readVectors(t)
	checked := 0
	for _, v := range vectors {
		if !strings.HasPrefix(v.ID, "own-") {
			continue
		}
		header, err := signer{key: key, version: 1}.header(signedContent(v.Method, v.Path, v.ClientID, v.Time, []byte(v.Body)))
		if err != nil {
			t.Fatal(err)
		}
		if header != v.SignatureHeader {
			t.Errorf("%s: %s, want %s", v.ID, header, v.SignatureHeader)
		}
		checked++
	}
	if checked < 8 {
		t.Errorf("only %d vectors were signed", checked)
	}
}

func TestSignatureHeader(t *testing.T) {
	encoded := url.QueryEscape("+/" + strings.Repeat("A", 338) + "+w==")
	for name, test := range map[string]struct {
		header  string
		version int
		bad     bool
	}{
		"as sent":             {header: "algorithm=RSA256,keyVersion=2,signature=" + encoded, version: 2},
		"blanks":              {header: "algorithm=RSA256, keyVersion=12, signature=" + encoded, version: 12},
		"other order":         {header: "signature=" + encoded + ",keyVersion=1,algorithm=RSA256", version: 1},
		"lower-case escapes":  {header: "algorithm=RSA256,keyVersion=2,signature=" + strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d").Replace(encoded), version: 2},
		"no escapes":          {header: "algorithm=RSA256,keyVersion=2,signature=+/" + strings.Repeat("A", 338) + "+w==", version: 2},
		"unknown pair":        {header: "algorithm=RSA256,keyVersion=2,signature=" + encoded + ",nonce=1", version: 2},
		"no version":          {header: "algorithm=RSA256,signature=" + encoded},
		"no algorithm":        {header: "keyVersion=3,signature=" + encoded, version: 3},
		"empty":               {header: "", bad: true},
		"no signature":        {header: "algorithm=RSA256,keyVersion=2", bad: true},
		"empty signature":     {header: "algorithm=RSA256,keyVersion=2,signature=", bad: true},
		"other algorithm":     {header: "algorithm=RSA512,keyVersion=2,signature=" + encoded, bad: true},
		"twice":               {header: "keyVersion=2,keyVersion=2,signature=" + encoded, bad: true},
		"version 0":           {header: "keyVersion=0,signature=" + encoded, bad: true},
		"version 02":          {header: "keyVersion=02,signature=" + encoded, bad: true},
		"version no number":   {header: "keyVersion=a,signature=" + encoded, bad: true},
		"broken escape":       {header: "keyVersion=2,signature=%2", bad: true},
		"blank for plus":      {header: "keyVersion=2,signature=" + strings.ReplaceAll(encoded, "%2B", " "), bad: true},
		"URL alphabet":        {header: "keyVersion=2,signature=" + strings.ReplaceAll(encoded, "%2B", "-"), bad: true},
		"no padding":          {header: "keyVersion=2,signature=" + strings.TrimSuffix(encoded, "%3D%3D"), bad: true},
		"line break":          {header: "keyVersion=2,signature=%0A" + encoded, bad: true},
		"not name=value":      {header: "RSA256", bad: true},
		"trailing bits given": {header: "keyVersion=2,signature=" + strings.ReplaceAll(encoded, "%2Bw%3D", "%2Bx%3D"), bad: true},
	} {
		got, err := parseSignatureHeader(test.header)
		if (err != nil) != test.bad {
			t.Errorf("%s: error %v", name, err)
		}
		if err == nil && (got.keyVersion != test.version || len(got.signature) != 256 || got.signature[0] != 0xfb) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// OpenSSL has no code in common with Go's.
func TestOpenSSLAgrees(t *testing.T) {
	tool := needsTool(t, "openssl")
	key := testKeys()[1]
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	content := signedContent("POST", "/notify?shop=7", testClient, "2020-05-18T12:21:00Z", []byte(`{"a":"铅笔"}`))
	header, err := signer{key: key, version: 1}.header(content)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parseSignatureHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	publicKey := write("public.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	signature := write("signature", parsed.signature)
	verify := func(content []byte) error {
		command := exec.Command(tool, "dgst", "-sha256", "-verify", publicKey, "-signature", signature)
		command.Stdin = bytes.NewReader(content)
		return command.Run()
	}
	if err := verify(content); err != nil {
		t.Errorf("openssl refuses the signature: %v", err)
	}
	if err := verify(append(content, ' ')); err == nil {
		t.Error("openssl accepts the signature for another text")
	}
}
