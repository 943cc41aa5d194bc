package core

// open tells whether the conflict waits for the operator.
func (d *conflict) open() bool { return d != nil && d.settledAt == 0 }

// settle is the operator's word on a conflict: accept what Alipay said last, cancel the payment so that the money goes
// back, or keep the state.
func (s *step) settle() {
	by := s.operator()
	as, _ := s.event.str("as", mandatory, maxID)
	if as != "accept" && as != "cancel" && as != "keep" && s.p.ok() {
		s.p.fail(FieldNotInSet, s.event.at("as"), "accept, cancel, keep")
	}
	id, _ := s.event.str("id", optional, maxID)
	reason, _ := s.event.str("reason", optional, 256)
	if !s.p.ok() {
		return
	}
	for _, a := range s.record.attempts {
		if a.conflict.open() && (id == "" || id == a.id) {
			s.settlePayment(a, as, by, reason)
			return
		}
	}
	for _, f := range s.record.refunds {
		if !f.conflict.open() || id != "" && id != f.id {
			continue
		}
		switch as {
		case "cancel":
			s.p.fail(FieldNotInSet, s.event.at("as"), "accept, keep")
			return
		case "accept":
			s.moveRefund(f, f.conflict.state, f.conflict.facts, by)
		}
		s.note("settle", by, f.id, words(as, reason))
		s.settleConflict(f.conflict, f.id, as, by)
		return
	}
	s.p.fail(NoConflict, "/event/type")
}

func (s *step) settlePayment(a *attempt, as, by, reason string) {
	d := a.conflict
	if as == "cancel" && !a.cancelling() {
		s.wantCancellation(a, by, reason)
		if !s.p.ok() {
			return
		}
	}
	s.note("settle", by, a.id, words(as, reason))
	s.settleConflict(d, a.id, as, by)
	if as == "accept" || as == "cancel" && d.state == stateSuccess {
		s.move(a, d.state, d.facts, by)
	}
}

func (s *step) settleConflict(d *conflict, about, as, by string) {
	d.settledAs, d.settledAt, d.by = as, s.now, by
	s.unattend(attentionConflict + ":" + about)
}
