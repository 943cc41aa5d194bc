package core

import "strings"

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

// told is the type of the message that tells of the state, wNone for one that is not final.
func (a *subject) told() word {
	switch {
	case a.open():
		return wNone
	case a.refund:
		return wRefundSucceeded + a.state - wSuccess
	}
	return wPaymentSucceeded + a.state - wSuccess
}

// announce sees that there is a message for every final state, and none for what is not so any more. Nothing is said to
// have succeeded while it is to be cancelled.
func (s *step) announce() {
	for _, list := range s.record.all() {
		for _, a := range list {
			if kind := a.told(); kind != wNone && (a.state != wSuccess || !a.cancelling()) {
				s.tell(a, kind, a.finalAt)
			}
			if a.conflict.open() && !a.refund {
				s.tell(a, wPaymentConflict, a.conflict.at)
			}
		}
	}
	for _, m := range s.record.messages {
		if m.state == wPending && !s.record.stands(m) {
			m.state, m.nextAt = wSuperseded, 0
			s.touched = true
		}
	}
}

// tell puts a message into the record, unless it is there.
func (s *step) tell(a *subject, kind word, at int64) {
	between := "_"
	if a.refund {
		between = "_refund_"
	}
	_, what, _ := strings.Cut(kind.String(), ".")
	id := a.id + between + what
	for _, m := range s.record.messages {
		if m.id == id {
			return
		}
	}
	s.record.messages = append(s.record.messages, &outgoing{id: id, kind: kind, about: a.id, at: at, state: wPending, nextAt: s.now})
	s.touched = true
}

// subject is what a message is about, nil when the record does not know it.
func (r *record) subject(m *outgoing) *subject {
	switch m.kind {
	case wPaymentSucceeded, wPaymentFailed, wPaymentCancelled, wPaymentConflict:
		return r.attempt(m.about)
	case wRefundSucceeded, wRefundFailed:
		return find(r.refunds, m.about)
	}
	return nil
}

// stands tells whether what a message tells is so.
func (r *record) stands(m *outgoing) bool {
	a := r.subject(m)
	if m.kind == wPaymentConflict {
		return a.conflict.open()
	}
	return m.kind == a.told()
}

// held tells whether a message waits for the end of a cancellation.
func (s *step) held(m *outgoing) bool {
	return m.kind == wPaymentSucceeded && s.record.attempt(m.about).cancelling()
}

// payload is what the merchant gets. The facts in it do not change while the message stands, so that every delivery of it
// has the same bytes.
func (s *step) payload(m *outgoing) string {
	var w writer
	a := s.record.subject(m)
	paying, sum, told := a, s.record.amount, &a.facts
	w.open('{')
	w.member("type", m.kind.String())
	w.member("timestamp", isoTime(m.at))
	w.name("data")
	w.open('{')
	w.member("referenceOrderId", s.record.referenceOrderID)
	if a.refund {
		paying, sum = s.record.attempt(a.of), a.amount
	}
	w.member("paymentRequestId", paying.id)
	w.given("paymentId", paying.facts.id)
	names := a.names()
	if a.refund {
		w.member(names.key, a.id)
		w.given(names.id, told.id)
	}
	w.member(names.state, a.state.String())
	if m.kind == wPaymentConflict {
		told = &a.conflict.facts
		w.member("conflictingStatus", a.conflict.state.String())
	}
	sum.write(&w, names.amount)
	if told.gross.present() {
		told.gross.write(&w, "grossSettlementAmount")
	}
	w.given(names.time, told.time)
	w.given("resultCode", told.code)
	w.member("origin", s.c.service)
	w.member("clientId", s.c.clientID)
	w.close('}')
	w.close('}')
	return string(w.b)
}

// delivered is the event of the merchant's answer to a message, be it taken or not.
func (s *step) delivered(taken bool) {
	m := s.message()
	status, detail, what := int64(0), "", wUndelivered
	if v := s.event.get("status"); v != nil {
		var ok bool
		if status, ok = wholeNumber(v); !ok || status < 100 || status > 599 {
			s.refuse(FieldNotAWholeNumber, "status")
		}
		detail = itoa64(status)
	}
	if !s.p.ok() || m.state != wPending && (!taken || m.state != wFailed) {
		return
	}
	m.lastStatus = status
	if taken {
		what = wTaken
		m.state, m.nextAt, m.deliveredAt = wDelivered, 0, s.now
		s.unattend(wMessageUndelivered.String() + ":" + m.id)
	} else {
		m.nextAt = s.now + backoff(m.tries)
	}
	s.note(what, m.id, detail)
	if !taken && m.tries >= maxTries {
		s.abandon(m)
	}
}

// abandon ends the deliveries of a message that nobody took.
func (s *step) abandon(m *outgoing) {
	m.state, m.nextAt = wFailed, 0
	s.note(wGivenUp, m.id, "")
	s.attend(wMessageUndelivered, m.id, m.kind.String())
}

// resend is the operator's word that a message be delivered again, under its id.
func (s *step) resend() {
	m := s.message()
	if !s.p.ok() {
		return
	}
	if !s.record.stands(m) {
		s.refuse(MessageSuperseded, "id")
	}
	m.state, m.tries, m.nextAt = wPending, 0, s.now
	s.unattend(wMessageUndelivered.String() + ":" + m.id)
	s.note(wResend, m.id, "")
}

// message finds the message that an event is about.
func (s *step) message() *outgoing {
	id, ok := s.str("id", mandatory, 2*maxID)
	for _, m := range s.record.messages {
		if m.id == id {
			return m
		}
	}
	if ok {
		s.refuse(MessageUnknown, "id", id)
	}
	return nil
}
