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
	if head, ok := parseHead(input, &p); ok {
		c, r, time := readHeadOrder(head, func(c *config) string { return readRequestTime(head, c) })
		c.requireClientID(&p)
		if p.ok() {
			request = newRequest(c, "pay", time, payBody(c, r))
		}
	}
	return request.reply(reply, &p)
}

// payBody writes the members in the order of the guide's sample, and those that the
// sample lacks behind their neighbours of the API page.
func payBody(c *config, r *order) string {
	var w writer
	w.open('{')
	w.name("order")
	w.open('{')
	if !c.current {
		r.writeEnv(&w)
	}
	if r.trade.businessType != "" {
		w.member("extendInfo", r.trade.extendInfo())
	}
	r.orderAmount.write(&w, "orderAmount")
	w.member("orderDescription", r.orderDescription)
	w.member("referenceOrderId", r.referenceOrderID)
	if len(r.goodsDetail) > 0 {
		w.name("goods")
		w.open('[')
		for _, detail := range r.goodsDetail {
			w.raw(detail)
		}
		w.close(']')
	}
	w.object("buyer", r.buyer)
	w.object("shipping", r.shipping)
	w.object("merchant", r.merchant)
	w.close('}')
	if c.current {
		r.writeEnv(&w)
	}
	r.paymentAmount.write(&w, "paymentAmount")
	w.given("paymentExpiryTime", r.paymentExpiryTime)
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
	w.given("appId", r.appID)
	w.given("merchantRegion", r.merchantRegion)
	w.given("userRegion", r.userRegion)
	w.given("merchantAccountId", r.merchantAccountID)
	w.given("metadata", r.metadata)
	w.close('}')
	return string(w.b)
}

func (r *order) writeEnv(w *writer) {
	w.name("env")
	w.open('{')
	w.member("terminalType", r.terminalType)
	w.given("osType", r.osType)
	w.members(r.env)
	w.close('}')
}
