package core

import "github.com/valyala/fastjson"

// counts tells whether the money of a refund is gone, or may be.
func (f *refundRecord) counts() bool { return f.state != stateFail || f.conflict.open() }

// left is what is not given back of a payment.
func (s *step) left(a *attempt) int64 {
	left, _ := atoi(s.record.amount.value)
	for _, f := range s.record.refunds {
		if f.paymentRequestID == a.id && f.counts() {
			value, _ := atoi(f.amount.value)
			left -= value
		}
	}
	return left
}

// refund is the operator's word that money be given back. The same refundRequestId is the same refund, however often it
// comes. All that is left is given back only for the word "all".
func (s *step) refund() {
	f := &refundRecord{state: stateProcessing, createdAt: s.now, nextAt: s.now, by: s.operator()}
	f.id, _ = s.event.str("refundRequestId", mandatory, maxID)
	f.reason, _ = s.event.str("refundReason", optional, 256)
	v := s.event.get("refundAmount")
	all := v != nil && v.Type() == fastjson.TypeString && string(v.GetStringBytes()) == "all"
	if !all {
		f.amount = readPaymentAmount(s.event, "refundAmount")
		child, _ := s.event.child("refundAmount")
		child.unknownTo(func(name string) bool {
			if name != "currency" && name != "value" {
				s.p.fail(FieldUnknown, child.at(escapePointer(name)))
			}
			return false
		})
	}
	a := s.target()
	if !s.p.ok() {
		return
	}
	if same := s.record.refund(f.id); same != nil {
		if !all && same.amount != f.amount || s.event.has("paymentRequestId") && same.paymentRequestID != a.id {
			s.p.fail(RefundChanged, s.event.at("refundRequestId"))
		}
		return
	}
	switch {
	case a.state != stateSuccess || a.facts.id == "":
		s.p.fail(PaymentStatusInvalid, "/event/type", a.state)
		return
	case a.cancelling():
		s.p.fail(CancellationOpen, "/event/type")
		return
	case len(s.record.refunds) == maxRefunds:
		s.p.fail(TooManyRefunds, "/record/refunds", itoa(maxRefunds))
		return
	}
	left := s.left(a)
	if all {
		f.amount = amount{s.record.amount.currency, itoa64(max(left, 0))}
	}
	value, _ := atoi(f.amount.value)
	switch {
	case f.amount.currency != s.record.amount.currency:
		s.p.fail(RefundCurrencyMismatch, s.event.at("refundAmount/currency"), f.amount.currency, s.record.amount.currency)
		return
	case value > left || left <= 0:
		s.p.fail(RefundExceedsPayment, s.event.at("refundAmount"), itoa64(max(left, 0)))
		return
	}
	f.paymentRequestID = a.id
	if !s.checkRefund(f) {
		return
	}
	s.record.refunds = append(s.record.refunds, f)
	s.note("refund", f.by, f.id, f.amount.currency+" "+f.amount.value)
}

// checkRefund checks the request as build_refund does.
func (s *step) checkRefund(f *refundRecord) bool {
	var w writer
	w.open('{')
	w.name("request")
	s.writeRefundRequest(&w, f)
	w.close('}')
	found := problems{language: s.p.language}
	if head, ok := parseObject(w.b, "", &found); ok {
		callBody(head, s.c, refund[:], nil)
	}
	for _, problem := range found.errors {
		problem.path = "/event" + problem.path
		s.p.errors = append(s.p.errors, problem)
	}
	return s.p.ok()
}

// answerRefund takes the answer to refund or inquiry_refund.
func (s *step) answerRefund(f *refundRecord, r *answered) {
	fact := readFacts(r.body, "refundId", "refundTime")
	if !s.p.ok() {
		return
	}
	if r.operation == "refund" && r.bound {
		f.unknown = r.status != "F" || r.outcome.open()
	}
	switch {
	case r.status == "S" && s.misfits(r.body, &f.facts, f.id, f, "", "ANSWER_MISFIT"):
	case r.state != "":
		s.hearRefund(f, r.state, fact, fromAlipay)
	case !r.bound:
	case r.operation == "refund" && !f.unknown:
		s.hearRefund(f, stateFail, fact, fromAlipay)
	case r.operation == "inquiry_refund" && r.code == orderNotExist:
		// The request was lost, for it was sent longer ago than any may be on its way. The same one again.
		f.unknown = false
		f.nextAt = s.now
		return
	}
	if f.state == stateProcessing && r.bound {
		s.planRefund(f)
	}
}

// noRefundAnswer plans again what a call about a refund leaves open.
func (s *step) noRefundAnswer(f *refundRecord) {
	if f.call == "refund" {
		f.unknown = true
	}
	f.call = ""
	s.planRefund(f)
}

func (s *step) planRefund(f *refundRecord) {
	f.nextAt = s.now + grow(s.now-f.createdAt, onItsWay, longest)
	s.touched = true
}

// hearRefund moves a refund by news of it, as hear does a payment.
func (s *step) hearRefund(f *refundRecord, state string, fact facts, from string) {
	next, contradicts := nextState(f.state, state)
	switch {
	case next != f.state:
		s.moveRefund(f, next, fact, from)
	case contradicts && f.conflict == nil:
		f.conflict = &conflict{state: state, at: s.now, facts: fact}
		s.note("conflict", from, f.id, words(f.state, state))
		s.attend(attentionConflict, f.id, words(f.state, state))
	case f.state == stateProcessing && f.facts.id == "" && fact.id != "":
		f.facts.id = fact.id
		s.touched = true
	}
}

func (s *step) moveRefund(f *refundRecord, to string, fact facts, from string) {
	f.state = to
	f.facts.learn(fact)
	f.finalAt = s.now
	f.call, f.nextAt = "", 0
	s.note("status", from, f.id, words(to, fact.code))
	if to == stateFail {
		s.attend("REFUND_FAILED", f.id, fact.code)
	}
}
