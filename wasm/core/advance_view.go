package core

// stateOpen is the paymentStatus of an order that nobody has tried to pay.
const stateOpen = "OPEN"

func (w *writer) number(name string, n int64) {
	w.name(name)
	w.raw(itoa64(n))
}

// shown is the attempt that stands for the order, nil before the first, and the status of it.
func (r *record) shown() (a *subject, status string) {
	a = r.paid()
	if a == nil {
		a = r.latest()
	}
	if a == nil {
		return nil, stateOpen
	}
	return a, a.state.String()
}

// writeView writes what a shopper may know.
func (s *step) writeView(w *writer) {
	r := &s.record
	a, status := r.shown()
	w.name("view")
	w.open('{')
	w.member("referenceOrderId", r.referenceOrderID)
	if a != nil {
		w.member("paymentRequestId", a.id)
	}
	w.member("paymentStatus", status)
	r.amount.write(w, "paymentAmount")
	expires := r.expiry
	if a != nil {
		w.given("resultCode", a.facts.code)
		expires = 0
		if closes := s.closesAt(a); a.state == wProcessing && !a.cancelling() && !r.settled() && s.now < closes {
			expires = closes
			if a.redirect != nil {
				w.name("redirect")
				writeValue(w, a.redirect)
			}
		}
		if !a.open() {
			w.given("resultPage", s.orderText("paymentRedirectUrl"))
		}
		if poll := s.pollAfter(a); poll > 0 {
			w.number("pollAfter", poll)
		}
	}
	for _, each := range r.attempts {
		if each.conflict.open() {
			w.boolean("conflict", true)
			break
		}
	}
	w.boolean("mayPayAgain", a != nil && a.state == wFail && !r.settled() && len(r.attempts) < maxAttempts)
	if expires > 0 {
		w.number("expiresAt", expires)
	}
	w.close('}')
}

// pollAfter is when a page should look again, 0 when nothing will change soon enough for a shopper to wait.
func (s *step) pollAfter(a *subject) int64 {
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
	_, status := r.shown()
	refunded, undelivered := int64(0), 0
	for _, f := range r.refunds {
		if f.state == wSuccess {
			value, _ := atoi(f.amount.value)
			refunded += value
		}
	}
	for _, m := range r.messages {
		if m.state == wPending || m.state == wFailed {
			undelivered++
		}
	}
	w.name("summary")
	w.open('{')
	w.member("referenceOrderId", r.referenceOrderID)
	w.number("createdAt", r.createdAt)
	w.number("updatedAt", r.updatedAt)
	w.member("paymentStatus", status)
	r.amount.write(w, "paymentAmount")
	w.member("refunded", itoa64(refunded))
	w.number("attention", int64(len(r.attention)))
	w.number("undelivered", int64(undelivered))
	ids(w, "paymentRequestIds", r.attempts, false)
	ids(w, "paymentIds", r.attempts, true)
	ids(w, "refundRequestIds", r.refunds, false)
	w.close('}')
}

// ids writes the ids of subjects, or those that Alipay gave them.
func ids(w *writer, name string, list []*subject, theirs bool) {
	w.name(name)
	w.open('[')
	for _, a := range list {
		id := a.id
		if theirs {
			id = a.facts.id
		}
		if id != "" {
			w.str(id)
		}
	}
	w.close(']')
}
