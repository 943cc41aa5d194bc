package gateway

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// builtRequest is a request as the core built it. Its headers lack only Signature.
type builtRequest struct {
	URL, Path           string
	Headers             []Field
	Body, ContentPrefix string
}

// sign makes the value of the Signature header.
func (c *Client) sign(ctx context.Context, r *builtRequest) (string, error) {
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
	reply, err := call(ctx, c.core, "signature_header", input)
	if err != nil {
		return "", err
	}
	header, problems, err := readHeader(reply)
	if err == nil && len(problems) > 0 {
		err = problems
	}
	return header, err
}

func (r *builtRequest) http(ctx context.Context, signature string) (*http.Request, error) {
	out, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	for _, header := range r.Headers {
		out.Header.Set(header.Name, header.Value)
	}
	out.Header.Set("Signature", signature)
	return out, nil
}
