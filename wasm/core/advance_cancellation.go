package core

// cancelling tells whether the operator wants the payment cancelled and Alipay has not had the last word on it.
func (a *attempt) cancelling() bool { return a.cancellation != nil && a.cancellation.endedAt == 0 }

func (d *cancellation) end(now int64) { d.endedAt, d.nextAt, d.said = now, 0, "" }

// cancel is the operator's word that a payment be cancelled, or given back in full when it is paid. It is in the record
// before Alipay is asked, and holds until Alipay gives a clear answer.
func (s *step) cancel() {
	by := s.operator()
	reason, _ := s.event.str("reason", optional, 256)
	a := s.target()
	if !s.p.ok() || a.state == stateCancelled || a.cancelling() {
		return
	}
	if a.state == stateFail {
		s.p.fail(PaymentStatusInvalid, "/event/type", a.state)
		return
	}
	s.wantCancellation(a, by, reason)
}

func (s *step) wantCancellation(a *attempt, by, reason string) {
	for _, f := range s.record.refunds {
		if f.paymentRequestID == a.id && f.counts() {
			s.p.fail(RefundExists, "/event/type", f.id)
			return
		}
	}
	a.cancellation = &cancellation{at: s.now, by: by, reason: reason, nextAt: s.now}
	s.note("cancel", by, a.id, reason)
}

func (s *step) planCancellation(a *attempt) {
	// At least as long as a request may be on its way, so that no answer is taken for that of another one.
	a.cancellation.nextAt = s.now + grow(s.now-a.cancellation.at, onItsWay, longest)
	s.touched = true
}

// answerCancel takes the answer to cancel. Alipay says yes to the cancellation of a payment that has failed, too, and may
// say no to that of one that it has cancelled: where it matters an inquiry has the last word.
func (s *step) answerCancel(a *attempt, r *answered) {
	yes := r.status == "S"
	switch {
	case yes && a.state == stateSuccess:
		s.hear(a, stateCancelled, facts{}, fromAlipay)
	case yes && a.cancelling():
		a.cancellation.said, a.cancellation.nextAt = "S", s.now
	case yes && a.open():
		a.inquireAt = s.now
	case !r.bound || !a.cancelling():
	case r.status == "F" && r.outcome != Repeat && r.code != "":
		a.cancellation.said, a.cancellation.nextAt = r.code, s.now
	default:
		s.planCancellation(a)
	}
}

// endCancellation ends the wish after an inquiry found the payment as it was: Alipay refuses, unless it did not know the
// payment when it was asked.
func (s *step) endCancellation(a *attempt) {
	d := a.cancellation
	code := d.said
	if code == orderNotExist {
		d.said = ""
		s.planCancellation(a)
		return
	}
	d.end(s.now)
	d.code = code
	s.note("cancel refused", fromAlipay, a.id, code)
	s.attend("CANCELLATION_REFUSED", a.id, code)
	if a.open() {
		s.planInquiry(a)
	}
}
