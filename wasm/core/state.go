package core

// The states of a payment are those of paymentStatus on the API page of
// inquiryPayment, those of a refund those of refundStatus.
const (
	stateProcessing = "PROCESSING"
	statePending    = "PENDING"
	stateSuccess    = "SUCCESS"
	stateFail       = "FAIL"
	stateCancelled  = "CANCELLED"
)

// state is what an answer says of the payment or the refund, "" when it says
// nothing: a call that failed tells nothing of the payment it was about.
func (k call) state(m *message) string {
	done := m.result.status == "S"
	switch {
	case k == callPay && k.open(m):
		return stateProcessing
	case k == callInquiryPayment && done:
		return m.text[paymentStatusAt]
	case k == callInquiryRefund && done:
		return m.text[refundStatusAt]
	case k == callCancel && done:
		return stateCancelled
	case k == callRefund && done:
		return stateSuccess
	case k == callRefund && m.result.code == "REFUND_IN_PROCESS":
		return stateProcessing
	}
	return ""
}

// NextState tells what a new piece of news does to what is known of a payment, or
// of a refund with "kind":"refund":
//
//	{"kind":"payment","state":"PROCESSING","event":"SUCCESS"} → {"state":"SUCCESS","changed":true,"conflict":false,"errors":[],"warnings":[]}
//
// state and event are PROCESSING, PENDING, SUCCESS, FAIL or CANCELLED. The state
// never moves backwards: what comes late, twice or out of order changes nothing. A
// success may still be cancelled, which gives the money back.
//
// Act on changed: true for a step forward. conflict is true when two final states
// contradict each other, as a success after FAIL does, or after CANCELLED: the shopper may
// have paid for what nobody will deliver, so a person has to look at it. Neither is true
// when there is nothing to do.
func NextState(reply, input []byte) []byte {
	var p problems
	var state, event string
	if head, ok := parseHead(input, &p); ok {
		readLanguage(head)
		isRefund := false
		switch kind, present := head.text("kind"); {
		case !present || kind == "payment":
		case kind == "refund":
			isRefund = true
		default:
			p.fail(FieldNotInSet, head.at("kind"), "payment, refund")
		}
		state = readState(head, "state", isRefund)
		event = readState(head, "event", isRefund)
	}
	w := newReply(reply)
	if !p.ok() {
		return p.finish(w)
	}
	next, conflict := nextState(state, event)
	w.member("state", next)
	w.boolean("changed", next != state)
	w.boolean("conflict", conflict)
	return p.finish(w)
}

func readState(o object, name string, refund bool) string {
	s, ok := o.str(name, mandatory, maxID)
	if !ok {
		return ""
	}
	switch s {
	case stateProcessing, stateSuccess, stateFail:
		return s
	case statePending, stateCancelled:
		if !refund {
			return s
		}
	}
	o.fail(StatusUnknown, name, s)
	return ""
}

func nextState(state, event string) (next string, conflict bool) {
	if rank(event) > rank(state) {
		return event, false
	}
	switch {
	case state == event || rank(event) < rank(stateSuccess):
		return state, false
	case state == stateSuccess && event == stateCancelled:
		return stateCancelled, false
	case state == stateCancelled && event == stateFail:
		return stateCancelled, false // Alipay closes what was cancelled before it was paid
	case state == stateFail && event == stateCancelled:
		// Cancelling a failed payment is answered with success and changes nothing.
		return stateFail, false
	}
	return state, true
}

// rank orders the states by how far they are from the beginning.
func rank(state string) int {
	switch state {
	case stateProcessing:
		return 1
	case statePending:
		return 2
	}
	return 3
}
