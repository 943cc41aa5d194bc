package core

// An effect is there exactly once in the reply that also has the claim for it in the record.

// callEffect begins the effect of a call to Alipay; the caller writes its request.
func (s *step) callEffect(k *calling, operation, about string) *writer {
	k.call = operation
	k.askedAt = s.now
	k.calls++
	s.note("asked", fromService, about, operation)
	w := &s.effects
	w.open('{')
	w.member("type", "call")
	w.member("id", callID(k, about))
	w.member("operation", operation)
	w.member("about", about)
	return w
}

// callID names a call, so that its answer is not taken for that of another one.
func callID(k *calling, about string) string {
	return k.call + ":" + about + ":" + itoa64(k.calls)
}

// askPayment gives the caller a call about a payment.
func (s *step) askPayment(a *attempt, operation string) {
	w := s.callEffect(&a.calling, operation, a.id)
	w.name("request")
	if operation == "pay" {
		s.writePayRequest(w, a)
	} else {
		w.open('{')
		w.given("paymentId", a.facts.id)
		w.member("paymentRequestId", a.id)
		w.given("merchantAccountId", s.orderText("merchantAccountId"))
		w.close('}')
	}
	if operation != "cancel" {
		// What read_pay and read_inquiry_payment choose the cashier's address by.
		terminal := a.terminalType
		if terminal == "" {
			terminal = s.orderText("terminalType")
		}
		w.given("terminalType", terminal)
	}
	w.close('}')
}

// askRefund gives the caller the call for a refund, or the inquiry about one that Alipay may have.
func (s *step) askRefund(f *refundRecord) {
	operation := "refund"
	if f.unknown {
		operation = "inquiry_refund"
	}
	w := s.callEffect(&f.calling, operation, f.id)
	w.name("request")
	if f.unknown {
		w.open('{')
		w.member("refundRequestId", f.id)
		w.given("merchantAccountId", s.orderText("merchantAccountId"))
		w.close('}')
	} else {
		s.writeRefundRequest(w, f)
	}
	w.close('}')
}

func (s *step) writeRefundRequest(w *writer, f *refundRecord) {
	w.open('{')
	w.member("refundRequestId", f.id)
	w.member("paymentId", s.record.attempt(f.paymentRequestID).facts.id)
	f.amount.write(w, "refundAmount")
	w.given("refundReason", f.reason)
	w.member("refundNotifyUrl", s.c.service+"/notify/"+f.paymentRequestID)
	w.close('}')
}

// deliver gives the caller the messages that are due.
func (s *step) deliver() {
	for _, m := range s.record.messages {
		if m.state != messagePending || m.nextAt > s.now || s.held(m) {
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
