package sandbox

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// reply is an answer of the gateway as it goes out.
type reply struct {
	status int
	header http.Header
	body   []byte
	check  *SignatureCheck
}

const proxyPage = "<!doctype html>\n<html><head><title>Sorry</title></head><body><h1>Sorry, the page cannot be shown.</h1></body></html>\n"

// reply makes an answer, signed if it is known whom it is for and spoilt as the faults have it.
func (s *Server) reply(in *inbound, answer answer, spoilt faults, about subject) (*reply, error) {
	switch {
	case spoilt.has("429"):
		out := plainReply(http.StatusTooManyRequests, "text/plain; charset=utf-8", []byte("Too Many Requests\n"))
		out.header.Set("Retry-After", "1")
		return out, nil
	case spoilt.has("500"):
		return plainReply(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("Internal Server Error\n")), nil
	case spoilt.has("html"):
		return plainReply(http.StatusOK, "text/html; charset=utf-8", []byte(proxyPage)), nil
	}
	body, err := encode(answer)
	if err != nil {
		return nil, err
	}
	out := plainReply(http.StatusOK, "application/json;charset=UTF-8", body)
	if in.merchant == nil {
		out.check = &SignatureCheck{Problem: "the answer is not signed, because the caller is not known"}
		return out, nil
	}
	draw := s.chance("answer", in.operation, about.String())
	format := zonedTime
	if made, isPay := answer.(payAnswer); isPay && made.PaymentActionForm != "" {
		format = utcTime // the genuine answer of that form has it so
	}
	m, err := s.seal(in.target, in.merchant.ClientID, wireTime(s.options.Clock), format, body, spoilt, draw)
	if err != nil {
		return nil, err
	}
	out.body, out.check = m.body, m.check
	m.addHeaders(out.header, "response-time")
	return out, nil
}

func plainReply(status int, kind string, body []byte) *reply {
	header := http.Header{}
	header.Set("Content-Type", kind)
	return &reply{status: status, header: header, body: body, check: &SignatureCheck{Problem: "the answer is not signed"}}
}

// outcome is what the answer says in a word.
func (o *reply) outcome(result *Result) string {
	if o.status != http.StatusOK {
		return "HTTP " + strconv.Itoa(o.status)
	}
	if o.header.Get("Content-Type") == "text/html; charset=utf-8" {
		return "HTML"
	}
	return result.ResultCode
}

// send puts the answer on the wire.
func (o *reply) send(ctx context.Context, w http.ResponseWriter, spoilt faults) {
	if late, found := spoilt.find("late"); found && !pause(ctx, late.duration) {
		return
	}
	if spoilt.has("reset") {
		reset(w)
		return
	}
	for name, values := range o.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(o.body)))
	w.WriteHeader(o.status)
	if slow, found := spoilt.find("slow"); found {
		trickle(ctx, w, o.body, slow.duration)
		return
	}
	w.Write(o.body)
}

// slowSteps is how many pieces a slow body comes in.
const slowSteps = 20

func trickle(ctx context.Context, w http.ResponseWriter, body []byte, total time.Duration) {
	control := http.NewResponseController(w)
	size := len(body)/slowSteps + 1
	for len(body) > 0 {
		n := min(size, len(body))
		if _, err := w.Write(body[:n]); err != nil || control.Flush() != nil {
			return
		}
		body = body[n:]
		if len(body) > 0 && !pause(ctx, total/slowSteps) {
			return
		}
	}
}

// reset breaks the connection off, so that the other side sees a reset and no orderly end.
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	breakOff(connection)
}

func breakOff(connection net.Conn) {
	if secure, ok := connection.(*tls.Conn); ok {
		connection = secure.NetConn() // an orderly end of TLS would be no reset
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	connection.Close()
}

// pause waits by the machine's clock and tells whether it was left to.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func statusText(status int) string { return fmt.Sprintf("%d %s", status, http.StatusText(status)) }
