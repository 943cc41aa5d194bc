package core

import "strings"

// answered is an answer of Alipay to a call, as read_pay and its like have read it.
type answered struct {
	reply   object
	body    object // its response
	status  string // resultStatus
	code    string // resultCode
	state   word
	outcome Outcome
	// bound tells that it answers the call in flight. One that comes after its time is news of Alipay, and no reason to
	// conclude anything from what it does not say.
	bound bool
}

// orderNotExist is Alipay's word for a payment or refund that it has not heard of, or not yet.
const orderNotExist = "ORDER_NOT_EXIST"

// callOf reads the id of a call and finds what it is about, nil when the record knows of no such call.
func (s *step) callOf() (a *subject, call word, bound bool) {
	id, ok := s.str("id", mandatory, 3*maxID)
	operation, rest, _ := strings.Cut(id, ":")
	about, number, _ := strings.Cut(rest, ":")
	call = wordOf(operation)
	if call >= wPay && call <= wCancel {
		a = s.record.attempt(about)
	} else if call == wRefund || call == wInquiryRefund {
		a = find(s.record.refunds, about)
	}
	n, _ := atoi(number)
	if a != nil && n >= 1 && n <= a.calls {
		return a, call, a.call == call && n == a.calls
	}
	if ok {
		s.refuse(CallUnknown, "id", id)
	}
	return nil, call, false
}

// reply reads a member that is the reply of a read_* operation without errors, and the message inside; an empty one
// where that was reported.
func (s *step) reply(name, inside string) (reply, body object) {
	body = &located{p: s.p}
	reply, ok := s.event.required(name)
	if ok {
		if problems, ok := reply.array("errors"); !ok || len(problems) > 0 {
			s.refuse(AnswerUnusable, name)
		} else {
			body, _ = reply.required(inside)
		}
	}
	return reply, body
}

// answer is the event of a verified answer to a call.
func (s *step) answer() {
	a, call, bound := s.callOf()
	r := answered{bound: bound}
	r.reply, r.body = s.reply("answer", "response")
	if !s.p.ok() {
		return
	}
	r.status, _ = r.body.text("resultStatus")
	r.code = short(r.body, "resultCode")
	state, _ := r.reply.text("state")
	r.state = wordOf(state)
	outcome, _ := r.reply.text("outcome")
	r.outcome = Outcome(outcome)
	names := a.names()
	if id, said := r.body.text(names.key); said && id != a.id {
		code := PaymentRequestIDMismatch
		if a.refund {
			code = RefundRequestIDMismatch
		}
		r.body.fail(code, names.key)
	}
	f := readFacts(r.body, names)
	if !s.p.ok() {
		return
	}
	s.note(wAnswered, a.id, join(call.String(), r.status, r.code, state))
	if bound {
		a.call = wNone
	}
	switch call {
	case wPay:
		s.answerPay(a, &r, f)
	case wInquiryPayment:
		s.answerInquiry(a, &r, f)
	case wCancel:
		s.answerCancel(a, &r)
	default:
		s.answerRefund(a, call, &r, f)
	}
}

// noAnswer is the event of a call of which nothing is known: a time-out, a broken connection, an answer that does not
// verify. sent is false when provably nothing left the machine.
func (s *step) noAnswer() {
	a, call, bound := s.callOf()
	sent, code, what := true, "", wNoAnswer
	s.flag("sent", &sent)
	if list, ok := s.event.array("errors"); ok && len(list) > 0 {
		code = string(list[0].GetStringBytes("code"))
	}
	if len(code) > maxID {
		s.refuse(FieldTooLong, "errors/0/code", itoa(maxID))
	}
	if !s.p.ok() || !bound {
		return
	}
	if !sent {
		what = wNotSent
	}
	s.note(what, a.id, join(call.String(), code))
	s.unanswered(a, sent)
	switch {
	case sent || !a.open():
	case call == wRefund, call == wPay && code == ExpiryPassed.String() && !a.unknown:
		s.hear(a, wFail, withCode(code))
	case call == wPay && code == ExpiryPassed.String():
		a.inquireAt = s.now
	}
}

// setRedirect keeps where to send the shopper. The first answer stands.
func (s *step) setRedirect(a *subject, reply object) {
	v := reply.get("redirect")
	if v == nil || a.state != wProcessing || a.redirect != nil {
		return
	}
	var w writer
	writeValue(&w, v)
	if _, ok := reply.child("redirect"); ok && len(w.b) > maxRedirectJSON {
		reply.fail(FieldTooLong, "redirect", itoa(maxRedirectJSON))
	}
	a.redirect, a.nextAt = v, 0
	s.touched = true
}

// answerPay takes the answer to pay. That it says the payment is paid is a reason to inquire, and no proof.
func (s *step) answerPay(a *subject, r *answered, f *facts) {
	if !a.open() {
		return
	}
	s.setRedirect(a, r.reply)
	if a.facts.id == "" {
		a.facts.id = f.id
	}
	switch {
	case a.redirect != nil || !r.bound:
		return
	case r.status == "F" && !r.outcome.open():
		// A refusal of a repetition that is about the request says nothing of the request before it.
		if !a.unknown || r.outcome == TellShopper || r.outcome == NewAttempt {
			to := wFail
			if r.code == "ORDER_IS_CANCELED" {
				to = wCancelled
			}
			if a.state == wProcessing {
				s.hear(a, to, withCode(r.code))
			}
			return
		}
		a.inquireAt = s.now
	default:
		a.unknown = true
		if r.outcome != Repeat {
			a.inquireAt = s.now
		}
	}
	s.planPay(a)
}

// answerInquiry takes the answer to inquiry_payment, which is also what confirms a cancellation.
func (s *step) answerInquiry(a *subject, r *answered, f *facts) {
	said := "" // what Alipay answered to the cancellation that this inquiry confirms
	if r.bound && a.cancelling() {
		said = a.cancellation.said
	}
	unknown := r.code == orderNotExist && r.bound
	switch {
	case r.status == "S" && r.state != wNone:
		if s.misfits(r.body, a, r.state, wAnswerMisfit) {
			break
		}
		if code := short(r.body, "paymentResultCode"); code != "" || r.state != wSuccess {
			f.code = code
		}
		if said == "S" && r.state != wFail {
			r.state, f = wCancelled, withCode("")
		}
		s.hear(a, r.state, f)
		s.setRedirect(a, r.reply)
		if said != "" && a.cancelling() {
			s.endCancellation(a)
			return
		}
	case unknown && said == "S":
		s.hear(a, wCancelled, withCode(""))
	case unknown && s.gone(a):
		to := wFail
		if a.cancelling() {
			to = wCancelled
		}
		s.hear(a, to, withCode(orderNotExist))
	case unknown && said != "":
		a.cancellation.said = "" // it may still come to exist: cancel again
	}
	if r.bound && (said != "" || !a.cancelling()) {
		s.plan(a)
	}
}

// gone tells whether a payment that Alipay does not know can be given up.
func (s *step) gone(a *subject) bool {
	age := s.now - a.createdAt
	switch {
	case !a.open():
		return false
	case a.redirect != nil || a.state == wPending:
		return age >= forgotten
	}
	return age >= unborn || s.record.expiry > 0 && s.now >= s.record.expiry+onItsWay
}
