package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const maximumRequest = 1 << 20

// call is a request to the gateway whose sender is known.
type call struct {
	merchant *Merchant
	body     object
	origin   string // where browsers reach the sandbox
}

// answer is what a call is answered with, as JSON.
type answer interface{ result() *Result }

// operations are the calls that a merchant can make.
var operations = map[string]func(*Server, *call) answer{
	"pay": (*Server).pay,
}

// gateway serves /ams/…/v1/payments/{operation}. As the real one it answers with status 200 whatever the result is, and
// without a signature while it cannot tell who is calling.
func (s *Server) gateway(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	merchant, answer := s.answer(w, r)
	if err := s.respond(w, r, merchant, answer); err != nil {
		s.options.Logger.Error("the answer could not be sent", "path", r.URL.Path, "error", err)
		return
	}
	s.options.Logger.Info("gateway call", "path", r.URL.Path, "clientId", r.Header.Get("client-id"),
		"resultCode", answer.result().ResultCode, "took", time.Since(began))
}

// answer does what a request asks for. The merchant is nil if the request is not known to be a merchant's.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) (*Merchant, answer) {
	name := r.PathValue("operation")
	operation, known := operations[name]
	if !known {
		return nil, refused{failure("NO_INTERFACE_DEF", "the sandbox has no call "+name)}
	}
	if r.Method != http.MethodPost {
		return nil, refused{failure("METHOD_NOT_SUPPORTED", "the method must be POST")}
	}
	merchant, raw, problem := s.identify(w, r)
	if problem != nil {
		return nil, refused{problem}
	}
	body, err := decodeObject(raw)
	if err != nil {
		return merchant, refused{illegal("the body is not usable: " + err.Error())}
	}
	return merchant, operation(s, &call{merchant: merchant, body: body, origin: s.origin(r)})
}

// identify reads the body and finds out whose request it is. The signature is checked over the bytes as they came and
// the request target as it came, before anything is parsed.
func (s *Server) identify(w http.ResponseWriter, r *http.Request) (*Merchant, []byte, *Result) {
	clientID, problem := header(r, "client-id")
	if problem != nil {
		return nil, nil, problem
	}
	merchant, known := s.merchants[clientID]
	if !known {
		return nil, nil, failure("ACCESS_DENIED", "the sandbox knows no client-id "+clientID)
	}
	sent, problem := header(r, "request-time")
	if problem != nil {
		return nil, nil, problem
	}
	if !isRequestTime(sent) {
		return nil, nil, illegal("header request-time must be ISO 8601 with offset, or milliseconds since the epoch")
	}
	value, problem := header(r, "signature")
	if problem != nil {
		return nil, nil, failure("INVALID_SIGNATURE", problem.ResultMessage)
	}
	signature, err := parseSignatureHeader(value)
	if err != nil {
		return nil, nil, failure("INVALID_SIGNATURE", "header signature cannot be read: "+err.Error())
	}
	version := signature.keyVersion
	if version == 0 {
		version = merchant.newestKeyVersion()
	}
	key, known := merchant.PublicKeys[version]
	if !known {
		return nil, nil, failure("KEY_NOT_FOUND", fmt.Sprintf("the merchant has no key of version %d", version))
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maximumRequest))
	if err != nil {
		return nil, nil, illegal(fmt.Sprintf("the body could not be read or has more than %d bytes", maximumRequest))
	}
	target := requestTarget(r)
	if err := verifySignature(key, signedContent(r.Method, target, clientID, sent, raw), signature.signature); err != nil {
		return nil, nil, failure("INVALID_SIGNATURE", fmt.Sprintf("the signature does not fit %s %s, the client-id, the request-time and the %d bytes of the body with key version %d",
			r.Method, target, len(raw), version))
	}
	return merchant, raw, nil
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

// isRequestTime accepts both forms that are in use.
func isRequestTime(text string) bool {
	if _, err := time.Parse("2006-01-02T15:04:05Z0700", text); err == nil {
		return true
	}
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return true
	}
	number, err := strconv.ParseInt(text, 10, 64)
	return err == nil && number > 0 && len(text) == 13
}

// requestTarget is the path and query as the client sent them, never decoded.
func requestTarget(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// respond sends an answer, signed if it is known whom it is for.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, merchant *Merchant, answer answer) error {
	body, err := encode(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	if merchant != nil {
		sent := zonedTime(s.options.Clock.Now())
		signature, err := s.signer.header(signedContent(r.Method, requestTarget(r), merchant.ClientID, sent, body))
		if err != nil {
			return err
		}
		w.Header().Set("client-id", merchant.ClientID)
		w.Header().Set("response-time", sent)
		w.Header().Set("signature", signature)
	}
	_, err = w.Write(body)
	return err
}
