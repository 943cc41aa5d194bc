package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
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
	for other := range s.merchants {
		if other != m.ClientID && fits(in.target, other, in.sent, in.raw) {
			return "another client-id was signed than the one in the header"
		}
	}
	for other, otherKey := range m.PublicKeys {
		if other != version && verifySignature(otherKey, signedContent("POST", in.target, m.ClientID, in.sent, in.raw), header.signature) == nil {
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
