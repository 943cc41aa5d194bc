package core

import "github.com/valyala/fastjson"

// answerMembers lists what the core reads out of the gateway's messages, for all
// calls and notifications together: a message holds those that belong to it. What
// is not listed is passed on as it stands under "other".
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
	{"grossSettlementAmount", answerAmount},
	{"customsDeclarationAmount", answerAmount},
	{"settlementQuote", answerScalars},
	{"paymentCreateTime", answerText},
	{"paymentTime", answerText},
	{"cancelTime", answerText},
	{"refundTime", answerText},
	{"acquirerReferenceNo", answerText},
	{"transactions", answerTransactions},
}

type answerKind byte

const (
	answerText         answerKind = iota // a string, or a number or boolean in place of one
	answerAmount                         // an Amount
	answerScalars                        // an object of texts
	answerTransactions                   // what inquiryPayment tells of refunds and the like
)

// elsewhere are members that are read, but not by answerMembers.
var elsewhere = [...]string{"result", "normalUrl", "schemeUrl", "applinkUrl", "redirectActionForm", "paymentActionForm"}

// message is a message of the gateway: its result, the members that decide
// something, and all of it as JSON.
type message struct {
	result  result
	text    [9]string // by answerMembers' index
	amounts messageAmounts
	json    string
}

// messageAmounts are the amounts that decide something.
type messageAmounts struct{ payment, refund, grossSettlement amount }

// Indexes into message.text.
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
)

// readMessage reads a message leniently where real ones are known to differ from
// their documentation, and strictly everywhere else.
func readMessage(o object, withResult bool) (m message) {
	var w writer
	w.open('{')
	if withResult {
		m.result = readResult(o)
		m.result.write(&w)
	}
	for i, member := range answerMembers {
		if !o.has(member.name) {
			continue
		}
		switch member.kind {
		case answerText:
			text, _ := o.lenient(member.name)
			if i < len(m.text) {
				m.text[i] = text
			}
			w.given(member.name, text)
		case answerAmount:
			m.readAmount(o, member.name, &w)
		case answerScalars:
			o.passScalars(&w, member.name)
		case answerTransactions:
			o.passTransactions(&w, member.name)
		}
	}
	o.passOther(&w)
	w.close('}')
	m.json = string(w.b)
	return m
}

func (m *message) readAmount(o object, name string, w *writer) {
	a := readAmountIfPresent(o, name)
	if !a.present() {
		return
	}
	switch name {
	case "paymentAmount":
		m.amounts.payment = a
	case "refundAmount":
		m.amounts.refund = a
	case "grossSettlementAmount":
		m.amounts.grossSettlement = a
	}
	a.write(w, name)
}

// passScalars writes an object whose members are all read as texts: a quote's price
// comes as a string and as a number.
func (o object) passScalars(w *writer, name string) {
	child, present := o.child(name)
	if !present {
		return
	}
	w.name(name)
	w.open('{')
	child.o.Visit(func(key []byte, v *fastjson.Value) {
		if text, ok := scalarText(v); ok {
			w.member(string(key), text)
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

// passOther writes what the core does not read.
func (o object) passOther(w *writer) {
	opened := false
	o.o.Visit(func(key []byte, v *fastjson.Value) {
		name := string(key)
		for _, known := range elsewhere {
			if known == name {
				return
			}
		}
		for i := range answerMembers {
			if answerMembers[i].name == name {
				return
			}
		}
		if !opened {
			w.name("other")
			w.open('{')
			opened = true
		}
		w.name(name)
		writeValue(w, v)
	})
	if opened {
		w.close('}')
	}
}

// writeValue writes any JSON value compactly, numbers digit by digit.
func writeValue(w *writer, v *fastjson.Value) {
	switch v.Type() {
	case fastjson.TypeObject:
		w.open('{')
		v.GetObject().Visit(func(key []byte, member *fastjson.Value) {
			w.name(string(key))
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
