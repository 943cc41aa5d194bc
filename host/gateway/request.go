package gateway

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// request is a request as the core built it. Its headers lack only Signature.
type request struct {
	report
	URL           string  `json:"url"`
	Path          string  `json:"path"`
	Headers       []Field `json:"headers"`
	Body          string  `json:"body"`
	ContentPrefix string  `json:"contentPrefix"`
}

// sign makes the value of the Signature header.
func (c *Client) sign(ctx context.Context, r *request) (string, error) {
	if c.key == nil {
		return "", errors.New("gateway: Key is missing")
	}
	signature, err := crypto.SignMessage(c.key, rand.Reader, []byte(r.ContentPrefix+r.Body), crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	input := strconv.AppendInt([]byte(`{"keyVersion":`), int64(c.config.keyVersion()), 10)
	input = base64.StdEncoding.AppendEncode(append(input, `,"signature":"`...), signature)
	input = append(input, '"', '}')
	reply, err := ask[struct {
		report
		Header string
	}](ctx, c.core, "signature_header", input)
	return reply.Header, err
}

func (r *request) http(ctx context.Context, signature string) (*http.Request, error) {
	out, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader([]byte(r.Body)))
	if err != nil {
		return nil, err
	}
	for _, header := range r.Headers {
		out.Header.Set(header.Name, header.Value)
	}
	out.Header.Set("Signature", signature)
	return out, nil
}
