package core

func (a *subject) open() bool { return a.state == wProcessing || a.state == wPending }

// open tells whether the conflict waits for the operator.
func (d *conflict) open() bool { return d != nil && d.settledAt == 0 }

// hear moves a payment or a refund by news of it: forward, or not at all. A final state that contradicts another one is
// kept for the operator to settle.
func (s *step) hear(a *subject, state word, f *facts) {
	next, contradicts := nextState(a.state.String(), state.String())
	if a.state == wCancelled && state == wSuccess {
		// What was on its way when Alipay cancelled is given back. But here Alipay has never said that it did.
		contradicts = a.facts.code == orderNotExist
	}
	switch {
	case next != a.state.String():
		s.move(a, state, f)
	case contradicts && a.conflict == nil:
		a.conflict = &conflict{state: state, at: s.now, facts: *f}
		states := join(a.state.String(), state.String())
		s.note(wConflict, a.id, states)
		s.attend(wConflictOpen, a.id, states)
	case a.open() && a.facts.id == "" && f.id != "":
		a.facts.id = f.id
		s.touched = true
	}
}

// move takes a payment or a refund into a state.
func (s *step) move(a *subject, to word, f *facts) {
	a.state = to
	a.facts.learn(f)
	s.note(wStatus, a.id, join(to.String(), f.code))
	if a.open() {
		return
	}
	a.finalAt = s.now
	a.redirect, a.nextAt, a.inquireAt = nil, 0, 0
	if a.refund && to == wFail {
		s.attend(wRefundNotMade, a.id, f.code)
	}
	if a.cancelling() && to != wSuccess {
		a.cancellation.end(s.now)
	}
	if !a.cancelling() {
		a.call = wNone
	}
	if to == wCancelled && a.conflict.open() {
		s.settleConflict(a, wCancel)
	}
}

// learn keeps what was said; what was not said stays.
func (f *facts) learn(said *facts) {
	if f.id == "" {
		f.id = said.id
	}
	if said.code != "" {
		f.code = said.code
	}
	if said.time != "" {
		f.time = said.time
	}
	if said.gross.present() {
		f.gross = said.gross
	}
}

// readFacts reads what a message of Alipay tells of a payment or a refund.
func readFacts(o object, names *subjectNames) *facts {
	return &facts{
		id:    short(o, names.id),
		code:  short(o, "resultCode"),
		time:  short(o, names.time),
		gross: readAmountIfPresent(o, "grossSettlementAmount"),
	}
}

// withCode are facts of which only a code is known.
func withCode(code string) *facts { return &facts{code: code} }

// short reads a word of Alipay that the record keeps.
func short(o object, name string) string {
	text, _ := o.text(name)
	if longer(text, maxID) {
		o.fail(FieldTooLong, name, itoa(maxID))
	}
	return text
}

// misfits tells whether a message of Alipay does not fit the record, and then keeps that for a person.
func (s *step) misfits(message object, a *subject, state, code word) bool {
	var w writer
	names := a.names()
	w.open('{')
	w.member(names.key, a.id)
	w.given(names.id, a.facts.id)
	if a.refund {
		w.given("paymentId", s.record.attempt(a.of).facts.id)
		a.amount.write(&w, names.amount)
	} else {
		s.record.amount.write(&w, names.amount)
	}
	w.given("settlementCurrency", s.record.settlement)
	w.close('}')
	found := problems{language: s.p.language}
	stored, _ := parseObject(w.b, "", &found)
	said := &located{message.o, "", &found}
	match(stored, said, s.c)
	if state == wSuccess && !said.has(names.amount) {
		said.fail(FieldRequired, names.amount)
	}
	if state == wSuccess && a.facts.id == "" && !said.has(names.id) {
		said.fail(FieldRequired, names.id)
	}
	for _, problem := range found.warnings {
		if problem.code == SettlementCurrencyDiffers {
			// The contract may have changed meanwhile: what was paid is paid, and somebody should know.
			s.attend(wSettlementDiffers, a.id, problem.path)
		}
	}
	if found.ok() {
		return false
	}
	s.unfit(code, a.id, found.errors[0].code, found.errors[0].path)
	return true
}

// unfit keeps that a message does not fit.
func (s *step) unfit(code word, about string, why Code, where string) {
	s.misfit = why.String()
	detail := join(s.misfit, where)
	s.note(wMisfit, about, detail)
	s.attend(code, about, detail)
}

// notification is the event of a verified notification of a payment or a refund. What does not fit is kept for a person.
func (s *step) notification() {
	reply, n := s.reply("notification", "notification")
	kind := short(n, "notifyType")
	list, unknown, names := s.record.attempts, PaymentRequestIDMismatch, &namesOfPayment
	if kind == refundResult {
		list, unknown, names = s.record.refunds, RefundRequestIDMismatch, &namesOfRefund
	}
	about := short(n, names.key)
	f := readFacts(n, names)
	text, _ := reply.text("state")
	status, _ := n.text("resultStatus")
	if !s.p.ok() {
		return
	}
	s.note(wNotified, about, join(kind, status, f.code))
	a, state := find(list, about), wordOf(text)
	switch {
	case text == "":
		s.unfit(wNotificationMisfit, about, NotifyTypeUnknown, kind)
	case a == nil:
		s.unfit(wNotificationMisfit, about, unknown, kind)
	case s.misfits(n, a, state, wNotificationMisfit):
	case state != wProcessing:
		s.hear(a, state, f)
	case a.open() && !a.refund:
		a.inquireAt = min(a.inquireAt, s.now)
	}
}
