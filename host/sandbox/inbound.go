package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// inbound is a request to the gateway as it came, and who sent it.
type inbound struct {
	time      time.Time
	operation string
	target    string
	url       string
	sent      string
	raw       []byte
	message   Message
	merchant  *Merchant // nil if it is not known to be a merchant's
	problem   *Result   // why it is refused before its body is looked at
}

// notChecked is in front of why a signature was not even looked at.
const notChecked = "it was not checked: "

// receive reads a request and finds out whose it is.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) *inbound {
	in := &inbound{time: s.options.Clock.Now(), operation: operation(r.URL.Path), target: requestTarget(r), sent: r.Header.Get("request-time")}
	in.url = s.origin(r) + in.target
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maximumRequest))
	in.raw = raw
	shown := r.Header.Clone()
	shown.Set("Host", r.Host)
	in.message = newMessage(r.Method+" "+in.target+" "+r.Proto, shown, raw)
	in.message.Signature = &SignatureCheck{}
	_, known := operations[in.operation]
	switch {
	case r.Method != http.MethodPost:
		in.problem = failure("METHOD_NOT_SUPPORTED", "the method must be POST")
	case err != nil:
		in.problem = illegal(fmt.Sprintf("the body could not be read or has more than %d bytes", maximumRequest))
	default:
		in.merchant, in.problem = s.identify(r, in)
	}
	if !known {
		in.problem = failure("NO_INTERFACE_DEF", "the sandbox has no call "+in.operation)
	}
	if in.problem != nil && in.message.Signature.Problem == "" && !in.message.Signature.Verified {
		in.message.Signature.Problem = notChecked + in.problem.ResultMessage
	}
	return in
}

// identify finds out whose request it is. The signature is checked over the bytes as they came and the request target as
// it came, before anything is parsed.
func (s *Server) identify(r *http.Request, in *inbound) (*Merchant, *Result) {
	clientID, problem := header(r, "client-id")
	if problem != nil {
		return nil, clientIDProblem(r, problem)
	}
	merchant, known := s.merchants[clientID]
	if !known {
		return nil, failure("ACCESS_DENIED", "the sandbox knows no client-id "+clientID)
	}
	sent, problem := header(r, "request-time")
	if problem != nil {
		return nil, problem
	}
	if _, ok := parseRequestTime(sent); !ok {
		return nil, requestTimeProblem(sent)
	}
	value, problem := header(r, "signature")
	if problem != nil {
		return nil, failure("INVALID_SIGNATURE", problem.ResultMessage)
	}
	signature, err := parseSignatureHeader(value)
	if err != nil {
		return nil, failure("INVALID_SIGNATURE", "header signature cannot be read: "+err.Error())
	}
	version := signature.keyVersion
	if version == 0 {
		version = merchant.newestKeyVersion()
	}
	key, known := merchant.PublicKeys[version]
	if !known {
		return nil, failure("KEY_NOT_FOUND", fmt.Sprintf("the merchant has no key of version %d", version))
	}
	check := in.message.Signature
	check.KeyVersion = version
	content := signedContent(r.Method, in.target, clientID, sent, in.raw)
	check.SignedPrefix = cut(string(content[:len(content)-len(in.raw)]))
	if verifySignature(key, content, signature.signature) != nil {
		check.Problem = s.explain(merchant, in, signature)
		return nil, failure("INVALID_SIGNATURE", fmt.Sprintf("the signature does not fit %s %s, the client-id, the request-time and the %d bytes of the body with key version %d: %s",
			r.Method, in.target, len(in.raw), version, check.Problem))
	}
	check.Verified = true
	return merchant, nil
}

// clientIDProblem names the header that was probably meant to be client-id.
func clientIDProblem(r *http.Request, problem *Result) *Result {
	for _, other := range []string{"Clientid", "Client_id", "Client-Key", "X-Client-Id", "App-Id", "Appid"} {
		if len(r.Header.Values("client-id")) == 0 && len(r.Header[other]) > 0 {
			return illegal(problem.ResultMessage + "; there is a header " + strings.ToLower(other) + " instead")
		}
	}
	return problem
}

// header is a header that must occur exactly once.
func header(r *http.Request, name string) (string, *Result) {
	switch values := r.Header.Values(name); {
	case len(values) == 0 || values[0] == "":
		return "", illegal("header " + name + " is required")
	case len(values) > 1:
		return "", illegal("header " + name + " is given twice")
	default:
		return values[0], nil
	}
}

// parseRequestTime accepts the forms that official SDKs send: ISO 8601 with offset, with or without its colon and up to
// nine decimals of a second (.NET sends seven); milliseconds since the epoch; nanoseconds, as the Go SDK did up to its
// version 1.2.18.
func parseRequestTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number <= 0 {
		return time.Time{}, false
	}
	switch len(text) {
	case len("1685599933871"):
		return time.UnixMilli(number), true
	case len("1685599933871000000"):
		return time.Unix(0, number), true
	}
	return time.Time{}, false
}

// requestTimeProblem says what a request-time must look like, and what this one looks like.
func requestTimeProblem(text string) *Result {
	sentence := "header request-time must be ISO 8601 with offset, or milliseconds since the epoch"
	if number, err := strconv.ParseInt(text, 10, 64); err == nil && number > 0 && len(text) == len("1685599933") {
		sentence += "; this one is in seconds"
	}
	return illegal(sentence)
}

// operation is the call that a path names: what follows /v1/payments/, or all of it in another part of the API.
func operation(path string) string {
	if _, name, found := strings.Cut(path, "/api/v1/payments/"); found {
		return name
	}
	return path
}

// requestTarget is the path and query as the client sent them, never decoded.
func requestTarget(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}
