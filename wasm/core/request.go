package core

import "strings"

// wireRequest is a request to the gateway, complete but for its signature.
type wireRequest struct {
	url, path string
	headers   []header
	body      string
	prefix    string
}

// header is a name with its value: a header of HTTP, or a field of a form.
type header struct{ name, value string }

func writePairs(w *writer, name string, pairs []header) {
	w.name(name)
	w.open('[')
	for _, pair := range pairs {
		w.open('{')
		w.member("name", pair.name)
		w.member("value", pair.value)
		w.close('}')
	}
	w.close(']')
}

// newRequest addresses a call of the given operation. The path of the sandbox differs
// from production ("Before you begin" in the guide), and it is the rewritten path that
// is signed.
func newRequest(c *config, operation, time, body string) wireRequest {
	path := "/ams/api/v1/payments/" + operation
	if c.sandbox {
		path = "/ams/sandbox/api/v1/payments/" + operation
	}
	r := wireRequest{
		url:    c.origin + path,
		path:   path,
		body:   body,
		prefix: contentPrefix(path, c.clientID, time),
	}
	r.headers = append(r.headers, header{"Content-Type", "application/json; charset=UTF-8"})
	if c.originalHost {
		_, host, _ := strings.Cut(c.origin, "://")
		r.headers = append(r.headers, header{"original_host", host})
	}
	r.headers = append(r.headers, header{"Request-Time", time}, header{"client-id", c.clientID})
	if c.agentToken != "" {
		r.headers = append(r.headers, header{"agent-token", c.agentToken})
	}
	return r
}

// reply is what a building operation replies with: the request when nothing is
// wrong, and nothing besides the problems when something is.
func (r *wireRequest) reply(to []byte, p *problems) []byte {
	w := newReply(to)
	if p.ok() {
		w.member("url", r.url)
		w.member("path", r.path)
		writePairs(w, "headers", r.headers)
		w.member("body", r.body)
		w.member("contentPrefix", r.prefix)
	}
	return p.finish(w)
}
