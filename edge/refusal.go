package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/edgecashier/cashier/host/gateway"
)

// refusal is an answer that says no, with everything that is wrong. It travels as problem details (RFC 9457).
type refusal struct {
	Status   int
	Problems gateway.Problems
}

func (r *refusal) Error() string { return r.Problems.Error() }

// refuse makes a refusal with one problem.
func refuse(status int, code gateway.Code, path, message string) error {
	return &refusal{status, gateway.Problems{{Code: code, Path: path, Message: message}}}
}

// handler is a request's work: it returns the status and body of the answer, or an error, of which only a
// [*refusal] is told to the outside.
type handler func(r *http.Request) (int, any, error)

func (h handler) serve(log *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(withRequestID(r.Context(), r.Header.Get("X-Request-Id")))
		status, body, err := h(r)
		var refused *refusal
		switch {
		case errors.As(err, &refused):
			status, body = refused.Status, details(refused)
		case err != nil:
			log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			refused = &refusal{http.StatusInternalServerError, gateway.Problems{{Code: "INTERNAL", Message: "something went wrong on our side; if you have already paid, do not pay again"}}}
			status, body = refused.Status, details(refused)
		}
		text, err := json.Marshal(body)
		if err != nil {
			log.ErrorContext(r.Context(), "answer not written", "error", err)
			status = http.StatusInternalServerError
		}
		header := w.Header()
		header.Set("Content-Type", "application/json; charset=UTF-8")
		if refused != nil {
			header.Set("Content-Type", "application/problem+json; charset=UTF-8")
		}
		header.Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		w.Write(text)
	}
}

func details(r *refusal) any {
	return struct {
		Title  string           `json:"title"`
		Status int              `json:"status"`
		Detail string           `json:"detail"`
		Errors gateway.Problems `json:"errors"`
	}{http.StatusText(r.Status), r.Status, r.Problems[0].Message, r.Problems}
}
