package core

// stateOpen is the paymentStatus of an order that nobody has tried to pay.
const stateOpen = "OPEN"

// writeView writes what a shopper may know.
func (s *step) writeView(w *writer) {
	r, a := &s.record, s.record.latest()
	conflict := false
	for _, each := range r.attempts {
		conflict = conflict || each.conflict.open()
	}
	w.name("view")
	w.open('{')
	w.member("referenceOrderId", r.referenceOrderID)
	state, expires, poll := stateOpen, r.expiry, int64(0)
	if a != nil {
		if paid := r.paid(); paid != nil {
			a = paid
		}
		state, expires = a.state, 0
		w.member("paymentRequestId", a.id)
		poll = s.pollAfter(a)
	}
	w.member("paymentStatus", state)
	r.amount.write(w, "paymentAmount")
	if a != nil {
		w.given("resultCode", a.facts.code)
		if a.state == stateProcessing && !a.cancelling() && !r.settled() && s.now < s.closesAt(a) {
			expires = s.closesAt(a)
			if a.redirect != nil {
				w.name("redirect")
				writeValue(w, a.redirect)
			}
		}
		if !a.open() {
			w.given("resultPage", s.orderText("paymentRedirectUrl"))
		}
	}
	if conflict {
		w.boolean("conflict", true)
	}
	w.boolean("mayPayAgain", a != nil && a.state == stateFail && !r.settled() && len(r.attempts) < maxAttempts)
	if poll > 0 {
		w.name("pollAfter")
		w.raw(itoa64(poll))
	}
	if expires > 0 {
		w.name("expiresAt")
		w.raw(itoa64(expires))
	}
	w.close('}')
}

// pollAfter is when a page should look again, 0 when nothing will change soon enough for a shopper to wait.
func (s *step) pollAfter(a *attempt) int64 {
	age := s.now - a.createdAt
	switch {
	case a.cancelling():
		return 10 * second
	case !a.open() || age >= forgotten:
		return 0
	case age < minute:
		return 3 * second
	case age < 5*minute:
		return 5 * second
	case age < 20*minute:
		return 10 * second
	}
	return minute
}

// writeSummary writes what a list of orders shows.
func (s *step) writeSummary(w *writer) {
	r := &s.record
	state := stateOpen
	if a := r.paid(); a != nil {
		state = a.state
	} else if a := r.latest(); a != nil {
		state = a.state
	}
	refunded, undelivered := int64(0), 0
	for _, f := range r.refunds {
		if f.state == stateSuccess {
			value, _ := atoi(f.amount.value)
			refunded += value
		}
	}
	for _, m := range r.messages {
		if m.state == messagePending || m.state == messageFailed {
			undelivered++
		}
	}
	w.name("summary")
	w.open('{')
	w.member("referenceOrderId", r.referenceOrderID)
	w.name("createdAt")
	w.raw(itoa64(r.createdAt))
	w.name("updatedAt")
	w.raw(itoa64(r.updatedAt))
	w.member("paymentStatus", state)
	r.amount.write(w, "paymentAmount")
	w.member("refunded", itoa64(refunded))
	w.name("attention")
	w.raw(itoa(len(r.attention)))
	w.name("undelivered")
	w.raw(itoa(undelivered))
	w.name("paymentRequestIds")
	w.open('[')
	for _, a := range r.attempts {
		w.str(a.id)
	}
	w.close(']')
	w.name("paymentIds")
	w.open('[')
	for _, a := range r.attempts {
		if a.facts.id != "" {
			w.str(a.facts.id)
		}
	}
	w.close(']')
	w.name("refundRequestIds")
	w.open('[')
	for _, f := range r.refunds {
		w.str(f.id)
	}
	w.close(']')
	w.close('}')
}
