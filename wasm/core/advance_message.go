package core

import "strings"

// The states of a message to the merchant.
const (
	messagePending    = "PENDING"
	messageDelivered  = "DELIVERED"
	messageFailed     = "FAILED"     // the merchant took it at no time; a person has to look
	messageSuperseded = "SUPERSEDED" // it is not so any more
)

// maxTries ends the deliveries of a message after about 29 hours.
const maxTries = 13

// backoff is the time to wait after the n-th failure: 5 seconds, three times as much after each further one, 6 hours at
// most.
func backoff(tries int64) int64 {
	pause := int64(5 * second)
	for ; tries > 1; tries-- {
		pause = min(3*pause, longest)
	}
	return pause
}

// told is the type of the message that tells of a final state, "" for one that is not.
func told(about, state string) string {
	switch state {
	case stateSuccess:
		return about + ".succeeded"
	case stateFail:
		return about + ".failed"
	case stateCancelled:
		return about + ".cancelled"
	}
	return ""
}

const paymentConflict = "payment.conflict"

// announce sees that there is a message for every final state, and none for what is not so any more. Nothing is said to
// have succeeded while it is to be cancelled.
func (s *step) announce() {
	for _, a := range s.record.attempts {
		if a.state != stateSuccess || !a.cancelling() {
			s.tell(told("payment", a.state), a.id, "_", a.finalAt)
		}
		if a.conflict.open() {
			s.tell(paymentConflict, a.id, "_", a.conflict.at)
		}
	}
	for _, f := range s.record.refunds {
		s.tell(told("refund", f.state), f.id, "_refund_", f.finalAt)
	}
	for _, m := range s.record.messages {
		if m.state == messagePending && !s.record.stands(m) {
			m.state, m.nextAt = messageSuperseded, 0
			s.touched = true
		}
	}
}

// tell puts a message into the record, unless it is there.
func (s *step) tell(kind, about, between string, at int64) {
	if kind == "" {
		return
	}
	_, word, _ := strings.Cut(kind, ".")
	id := about + between + word
	for _, m := range s.record.messages {
		if m.id == id {
			return
		}
	}
	s.record.messages = append(s.record.messages, &outgoing{id: id, kind: kind, about: about, at: at, state: messagePending, nextAt: s.now})
	s.touched = true
}

func (m *outgoing) ofRefund() bool { return strings.HasPrefix(m.kind, "refund.") }

// knows tells whether what a message is about is in the record.
func (r *record) knows(m *outgoing) bool {
	if m.ofRefund() {
		return r.refund(m.about) != nil
	}
	a := r.attempt(m.about)
	return a != nil && (m.kind != paymentConflict || a.conflict != nil)
}

// stands tells whether what a message tells is so.
func (r *record) stands(m *outgoing) bool {
	switch {
	case m.ofRefund():
		return m.kind == told("refund", r.refund(m.about).state)
	case m.kind == paymentConflict:
		return r.attempt(m.about).conflict.open()
	}
	return m.kind == told("payment", r.attempt(m.about).state)
}

// held tells whether a message waits for the end of a cancellation.
func (s *step) held(m *outgoing) bool {
	return m.kind == "payment.succeeded" && s.record.attempt(m.about).cancelling()
}

// payload is what the merchant gets. The facts in it do not change while the message stands, so that every delivery of it
// has the same bytes.
func (s *step) payload(m *outgoing) string {
	var w writer
	w.open('{')
	w.member("type", m.kind)
	w.member("timestamp", isoTime(m.at))
	w.name("data")
	w.open('{')
	w.member("referenceOrderId", s.record.referenceOrderID)
	if m.ofRefund() {
		f := s.record.refund(m.about)
		w.member("paymentRequestId", f.paymentRequestID)
		w.given("paymentId", s.record.attempt(f.paymentRequestID).facts.id)
		w.member("refundRequestId", f.id)
		w.given("refundId", f.facts.id)
		w.member("refundStatus", f.state)
		f.amount.write(&w, "refundAmount")
		f.facts.write(&w, "refundTime")
	} else {
		a := s.record.attempt(m.about)
		told := a.facts
		w.member("paymentRequestId", a.id)
		if m.kind == paymentConflict {
			told = a.conflict.facts
			told.learn(facts{id: a.facts.id})
		}
		w.given("paymentId", told.id)
		w.member("paymentStatus", a.state)
		if m.kind == paymentConflict {
			w.member("conflictingStatus", a.conflict.state)
		}
		s.record.amount.write(&w, "paymentAmount")
		told.write(&w, "paymentTime")
	}
	w.member("origin", s.c.service)
	w.member("clientId", s.c.clientID)
	w.close('}')
	w.close('}')
	return string(w.b)
}

func (f *facts) write(w *writer, time string) {
	if f.gross.present() {
		f.gross.write(w, "grossSettlementAmount")
	}
	w.given(time, f.time)
	w.given("resultCode", f.code)
}

// delivered is the event of the merchant's answer to a message, be it a yes or not.
func (s *step) delivered() {
	m := s.message()
	status, ok := int64(0), true
	if v := s.event.get("status"); v != nil {
		if status, ok = wholeNumber(v); !ok || status < 100 || status > 599 {
			s.p.fail(FieldNotAWholeNumber, s.event.at("status"))
		}
	}
	if !s.p.ok() {
		return
	}
	detail := ""
	if status > 0 {
		detail = itoa64(status)
	}
	taken := s.kind.name == "delivered"
	if m.state != messagePending && (!taken || m.state != messageFailed) {
		return
	}
	m.lastStatus = status
	s.note(s.kind.name, fromMerchant, m.id, detail)
	if taken {
		m.state, m.nextAt, m.deliveredAt = messageDelivered, 0, s.now
		s.unattend("MESSAGE_UNDELIVERED:" + m.id)
		return
	}
	m.nextAt = s.now + backoff(m.tries)
	if m.tries >= maxTries {
		s.abandon(m)
	}
}

// abandon ends the deliveries of a message that nobody took.
func (s *step) abandon(m *outgoing) {
	m.state, m.nextAt = messageFailed, 0
	s.note("given up", fromService, m.id, "")
	s.attend("MESSAGE_UNDELIVERED", m.id, m.kind)
}

// resend is the operator's word that a message be delivered again, under its id.
func (s *step) resend() {
	by := s.operator()
	m := s.message()
	if !s.p.ok() {
		return
	}
	if !s.record.stands(m) {
		s.p.fail(MessageSuperseded, s.event.at("id"))
		return
	}
	m.state, m.tries, m.nextAt = messagePending, 0, s.now
	s.unattend("MESSAGE_UNDELIVERED:" + m.id)
	s.note("resend", by, m.id, "")
}

// message finds the message that an event is about.
func (s *step) message() *outgoing {
	id, ok := s.event.str("id", mandatory, 2*maxID)
	for _, m := range s.record.messages {
		if m.id == id {
			return m
		}
	}
	if ok {
		s.p.fail(MessageUnknown, s.event.at("id"), id)
	}
	return nil
}
