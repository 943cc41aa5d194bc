package core

// acknowledgement is what Alipay waits for, with HTTP status 200, before it stops
// sending a notification again. It says "received", for failed payments as well.
const acknowledgement = `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`

// result is the object of that name in every message of the gateway.
type result struct{ status, code, message string }

func readResult(o object) (r result) {
	child, present := o.required("result")
	if !present {
		return r
	}
	r.status, _ = child.lenient("resultStatus")
	r.code, _ = child.lenient("resultCode")
	r.message, _ = child.lenient("resultMessage")
	switch r.status {
	case "S", "F", "U":
	case "":
		o.p.fail(FieldRequired, child.at("resultStatus"))
	default:
		o.p.fail(ResultStatusUnknown, child.at("resultStatus"))
	}
	return r
}

func (r result) write(w *writer) {
	w.given("resultStatus", r.status)
	w.given("resultCode", r.code)
	w.given("resultMessage", r.message)
}

// notification is what a payment notification says (step 3 of the guide).
type notification struct {
	notifyType string
	result     result
	payment    payment
}

// payment holds the members that notifications and answers share.
type payment struct {
	paymentRequestID      string
	paymentID             string
	paymentAmount         amount
	grossSettlementAmount amount
	paymentCreateTime     string
	paymentTime           string
}

func readPayment(o object) (m payment) {
	m.paymentRequestID, _ = o.lenient("paymentRequestId")
	m.paymentID, _ = o.lenient("paymentId")
	m.paymentAmount = readAmountIfPresent(o, "paymentAmount")
	m.grossSettlementAmount = readAmountIfPresent(o, "grossSettlementAmount")
	m.paymentCreateTime, _ = o.lenient("paymentCreateTime")
	m.paymentTime, _ = o.lenient("paymentTime")
	return m
}

func (m payment) write(w *writer) {
	w.given("paymentRequestId", m.paymentRequestID)
	w.given("paymentId", m.paymentID)
	if m.paymentAmount.present() {
		m.paymentAmount.write(w, "paymentAmount")
	}
	if m.grossSettlementAmount.present() {
		m.grossSettlementAmount.write(w, "grossSettlementAmount")
	}
	w.given("paymentCreateTime", m.paymentCreateTime)
	w.given("paymentTime", m.paymentTime)
}

// ReadNotification reads a notification whose signature has been verified:
//
//	{"config":{…}} LF raw body →
//	{"notification":{"notifyType","resultStatus","resultCode","paymentRequestId","paymentId",…},
//	 "acknowledgement":"…","errors":[],"warnings":[]}
//
// Members that the message lacks are left out. A notification of a type that is
// not known is returned with a warning, whatever it holds, and no acknowledgement:
// to acknowledge what was not understood is for the merchant to decide.
func ReadNotification(reply, input []byte) []byte {
	var p problems
	var n notification
	headText, body := splitRaw(input)
	if head, ok := parseObject(headText, "", &p); ok {
		readLanguage(head)
		readConfig(head)
		if o, ok := parseObject(body, "", &p); ok {
			n = readNotification(o)
		}
	}
	return p.reply(reply, func(w *writer) {
		if !p.ok() {
			return
		}
		w.name("notification")
		w.open('{')
		w.member("notifyType", n.notifyType)
		n.result.write(w)
		n.payment.write(w)
		w.close('}')
		if n.known() {
			w.member("acknowledgement", acknowledgement)
		}
	})
}

func readNotification(o object) (n notification) {
	n.notifyType, _ = o.str("notifyType", mandatory, maxID)
	switch {
	case n.known():
		n.result = readResult(o)
		n.payment = readPayment(o)
		n.checkComplete(o)
	case n.notifyType != "":
		o.p.warn(NotifyTypeUnknown, o.at("notifyType"), n.notifyType)
		if o.has("result") {
			n.result = readResult(o)
		}
		n.payment = readPayment(o)
	}
	return n
}

func (n notification) known() bool {
	return n.notifyType == "PAYMENT_RESULT" || n.notifyType == "PAYMENT_PENDING"
}

// checkComplete demands what a payment cannot be recognised without. An old sample
// of a failed payment has neither amount nor times, so only success needs them.
func (n notification) checkComplete(o object) {
	if n.payment.paymentRequestID == "" {
		o.p.fail(FieldRequired, o.at("paymentRequestId"))
	}
	if n.payment.paymentID == "" {
		o.p.fail(FieldRequired, o.at("paymentId"))
	}
	if n.result.status == "S" && !o.has("paymentAmount") {
		o.p.fail(FieldRequired, o.at("paymentAmount"))
	}
}
