package core

// settle is the operator's word on a conflict: accept what Alipay said last, cancel the payment so that the money goes
// back, or keep the state.
func (s *step) settle() {
	text, _ := s.str("as", mandatory, maxID)
	as := wordOf(text)
	id, _ := s.str("id", optional, maxID)
	reason := s.reason()
	if !s.p.ok() {
		return
	}
	for _, list := range s.record.all() {
		for _, a := range list {
			if !a.conflict.open() || id != "" && id != a.id {
				continue
			}
			if as != wAccept && as != wKeep && (as != wCancel || a.refund) {
				s.refuse(FieldNotInSet, "as", "accept, cancel, keep")
				return
			}
			d := a.conflict
			if as == wCancel && !a.cancelling() {
				s.wantCancellation(a, reason)
			}
			s.note(wSettle, a.id, join(text, reason))
			s.settleConflict(a, as)
			if as == wAccept || as == wCancel && d.state == wSuccess {
				s.move(a, d.state, &d.facts)
			}
			return
		}
	}
	s.refuse(NoConflict, "type")
}

func (s *step) settleConflict(a *subject, as word) {
	d := a.conflict
	d.settledAs, d.settledAt, d.by = as, s.now, s.from
	s.unattend(wConflictOpen.String() + ":" + a.id)
}
