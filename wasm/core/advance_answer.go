package core

import "strings"

// answered is an answer of Alipay to a call, as read_pay and its like have read it.
type answered struct {
	operation string
	body      object // its response
	redirect  object // where to send the shopper, empty when it does not say
	status    string // resultStatus
	code      string // resultCode
	state     string
	outcome   Outcome
	// bound tells that it answers the call in flight. One that comes after its time is news of Alipay, and no reason to
	// conclude anything from what it does not say.
	bound bool
}

// orderNotExist is Alipay's word for a payment or refund that it has not heard of, or not yet.
const orderNotExist = "ORDER_NOT_EXIST"

// callOf reads the id of a call and finds what it is about; both are nil when the record knows of no such call.
func (s *step) callOf() (a *attempt, f *refundRecord, operation string, bound bool) {
	id, ok := s.event.str("id", mandatory, 3*maxID)
	if !ok {
		return nil, nil, "", false
	}
	operation, rest, _ := strings.Cut(id, ":")
	about, number := "", ""
	if i := strings.LastIndexByte(rest, ':'); i >= 0 {
		about, number = rest[:i], rest[i+1:]
	}
	n, _ := atoi(number)
	var k *calling
	switch operation {
	case "pay", "inquiry_payment", "cancel":
		if a = s.record.attempt(about); a != nil {
			k = &a.calling
		}
	case "refund", "inquiry_refund":
		if f = s.record.refund(about); f != nil {
			k = &f.calling
		}
	}
	if k == nil || n < 1 || n > k.calls {
		s.p.fail(CallUnknown, s.event.at("id"), id)
		return nil, nil, "", false
	}
	return a, f, operation, k.call == operation && n == k.calls
}

// reply reads a member that is the reply of a read_* operation without errors.
func (s *step) reply(name, inside string) (reply, body object) {
	reply, ok := s.event.required(name)
	if !ok {
		return reply, body
	}
	if problems, ok := reply.array("errors"); !ok || len(problems) > 0 {
		s.p.fail(AnswerUnusable, reply.path)
		return reply, body
	}
	body, _ = reply.required(inside)
	return reply, body
}

// answer is the event of a verified answer to a call.
func (s *step) answer() {
	a, f, operation, bound := s.callOf()
	reply, body := s.reply("answer", "response")
	if !s.p.ok() {
		return
	}
	r := answered{operation: operation, body: body, bound: bound}
	r.redirect, _ = reply.child("redirect")
	r.status, _ = body.text("resultStatus")
	r.code = short(body, "resultCode")
	r.state, _ = reply.text("state")
	outcome, _ := reply.text("outcome")
	r.outcome = Outcome(outcome)
	key, about, mismatch := "paymentRequestId", "", PaymentRequestIDMismatch
	if a != nil {
		about = a.id
	} else {
		key, about, mismatch = "refundRequestId", f.id, RefundRequestIDMismatch
	}
	if id, said := body.text(key); said && id != about {
		s.p.fail(mismatch, body.at(key))
	}
	if !s.p.ok() {
		return
	}
	s.note("answered", fromAlipay, about, words(operation, r.status, r.code, r.state))
	if a != nil {
		if bound {
			a.call = ""
		}
		switch operation {
		case "pay":
			s.answerPay(a, &r)
		case "inquiry_payment":
			s.answerInquiry(a, &r)
		case "cancel":
			s.answerCancel(a, &r)
		}
		return
	}
	if bound {
		f.call = ""
	}
	s.answerRefund(f, &r)
}

// noAnswer is the event of a call of which nothing is known: a time-out, a broken connection, an answer that does not
// verify. sent is false when provably nothing left the machine.
func (s *step) noAnswer() {
	a, f, operation, bound := s.callOf()
	sent, code := true, ""
	s.event.boolean("sent", &sent)
	if list, ok := s.event.array("errors"); ok && len(list) > 0 {
		code = string(list[0].GetStringBytes("code"))
	}
	if len(code) > maxID {
		s.p.fail(FieldTooLong, s.event.at("errors/0/code"), itoa(maxID))
	}
	if !s.p.ok() || !bound {
		return
	}
	what := "no answer"
	if !sent {
		what = "not sent"
	}
	if a != nil {
		s.note(what, fromService, a.id, words(operation, code, "", ""))
		s.unanswered(a, sent)
		if !sent && operation == "pay" && code == string(ExpiryPassed) && a.open() {
			if a.unknown {
				a.inquireAt = s.now
			} else {
				s.hear(a, stateFail, facts{code: code}, fromService)
			}
		}
		return
	}
	s.note(what, fromService, f.id, words(operation, code, "", ""))
	if !sent && operation == "refund" {
		f.call = ""
		s.hearRefund(f, stateFail, facts{code: code}, fromService)
		return
	}
	s.noRefundAnswer(f)
}

// unanswered plans again what a call about a payment leaves open.
func (s *step) unanswered(a *attempt, sent bool) {
	call := a.call
	a.call = ""
	switch {
	case a.cancelling():
		s.planCancellation(a)
	case call == "pay":
		a.payAt = s.now + grow(s.now-a.createdAt, 5*second, 5*minute)
	case a.open():
		s.planInquiry(a)
	}
	if call == "pay" && sent {
		a.unknown = true
	}
}

// short reads a word of Alipay that the record keeps.
func short(o object, name string) string {
	text, _ := o.text(name)
	if longer(text, maxID) {
		o.p.fail(FieldTooLong, o.at(name), itoa(maxID))
	}
	return text
}

func readFacts(o object, id, time string) (f facts) {
	f.id = short(o, id)
	f.code = short(o, "resultCode")
	f.time = short(o, time)
	f.gross = readAmountIfPresent(o, "grossSettlementAmount")
	return f
}

// learn keeps what was said; what was not said stays.
func (f *facts) learn(said facts) {
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

// words puts a detail of the history together.
func words(all ...string) string {
	text := ""
	for _, w := range all {
		if w != "" {
			if text != "" {
				text += " "
			}
			text += w
		}
	}
	return text
}
