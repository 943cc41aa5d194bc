package sandbox

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" // to recognise it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// explain tells why a merchant's signature does not hold, by trying the usual mistakes.
func (s *Server) explain(m *Merchant, in *inbound, header signatureHeader) string {
	version := in.message.Signature.KeyVersion
	key := m.PublicKeys[version]
	fits := func(target, client, sent string, body []byte) bool {
		return verifySignature(key, signedContent("POST", target, client, sent, body), header.signature) == nil
	}
	if len(header.signature) != key.Size() {
		return fmt.Sprintf("the signature has %d bytes, the key %d", len(header.signature), key.Size())
	}
	for reason, target := range otherTargets(in) {
		if target != in.target && fits(target, m.ClientID, in.sent, in.raw) {
			return reason
		}
	}
	for reason, body := range otherBodies(in.raw) {
		if fits(in.target, m.ClientID, in.sent, body) {
			return reason
		}
	}
	for reason, sent := range otherTimes(in.sent) {
		if fits(in.target, m.ClientID, sent, in.raw) {
			return reason
		}
	}
	for reason, content := range otherContents(in, m.ClientID) {
		if verifySignature(key, content, header.signature) == nil {
			return reason
		}
	}
	right := signedContent("POST", in.target, m.ClientID, in.sent, in.raw)
	for reason, verify := range otherAlgorithms {
		if verify(key, right, header.signature) == nil {
			return reason
		}
	}
	for _, own := range s.keys.public() {
		if verifySignature(own, right, header.signature) == nil {
			return "it was made with the sandbox's private key; sign with the merchant's"
		}
	}
	for other := range s.merchants {
		if other != m.ClientID && fits(in.target, other, in.sent, in.raw) {
			return "another client-id was signed than the one in the header"
		}
	}
	for other, otherKey := range m.PublicKeys {
		if other != version && verifySignature(otherKey, right, header.signature) == nil {
			return fmt.Sprintf("it was made with key version %d, but names key version %d", other, version)
		}
	}
	return fmt.Sprintf("it is not by the private key of version %d, or another method, path, client-id, request-time or body was signed", version)
}

// otherTargets are targets that are signed by mistake.
func otherTargets(in *inbound) map[string]string {
	path, _, _ := strings.Cut(in.target, "?")
	targets := map[string]string{
		"the path was signed without its query":                      path,
		"the whole URL was signed instead of the path":               in.url,
		"the path was signed without the /sandbox that was sent":     strings.Replace(in.target, "/ams/sandbox/", "/ams/", 1),
		"the path was signed with a /sandbox that was not sent":      strings.Replace(in.target, "/ams/api/", "/ams/sandbox/api/", 1),
		"the path was signed without its leading slash":              strings.TrimPrefix(in.target, "/"),
		"the end of the path alone was signed, without /ams and all": "/v1/payments/" + in.operation,
	}
	if decoded, err := url.PathUnescape(in.target); err == nil {
		targets["the path was signed decoded, not as it was sent"] = decoded
	}
	return targets
}

// otherTimes are times that are signed by mistake for the one that is sent.
func otherTimes(sent string) map[string]string {
	times := map[string]string{
		"there is no request-time in the signed text": "",
	}
	t, ok := parseRequestTime(sent)
	if !ok || strings.ContainsAny(sent, "-:") {
		return times
	}
	times["seconds were signed as the request-time, and milliseconds sent"] = strconv.FormatInt(t.Unix(), 10)
	times["milliseconds were signed as the request-time, and another unit sent"] = strconv.FormatInt(t.UnixMilli(), 10)
	times["the request-time was signed as ISO 8601, and sent as a number"] = t.UTC().Format(time.RFC3339)
	return times
}

// otherContents are whole texts that are signed by mistake.
func otherContents(in *inbound, clientID string) map[string][]byte {
	contents := map[string][]byte{}
	for reason, form := range map[string]string{
		"there is no full stop between the request-time and the body in the signed text":      "POST %s\n%s.%s%s",
		"there is no full stop between the client-id and the request-time in the signed text": "POST %s\n%s%s.%s",
		"there are no full stops in the signed text":                                          "POST %s\n%s%s%s",
		"line feeds were signed where full stops belong":                                      "POST %s\n%s\n%s\n%s",
		"there is no line feed after the path in the signed text":                             "POST %s%s.%s.%s",
		"a blank was signed after the path, where a line feed belongs":                        "POST %s %s.%s.%s",
		"a backslash and an n were signed after the path, where a line feed belongs":          `POST %s\n%s.%s.%s`,
		"CR LF was signed after the path, where a line feed alone belongs":                    "POST %s\r\n%s.%s.%s",
		"there is no blank between the method and the path in the signed text":                "POST%s\n%s.%s.%s",
		"there is no method in the signed text":                                               "%s\n%s.%s.%s",
		"the method was signed in lower case":                                                 "post %s\n%s.%s.%s",
	} {
		contents[reason] = fmt.Appendf(nil, form, in.target, clientID, in.sent, in.raw)
	}
	for reason, form := range map[string]string{
		"there is no client-id in the signed text":                             "POST %s\n.%s.%s",
		"there are neither client-id nor its full stop in the signed text":     "POST %s\n%s.%s",
		"the request-time was signed in front of the client-id, not behind it": "POST %s\n%s." + strings.ReplaceAll(clientID, "%", "%%") + ".%s",
	} {
		contents[reason] = fmt.Appendf(nil, form, in.target, in.sent, in.raw)
	}
	return contents
}

// otherAlgorithms are those that are chosen by mistake for RSASSA-PKCS1-v1_5 with SHA-256.
var otherAlgorithms = map[string]func(key *rsa.PublicKey, content, signature []byte) error{
	"it was made with SHA-1, not with SHA-256": func(key *rsa.PublicKey, content, signature []byte) error {
		digest := sha1.Sum(content)
		return rsa.VerifyPKCS1v15(key, crypto.SHA1, digest[:], signature)
	},
	"it was made with SHA-512, not with SHA-256": func(key *rsa.PublicKey, content, signature []byte) error {
		digest := sha512.Sum512(content)
		return rsa.VerifyPKCS1v15(key, crypto.SHA512, digest[:], signature)
	},
	"it was made with the padding PSS, not with PKCS #1 v1.5": func(key *rsa.PublicKey, content, signature []byte) error {
		digest := sha256.Sum256(content)
		return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, nil)
	},
	"SHA-256 was applied twice": func(key *rsa.PublicKey, content, signature []byte) error {
		digest := sha256.Sum256(content)
		digest = sha256.Sum256(digest[:])
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature)
	},
}

// otherBodies are bodies that are signed by mistake.
func otherBodies(body []byte) map[string][]byte {
	bodies := map[string][]byte{
		"the signed text ends without the body":                        nil,
		"the body was signed without the white space around it":        bytes.TrimSpace(body),
		"the body was signed with a line feed that was not sent":       append(bytes.Clone(body), '\n'),
		"the body was signed with other line ends than those sent":     bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")),
		"an empty JSON object was signed instead of the body":          []byte("{}"),
		"the body was signed with \\/ for / or the other way round":    bytes.ReplaceAll(body, []byte("/"), []byte(`\/`)),
		"the body was signed with / for \\/, which is what was sent":   bytes.ReplaceAll(body, []byte(`\/`), []byte("/")),
		"the body was signed with a byte-order mark that was not sent": append([]byte("\ufeff"), body...),
	}
	var compact, indented bytes.Buffer
	if json.Compact(&compact, body) == nil && json.Indent(&indented, body, "", "  ") == nil {
		bodies["the body was signed without white space and sent with it"] = compact.Bytes()
		bodies["the body was signed with white space and sent without it"] = indented.Bytes()
	}
	return bodies
}
