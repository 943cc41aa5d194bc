package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	maximumAcknowledgement = 64 << 10
	keptAcknowledgement    = 2 << 10
)

// courier delivers notifications, again and again until they are acknowledged or the schedule has come to its end.
type courier struct {
	*Server
	client    *http.Client
	intervals []time.Duration

	mu   sync.Mutex
	held []*delivery // waiting for another one to overtake them
}

// delivery is a notification on its way.
type delivery struct {
	paymentID, clientID string
	index               int    // among the payment's notifications
	spoilt              faults // of an attempt that is held
}

// notify starts the delivery of one of a payment's notifications.
func (s *Server) notify(p Payment, index int) {
	c := s.courier
	d := &delivery{paymentID: p.PaymentID, clientID: p.ClientID, index: index}
	if err := c.mayReach(p.Notifications[index].NotifyURL); err != nil {
		c.finishAttempt(d, []Attempt{{Time: s.options.Clock.Now(), Error: err.Error()}}, Refused)
		return
	}
	c.plan(d, c.intervals[0])
}

func (c *courier) mayReach(notifyURL string) error {
	target, err := url.Parse(notifyURL)
	if err == nil && !c.options.AllowRemote && !isLoopbackHost(target.Hostname()) {
		err = fmt.Errorf("%s is not on the loopback interface and remote notify URLs are not allowed", target.Hostname())
	}
	return err
}

// plan waits for the time of the next attempt.
func (c *courier) plan(d *delivery, wait time.Duration) {
	c.agenda.after(wait, func(ctx context.Context) { c.try(ctx, d) })
}

// try makes an attempt of the schedule, with what goes wrong with it.
func (c *courier) try(ctx context.Context, d *delivery) {
	p, n, found := c.find(d)
	if !found || n.State != Waiting {
		return // forgotten, or acknowledged by a resend
	}
	spoilt := c.faults.forNotification(n.NotifyType, subject{p.ClientID, p.PaymentRequestID, p.OrderDescription})
	if late, found := spoilt.find("late"); found {
		c.agenda.after(late.duration, func(ctx context.Context) { c.deliver(ctx, d, spoilt) })
		return
	}
	if reordered, found := spoilt.find("reordered"); found {
		c.hold(d, reordered.duration, spoilt)
		return
	}
	c.deliver(ctx, d, spoilt)
}

func (c *courier) find(d *delivery) (Payment, Notification, bool) {
	p, found := c.ledger.get(d.paymentID)
	if !found || d.index >= len(p.Notifications) {
		return p, Notification{}, false
	}
	return p, p.Notifications[d.index], true
}

// hold keeps an attempt back until another notification of the same merchant has overtaken it, or for so long.
func (c *courier) hold(d *delivery, longest time.Duration, spoilt faults) {
	d.spoilt = spoilt
	c.mu.Lock()
	c.held = append(c.held, d)
	c.mu.Unlock()
	c.agenda.after(longest, func(ctx context.Context) {
		if c.release(d) {
			c.deliver(ctx, d, spoilt)
		}
	})
}

func (c *courier) release(d *delivery) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, held := range c.held {
		if held == d {
			c.held = append(c.held[:i:i], c.held[i+1:]...)
			return true
		}
	}
	return false
}

// overtaken are the held attempts for a merchant, which are not held any more.
func (c *courier) overtaken(clientID string) (freed []*delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := c.held[:0:0]
	for _, d := range c.held {
		if d.clientID == clientID {
			freed = append(freed, d)
		} else {
			kept = append(kept, d)
		}
	}
	c.held = kept
	return freed
}

func (c *courier) forgetHeld() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = nil
}

// deliver makes an attempt, or two if it is to come twice, and goes on with the schedule.
func (c *courier) deliver(ctx context.Context, d *delivery, spoilt faults) {
	p, n, found := c.find(d)
	if !found || n.State != Waiting {
		return
	}
	if spoilt.has("key-rotated") {
		if err := c.keys.rotate(); err != nil {
			c.options.Logger.Error("no new key", "error", err)
		}
	}
	attempts := []Attempt{c.post(ctx, &p, &n, spoilt)}
	if spoilt.has("twice") {
		attempts = append(attempts, c.post(ctx, &p, &n, spoilt))
	}
	if ctx.Err() != nil {
		return // the sandbox is being closed: this was no attempt
	}
	state := Waiting
	if n.Tries+1 >= len(c.intervals) {
		state = GivenUp
	}
	for _, attempt := range attempts {
		if attempt.Acknowledged {
			state = Acknowledged
		}
	}
	c.finishAttempt(d, attempts, state)
	for _, slower := range c.overtaken(d.clientID) {
		c.deliver(ctx, slower, slower.spoilt)
	}
}

// finishAttempt writes down what came of an attempt of the schedule.
func (c *courier) finishAttempt(d *delivery, attempts []Attempt, state NotificationState) {
	c.ledger.update(d.paymentID, func(p *Payment) bool {
		n := &p.Notifications[d.index]
		n.Attempts = append(n.Attempts, attempts...)
		n.NextAttempt = time.Time{}
		n.Tries++
		if n.State == Acknowledged {
			return true // by a resend while this attempt was on its way
		}
		n.State = state
		// Planned within the update: somebody who sees this attempt can rely on the next one being planned.
		if state == Waiting {
			wait := c.intervals[n.Tries]
			n.NextAttempt = c.options.Clock.Now().Add(wait)
			c.plan(d, wait)
		}
		return true
	})
	for _, attempt := range attempts {
		c.options.Logger.Info("notification", "paymentId", d.paymentID, "state", state, "status", attempt.Status, "error", attempt.Error)
	}
}

// resend makes an attempt outside of the schedule. An acknowledgement ends the schedule too.
func (c *courier) resend(ctx context.Context, d *delivery, spoilt faults) (Attempt, error) {
	p, n, found := c.find(d)
	if !found {
		return Attempt{}, fmt.Errorf("the payment has no notification %d", d.index)
	}
	if err := c.mayReach(n.NotifyURL); err != nil {
		return Attempt{}, err
	}
	attempt := c.post(ctx, &p, &n, spoilt)
	c.ledger.update(d.paymentID, func(p *Payment) bool {
		n := &p.Notifications[d.index]
		n.Attempts = append(n.Attempts, attempt)
		if attempt.Acknowledged {
			n.State, n.NextAttempt = Acknowledged, time.Time{}
		}
		return true
	})
	return attempt, nil
}

// resume goes on with a schedule after a restart.
func (c *courier) resume(p *Payment) {
	for i := range p.Notifications {
		if n := &p.Notifications[i]; n.State == Waiting {
			wait := max(0, n.NextAttempt.Sub(c.options.Clock.Now()))
			c.plan(&delivery{paymentID: p.PaymentID, clientID: p.ClientID, index: i}, wait)
		}
	}
}
