package core

// All times of the plan, in milliseconds.
const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute

	// claim is how long a caller may take for a call to Alipay or a delivery. Without a result by then nothing is
	// known of it, and it is planned again.
	claim = 30 * second
	// onItsWay is how long a request whose answer was lost may still arrive at Alipay.
	onItsWay = minute
	// openFor is how long Alipay keeps a cashier open when the order has no paymentExpiryTime.
	openFor = 14 * minute
	// unborn is the age at which a payment that Alipay does not know, and whose cashier nobody was sent to, is over.
	unborn = 30 * minute
	// forgotten is the same for a payment with a cashier: a result would have been notified for a day.
	forgotten = 26 * hour
	longest   = 6 * hour // between two calls
)

// grow is the time until the next call: as long as the matter has been open already, so that calls come after 1, 2, 4, 8
// times the least pause.
func grow(age, least, most int64) int64 { return min(max(age, least), most) }

// A shopper who is back from Alipay brings the next inquiry forward to 4 seconds, and when it tells nothing the ones
// after it to 8, 16, 32 … seconds, maxReturns of them in all.
const (
	returnPause = 4 * second
	maxReturns  = 7
)

// closesAt is when Alipay closes the payment if nobody pays.
func (s *step) closesAt(a *attempt) int64 {
	closes := a.createdAt + openFor
	if s.record.expiry > 0 {
		closes = min(closes, s.record.expiry)
	}
	return closes
}

// payable tells whether Alipay is still to be asked for the payment: where to send the shopper is not known, and the
// order is not paid otherwise.
func (s *step) payable(a *attempt) bool {
	return a.state == stateProcessing && a.redirect == nil && a.payAt > 0 && !s.record.settled()
}

// planInquiry plans the next inquiry about an open payment.
func (s *step) planInquiry(a *attempt) {
	next := s.now + grow(s.now-a.createdAt, 15*minute, longest)
	if a.returns > 0 && a.returns < maxReturns {
		next = min(next, s.now+returnPause<<a.returns)
		a.returns++
	}
	if first := s.closesAt(a) + onItsWay; s.now < first {
		next = min(next, first)
	}
	a.inquireAt = next
	s.touched = true
}

// act does all that is due, then sees to the messages.
func (s *step) act() {
	for _, a := range s.record.attempts {
		s.actOn(a)
	}
	looks := s.kind.name == "view"
	for _, f := range s.record.refunds {
		if f.expired(s.now) {
			s.noRefundAnswer(f)
		}
		if f.call == "" && f.nextAt > 0 && f.nextAt <= s.now && !looks {
			s.askRefund(f)
		}
	}
	s.announce()
	if !looks {
		s.deliver()
	}
}

func (k *calling) expired(now int64) bool { return k.call != "" && now >= k.askedAt+claim }

// actOn makes the call about a payment that is due. A view causes nothing but an inquiry.
func (s *step) actOn(a *attempt) {
	if a.expired(s.now) {
		s.note("no answer", fromService, a.id, a.call)
		s.unanswered(a, true)
	}
	looks := s.kind.name == "view"
	switch {
	case a.call != "":
	case a.cancelling():
		if d := a.cancellation; d.nextAt <= s.now && !looks {
			if d.said == "" {
				s.askPayment(a, "cancel")
			} else {
				s.askPayment(a, "inquiry_payment")
			}
		}
	case !a.open():
	case s.payable(a) && s.now >= s.closesAt(a) && !a.unknown:
		// Nothing ever left for Alipay.
		s.hear(a, stateFail, facts{code: string(ExpiryPassed)}, fromService)
	case a.inquireAt <= s.now:
		s.askPayment(a, "inquiry_payment")
	case s.payable(a) && a.payAt <= s.now && s.now < s.closesAt(a) && !looks:
		s.askPayment(a, "pay")
	}
}

// dueAt is when something is due next, 0 for never.
func (s *step) dueAt() (due int64) {
	by := func(at int64) {
		if at > 0 && (due == 0 || at < due) {
			due = at
		}
	}
	for _, a := range s.record.attempts {
		switch {
		case a.call != "":
			by(a.askedAt + claim)
		case a.cancelling():
			by(a.cancellation.nextAt)
		case a.open():
			by(a.inquireAt)
			if closes := s.closesAt(a); s.payable(a) && (!a.unknown || a.payAt < closes && s.now < closes) {
				by(min(a.payAt, closes))
			}
		}
	}
	for _, f := range s.record.refunds {
		if f.call != "" {
			by(f.askedAt + claim)
		} else {
			by(f.nextAt)
		}
	}
	for _, m := range s.record.messages {
		if m.state == messagePending && !s.held(m) {
			by(m.nextAt)
		}
	}
	return due
}

// look is the event of a shopper's page. It never asks for a payment; when the shopper is back from Alipay it brings the
// inquiry forward, once for an attempt.
func (s *step) look() {
	returned := false
	s.event.boolean("returned", &returned)
	a := s.record.latest()
	if !returned || a == nil || !a.open() || a.cancelling() || a.returns > 0 {
		return
	}
	a.returns = 1
	a.inquireAt = min(a.inquireAt, s.now+returnPause)
	s.note("returned", fromShopper, a.id, "")
}
