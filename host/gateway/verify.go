package gateway

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// signed is what a signature covers besides the body.
type signed struct {
	path, clientID, time, signature string
	timed                           bool // whether the time is looked at
	now                             int64
	window                          []byte
}

// at has the time of the message compared with a clock.
func (s *signed) at(now time.Time, window *TimeWindow) {
	s.timed, s.now, s.window = true, now.UnixMilli(), window.member()
}

// head appends the head of the operations open_response, open_notification and explain up to its last brace.
func (s *signed) head(to []byte, identity []byte, timeHeader string) []byte {
	head := append(append(to, `{"config":`...), identity...)
	head = appendJSON(append(head, `,"path":`...), s.path)
	head = append(head, `,"headers":{`...)
	comma := ""
	for _, h := range [...]struct{ name, value string }{{"client-id", s.clientID}, {timeHeader, s.time}, {"signature", s.signature}} {
		if h.value != "" {
			head = append(appendJSON(append(head, comma...), h.name), ':')
			head, comma = appendJSON(head, h.value), ","
		}
	}
	head = append(head, '}')
	if s.timed {
		head = append(strconv.AppendInt(append(head, `,"now":`...), s.now, 10), s.window...)
	}
	return head
}

// verify is the only way to a body that is believed: the core says what is signed, the key decides. A notification to an address
// with a query is tried without the query once more, for which the core gives a second prefix; withoutQuery tells that this is
// what was signed.
func (c *Client) verify(ctx context.Context, operation, timeHeader string, s signed, body []byte) (withoutQuery bool, err error) {
	// The core does not look at the body here, so it is spared the copy.
	room := borrowScratch()
	defer scratch.Put(room)
	input := append(s.head(room[:0], c.identityJSON, timeHeader), '}', '\n')
	reply, err := call(ctx, c.core, operation, input)
	if err != nil {
		return false, err
	}
	o, err := readOpened(operation, reply)
	switch {
	case err != nil:
		return false, err
	case len(o.errors) > 0:
		return false, o.errors
	}
	signature, err := base64.StdEncoding.DecodeString(o.signature)
	if err != nil {
		return false, fmt.Errorf("core: %s: the signature is not base64: %w", operation, err)
	}
	content := make([]byte, 0, len(o.contentPrefix)+len(body))
	err = c.keys.Verify(ctx, o.keyVersion, append(append(content, o.contentPrefix...), body...), signature)
	if o.prefixWithoutQuery == "" || !badSignature(err) {
		return false, err
	}
	if c.keys.Verify(ctx, o.keyVersion, append(append(content, o.prefixWithoutQuery...), body...), signature) != nil {
		return false, err
	}
	return true, nil
}

// badSignature tells whether a [Verifier] has found the signature bad under the key that it names.
func badSignature(err error) bool {
	var bad Problem
	return errors.As(err, &bad) && bad.Code != KeyVersionUnknown
}

// signedParts picks what a signature covers out of a message's headers. The Signature header has commas in it, at which some
// header implementations (that of Go in a Cloudflare Worker) split it into several values; joined they are what was sent.
func signedParts(path string, header http.Header, timeHeader string) signed {
	read := func(name string) string {
		switch values := header.Values(name); len(values) {
		case 0:
			return ""
		case 1:
			return values[0]
		default:
			return strings.Join(values, ",")
		}
	}
	return signed{path: path, clientID: read("Client-Id"), time: read(timeHeader), signature: read("Signature")}
}
