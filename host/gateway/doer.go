package gateway

import "net/http"

// Doer sends a request and returns the answer without following a redirect. *http.Client is one. It is an interface for the
// sake of Cloudflare Workers: *http.Client would bring its own TCP, TLS and HTTP/2 there, a third of the program, to a
// platform that has no sockets for them.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}
