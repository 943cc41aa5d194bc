package core

// ReadPay reads the verified answer to a pay request:
//
//	{"config":{…},"terminalType":"WEB"} LF raw body →
//	{"response":{"resultStatus","resultCode","resultMessage","paymentRequestId","paymentId",…},
//	 "redirect":{"method":"GET","action":"https://…","fields":[{"name","value"},…],"location":"https://…"},
//	 "outcome":"REDIRECT","errors":[],"warnings":[]}
//
// redirect is there when the answer says where the shopper pays; location, the
// whole address, when a GET leads there. outcome is what to do next.
func ReadPay(reply, input []byte) []byte {
	var p problems
	var m payment
	var r result
	var to redirect
	next := Outcome("")
	headText, body := splitRaw(input)
	if head, ok := parseObject(headText, "", &p); ok {
		readLanguage(head)
		c := readConfig(head)
		terminal := terminalType(head, "terminalType")
		if o, ok := parseObject(body, "", &p); ok && p.ok() {
			r = readResult(o)
			m = readPayment(o)
			to = readRedirect(o, terminal, c)
			next = payOutcome(r, to.action != "")
		}
	}
	return p.reply(reply, func(w *writer) {
		if !p.ok() {
			return
		}
		w.name("response")
		w.open('{')
		r.write(w)
		m.write(w)
		w.close('}')
		if to.action != "" {
			to.write(w)
		}
		w.member("outcome", string(next))
	})
}
