package sandbox

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// Exchange is an HTTP request and its answer as they were on the wire.
type Exchange struct {
	URL      string  `json:"url"`
	Request  Message `json:"request"`
	Response Message `json:"response"`
	// Error says why there is no answer.
	Error string `json:"error,omitempty"`
}

// Message is one half of an exchange.
type Message struct {
	// Line is the request line or the status line, empty if there was no such message.
	Line   string `json:"line"`
	Status int    `json:"status,omitempty"`
	// Headers are sorted by name.
	Headers []Header `json:"headers"`
	Body    string   `json:"body"`
	// BodyEncoding is "base64" for a body that is not UTF-8.
	BodyEncoding string `json:"bodyEncoding,omitempty"`
	// BodyLength is that of the whole body. Body may be its beginning only.
	BodyLength int             `json:"bodyLength"`
	Signature  *SignatureCheck `json:"signature,omitempty"`
}

// Header is a header line.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// SignatureCheck tells what a signature is about and whether it holds.
type SignatureCheck struct {
	// SignedPrefix is the signed text up to the body, which follows it byte for byte.
	SignedPrefix string `json:"signedPrefix"`
	KeyVersion   int    `json:"keyVersion,omitempty"`
	Verified     bool   `json:"verified"`
	// Problem says why it does not hold, or that there is none.
	Problem string `json:"problem,omitempty"`
}

// What is kept of a message: more comes only from somebody who wants to fill the memory.
const (
	keptBody    = 64 << 10
	keptText    = 4 << 10 // of a line, a URL or a header
	keptHeaders = 64      // their number
)

// cut shortens a text that is longer than what is kept, and says so.
func cut(text string) string {
	if len(text) <= keptText {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:keptText], ""), len(text))
}

func newMessage(line string, header http.Header, body []byte) Message {
	m := Message{Line: cut(line), Headers: make([]Header, 0, min(len(header), keptHeaders)), BodyLength: len(body)}
	names := slices.AppendSeq(make([]string, 0, len(header)), maps.Keys(header))
	slices.Sort(names)
	for _, name := range names {
		for _, value := range header[name] {
			if len(m.Headers) < keptHeaders {
				m.Headers = append(m.Headers, Header{Name: cut(name), Value: cut(value)})
			}
		}
	}
	kept := body[:min(len(body), keptBody)]
	if utf8.Valid(body) {
		m.Body = string(kept)
	} else {
		m.Body, m.BodyEncoding = base64.StdEncoding.EncodeToString(kept), "base64"
	}
	return m
}

// header finds a header by name.
func (m *Message) header(name string) string {
	name = http.CanonicalHeaderKey(name)
	for _, h := range m.Headers {
		if http.CanonicalHeaderKey(h.Name) == name {
			return h.Value
		}
	}
	return ""
}

func (m *Message) size() int {
	size := len(m.Line) + len(m.Body) + 96
	for _, h := range m.Headers {
		size += headerOverhead + len(h.Name) + len(h.Value)
	}
	if m.Signature != nil {
		size += 64 + len(m.Signature.SignedPrefix) + len(m.Signature.Problem)
	}
	return size
}
