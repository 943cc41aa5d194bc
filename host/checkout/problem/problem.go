// Package problem answers requests that are refused, with everything that is wrong: problem details of RFC 9457. The
// status of each code stands in statuses.json, which the Worker reads as well.
package problem

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/edgecashier/cashier/host/gateway"
)

//go:embed statuses.json
var statusesText []byte

var statuses = func() (list map[string]int) {
	if err := json.Unmarshal(statusesText, &list); err != nil {
		panic(err)
	}
	return list
}()

// Status is the HTTP status of a code. A code that is not listed is about the order or the request: 422.
func Status(code gateway.Code) int {
	if status, listed := statuses[string(code)]; listed {
		return status
	}
	if strings.HasPrefix(string(code), "TOKEN_") {
		return statuses["TOKEN_"]
	}
	return http.StatusUnprocessableEntity
}

// Refusal is an answer that says no. Only a Refusal is told to the outside; every other error is answered as [Internal].
type Refusal struct {
	Status   int
	Problems gateway.Problems // at least one
	Header   http.Header      // more headers of the answer, nil for none
}

func (r *Refusal) Error() string { return r.Problems.Error() }

// Unwrap gives [errors.Is] and [errors.As] the problems.
func (r *Refusal) Unwrap() error { return r.Problems }

// New refuses with one problem, and the status of its code. path is a JSON pointer, "" for the whole request.
func New(code gateway.Code, path, message string) *Refusal {
	return Of(gateway.Problems{{Code: code, Path: path, Message: message}})
}

// Of refuses with a list of problems that is not empty, and the status of the first one's code.
func Of(problems gateway.Problems) *Refusal {
	return &Refusal{Status: Status(problems[0].Code), Problems: problems}
}

// With adds a header to the answer and returns the refusal.
func (r *Refusal) With(name, value string) *Refusal {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set(name, value)
	return r
}

// Internal is the answer to a fault of ours, of which the log knows more.
func Internal() *Refusal {
	return New("INTERNAL", "", "something went wrong on our side; if you have already paid, do not pay again")
}

// Write answers with problem details.
func (r *Refusal) Write(w http.ResponseWriter) {
	text, err := json.Marshal(struct {
		Title  string           `json:"title"`
		Status int              `json:"status"`
		Detail string           `json:"detail"`
		Errors gateway.Problems `json:"errors"`
	}{http.StatusText(r.Status), r.Status, r.Problems[0].Message, r.Problems})
	if err != nil {
		panic(err) // texts have always a JSON form
	}
	header := w.Header()
	for name, values := range r.Header {
		header[name] = values
	}
	header.Set("Content-Type", "application/problem+json; charset=UTF-8")
	w.WriteHeader(r.Status)
	_, _ = w.Write(text) // the other side may be gone
}
