package core

import "github.com/valyala/fastjson"

// answerMembers lists what the core reads out of the gateway's messages, for all
// calls and notifications together: a message holds those that belong to it. What
// is not listed is passed on as it stands under "other", so nothing that was signed is
// lost: the addresses behind "redirect" are there as well, unchecked.
var answerMembers = [...]struct {
	name string
	kind answerKind
}{
	{"notifyType", answerText},
	{"paymentRequestId", answerText},
	{"paymentId", answerText},
	{"paymentStatus", answerText},
	{"paymentResultCode", answerText},
	{"paymentResultMessage", answerText},
	{"refundRequestId", answerText},
	{"refundId", answerText},
	{"refundStatus", answerText},
	{"paymentAmount", answerAmount},
	{"actualPaymentAmount", answerAmount},
	{"refundAmount", answerAmount},
	{"actualRefundAmount", answerAmount},
	{"grossSettlementAmount", answerAmount},
	{"customsDeclarationAmount", answerAmount},
	{"settlementQuote", answerScalars},
	{"paymentCreateTime", answerText},
	{"paymentTime", answerText},
	{"cancelTime", answerText},
	{"refundTime", answerText},
	{"acquirerReferenceNo", answerText},
	{"authReviewStatus", answerText},
	{"authReviewSource", answerText},
	{"transactions", answerTransactions},
}

type answerKind byte

const (
	answerText         answerKind = iota // a string, or a number or boolean in place of one
	answerAmount                         // an Amount
	answerScalars                        // an object, its texts read as those above
	answerTransactions                   // what inquiryPayment tells of refunds and the like
)

// message is a message of the gateway: its result, the members that decide
// something, and all of it as JSON.
type message struct {
	result result
	text   [9]string // by answerMembers' index
	json   string
}

// Indexes into answerMembers, and the first of them into message.text.
const (
	notifyTypeAt = iota
	paymentRequestIDAt
	paymentIDAt
	paymentStatusAt
	paymentResultCodeAt
	paymentResultMessageAt
	refundRequestIDAt
	refundIDAt
	refundStatusAt
	paymentAmountAt
	_
	refundAmountAt
)

// readMessage reads a message leniently where real ones are known to differ from
// their documentation, and strictly everywhere else. k is the call that it answers, none
// for a notification.
func readMessage(o object, k call, withResult bool) (m message) {
	var w writer
	w.open('{')
	if withResult {
		m.result = readResult(o)
		m.result.write(&w)
	}
	values, others := sortMembers(o)
	for i, v := range values {
		if v == nil {
			continue
		}
		member, from, start := &answerMembers[i], o, w
		quiet := problems{language: o.p.language}
		if !decisive(i, k, m.result.status) {
			from = o.reporting(&quiet)
		}
		switch member.kind {
		case answerText:
			text, ok := scalarText(v)
			if !ok {
				from.p.fail(FieldNotAString, o.at(member.name))
			}
			if i < len(m.text) {
				m.text[i] = text
			}
			w.given(member.name, text)
		case answerAmount:
			if a := readAmountIfPresent(from, member.name); a.present() {
				a.write(&w, member.name)
			}
		case answerScalars:
			from.passScalars(&w, member.name)
		case answerTransactions:
			from.passTransactions(&w, member.name)
		}
		if !quiet.ok() {
			w = start
			o.p.soften(&quiet)
			others = append(others, namedValue{member.name, v})
		}
	}
	if len(others) > 0 {
		w.name("other")
		w.open('{')
		for _, other := range others {
			w.foreignName(other.name)
			writeValue(&w, other.value)
		}
		w.close('}')
	}
	w.close('}')
	m.json = string(w.b)
	return m
}

// decisive tells whether something rests on one of answerMembers. What is wrong with any
// other is a warning, and it is passed on as it stands: a payment is no less paid for it.
// Amounts decide where money has moved, which is neither so after an F nor after pay.
func decisive(member int, k call, status string) bool {
	switch member {
	case paymentResultCodeAt, paymentResultMessageAt:
		return false
	case paymentAmountAt, refundAmountAt:
		return k != callPay && status != "F"
	}
	return member < len(message{}.text)
}

type namedValue struct {
	name  string
	value *fastjson.Value
}

// sortMembers goes through the members once and finds those of answerMembers, nil
// where one is absent, and those that the core does not read.
func sortMembers(o object) (values [len(answerMembers)]*fastjson.Value, others []namedValue) {
	o.o.Visit(func(key []byte, v *fastjson.Value) {
		name := string(key)
		for i := range answerMembers {
			// The lengths first: to TinyGo every comparison of texts is a call.
			if known := answerMembers[i].name; len(known) == len(name) && known == name {
				if v.Type() != fastjson.TypeNull {
					values[i] = v
				}
				return
			}
		}
		if name == "result" && !hasMore(v) {
			return
		}
		others = append(others, namedValue{name, v})
	})
	return values, others
}

// passScalars writes an object whose members are read as texts: a quote's price comes
// as a string and as a number. A member that is no text is passed on as it stands.
func (o object) passScalars(w *writer, name string) {
	child, present := o.child(name)
	if !present {
		return
	}
	w.name(name)
	w.open('{')
	child.o.Visit(func(key []byte, v *fastjson.Value) {
		text, scalar := scalarText(v)
		w.foreignName(string(key))
		if scalar {
			w.str(text)
		} else {
			writeValue(w, v)
		}
	})
	w.close('}')
}

func (o object) passTransactions(w *writer, name string) {
	items, present := o.array(name)
	if !present {
		return
	}
	w.name(name)
	w.open('[')
	for i, item := range items {
		if item.Type() != fastjson.TypeObject {
			o.p.fail(FieldNotAnObject, o.at(name)+"/"+itoa(i))
			continue
		}
		writeValue(w, item)
	}
	w.close(']')
}

// writeValue writes any JSON value compactly, numbers digit by digit.
func writeValue(w *writer, v *fastjson.Value) {
	switch v.Type() {
	case fastjson.TypeObject:
		w.open('{')
		v.GetObject().Visit(func(key []byte, member *fastjson.Value) {
			w.foreignName(string(key))
			writeValue(w, member)
		})
		w.close('}')
	case fastjson.TypeArray:
		w.open('[')
		for _, item := range v.GetArray() {
			writeValue(w, item)
		}
		w.close(']')
	case fastjson.TypeString:
		w.str(string(v.GetStringBytes()))
	default:
		w.raw(string(v.MarshalTo(nil)))
	}
}

// result is the object of that name in every message of the gateway.
type result struct{ status, code, message string }

var resultMembers = [...]string{"resultStatus", "resultCode", "resultMessage"}

func readResult(o object) (r result) {
	child, present := o.required("result")
	if !present {
		return r
	}
	r.status, _ = child.lenient(resultMembers[0])
	r.code, _ = child.lenient(resultMembers[1])
	quiet := problems{language: o.p.language}
	r.message, _ = child.reporting(&quiet).lenient(resultMembers[2]) // nothing rests on it
	o.p.soften(&quiet)
	switch r.status {
	case "S", "F", "U":
	case "":
		o.p.fail(FieldRequired, child.at("resultStatus"))
	default:
		o.p.fail(ResultStatusUnknown, child.at("resultStatus"))
	}
	return r
}

// hasMore tells whether a result has members that readResult does not read.
func hasMore(v *fastjson.Value) (more bool) {
	if o := v.GetObject(); o != nil {
		o.Visit(func(key []byte, _ *fastjson.Value) { more = more || !contains(resultMembers[:], string(key)) })
	}
	return more
}

func (r result) write(w *writer) {
	w.given("resultStatus", r.status)
	w.given("resultCode", r.code)
	w.given("resultMessage", r.message)
}
