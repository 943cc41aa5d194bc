package core

// id names an entry of what needs a person: there is one for each code and what it is about.
func (e *entry) id() string { return e.what.String() + ":" + e.about }

// attend keeps what needs a person. Where there is too much the oldest gives way, unless it is about money that came
// unexpectedly.
func (s *step) attend(code word, about, detail string) {
	s.unattend(code.String() + ":" + about)
	s.touched = true
	list := s.record.attention
	if len(list) == maxAttention {
		oldest := 0
		for oldest < maxAttention-1 && list[oldest].what == wConflictOpen {
			oldest++
		}
		list = append(list[:oldest], list[oldest+1:]...)
	}
	s.record.attention = append(list, &entry{at: s.now, what: code, about: about, detail: detail})
}

// unattend drops an entry and returns it, nil when there is none.
func (s *step) unattend(id string) *entry {
	for i, t := range s.record.attention {
		if t.id() == id {
			s.touched = true
			s.record.attention = append(s.record.attention[:i], s.record.attention[i+1:]...)
			return t
		}
	}
	return nil
}

// dismiss is the operator's word that an entry needs nobody any more.
func (s *step) dismiss() {
	id, _ := s.str("id", mandatory, 3*maxID)
	reason := s.reason()
	switch t := s.unattend(id); {
	case !s.p.ok():
	case t == nil:
		s.refuse(AttentionUnknown, "id")
	case t.what == wConflictOpen:
		s.refuse(ConflictOpen, "id")
	}
	s.note(wDismiss, id, reason)
}

// reason reads why an operator wants something.
func (s *step) reason() string {
	reason, _ := s.str("reason", optional, 256)
	return reason
}
