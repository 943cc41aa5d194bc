package core

// The answers to the five calls. Each of the operations reads a verified answer:
//
//	{"config":{…}} LF raw body →
//	{"response":{…},"state":"SUCCESS","outcome":"SUCCEED",
//	 "advice":{"operator":"…","shopper":"…"},"errors":[],"warnings":[]}
//
// response holds the members of the answer, as text where the documentation says
// text, and all others as they stand under "other". state is what the answer says
// of the payment or the refund, left out when it says nothing; outcome is what to
// do next, and advice the same in words. An answer whose status and code say opposite
// things about money (RESULT_CONTRADICTORY) tells nothing: inquire. "undecided":true
// follows outcome when pay, cancel or refund was refused for a reason that says nothing
// about the payment or the refund itself: an earlier request with the same id may have
// been carried out all the same.

// ReadPay reads the answer to pay. Its head also has "terminalType", and its reply
//
//	"redirect":{"method":"GET","action":"https://…","fields":[{"name","value"},…],"location":"https://…","html":"<form…"}
//
// when the answer says where the shopper pays: location, the whole address, for GET;
// html, a form with a button, for both methods, or a link where a form would not keep
// the query. "fallbacks":["https://…",…] follows when the address opens an app: where to
// go, one after the other, if the app is not there.
//
// An answer that creates a payment, but leads to a place where no shopper may be sent, has
// both the errors and the rest of the reply: the payment exists, under the paymentId of
// response, and outcome is INQUIRE.
func ReadPay(reply, input []byte) []byte {
	return readAnswer(reply, input, callPay)
}

// ReadInquiryPayment reads the answer to inquiryPayment. An answer that carries a
// way to the cashier has it under "redirect" as that to pay.
func ReadInquiryPayment(reply, input []byte) []byte {
	return readAnswer(reply, input, callInquiryPayment)
}

// ReadCancel reads the answer to cancel.
func ReadCancel(reply, input []byte) []byte {
	return readAnswer(reply, input, callCancel)
}

// ReadRefund reads the answer to refund.
func ReadRefund(reply, input []byte) []byte {
	return readAnswer(reply, input, callRefund)
}

// ReadInquiryRefund reads the answer to inquiryRefund.
func ReadInquiryRefund(reply, input []byte) []byte {
	return readAnswer(reply, input, callInquiryRefund)
}

func readAnswer(reply, input []byte, k call) []byte {
	var p problems
	var m message
	var to redirect
	readable := false
	headText, body := splitRaw(input)
	if head, ok := parseHead(headText, &p); ok {
		readLanguage(head)
		c := readConfig(head)
		terminal := "WEB"
		if k == callPay || head.has("terminalType") {
			terminal = terminalType(head, "terminalType")
		}
		if o, ok := parseObject(body, "", &p); ok && p.ok() {
			m = readMessage(o, k, true)
			checkStatus(o, k, &m)
			if readable = p.ok(); k.open(&m) {
				quiet := problems{language: p.language}
				if k != callPay { // where a payment stands is known, with a way to its cashier or without
					o = o.reporting(&quiet)
				}
				to = readRedirect(o, terminal, c)
				p.soften(&quiet)
				p.warnings = append(p.warnings, quiet.warnings...)
			}
		}
	}
	w := newReply(reply)
	if !readable {
		return p.finish(w)
	}
	w.name("response")
	w.raw(m.json)
	if !p.ok() {
		to = redirect{}
	}
	if to.action != "" {
		to.write(w, p.language)
	}
	w.given("state", k.state(&m))
	next := k.outcome(&m, to.action != "")
	w.member("outcome", string(next))
	if k.undecided(&m) {
		w.boolean("undecided", true)
	}
	adviser, code := k.adviser(&m)
	next.writeAdvice(w, p.language, adviser, code)
	return p.finish(w)
}

// adviser is the call whose words fit, and the code they are about: an inquiry that was
// answered speaks of the payment itself, which failed with a code of its own.
func (k call) adviser(m *message) (adviser call, code string) {
	if k != callInquiryPayment || m.result.status != "S" {
		return k, m.result.code
	}
	if m.text[paymentStatusAt] == stateFail {
		code = m.text[paymentResultCodeAt]
	}
	return callPay, code
}

// open tells whether an answer is about a payment that the shopper can still make:
// only then is there a way to the cashier that matters.
func (k call) open(m *message) bool {
	return k == callPay && m.result.status == "U" && m.result.code == "PAYMENT_IN_PROCESS" ||
		k == callInquiryPayment && m.result.status == "S" && m.text[paymentStatusAt] == stateProcessing
}

// checkStatus demands that an answer does not contradict itself, and that an answered
// inquiry says what it was asked for, and what of it is to be compared before anything is
// delivered. The S of an answer to pay is not looked at, because nothing rests on it.
func checkStatus(o object, k call, m *message) {
	if opposite(k, m.result.status, m.result.code) && (k != callPay || m.result.status == "F") {
		o.fail(ResultContradictory, "result", m.result.status, m.result.code)
		return
	}
	name, at, known := "", 0, [...]string{"SUCCESS", "FAIL", "PROCESSING", "CANCELLED", "PENDING"}
	switch k {
	case callInquiryPayment:
		name, at = "paymentStatus", paymentStatusAt
	case callInquiryRefund:
		name, at = "refundStatus", refundStatusAt
	}
	if name == "" || m.result.status != "S" {
		return
	}
	if m.text[at] == "" {
		o.fail(FieldRequired, name)
		return
	}
	for i, word := range known {
		if m.text[at] == word && (k == callInquiryPayment || i < 3) {
			if word == stateSuccess && k == callInquiryPayment {
				m.demand(o, "paymentAmount")
			} else if word == stateSuccess {
				m.demand(o, "refundAmount")
			}
			code := m.text[paymentResultCodeAt]
			if word == stateSuccess && opposite(callPay, "S", code) || word == stateFail && opposite(callPay, "F", code) {
				o.fail(ResultContradictory, "paymentResultCode", word, code)
			}
			return
		}
	}
	o.fail(StatusUnknown, name, m.text[at])
}
