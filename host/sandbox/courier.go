package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

const (
	maximumAcknowledgement = 64 << 10
	keptAcknowledgement    = 2 << 10
)

// courier delivers notifications, again and again until they are acknowledged or the schedule has come to its end.
type courier struct {
	signer      signer
	clock       Clock
	agenda      *agenda
	ledger      *ledger
	client      *http.Client
	intervals   []time.Duration
	timeout     time.Duration
	allowRemote bool
	logger      *slog.Logger
}

// delivery is a notification on its way. The body stays the same from attempt to attempt; time and signature do not.
type delivery struct {
	paymentID, clientID string
	index               int // among the payment's notifications
	target              *url.URL
	body                []byte
	attempts            int
}

// send starts the delivery of one of a payment's notifications.
func (c *courier) send(p Payment, index int) {
	n := &p.Notifications[index]
	d := &delivery{paymentID: p.PaymentID, clientID: p.ClientID, index: index}
	var err error
	if d.body, err = bodyOf(&p, n); err == nil {
		d.target, err = url.Parse(n.NotifyURL)
	}
	if err == nil && !c.allowRemote && !isLoopbackHost(d.target.Hostname()) {
		err = fmt.Errorf("%s is not on the loopback interface and remote notify URLs are not allowed", d.target.Hostname())
	}
	if err != nil {
		c.record(d, Attempt{Time: c.clock.Now(), Error: err.Error()}, Refused)
		return
	}
	c.plan(d)
}

// plan waits for the time of the next attempt.
func (c *courier) plan(d *delivery) {
	c.agenda.after(c.intervals[d.attempts], func(ctx context.Context) { c.deliver(ctx, d) })
}

func (c *courier) deliver(ctx context.Context, d *delivery) {
	attempt := c.post(ctx, d)
	if ctx.Err() != nil {
		return // the sandbox is being closed: this was no attempt
	}
	d.attempts++
	switch {
	case attempt.Acknowledged:
		c.record(d, attempt, Acknowledged)
	case d.attempts == len(c.intervals):
		c.record(d, attempt, GivenUp)
	default:
		c.record(d, attempt, Waiting)
	}
}

// post makes one attempt.
func (c *courier) post(ctx context.Context, d *delivery) Attempt {
	now := c.clock.Now()
	attempt := Attempt{Time: now}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := c.request(ctx, d, now)
	if err != nil {
		attempt.Error = err.Error()
		return attempt
	}
	response, err := c.client.Do(request)
	if err != nil {
		// The client puts the URL in front, which may carry a secret of the merchant and would get into the log.
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		attempt.Error = err.Error()
		return attempt
	}
	defer response.Body.Close()
	attempt.Status = response.StatusCode
	answer, err := io.ReadAll(io.LimitReader(response.Body, maximumAcknowledgement))
	attempt.Acknowledgement = string(answer[:min(len(answer), keptAcknowledgement)])
	if err == nil {
		err = checkAcknowledgement(response.StatusCode, answer)
	}
	if err != nil {
		attempt.Error = err.Error()
		return attempt
	}
	attempt.Acknowledged = true
	return attempt
}

// request is the notification as HTTP, with the headers of the guide's. The signed target is what the client will put on
// the wire: "/" for a URL without a path.
func (c *courier) request(ctx context.Context, d *delivery, now time.Time) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.target.String(), bytes.NewReader(d.body))
	if err != nil {
		return nil, err
	}
	sent := now.UTC().Format(time.RFC3339)
	signature, err := c.signer.header(signedContent(http.MethodPost, request.URL.RequestURI(), d.clientID, sent, d.body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("client-id", d.clientID)
	request.Header.Set("request-time", sent)
	request.Header.Set("signature", signature)
	request.Header.Set("markuid", "0A")
	request.Header.Set("User-Agent", "Apache-HttpClient/4.5.6 (Java/1.8.0_172)")
	return request, nil
}

func (c *courier) record(d *delivery, attempt Attempt, state NotificationState) {
	c.ledger.update(d.paymentID, func(p *Payment) bool {
		n := &p.Notifications[d.index]
		n.Attempts, n.State = append(n.Attempts, attempt), state
		// Planned within the update: whoever sees this attempt can rely on the next one being planned.
		if state == Waiting {
			c.plan(d)
		}
		return true
	})
	c.logger.Info("notification", "paymentId", d.paymentID, "state", state, "status", attempt.Status, "error", attempt.Error)
}
