package core

// The calls that follow a payment. Each of the operations
//
//	{"config":{…},"request":{…},"time":"…"} →
//	{"url","path","headers":[{"name","value"},…],"body","contentPrefix","errors":[],"warnings":[]}
//
// checks the members that the API page of the call names and builds the request,
// as [BuildPay] does for an order. Problems point into the request.

// BuildInquiryPayment asks what became of a payment: paymentId or paymentRequestId,
// of which the gateway prefers the first.
func BuildInquiryPayment(reply, input []byte) []byte {
	return buildCall(reply, input, "inquiryPayment", paymentNames[:], paymentNames[:2])
}

// BuildCancel calls a payment off, or gives a paid one back in full until 00:15 of
// the next day in China: paymentId or paymentRequestId.
func BuildCancel(reply, input []byte) []byte {
	return buildCall(reply, input, "cancel", paymentNames[:], paymentNames[:2])
}

// BuildRefund gives a paid payment back, in whole or in part. refundRequestId names
// the refund, and the same id never refunds twice.
func BuildRefund(reply, input []byte) []byte {
	return buildCall(reply, input, "refund", refund[:], nil)
}

// BuildInquiryRefund asks what became of a refund: refundId or refundRequestId.
func BuildInquiryRefund(reply, input []byte) []byte {
	return buildCall(reply, input, "inquiryRefund", refundNames[:], refundNames[:2])
}

var paymentNames = [...]member{
	{"paymentId", textKind, 64, optional},
	{"paymentRequestId", textKind, 64, optional},
	{"merchantAccountId", textKind, 32, optional},
}

// refund asks for an id without special characters, because inquiryRefund does: a
// refund that cannot be asked about is none to begin.
var refund = [...]member{
	{"paymentId", textKind, 64, mandatory},
	{"refundRequestId", idKind, 64, mandatory},
	{"refundAmount", amountKind, 0, mandatory},
	{"referenceRefundId", textKind, 64, optional},
	{"refundReason", textKind, 256, optional},
	{"refundNotifyUrl", urlKind, 0, optional},
	{"metadata", textKind, maxMetadata, optional},
}

var refundNames = [...]member{
	{"refundId", idKind, 64, optional},
	{"refundRequestId", idKind, 64, optional},
	{"merchantAccountId", textKind, 32, optional},
}

// maxRefundNotifyURL is shorter than that of other URLs on the API page of refund.
const maxRefundNotifyURL = 1024

// buildCall needs one of the members in either, if that is not nil.
func buildCall(reply, input []byte, operation string, members, either []member) []byte {
	var p problems
	var r wireRequest
	if head, ok := parseHead(input, &p); ok {
		readLanguage(head)
		c := readConfig(head)
		c.requireClientID(&p)
		time := readRequestTime(head, c)
		if body := callBody(head, c, members, either); p.ok() {
			r = newRequest(c, operation, time, body)
		}
	}
	return r.reply(reply, &p)
}

func callBody(head object, c *config, members, either []member) string {
	o, present := head.required("request")
	if !present {
		return ""
	}
	o.path = "" // pointers lead into the request itself
	found := either == nil
	for _, m := range either {
		found = found || o.has(m.name)
	}
	if !found {
		o.p.fail(OneOfRequired, "", either[0].name, either[1].name)
	}
	if address, ok := o.text("refundNotifyUrl"); ok {
		if len(address) > maxRefundNotifyURL {
			o.fail(FieldTooLong, "refundNotifyUrl", itoa(maxRefundNotifyURL))
		}
		warnOfNotifyURL(o, "refundNotifyUrl", address, c)
	}
	if either == nil {
		// What is given back is bounded as what is paid.
		quiet := o.reporting(&problems{})
		c.checkLimits(readPaymentAmount(quiet, "refundAmount"), o.at("refundAmount")+"/value", o.p)
	}
	var w writer
	w.open('{')
	o.pass(&w, members)
	w.close('}')
	return string(w.b)
}
