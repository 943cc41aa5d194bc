package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// signedHead is the head of the operations open_response and open_notification.
type signedHead struct {
	Config  json.RawMessage   `json:"config"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Now     int64             `json:"now,omitempty"` // milliseconds since 1970; 0: the time is not looked at
}

// verify is the only way to a body that is believed: the core says what is signed, the key decides.
func (c *Client) verify(ctx context.Context, operation string, head signedHead, body []byte) error {
	input, err := rawInput(head, body)
	if err != nil {
		return err
	}
	opened, err := ask[struct {
		report
		ContentPrefix, KeyVersion, Signature string
	}](ctx, c.core, operation, input)
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.DecodeString(opened.Signature)
	if err != nil {
		return fmt.Errorf("core: %s: the signature is no base64: %w", operation, err)
	}
	return c.keys.Verify(ctx, opened.KeyVersion, append([]byte(opened.ContentPrefix), body...), signature)
}

// signedHeaders picks the headers that a signature covers. The Signature header has commas in it, at which some header
// implementations (that of Go in a Cloudflare Worker) split it into several values; joined they are what was sent.
func signedHeaders(header http.Header, timeHeader string) map[string]string {
	headers := make(map[string]string, 3)
	for _, name := range []string{"Client-Id", timeHeader, "Signature"} {
		if values := header.Values(name); len(values) > 0 {
			headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	return headers
}
