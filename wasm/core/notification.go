package core

import "github.com/valyala/fastjson"

// acknowledgement is what Alipay waits for, with HTTP status 200, before it stops
// sending a notification again. It says "received", for failed payments as well.
// It stands here as a JSON string, as every reply has it.
const acknowledgement = `"{\"result\":{\"resultCode\":\"SUCCESS\",\"resultStatus\":\"S\",\"resultMessage\":\"success\"}}"`

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
// Members that the message lacks are left out. A message that says two things about
// money is refused. A notification of a type that is not known is returned with a
// warning, whatever it holds, and no acknowledgement: to acknowledge what was not
// understood is for the merchant to decide.
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
	w := newReply(reply)
	if !p.ok() {
		return p.finish(w)
	}
	w.name("notification")
	w.raw(m.json)
	state := m.notifiedState()
	if state == "" {
		return p.finish(w)
	}
	w.member("state", state)
	about := callPay
	if m.text[notifyTypeAt] == refundResult {
		about = callRefund
	}
	next := about.statusOutcome(state, m.result.code)
	if state == stateProcessing {
		next = Inquire
	}
	w.member("outcome", string(next))
	code := ""
	if state == stateFail {
		code = m.result.code
	}
	next.writeAdvice(w, p.language, about, code)
	w.name("acknowledgement")
	w.raw(acknowledgement)
	return p.finish(w)
}

func readNotification(o object) (m message) {
	kind, ok := o.str("notifyType", mandatory, maxID)
	if !ok {
		return m
	}
	if kind != paymentResult && kind != paymentPending && kind != refundResult {
		return readUnknown(o, kind)
	}
	m = readMessage(o, 0, true)
	switch kind {
	case paymentResult, paymentPending:
		m.demand(o, "paymentRequestId", "paymentId")
		// An old sample of a failed payment has neither amount nor times.
		if m.result.status == "S" {
			m.demand(o, "paymentAmount")
		}
		if kind == paymentResult && (opposite(callPay, m.result.status, m.result.code) ||
			m.result.status == "F" && m.result.code == "PAYMENT_IN_PROCESS") {
			o.fail(ResultContradictory, "result", m.result.status, m.result.code)
		}
	case refundResult:
		m.demand(o, "refundRequestId", "refundId", "refundAmount", "refundStatus")
		if s := m.text[refundStatusAt]; s != "" && s != stateSuccess && s != stateFail {
			o.fail(StatusUnknown, "refundStatus", s)
		}
		if m.refundContradictory() {
			o.fail(ResultContradictory, "refundStatus", m.text[refundStatusAt], m.result.status+" "+m.result.code)
		}
	}
	return m
}

// readUnknown reads a notification of a type that is not known as far as its members
// are those of the known ones, and passes all of it on as it stands when they are not.
func readUnknown(o object, kind string) (m message) {
	o.p.warn(NotifyTypeUnknown, o.at("notifyType"), kind)
	quiet := problems{language: o.p.language}
	if m = readMessage(o.reporting(&quiet), 0, o.has("result")); quiet.ok() {
		return m
	}
	var w writer
	w.open('{')
	w.member("notifyType", kind)
	w.name("other")
	w.open('{')
	o.o.Visit(func(key []byte, v *fastjson.Value) {
		if name := string(key); name != "notifyType" {
			w.foreignName(name)
			writeValue(&w, v)
		}
	})
	w.close('}')
	w.close('}')
	return message{json: string(w.b)}
}

// demand reports what a message cannot be understood without.
func (m *message) demand(o object, names ...string) {
	for _, name := range names {
		if v := o.get(name); v == nil {
			o.fail(FieldRequired, name)
		} else if text, scalar := scalarText(v); scalar && text == "" {
			o.fail(FieldEmpty, name)
		}
	}
}

// refundContradictory tells of a refund that was made and failed, or failed and is being
// made: another one in its place might give the money twice.
func (m *message) refundContradictory() bool {
	switch m.text[refundStatusAt] {
	case stateSuccess:
		return m.result.status == "F" || opposite(callRefund, "S", m.result.code)
	case stateFail:
		return m.result.status == "S" || opposite(callRefund, "F", m.result.code) || m.result.code == "REFUND_IN_PROCESS"
	}
	return false
}

// notifiedState is what a notification says of the payment or the refund, "" when
// its type is not known. The S of a PAYMENT_PENDING means that it is pending, not
// that it is paid. What its F means nobody has written down: it does not say that the
// shopper has done his part, nor that the payment is over, so only an inquiry tells.
func (m *message) notifiedState() string {
	switch m.text[notifyTypeAt] {
	case paymentPending:
		if m.result.status == "S" {
			return statePending
		}
		return stateProcessing
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
