package core

// BuildPay makes the pay request of the guide's step 1 out of an order:
//
//	{"config":{…},"order":{…},"time":"2020-05-18T12:08:56+05:30"} →
//	{"url","path","headers":[{"name","value"},…],"body","contentPrefix","errors":[],"warnings":[]}
//
// time becomes the Request-Time header as it stands. The text to sign is
// contentPrefix followed by body; the headers lack only Signature, which
// [SignatureHeader] makes from the signature.
func BuildPay(reply, input []byte) []byte {
	var p problems
	var request wireRequest
	if head, ok := parseObject(input, "", &p); ok {
		c, r := readHeadOrder(head)
		c.requireClientID(&p)
		time := readRequestTime(head, c)
		if p.ok() {
			request = newRequest(c, "pay", time, payBody(c, r))
		}
	}
	return p.reply(reply, func(w *writer) {
		if p.ok() {
			request.write(w)
		}
	})
}

// payBody writes the members in the order of the guide's sample.
func payBody(c *config, r *order) string {
	var w writer
	w.open('{')
	w.name("order")
	w.open('{')
	if !c.current {
		r.writeEnv(&w)
	}
	if r.businessType != "" {
		w.member("extendInfo", r.extendInfo())
	}
	r.paymentAmount.write(&w, "orderAmount")
	w.member("orderDescription", r.orderDescription)
	w.member("referenceOrderId", r.referenceOrderID)
	w.close('}')
	if c.current {
		r.writeEnv(&w)
	}
	r.paymentAmount.write(&w, "paymentAmount")
	w.name("paymentMethod")
	w.open('{')
	w.member("paymentMethodType", "ALIPAY_CN")
	w.close('}')
	w.given("paymentNotifyUrl", r.paymentNotifyURL)
	w.member("paymentRedirectUrl", r.paymentRedirectURL)
	w.member("paymentRequestId", r.paymentRequestID)
	w.member("productCode", "CASHIER_PAYMENT")
	w.name("settlementStrategy")
	w.open('{')
	w.member("settlementCurrency", r.settlementCurrency)
	w.close('}')
	w.close('}')
	return string(w.b)
}

func (r *order) writeEnv(w *writer) {
	w.name("env")
	w.open('{')
	w.member("terminalType", r.terminalType)
	w.close('}')
}
