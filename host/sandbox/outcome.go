package sandbox

import (
	"context"
	"time"
)

// slowPayment is how long the money of a payment that was made late takes.
const slowPayment = 3 * time.Minute

// completePayment is the shopper's yes. It tells whether this very call paid.
func (s *Server) completePayment(paymentID string) bool {
	return s.finish(paymentID, (*Payment).succeed)
}

// declinePayment ends a payment that the shopper cannot make.
func (s *Server) declinePayment(paymentID string) bool {
	return s.finish(paymentID, (*Payment).decline)
}

// payLate is a yes whose money takes its time: the merchant hears PAYMENT_PENDING now and the result later.
func (s *Server) payLate(paymentID string) bool {
	if !s.finish(paymentID, (*Payment).pend) {
		return false
	}
	s.agenda.after(slowPayment, func(context.Context) { s.arriveLate(paymentID) })
	return true
}

func (s *Server) arriveLate(paymentID string) {
	if s.completePayment(paymentID) {
		s.noteChange(paymentID, "PAID", string(Success), true)
	}
}

func (s *Server) planExpiry(paymentID string, wait time.Duration) {
	s.ledger.onClose(paymentID, s.agenda.after(wait, func(context.Context) { s.closeExpired(paymentID) }))
}

// closeExpired ends a payment whose time is over.
func (s *Server) closeExpired(paymentID string) {
	if s.finish(paymentID, (*Payment).close) {
		s.noteChange(paymentID, "CLOSED", string(Fail), false)
	}
}

// finish moves a payment to another state and has the merchant notified of it, if there is a URL for that.
func (s *Server) finish(paymentID string, step func(*Payment, time.Time) bool) bool {
	payment, finished := s.ledger.update(paymentID, func(p *Payment) bool {
		if !step(p, s.options.Clock.Now()) {
			return false
		}
		if p.PaymentNotifyURL != "" {
			p.Notifications = append(p.Notifications, newNotification(p))
		}
		return true
	})
	if finished {
		s.options.Logger.Info("payment finished", "paymentId", paymentID, "paymentStatus", payment.PaymentStatus)
	}
	if finished && payment.PaymentNotifyURL != "" {
		s.notify(payment, len(payment.Notifications)-1)
	}
	return finished
}

// noteChange adds something that happened by itself to a payment's story.
func (s *Server) noteChange(paymentID, name, outcome string, good bool) {
	s.ledger.note(paymentID, Event{Time: s.options.Clock.Now(), Kind: StateMove, Name: name, Outcome: outcome, Good: good})
}

// noteStep adds a step of the shopper. A page that is loaded again is no new step.
func (s *Server) noteStep(paymentID, name string, good bool) {
	_, events, _ := s.ledger.story(paymentID)
	if n := len(events); n > 0 && events[n-1].Name == name {
		return
	}
	s.ledger.note(paymentID, Event{Time: s.options.Clock.Now(), Kind: Cashier, Name: name, Good: good})
}
