package core

// acknowledgement is what Alipay waits for, with HTTP status 200, before it stops
// sending a notification again. It says "received", for failed payments as well.
const acknowledgement = `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`

// The types of notification that the core understands.
const (
	paymentResult  = "PAYMENT_RESULT"
	paymentPending = "PAYMENT_PENDING"
	refundResult   = "REFUND_RESULT"
)

// ReadNotification reads a notification whose signature has been verified, of a
// payment (notifyPayment; step 3 of the guide) or of a refund (notifyRefund):
//
//	{"config":{…}} LF raw body →
//	{"notification":{"notifyType","resultStatus","resultCode","paymentRequestId","paymentId",…},
//	 "state":"SUCCESS","outcome":"SUCCEED","advice":{…},"acknowledgement":"…","errors":[],"warnings":[]}
//
// Members that the message lacks are left out. A notification of a type that is
// not known is returned with a warning, whatever it holds, and no acknowledgement:
// to acknowledge what was not understood is for the merchant to decide.
func ReadNotification(reply, input []byte) []byte {
	var p problems
	var m message
	headText, body := splitRaw(input)
	if head, ok := parseHead(headText, &p); ok {
		readLanguage(head)
		readConfig(head)
		if o, ok := parseObject(body, "", &p); ok {
			m = readNotification(o)
		}
	}
	return p.reply(reply, func(w *writer) {
		if !p.ok() {
			return
		}
		w.name("notification")
		w.raw(m.json)
		state := m.notifiedState()
		if state == "" {
			return
		}
		w.member("state", state)
		next := statusOutcome(state)
		w.member("outcome", string(next))
		about := callInquiryPayment
		if m.text[notifyTypeAt] == refundResult {
			about = callInquiryRefund
		}
		next.writeAdvice(w, p.language, about)
		w.member("acknowledgement", acknowledgement)
	})
}

func readNotification(o object) (m message) {
	kind, ok := o.str("notifyType", mandatory, maxID)
	if !ok {
		return m
	}
	known := kind == paymentResult || kind == paymentPending || kind == refundResult
	if !known {
		o.p.warn(NotifyTypeUnknown, o.at("notifyType"), kind)
	}
	m = readMessage(o, known || o.has("result"))
	switch kind {
	case paymentResult, paymentPending:
		m.demand(o, "paymentRequestId", "paymentId")
		// An old sample of a failed payment has neither amount nor times.
		if m.result.status == "S" {
			m.demand(o, "paymentAmount")
		}
	case refundResult:
		m.demand(o, "refundRequestId", "refundId", "refundAmount", "refundStatus")
		if s := m.text[refundStatusAt]; s != "" && s != stateSuccess && s != stateFail {
			o.p.fail(StatusUnknown, o.at("refundStatus"), s)
		}
	}
	return m
}

// demand reports what a message cannot be understood without.
func (m *message) demand(o object, names ...string) {
	for _, name := range names {
		if v := o.get(name); v == nil {
			o.p.fail(FieldRequired, o.at(name))
		} else if text, scalar := scalarText(v); scalar && text == "" {
			o.p.fail(FieldEmpty, o.at(name))
		}
	}
}

// notifiedState is what a notification says of the payment or the refund, "" when
// its type is not known. The S of a PAYMENT_PENDING means that it is pending, not
// that it is paid.
func (m *message) notifiedState() string {
	switch m.text[notifyTypeAt] {
	case paymentPending:
		return statePending
	case refundResult:
		return m.text[refundStatusAt]
	case paymentResult:
		switch m.result.status {
		case "S":
			return stateSuccess
		case "F":
			return stateFail
		}
		return stateProcessing
	}
	return ""
}
