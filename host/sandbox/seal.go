package sandbox

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// sealed is a message of the sandbox as it goes out.
type sealed struct {
	clientID, sent, signature string
	body                      []byte
	check                     *SignatureCheck
}

// addHeaders writes the three headers of a signed message the way Alipay spells them, in lower case. Names have no case
// in HTTP, but the official Python SDK looks for these letters only, and the PHP SDK believes an answer with any others
// without checking it. [http.Header.Set] would write Client-Id.
func (m *sealed) addHeaders(header http.Header, timeName string) {
	if m.signature == "" {
		return
	}
	header["client-id"] = []string{m.clientID}
	header[timeName] = []string{m.sent}
	header["signature"] = []string{m.signature}
}

// wrongVersions is how far a wrong key version is off.
const wrongVersions = 7

// seal signs a message, and spoils it as the faults have it. The body is the one that is signed, in any case.
func (s *Server) seal(target, clientID string, now time.Time, format func(time.Time) string, body []byte, spoilt faults, draw *rand.Rand) (sealed, error) {
	if stale, found := spoilt.find("stale-time"); found {
		now = now.Add(-stale.duration)
	}
	m := sealed{clientID: clientID, sent: format(now), body: body}
	content := signedContent(http.MethodPost, target, clientID, m.sent, body)
	signer := s.keys.signer()
	if spoilt.has("wrong-key-version") {
		signer.version += wrongVersions
	}
	signature, err := signer.header(content)
	if err != nil {
		return m, err
	}
	m.signature = signature
	if spoilt.has("tampered") {
		m.body = tamper(body, draw)
	}
	if spoilt.has("truncated") {
		m.body = body[:len(body)/2+draw.IntN(max(1, len(body)/2))]
	}
	if spoilt.has("unsigned") {
		m.signature, m.sent, m.clientID = "", "", ""
	}
	m.check = &SignatureCheck{SignedPrefix: cut(string(content[:len(content)-len(body)])), KeyVersion: signer.version, Verified: true}
	if len(spoilt) > 0 {
		m.check.Problem = s.problemOf(&m, target)
		m.check.Verified = m.check.Problem == ""
	}
	return m, nil
}

// problemOf checks a spoilt message as its receiver will.
func (s *Server) problemOf(m *sealed, target string) string {
	if m.signature == "" {
		return "the message is not signed"
	}
	header, err := parseSignatureHeader(m.signature)
	if err != nil {
		return err.Error()
	}
	key, known := s.keys.public()[header.keyVersion]
	if !known {
		return fmt.Sprintf("the sandbox has no key of version %d", header.keyVersion)
	}
	if verifySignature(key, signedContent(http.MethodPost, target, m.clientID, m.sent, m.body), header.signature) != nil {
		return "the body is not the one that was signed"
	}
	return ""
}

// tamper changes one digit, of an amount where there is one.
func tamper(body []byte, draw *rand.Rand) []byte {
	changed := slices.Clone(body)
	var digits []int
	from := 0
	if i := bytes.Index(body, []byte(`"value":"`)); i >= 0 {
		from = i + len(`"value":"`)
	}
	for i := from; i < len(body) && (from == 0 || body[i] != '"'); i++ {
		if body[i] >= '1' && body[i] <= '9' {
			digits = append(digits, i)
		}
	}
	if len(digits) == 0 {
		return append(changed, ' ')
	}
	at := digits[draw.IntN(len(digits))]
	changed[at] = '1' + (changed[at]-'1'+1+byte(draw.IntN(8)))%9
	return changed
}
