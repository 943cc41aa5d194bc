package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// builtRequest is a request as the core built it. Its headers lack only Signature.
type builtRequest struct {
	url, path string
	headers   []Field
	content   []byte // what is signed; its end is the body
	body      []byte
}

// sign makes the value of the Signature header.
func (c *Client) sign(ctx context.Context, r *builtRequest) (string, error) {
	if c.key == nil {
		return "", errors.New("gateway: Key is missing")
	}
	signature, err := signWith(ctx, c.key, r.content)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	room := borrowScratch()
	defer scratch.Put(room)
	input := append(room[:0], `{"keyVersion":`...)
	input = strconv.AppendInt(input, int64(c.config.keyVersion()), 10)
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
	out, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	values := make([]string, 0, len(r.headers)+1) // of all headers, to spare a slice for each
	set := func(name, value string) {
		values = append(values, value)
		out.Header[http.CanonicalHeaderKey(name)] = values[len(values)-1 : len(values) : len(values)]
	}
	for _, header := range r.headers {
		set(header.Name, header.Value)
	}
	set("Signature", signature)
	return out, nil
}
