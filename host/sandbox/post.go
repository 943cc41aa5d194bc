package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// utcTime is the form of request-time in notifications.
func utcTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// post sends a notification once and keeps what was on the wire.
func (c *courier) post(ctx context.Context, p *Payment, n *Notification, spoilt faults) Attempt {
	began, attempt := time.Now(), Attempt{Time: c.options.Clock.Now().Round(0), Faults: spoilt.names()}
	exchange := &Exchange{URL: n.NotifyURL, Request: Message{Headers: []Header{}}, Response: Message{Headers: []Header{}}}
	if err := c.exchange(ctx, p, n, spoilt, &attempt, exchange); err != nil {
		// The client puts the URL in front, which may carry a secret of the merchant and would get into the log.
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		attempt.Error = err.Error()
	} else {
		attempt.Acknowledged = true
	}
	if c.agenda.ctx.Err() != nil {
		return attempt
	}
	outcome := string(Acknowledged)
	if !attempt.Acknowledged {
		outcome = attempt.Error
		exchange.Error = attempt.Error
	}
	c.ledger.note(p.PaymentID, Event{Time: attempt.Time, Kind: Delivery, Name: n.NotifyType, Outcome: outcome, Good: attempt.Acknowledged,
		Milliseconds: time.Since(began).Milliseconds(), Faults: attempt.Faults, Exchange: exchange})
	return attempt
}

// exchange sends a notification and reads what the merchant says to it; nil means that it is acknowledged.
func (c *courier) exchange(ctx context.Context, p *Payment, n *Notification, spoilt faults, attempt *Attempt, kept *Exchange) error {
	timeout := c.options.NotifyTimeout
	if slow, found := spoilt.find("slow"); found {
		timeout += slow.duration
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, message, err := c.request(ctx, p, n, spoilt, len(n.Attempts))
	if err != nil {
		return err
	}
	kept.Request = message
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	attempt.Status = response.StatusCode
	answer, err := io.ReadAll(io.LimitReader(response.Body, maximumAcknowledgement))
	attempt.Acknowledgement = string(answer[:min(len(answer), keptAcknowledgement)])
	kept.Response = newMessage(response.Proto+" "+response.Status, response.Header, answer)
	kept.Response.Status = response.StatusCode
	if err != nil {
		return err
	}
	return checkAcknowledgement(response.StatusCode, answer)
}

// signedTarget is the part of a notify URL that its notifications sign: what the client will put on the wire, "/" for a
// URL without a path, or that without its query.
func (c *courier) signedTarget(notifyURL *url.URL) string {
	target := notifyURL.RequestURI()
	if c.options.NotifySigns == SignsPath {
		target, _, _ = strings.Cut(target, "?")
	}
	return target
}

// request is the notification as HTTP, with the headers of the guide's.
func (c *courier) request(ctx context.Context, p *Payment, n *Notification, spoilt faults, attempt int) (*http.Request, Message, error) {
	target, err := url.Parse(n.NotifyURL)
	if err != nil {
		return nil, Message{}, err
	}
	draw := c.chance("notification", p.ClientID, p.PaymentRequestID, n.NotifyType, strconv.Itoa(attempt))
	m, err := c.seal(c.signedTarget(target), p.ClientID, wireTime(c.options.Clock), utcTime, []byte(n.Body), spoilt, draw)
	if err != nil {
		return nil, Message{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.NotifyURL, bytes.NewReader(m.body))
	if err != nil {
		return nil, Message{}, err
	}
	request.Header["content-type"] = []string{"application/json"}
	m.addHeaders(request.Header, "request-time")
	request.Header["markuid"] = []string{"0A"}
	request.Header.Set("User-Agent", "Apache-HttpClient/4.5.6 (Java/1.8.0_172)")
	shown := request.Header.Clone()
	shown.Set("Host", request.URL.Host)
	shown.Set("Content-Length", strconv.Itoa(len(m.body)))
	message := newMessage("POST "+target.RequestURI()+" HTTP/1.1", shown, m.body)
	message.Signature = m.check
	if slow, found := spoilt.find("slow"); found {
		request.Body = &slowBody{ctx: ctx, rest: m.body, step: len(m.body)/slowSteps + 1, wait: slow.duration / slowSteps}
	}
	if spoilt.has("reset") {
		request = breakingOff(request, m.body)
	}
	return request, message, nil
}

// slowBody comes in small pieces.
type slowBody struct {
	ctx  context.Context
	rest []byte
	step int
	wait time.Duration
}

func (b *slowBody) Read(buffer []byte) (int, error) {
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	if !pause(b.ctx, b.wait) {
		return 0, b.ctx.Err()
	}
	n := copy(buffer, b.rest[:min(b.step, len(b.rest))])
	b.rest = b.rest[n:]
	return n, nil
}

func (b *slowBody) Close() error { return nil }

var errBrokenOff = errors.New("the connection was reset in the middle of the body, on purpose")

// breakingOff makes a request that sends half of its body and then resets the connection.
func breakingOff(request *http.Request, body []byte) *http.Request {
	var reset atomic.Pointer[func()]
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		f := func() { breakOff(info.Conn) }
		reset.Store(&f)
	}}
	half := io.MultiReader(bytes.NewReader(body[:len(body)/2]), readerFunc(func([]byte) (int, error) {
		if f := reset.Load(); f != nil {
			(*f)()
		}
		return 0, errBrokenOff
	}))
	broken := request.WithContext(httptrace.WithClientTrace(request.Context(), trace))
	broken.Body, broken.GetBody = io.NopCloser(half), nil
	return broken
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(buffer []byte) (int, error) { return f(buffer) }
