package core

// cancelling tells whether the operator wants the payment cancelled and Alipay has not had the last word on it.
func (a *subject) cancelling() bool { return a.cancellation != nil && a.cancellation.endedAt == 0 }

func (d *cancellation) end(now int64) { d.endedAt, d.nextAt, d.said = now, 0, "" }

// cancel is the operator's word that a payment be cancelled, or given back in full when it is paid. It is in the record
// before Alipay is asked, and holds until Alipay gives a clear answer.
func (s *step) cancel() {
	reason := s.reason()
	a := s.target()
	switch {
	case !s.p.ok() || a.state == wCancelled || a.cancelling():
	case a.state == wFail:
		s.invalid(a.state.String())
	default:
		s.wantCancellation(a, reason)
	}
}

func (s *step) wantCancellation(a *subject, reason string) {
	for _, f := range s.record.refunds {
		if f.of == a.id && f.counts() {
			s.refuse(RefundExists, "type", f.id)
		}
	}
	a.cancellation = &cancellation{at: s.now, by: s.from, reason: reason, nextAt: s.now}
	s.note(wCancel, a.id, reason)
}

// answerCancel takes the answer to cancel. Alipay says yes to the cancellation of a payment that has failed, too, and may
// say no to that of one that it has cancelled: where it matters an inquiry has the last word.
func (s *step) answerCancel(a *subject, r *answered) {
	said := r.code
	if r.status == "S" {
		said = "S"
	}
	switch {
	case said == "S" && a.state == wSuccess:
		s.hear(a, wCancelled, withCode(""))
	case said == "S" && !a.cancelling():
		a.inquireAt = min(a.inquireAt, s.now)
	case a.cancelling() && (said == "S" || r.bound && r.status == "F" && r.outcome != Repeat && said != ""):
		a.cancellation.said, a.cancellation.nextAt = said, s.now
	case a.cancelling() && r.bound:
		s.plan(a)
	}
}

// endCancellation ends the wish after an inquiry found the payment as it was: Alipay refuses, unless it did not know the
// payment when it was asked.
func (s *step) endCancellation(a *subject) {
	d := a.cancellation
	code := d.said
	if d.said = ""; code != orderNotExist {
		d.end(s.now)
		d.code = code
		s.note(wCancelRefused, a.id, code)
		s.attend(wCancellationRefused, a.id, code)
	}
	s.plan(a)
}
