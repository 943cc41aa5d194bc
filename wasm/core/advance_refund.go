package core

import "github.com/valyala/fastjson"

// counts tells whether the money of a refund is gone, or may be.
func (a *subject) counts() bool { return a.state != wFail || a.conflict.open() }

// left is what is not given back of a payment.
func (s *step) left(a *subject) int64 {
	left, _ := atoi(s.record.amount.value)
	for _, f := range s.record.refunds {
		if f.of == a.id && f.counts() {
			value, _ := atoi(f.amount.value)
			left -= value
		}
	}
	return max(left, 0)
}

// refund is the operator's word that money be given back. The same refundRequestId is the same refund, however often it
// comes. All that is left is given back only for the word "all".
func (s *step) refund() {
	f := &subject{refund: true, state: wProcessing, createdAt: s.now, nextAt: s.now, by: s.from}
	f.id, _ = s.str("refundRequestId", mandatory, maxID)
	f.reason, _ = s.str("refundReason", optional, 256)
	v := s.event.get("refundAmount")
	all := v != nil && v.Type() == fastjson.TypeString && string(v.GetStringBytes()) == "all"
	if !all {
		f.amount = readPaymentAmount(s.event, "refundAmount")
		if v != nil && v.Type() == fastjson.TypeObject {
			s.refuseUnknown(&located{v.GetObject(), "/event/refundAmount", s.p}, "currency value")
		}
	}
	a := s.target()
	if !s.p.ok() {
		return
	}
	if same := find(s.record.refunds, f.id); same != nil {
		if !all && same.amount != f.amount || s.event.has("paymentRequestId") && same.of != a.id {
			s.refuse(RefundChanged, "refundRequestId")
		}
		return
	}
	f.of = a.id
	left := s.left(a)
	if all {
		f.amount = amount{s.record.amount.currency, itoa64(left)}
	}
	value, _ := atoi(f.amount.value)
	switch {
	case a.state != wSuccess || a.facts.id == "":
		s.invalid(a.state.String())
	case a.cancelling():
		s.refuse(CancellationOpen, "type")
	case len(s.record.refunds) == maxRefunds:
		s.p.fail(TooManyRefunds, "/record/refunds", itoa(maxRefunds))
	case f.amount.currency != s.record.amount.currency:
		s.refuse(RefundCurrencyMismatch, "refundAmount/currency", f.amount.currency, s.record.amount.currency)
	case value > left || left == 0:
		s.refuse(RefundExceedsPayment, "refundAmount", itoa64(left))
	default:
		s.checkRefund(f)
		s.record.refunds = append(s.record.refunds, f)
		s.note(wRefund, f.id, f.amount.currency+" "+f.amount.value)
	}
}

// checkRefund checks the request as build_refund does.
func (s *step) checkRefund(f *subject) {
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
}

// answerRefund takes the answer to refund or inquiry_refund.
func (s *step) answerRefund(a *subject, call word, r *answered, f *facts) {
	asked := call == wRefund
	if asked && r.bound {
		a.unknown = r.status != "F" || r.outcome.open()
	}
	switch {
	case r.status == "S" && s.misfits(r.body, a, wNone, wAnswerMisfit):
	case r.state != wNone:
		s.hear(a, r.state, f)
	case asked && r.bound && !a.unknown:
		s.hear(a, wFail, f)
	case !asked && r.bound && r.code == orderNotExist:
		// The request was lost, for it was sent longer ago than any may be on its way. The same one again.
		a.unknown = false
		a.nextAt = s.now
		return
	}
	if r.bound {
		s.plan(a)
	}
}
