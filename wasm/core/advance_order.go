package core

import (
	"strings"

	"github.com/valyala/fastjson"
)

// order is the event of a verified order token. The first one makes the record, and unless start is false the first
// attempt. Repeated, it makes another attempt only when the last one is proven dead; otherwise the reply's view is all
// that comes of it.
func (s *step) order() {
	given, _ := s.event.required("order")
	issuedAt := readTime(s.event, "issuedAt", mandatory)
	next := &attempt{state: stateProcessing, createdAt: s.now}
	next.id, _ = s.event.str("paymentRequestId", mandatory, maxID)
	if !safeID(next.id) || strings.HasSuffix(next.id, "_refund") { // which would make ids of messages ambiguous
		s.p.fail(FieldSpecialCharacter, s.event.at("paymentRequestId"))
	}
	start := true
	s.event.boolean("start", &start)
	if s.event.has("terminalType") {
		next.terminalType = terminalType(s.event, "terminalType")
	}
	if next.osType, _ = s.event.str("osType", optional, maxID); next.osType != "" && !inSet("osType", next.osType) {
		s.p.fail(FieldNotInSet, s.event.at("osType"), setText("osType"))
	}
	if !s.p.ok() || s.made && !s.same(given) {
		return
	}
	r := &s.record
	begins := start && s.mayBegin(issuedAt)
	if s.made && !begins && (len(r.attempts) > 0 || issuedAt <= r.issuedAt) {
		return
	}
	path := "/record/order"
	if !s.made || issuedAt >= r.issuedAt {
		path = given.path
		r.order, r.issuedAt = s.event.get("order"), issuedAt
		s.touched = true
	}
	if !s.checkOrder(path, next, start) {
		return
	}
	if !s.made {
		r.createdAt = s.now
		s.note("order accepted", fromMerchant, "", "")
	}
	if !begins {
		return
	}
	switch {
	case r.attempt(next.id) != nil:
		s.p.fail(RequestIDUsed, s.event.at("paymentRequestId"))
		return
	case len(r.attempts) == maxAttempts:
		s.p.fail(TooManyAttempts, "/record/attempts", itoa(maxAttempts))
		return
	}
	next.payAt = s.now
	next.inquireAt = s.closesAt(next) + onItsWay
	r.attempts = append(r.attempts, next)
	s.note("attempt", fromShopper, next.id, "")
}

// same tells whether an order is the one of the record: it may differ in all but what is paid.
func (s *step) same(given object) bool {
	id, _ := given.text("referenceOrderId")
	amount := readAmountIfPresent(given, "paymentAmount")
	settlement, _ := given.text("settlementCurrency")
	switch {
	case id != s.record.referenceOrderID:
		s.p.fail(OrderChanged, given.at("referenceOrderId"))
	case amount != s.record.amount:
		s.p.fail(OrderChanged, given.at("paymentAmount"))
	case settlement != s.record.settlement:
		s.p.fail(OrderChanged, given.at("settlementCurrency"))
	}
	return s.p.ok()
}

// mayBegin tells whether there is room for another attempt. An order that was cancelled stays so, unless the merchant
// signs it anew.
func (s *step) mayBegin(issuedAt int64) bool {
	last := s.record.latest()
	if last == nil {
		return true
	}
	if s.record.settled() {
		return false
	}
	return last.state == stateFail || last.state == stateCancelled && issuedAt > last.finalAt
}

// checkOrder checks the order as it would be sent now, and refuses what it does not know: nothing is paid that is not all
// of what the merchant signed.
func (s *step) checkOrder(path string, next *attempt, start bool) bool {
	r := &s.record
	if !start && next.terminalType == "" && s.orderText("terminalType") == "" {
		next.terminalType = "WEB" // the shopper has not chosen yet
	}
	var w writer
	s.writePayRequest(&w, next)
	if len(w.b) > maxOrderJSON {
		s.p.fail(FieldTooLong, path, itoa(maxOrderJSON))
		return false
	}
	before := len(s.p.warnings)
	o, ok := parseObject(w.b, path, s.p)
	if !ok {
		return false
	}
	checked := readOrder(o, s.c, false, s.now)
	kept := s.p.warnings[:before]
	for _, warning := range s.p.warnings[before:] {
		if warning.code == FieldUnknown {
			s.p.errors = append(s.p.errors, warning)
		} else {
			kept = append(kept, warning)
		}
	}
	s.p.warnings = kept
	if s.p.ok() {
		r.referenceOrderID = checked.referenceOrderID
		s.readOrderFacts(o)
	}
	return s.p.ok()
}

// writePayRequest writes the order as it is sent for an attempt, the same each time.
func (s *step) writePayRequest(w *writer, a *attempt) {
	w.open('{')
	s.record.order.GetObject().Visit(func(key []byte, v *fastjson.Value) {
		switch name := string(key); name {
		case "paymentRequestId", "paymentNotifyUrl", "paymentRedirectUrl":
		default:
			if name == "terminalType" && a.terminalType != "" || name == "osType" && a.osType != "" {
				return
			}
			w.foreignName(name)
			writeValue(w, v)
		}
	})
	w.given("terminalType", a.terminalType)
	w.given("osType", a.osType)
	w.member("paymentRequestId", a.id)
	w.member("paymentNotifyUrl", s.c.service+"/notify")
	w.member("paymentRedirectUrl", s.c.service+"/return/"+a.id)
	w.close('}')
}
