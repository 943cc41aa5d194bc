package core

// attend keeps what needs a person. There is one entry for each code and what it is about; where there are too many the
// oldest gives way, unless it is about money that came unexpectedly.
func (s *step) attend(code, about, detail string) {
	s.touched = true
	id := code + ":" + about
	s.unattend(id)
	list := s.record.attention
	if len(list) == maxAttention {
		oldest := 0
		for i, t := range list {
			if t.code != attentionConflict {
				oldest = i
				break
			}
		}
		list = append(list[:oldest], list[oldest+1:]...)
	}
	s.record.attention = append(list, &attention{id, code, about, detail, s.now})
}

// attentionConflict is of an entry that ends only when the conflict is settled.
const attentionConflict = "CONFLICT"

// unattend drops an entry, and tells whether it was there.
func (s *step) unattend(id string) bool {
	for i, t := range s.record.attention {
		if t.id == id {
			s.touched = true
			s.record.attention = append(s.record.attention[:i], s.record.attention[i+1:]...)
			return true
		}
	}
	return false
}

// dismiss is the operator's word that an entry needs nobody any more.
func (s *step) dismiss() {
	by := s.operator()
	id, _ := s.event.str("id", mandatory, 200)
	reason, _ := s.event.str("reason", optional, 256)
	if !s.p.ok() {
		return
	}
	for _, t := range s.record.attention {
		if t.id == id && t.code == attentionConflict {
			s.p.fail(ConflictOpen, s.event.at("id"))
			return
		}
	}
	if !s.unattend(id) {
		s.p.fail(AttentionUnknown, s.event.at("id"))
		return
	}
	s.note("dismiss", by, id, reason)
}
