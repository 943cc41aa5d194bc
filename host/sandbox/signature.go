package sandbox

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// signedContent is the text that a signature covers: the request target as it is on the wire, with its query, and the
// body byte for byte.
func signedContent(method, target, clientID, time string, body []byte) []byte {
	content := make([]byte, 0, len(method)+len(target)+len(clientID)+len(time)+len(body)+4)
	for _, part := range [...]string{method, " ", target, "\n", clientID, ".", time, "."} {
		content = append(content, part...)
	}
	return append(content, body...)
}

// signer makes Signature headers with one private key.
type signer struct {
	key     *rsa.PrivateKey
	version int
}

func (s signer) header(content []byte) (string, error) {
	digest := sha256.Sum256(content)
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	encoded := url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
	return "algorithm=RSA256,keyVersion=" + strconv.Itoa(s.version) + ",signature=" + encoded, nil
}

// signatureHeader is a Signature header taken apart.
type signatureHeader struct {
	keyVersion int // 0: the header names none
	signature  []byte
}

// parseSignatureHeader reads pairs by name, in any order, with or without blanks after the commas.
func parseSignatureHeader(value string) (signatureHeader, error) {
	var header signatureHeader
	pairs := map[string]string{}
	for part := range strings.SplitSeq(value, ",") {
		name, text, found := strings.Cut(strings.TrimSpace(part), "=")
		if !found {
			return header, fmt.Errorf("the part %.20q is not name=value", part)
		}
		if _, twice := pairs[name]; twice {
			return header, fmt.Errorf("%.20s is given twice", name)
		}
		pairs[name] = text
	}
	if algorithm, given := pairs["algorithm"]; given && algorithm != "RSA256" {
		return header, fmt.Errorf("the algorithm is %.20s, not RSA256", algorithm)
	}
	if version, given := pairs["keyVersion"]; given {
		number, err := strconv.Atoi(version)
		if err != nil || number < 1 || strconv.Itoa(number) != version {
			return header, fmt.Errorf("the keyVersion %.20q is not a positive number", version)
		}
		header.keyVersion = number
	}
	encoded, given := pairs["signature"]
	if !given || encoded == "" {
		return header, errors.New("it holds no signature")
	}
	// A path unescape leaves "+" alone; it is a digit of base64, never a blank.
	text, err := url.PathUnescape(encoded)
	if err != nil {
		return header, errors.New("the percent-encoding of the signature is broken")
	}
	if strings.Contains(text, "%") {
		return header, errors.New("the signature is percent-encoded twice")
	}
	// The decoder would skip line breaks.
	if strings.ContainsAny(text, "\r\n") {
		return header, errors.New("the signature is not base64")
	}
	header.signature, err = base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return header, errors.New("the signature is not base64")
	}
	return header, nil
}

// verifySignature accepts RSASSA-PKCS1-v1_5 over SHA-256 and nothing else.
func verifySignature(key *rsa.PublicKey, content, signature []byte) error {
	if len(signature) != key.Size() {
		return fmt.Errorf("the signature has %d bytes, the key %d", len(signature), key.Size())
	}
	digest := sha256.Sum256(content)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature)
}
