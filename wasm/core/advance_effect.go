package core

// ask gives the caller a call, which is claimed by that.
func (s *step) ask(a *subject, call word) {
	a.call = call
	a.askedAt = s.now
	a.calls++
	s.note(wAsked, a.id, call.String())
	w := &s.effects
	w.open('{')
	w.member("type", "call")
	w.member("id", a.callID())
	w.member("operation", call.String())
	w.member("about", a.id)
	w.name("request")
	switch call {
	case wPay:
		s.writePayRequest(w, a)
	case wRefund:
		s.writeRefundRequest(w, a)
	default:
		w.open('{')
		if !a.refund {
			w.given("paymentId", a.facts.id)
		}
		w.member(a.names().key, a.id)
		w.given("merchantAccountId", s.orderText("merchantAccountId"))
		w.close('}')
	}
	if call == wPay || call == wInquiryPayment {
		// What read_pay and read_inquiry_payment choose the cashier's address by.
		terminal := a.terminalType
		if terminal == "" {
			terminal = s.orderText("terminalType")
		}
		w.given("terminalType", terminal)
	}
	w.close('}')
}

// callID names the last call, so that its answer is not taken for that of another one.
func (a *subject) callID() string {
	return a.call.String() + ":" + a.id + ":" + itoa64(a.calls)
}

func (s *step) writeRefundRequest(w *writer, f *subject) {
	w.open('{')
	w.member("refundRequestId", f.id)
	w.member("paymentId", s.record.attempt(f.of).facts.id)
	f.amount.write(w, "refundAmount")
	w.given("refundReason", f.reason)
	w.member("refundNotifyUrl", s.c.service+"/notify/"+f.of)
	w.close('}')
}

// deliver gives the caller the messages that are due.
func (s *step) deliver() {
	for _, m := range s.record.messages {
		if m.state != wPending || m.nextAt > s.now || s.held(m) {
			continue
		}
		s.touched = true
		if m.tries >= maxTries {
			s.abandon(m)
			continue
		}
		m.tries++
		// Should nothing be heard of it, it has failed.
		m.nextAt = s.now + claim + backoff(m.tries)
		w := &s.effects
		w.open('{')
		w.member("type", "deliver")
		w.member("id", m.id)
		w.member("payload", s.payload(m))
		w.close('}')
	}
}
