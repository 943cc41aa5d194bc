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

// A shopper who is back from Alipay brings the next inquiry forward to 4 seconds, and when it tells nothing the ones
// after it to 8, 16, 32 … seconds, maxReturns of them in all.
const (
	returnPause = 4 * second
	maxReturns  = 7
)

// after is when the next call comes for a matter that is open since `since`: after as long a pause as it has been open,
// so that calls come after 1, 2, 4, 8 times the least pause.
func (s *step) after(since, least, most int64) int64 {
	return s.now + min(max(s.now-since, least), most)
}

// closesAt is when Alipay closes the payment if nobody pays.
func (s *step) closesAt(a *subject) int64 {
	closes := a.createdAt + openFor
	if s.record.expiry > 0 {
		closes = min(closes, s.record.expiry)
	}
	return closes
}

// plan plans again what a call leaves open.
func (s *step) plan(a *subject) {
	s.touched = true
	switch {
	case a.refund:
		if a.state == wProcessing {
			a.nextAt = s.after(a.createdAt, onItsWay, longest)
		}
	case a.cancelling():
		// At least as long as a request may be on its way, so that no answer is taken for that of another one.
		a.cancellation.nextAt = s.after(a.cancellation.at, onItsWay, longest)
	case a.open():
		next := s.after(a.createdAt, 15*minute, longest)
		if a.returns > 0 && a.returns < maxReturns {
			next = min(next, s.now+returnPause<<a.returns)
			a.returns++
		}
		if first := s.closesAt(a) + onItsWay; s.now < first {
			next = min(next, first)
		}
		a.inquireAt = next
	}
}

// planPay plans the repetition of a request to pay.
func (s *step) planPay(a *subject) { a.nextAt = s.after(a.createdAt, 5*second, 5*minute) }

// next is the call about a subject that comes next, and when, 0 for never. At its time wNone means that the payment is
// over without ever having left for Alipay.
func (s *step) next(a *subject) (call word, at int64) {
	switch {
	case a.refund:
		if a.unknown {
			return wInquiryRefund, a.nextAt
		}
		return wRefund, a.nextAt
	case a.cancelling():
		if a.cancellation.said == "" {
			return wCancel, a.cancellation.nextAt
		}
		return wInquiryPayment, a.cancellation.nextAt
	case !a.open():
		return wNone, 0
	}
	call, at = wInquiryPayment, a.inquireAt
	// Where the shopper pays is not known yet.
	if a.state == wProcessing && a.redirect == nil && a.nextAt > 0 && !s.record.settled() {
		closes := s.closesAt(a)
		if !a.unknown && closes < at {
			call, at = wNone, closes
		}
		if a.nextAt < closes && s.now < closes && a.nextAt < at && a.inquireAt > s.now {
			return wPay, a.nextAt
		}
	}
	return call, at
}

// act does all that is due, then sees to the messages.
func (s *step) act() {
	for _, list := range s.record.all() {
		for _, a := range list {
			if a.call != wNone && s.now >= a.askedAt+claim {
				s.note(wNoAnswer, a.id, a.call.String())
				s.unanswered(a, true)
			}
			call, at := s.next(a)
			switch {
			case a.call != wNone || at == 0 || at > s.now || s.looks && (call != wInquiryPayment || a.cancelling()):
			case call == wNone:
				s.hear(a, wFail, withCode(ExpiryPassed.String()))
			default:
				s.ask(a, call)
			}
		}
	}
	s.announce()
	if !s.looks {
		s.deliver()
	}
}

// unanswered plans again what a call without an answer leaves open.
func (s *step) unanswered(a *subject, sent bool) {
	call := a.call
	a.call = wNone
	if sent && (call == wPay || call == wRefund) {
		a.unknown = true
	}
	if call == wPay && !a.cancelling() {
		s.planPay(a)
	} else {
		s.plan(a)
	}
}

// dueAt is when something is due next, 0 for never.
func (s *step) dueAt() (due int64) {
	for _, list := range s.record.all() {
		for _, a := range list {
			_, at := s.next(a)
			if a.call != wNone {
				at = a.askedAt + claim
			}
			due = earlier(due, at)
		}
	}
	for _, m := range s.record.messages {
		if m.state == wPending && !s.held(m) {
			due = earlier(due, m.nextAt)
		}
	}
	return due
}

// earlier is the earlier of two times, where 0 is never.
func earlier(a, b int64) int64 {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// look is the event of a shopper's page. It never asks for a payment; when the shopper is back from Alipay it brings the
// inquiry forward, once for an attempt.
func (s *step) look() {
	back := false
	s.flag("returned", &back)
	a := s.record.latest()
	if back && a != nil && a.open() && !a.cancelling() && a.returns == 0 {
		a.returns = 1
		a.inquireAt = min(a.inquireAt, s.now+returnPause)
		s.note(wReturned, a.id, "")
	}
}

// inquire is the operator's word that Alipay be asked now what became of an open payment, though not more often than a
// returning shopper would.
func (s *step) inquire() {
	a := s.target()
	switch {
	case !s.p.ok():
	case !a.open():
		s.invalid(a.state.String())
	case a.call == wNone && !a.cancelling():
		a.inquireAt = min(a.inquireAt, max(s.now, a.askedAt+returnPause))
		s.note(wInquire, a.id, "")
	}
}
