package core

// Match compares a verified message with what the merchant has stored about the
// payment, before anything is delivered:
//
//	{"config":{"clientId":"…"},
//	 "stored":{"clientId","paymentRequestId","paymentId","paymentAmount","settlementCurrency","refundRequestId","refundId","refundAmount"},
//	 "message":{…the same members, and grossSettlementAmount…}} →
//	{"matches":true,"errors":[],"warnings":[]}
//
// Every difference has a code of its own and points into the message. What is not
// stored (the paymentId before the first answer) or not said (the amount of a
// failed payment) is not compared; paymentRequestId, or refundRequestId for a
// refund, must be there on both sides. An amount that is said and not stored, and a
// stored member that is not known, is a warning: a caller that believes that money has
// moved has to know that nobody has compared how much. So is another settlement currency
// (SETTLEMENT_CURRENCY_DIFFERS): contracts change, and the shopper has paid in full.
func Match(reply, input []byte) []byte {
	var p problems
	if head, ok := parseHead(input, &p); ok {
		readLanguage(head)
		c := readConfig(head)
		stored, hasStored := head.required("stored")
		message, hasMessage := head.required("message")
		if hasStored && hasMessage {
			message.path = "" // pointers lead into the message itself
			match(stored, message, c)
		}
	}
	w := newReply(reply)
	w.boolean("matches", p.ok())
	return p.finish(w)
}

func match(stored, message object, c *config) {
	p := message.p
	key := "paymentRequestId"
	if message.has("refundRequestId") || stored.has("refundRequestId") {
		key = "refundRequestId"
	}
	for _, o := range [...]object{stored, message} {
		if id, ok := o.lenient(key); !o.has(key) {
			p.fail(FieldRequired, o.at(key))
		} else if ok && id == "" {
			p.fail(FieldEmpty, o.at(key))
		}
	}
	stored.unknown("clientId paymentRequestId paymentId paymentAmount settlementCurrency refundRequestId refundId refundAmount")
	for _, row := range [...]struct {
		name string
		code Code
	}{
		{"clientId", ClientIDMismatch},
		{"paymentRequestId", PaymentRequestIDMismatch},
		{"paymentId", PaymentIDMismatch},
		{"refundRequestId", RefundRequestIDMismatch},
		{"refundId", RefundIDMismatch},
	} {
		want, ok := stored.lenient(row.name)
		if row.name == "clientId" && !ok && c.clientID != "" {
			want, ok = c.clientID, true
		}
		got, said := message.lenient(row.name)
		if ok && said && got != want {
			p.fail(row.code, message.at(row.name))
		}
	}
	matchAmount(stored, message, "paymentAmount", key == "paymentRequestId", PaymentAmountMismatch, PaymentCurrencyMismatch)
	matchAmount(stored, message, "refundAmount", key == "refundRequestId", RefundAmountMismatch, RefundCurrencyMismatch)
	settlement, ok := stored.lenient("settlementCurrency")
	if got := readAmountIfPresent(message, "grossSettlementAmount"); ok && got.currency != "" && got.currency != settlement {
		p.warn(SettlementCurrencyDiffers, message.at("grossSettlementAmount")+"/currency", got.currency, settlement)
	}
}

// matchAmount compares an amount; moved tells whether it is the one that the message is about.
func matchAmount(stored, message object, name string, moved bool, value, currency Code) {
	want := readAmountIfPresent(stored, name)
	got := readAmountIfPresent(message, name)
	if !want.present() || !got.present() {
		if moved && got.present() && !stored.has(name) {
			stored.p.warn(FieldRequired, stored.at(name))
		}
		return
	}
	if got.value != want.value {
		message.p.fail(value, message.at(name)+"/value", got.value, want.value)
	}
	if got.currency != want.currency {
		message.p.fail(currency, message.at(name)+"/currency", got.currency, want.currency)
	}
}
