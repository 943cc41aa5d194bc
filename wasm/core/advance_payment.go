package core

func (a *attempt) open() bool { return a.state == stateProcessing || a.state == statePending }

// gone tells whether a payment that Alipay does not know can be given up.
func (s *step) gone(a *attempt) bool {
	age := s.now - a.createdAt
	switch {
	case !a.open():
		return false
	case a.redirect != nil || a.state == statePending:
		return age >= forgotten
	}
	return age >= unborn || s.record.expiry > 0 && s.now >= s.record.expiry+onItsWay
}

// giveUp ends a payment that Alipay does not know.
func (s *step) giveUp(a *attempt) {
	to := stateFail
	if a.cancelling() {
		to = stateCancelled
	}
	s.hear(a, to, facts{code: orderNotExist}, fromAlipay)
}

// hear moves a payment by news of it: forward, or not at all. A final state that contradicts another one is kept for
// the operator to settle.
func (s *step) hear(a *attempt, state string, f facts, from string) {
	next, contradicts := nextState(a.state, state)
	if a.state == stateCancelled && state == stateSuccess {
		// What was on its way when Alipay cancelled is given back. But here Alipay has never said that it did.
		contradicts = a.facts.code == orderNotExist
	}
	switch {
	case next != a.state:
		s.move(a, next, f, from)
	case contradicts && a.conflict == nil:
		a.conflict = &conflict{state: state, at: s.now, facts: f}
		s.note("conflict", from, a.id, words(a.state, state))
		s.attend(attentionConflict, a.id, words(a.state, state))
	case a.open() && a.facts.id == "" && f.id != "":
		a.facts.id = f.id
		s.touched = true
	}
}

func (s *step) move(a *attempt, to string, f facts, from string) {
	a.state = to
	a.facts.learn(f)
	s.note("status", from, a.id, words(to, f.code))
	if a.open() {
		return
	}
	a.finalAt = s.now
	a.redirect, a.payAt, a.inquireAt = nil, 0, 0
	if a.cancelling() && to != stateSuccess {
		a.cancellation.end(s.now)
	}
	if !a.cancelling() {
		a.call = ""
	}
	if to == stateCancelled && a.conflict.open() {
		s.settleConflict(a.conflict, a.id, "cancel", fromService)
	}
}

// setRedirect keeps where to send the shopper. The first answer stands.
func (s *step) setRedirect(a *attempt, to object) {
	if to.o == nil || a.state != stateProcessing || a.redirect != nil {
		return
	}
	v := s.event.get("answer").Get("redirect")
	var w writer
	writeValue(&w, v)
	if len(w.b) > maxRedirectJSON {
		s.p.fail(FieldTooLong, to.path, itoa(maxRedirectJSON))
		return
	}
	a.redirect, a.payAt = v, 0
	s.touched = true
}

// answerPay takes the answer to pay. That it says the payment is paid is a reason to inquire, and no proof.
func (s *step) answerPay(a *attempt, r *answered) {
	if r.redirect.o != nil {
		s.setRedirect(a, r.redirect)
	}
	if !a.open() {
		return
	}
	if a.facts.id == "" {
		a.facts.id = short(r.body, "paymentId")
	}
	switch {
	case a.redirect != nil || !r.bound:
		return
	case r.status == "F" && !r.outcome.open():
		// A refusal of a repetition that is about the request says nothing of the request before it.
		if !a.unknown || r.outcome == TellShopper || r.outcome == NewAttempt {
			if a.state == stateProcessing {
				to := stateFail
				if r.code == "ORDER_IS_CANCELED" {
					to = stateCancelled
				}
				s.hear(a, to, facts{code: r.code}, fromAlipay)
			}
			return
		}
		a.inquireAt = s.now
	case r.outcome == Repeat:
		a.unknown = true
	default:
		a.unknown = true
		a.inquireAt = s.now
	}
	a.payAt = s.now + grow(s.now-a.createdAt, 5*second, 5*minute)
}

// answerInquiry takes the answer to inquiry_payment, which is also what confirms a cancellation.
func (s *step) answerInquiry(a *attempt, r *answered) {
	said := "" // what Alipay answered to the cancellation that this inquiry confirms
	if r.bound && a.cancelling() {
		said = a.cancellation.said
	}
	switch {
	case r.status == "S" && r.state != "":
		f := readFacts(r.body, "paymentId", "paymentTime")
		f.code = short(r.body, "paymentResultCode")
		if f.code == "" && r.state == stateSuccess {
			f.code = r.code
		}
		if !s.p.ok() {
			return
		}
		if s.misfits(r.body, &a.facts, a.id, nil, r.state, "ANSWER_MISFIT") {
			break
		}
		if said == "S" && r.state != stateFail {
			r.state, f = stateCancelled, facts{}
		}
		s.hear(a, r.state, f, fromAlipay)
		s.setRedirect(a, r.redirect)
		if said != "" && a.cancelling() {
			s.endCancellation(a)
			return
		}
	case r.code != orderNotExist || !r.bound:
	case said == "S":
		s.hear(a, stateCancelled, facts{}, fromAlipay)
	case s.gone(a):
		s.giveUp(a)
	case said != "":
		a.cancellation.said = "" // it may still come to exist: cancel again
	}
	switch {
	case !r.bound:
	case said != "" && a.cancelling():
		s.planCancellation(a)
	case a.open() && !a.cancelling():
		s.planInquiry(a)
	}
}

// misfits tells whether a message of Alipay does not fit the record, and then keeps that for a person. f is nil for a
// payment.
func (s *step) misfits(message object, known *facts, about string, f *refundRecord, state, code string) bool {
	var w writer
	w.open('{')
	id, amountName := "paymentId", "paymentAmount"
	if f == nil {
		w.member("paymentRequestId", about)
		w.given("paymentId", known.id)
		s.record.amount.write(&w, amountName)
	} else {
		id, amountName = "refundId", "refundAmount"
		w.member("refundRequestId", about)
		w.given("paymentId", s.record.attempt(f.paymentRequestID).facts.id)
		w.given("refundId", known.id)
		f.amount.write(&w, amountName)
	}
	w.given("settlementCurrency", s.record.settlement)
	w.close('}')
	found := problems{language: s.p.language}
	stored, _ := parseObject(w.b, "", &found)
	said := object{message.o, "", &found}
	match(stored, said, s.c)
	if state == stateSuccess {
		for _, name := range [...]string{amountName, id} {
			if !said.has(name) && (name != id || known.id == "") {
				found.fail(FieldRequired, said.at(name))
			}
		}
	}
	reason := ""
	for _, list := range [...][]problem{found.errors, found.warnings} {
		for _, problem := range list {
			if problem.code == SettlementCurrencyDiffers {
				// The contract may have changed meanwhile: what was paid is paid, and somebody should know.
				s.attend(string(SettlementCurrencyDiffers), about, problem.path)
			}
		}
	}
	for _, problem := range found.errors {
		if problem.code != SettlementCurrencyDiffers && reason == "" {
			reason = words(string(problem.code), problem.path)
			s.misfit = string(problem.code)
		}
	}
	if reason == "" {
		return false
	}
	s.note("misfit", fromAlipay, about, reason)
	s.attend(code, about, reason)
	return true
}

// notification is the event of a verified notification of a payment or a refund. What does not fit is kept for a person.
func (s *step) notification() {
	reply, n := s.reply("notification", "notification")
	if !s.p.ok() {
		return
	}
	kind := short(n, "notifyType")
	state, _ := reply.text("state")
	key, id, time := "paymentRequestId", "paymentId", "paymentTime"
	if kind == refundResult {
		key, id, time = "refundRequestId", "refundId", "refundTime"
	}
	about := short(n, key)
	fact := readFacts(n, id, time)
	status, _ := n.text("resultStatus")
	if !s.p.ok() {
		return
	}
	s.note("notified", fromAlipay, about, words(kind, status, fact.code))
	a, f := s.record.attempt(about), s.record.refund(about)
	if kind == refundResult {
		a = nil
	} else {
		f = nil
	}
	switch {
	case state == "":
		s.unfit(about, NotifyTypeUnknown, kind)
	case a == nil && f == nil && kind == refundResult:
		s.unfit(about, RefundRequestIDMismatch, kind)
	case a == nil && f == nil:
		s.unfit(about, PaymentRequestIDMismatch, kind)
	case f != nil:
		if !s.misfits(n, &f.facts, about, f, state, "NOTIFICATION_MISFIT") {
			s.hearRefund(f, state, fact, fromAlipay)
		}
	case s.misfits(n, &a.facts, about, nil, state, "NOTIFICATION_MISFIT"):
	case state == stateProcessing:
		if a.open() {
			a.inquireAt = min(a.inquireAt, s.now)
		}
	default:
		s.hear(a, state, fact, fromAlipay)
	}
}

// unfit keeps a notification about nothing that the record knows.
func (s *step) unfit(about string, code Code, kind string) {
	s.misfit = string(code)
	s.note("misfit", fromAlipay, about, words(string(code), kind))
	s.attend("NOTIFICATION_MISFIT", about, words(string(code), kind))
}
