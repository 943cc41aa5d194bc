package core

import "strings"

// contentPrefix is what stands before the body in the text to sign:
//
//	POST /path?query LF client-id "." time "."
//
// as the digital signature page of the Antom documentation defines it. The guide's
// two notifications verify with exactly this text.
func contentPrefix(path, clientID, time string) string {
	return "POST " + path + "\n" + clientID + "." + time + "."
}

// ContentPrefix makes the text that is signed before a body:
//
//	{"path":"/ams/…","clientId":"…","time":"…"} → {"contentPrefix":"POST …","errors":[],"warnings":[]}
func ContentPrefix(reply, input []byte) []byte {
	var p problems
	prefix := ""
	if head, ok := parseHead(input, &p); ok {
		readLanguage(head)
		path := readPath(head)
		clientID, _ := head.str("clientId", mandatory, maxHeader)
		time, _ := head.str("time", mandatory, maxHeader)
		prefix = contentPrefix(path, clientID, time)
	}
	w := newReply(reply)
	if p.ok() {
		w.member("contentPrefix", prefix)
	}
	return p.finish(w)
}

// SignatureHeader writes the value of the Signature header:
//
//	{"keyVersion":2,"signature":"<base64>"} → {"header":"algorithm=RSA256,keyVersion=2,signature=…","errors":[],"warnings":[]}
//
// signature is RSASSA-PKCS1-v1_5 with SHA-256 in standard base64; in the header it
// is percent-encoded.
func SignatureHeader(reply, input []byte) []byte {
	var p problems
	value := ""
	if head, ok := parseHead(input, &p); ok {
		readLanguage(head)
		version, ok := keyVersion(head, "keyVersion")
		if !ok && p.ok() {
			p.fail(FieldRequired, head.at("keyVersion"))
		}
		signature, ok := head.str("signature", mandatory, maxHeader)
		if ok && base64Length(signature) < 0 {
			p.fail(SignatureNotBase64, head.at("signature"))
		}
		value = "algorithm=RSA256,keyVersion=" + itoa(version) + ",signature=" + escapeBase64(signature)
	}
	w := newReply(reply)
	if p.ok() {
		w.member("header", value)
	}
	return p.finish(w)
}

func escapeBase64(s string) string {
	out := make([]byte, 0, len(s)+64)
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '+', '/', '=':
			out = append(append(out, s[start:i]...), '%', upperHexDigits[s[i]>>4], upperHexDigits[s[i]&15])
			start = i + 1
		}
	}
	return string(append(out, s[start:]...))
}

const upperHexDigits = "0123456789ABCDEF"

// maxHeader bounds a header's value; the signature of a 4096-bit key has some 900
// characters.
const maxHeader = 4096

// Lengths of a signature in bytes: RSA keys from 2048 to 8192 bits.
const (
	minSignature = 256
	maxSignature = 1024
)

// maxPairs bounds the pairs of a Signature header; three are known.
const maxPairs = 16

// signatureHeader is a Signature header taken apart.
type signatureHeader struct {
	keyVersion string // "" when the header names none
	signature  string // standard base64 with padding
}

// parseSignatureHeader reads algorithm=RSA256,keyVersion=1,signature=…: pairs in
// any order, with or without a blank behind the comma, cut at the first "=" each
// because base64 ends in that sign. Unknown names are passed over.
func parseSignatureHeader(value, path string, p *problems) (h signatureHeader, ok bool) {
	var seen []string
	hasSignature := false
	for len(value) > 0 {
		pair := value
		if comma := strings.IndexByte(value, ','); comma >= 0 {
			pair, value = value[:comma], value[comma+1:]
		} else {
			value = ""
		}
		name, content, found := strings.Cut(strings.Trim(pair, " \t"), "=")
		for _, other := range seen {
			found = found && other != name
		}
		if !found || len(seen) == maxPairs {
			p.fail(SignatureHeaderMalformed, path)
			return h, false
		}
		seen = append(seen, name)
		switch name {
		case "algorithm":
			if content != "RSA256" {
				p.fail(SignatureAlgorithm, path)
				return h, false
			}
		case "keyVersion":
			if content == "" || len(content) > 9 || !digitsOnly(content) {
				p.fail(KeyVersionMalformed, path)
				return h, false
			}
			h.keyVersion = content
		case "signature":
			hasSignature = true
			decoded, valid := percentDecode(content)
			if !valid {
				p.fail(SignatureNotBase64, path)
				return h, false
			}
			h.signature = decoded
		}
	}
	if !hasSignature {
		p.fail(SignatureHeaderMalformed, path)
		return h, false
	}
	switch n := base64Length(h.signature); {
	case n < 0:
		p.fail(SignatureNotBase64, path)
		return h, false
	case n < minSignature || n > maxSignature:
		p.fail(SignatureLength, path, itoa(n))
		return h, false
	}
	return h, true
}

// percentDecode undoes %2B and the like, in either case of letters. A "+" stays a
// plus: reading it as a blank, as form decoders do, is what breaks unescaped
// signatures in the official SDKs.
func percentDecode(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	out, n := make([]byte, len(s)), 0
	for {
		percent := strings.IndexByte(s, '%')
		if percent < 0 {
			n += copy(out[n:], s)
			return string(out[:n]), true
		}
		if !percentEncoded(s[percent:]) {
			return "", false
		}
		high, _ := hexDigit(s[percent+1])
		low, _ := hexDigit(s[percent+2])
		n += copy(out[n:], s[:percent])
		out[n] = byte(high<<4 | low)
		n++
		s = s[percent+3:]
	}
}

// base64Length returns the number of bytes that standard base64 with padding
// stands for, or -1 when s is none, which includes bits behind the last byte that
// are not zero.
func base64Length(s string) int {
	if len(s) == 0 || len(s)%4 != 0 {
		return -1
	}
	padding := 0
	for padding < 2 && s[len(s)-1-padding] == '=' {
		padding++
	}
	digits := s[:len(s)-padding]
	last, all := 0, 0 // all has every bit of every digit, so it is negative if one of them is none
	for i := 0; i < len(digits); i++ {
		last = base64Digit(digits[i])
		all |= last
	}
	if all < 0 {
		return -1
	}
	if padding == 1 && last&3 != 0 || padding == 2 && last&15 != 0 {
		return -1
	}
	return len(s)/4*3 - padding
}

// base64Digit returns the value of a digit, or -1.
func base64Digit(c byte) int { return int(base64Digits[c]) }

// base64Digits is a table because every signature passes through it twice.
var base64Digits = func() (table [256]int8) {
	for i := range table {
		table[i] = -1
	}
	for i := range alphabet {
		table[alphabet[i]] = int8(i)
	}
	return table
}()

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
