package core

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// testNow is when the tests begin, and testOrigin where their service is.
const (
	testNow    = int64(1790000000000)
	testOrigin = "https://pay.example"
	testConfig = `{"clientId":"5Y60382Z8VZR10066","origin":"` + testOrigin + `"}`
)

func testOrder(more string) string {
	return `{"referenceOrderId":"order-1","orderDescription":"Pencil","paymentAmount":{"currency":"USD","value":"100"},` +
		`"settlementCurrency":"USD","terminalType":"WEB","businessType":"4","goods":[{"goodsName":"Pencil","goodsQuantity":"1"}],` +
		`"paymentRedirectUrl":"https://shop.example/thanks"` + more + `}`
}

// life drives the record of one order.
type life struct {
	t      testing.TB
	config string
	now    int64
	record string
	reply  advanced
}

// advanced is a reply of Advance.
type advanced struct {
	Record  json.RawMessage
	Changed bool
	Effects []effect
	DueAt   *int64
	View    struct {
		PaymentRequestID, PaymentStatus, ResultCode, ResultPage string
		Redirect                                                *struct{ Location string }
		Conflict, MayPayAgain                                   bool
		PollAfter, ExpiresAt                                    int64
	}
	Summary struct {
		PaymentStatus, Refunded string
		Attention, Undelivered  int
	}
	Misfit           string
	Errors, Warnings []struct{ Code, Path, Message string }
}

type effect struct {
	Type, ID, Operation, About, Payload, TerminalType string
	Request                                           json.RawMessage
}

func newLife(t testing.TB) *life {
	return &life{t: t, config: testConfig, now: testNow, record: "null"}
}

// send sends an event; members are those besides its type, with a comma before them.
func (l *life) send(kind, members string) *advanced {
	l.t.Helper()
	input := fmt.Sprintf(`{"config":%s,"now":%d,"record":%s,"event":{"type":%q%s}}`, l.config, l.now, l.record, kind, members)
	text := Advance(nil, []byte(input))
	l.reply = advanced{}
	if err := json.Unmarshal(text, &l.reply); err != nil {
		l.t.Fatalf("%v: %s", err, text)
	}
	if len(l.reply.Errors) == 0 {
		l.record = string(l.reply.Record)
	} else if l.reply.Record != nil || len(l.reply.Effects) != 0 {
		l.t.Fatalf("a refusal with more than errors: %s", text)
	}
	return &l.reply
}

// ok is send for an event that must be accepted.
func (l *life) ok(kind, members string) *advanced {
	l.t.Helper()
	if r := l.send(kind, members); len(r.Errors) > 0 {
		l.t.Fatalf("%s %s: %+v", kind, members, r.Errors)
	}
	return &l.reply
}

// refused is send for an event that must be refused with a code.
func (l *life) refused(code Code, kind, members string) {
	l.t.Helper()
	if r := l.send(kind, members); len(r.Errors) == 0 || r.Errors[0].Code != string(code) {
		l.t.Fatalf("%s %s: got %+v, want %s", kind, members, r.Errors, code)
	}
}

// effects names what the last reply asks for, calls by their operation and messages by their id.
func (l *life) effects() string {
	var names []string
	for _, e := range l.reply.Effects {
		if e.Type == "call" {
			names = append(names, e.Operation+":"+e.About)
		} else {
			names = append(names, e.ID)
		}
	}
	return strings.Join(names, " ")
}

func (l *life) want(effects, status string) {
	l.t.Helper()
	if got := l.effects(); got != effects || l.reply.View.PaymentStatus != status {
		l.t.Fatalf("got %q and %s, want %q and %s", got, l.reply.View.PaymentStatus, effects, status)
	}
}

// due moves the clock to when something is due.
func (l *life) due() *advanced {
	l.t.Helper()
	if l.reply.DueAt == nil {
		l.t.Fatal("nothing is due")
	}
	l.now = max(l.now, *l.reply.DueAt)
	return l.ok("due", "")
}

// call is the id of the call in the last reply.
func (l *life) call() string {
	l.t.Helper()
	for _, e := range l.reply.Effects {
		if e.Type == "call" {
			return e.ID
		}
	}
	l.t.Fatal("no call")
	return ""
}

const (
	cashier    = `{"response":{"resultStatus":"U","resultCode":"PAYMENT_IN_PROCESS","paymentId":"p-1"},"redirect":{"method":"GET","action":"https://open.alipay.com/x","fields":[],"location":"https://open.alipay.com/x"},"state":"PROCESSING","outcome":"REDIRECT","errors":[]}`
	notKnown   = `{"response":{"resultStatus":"F","resultCode":"ORDER_NOT_EXIST"},"outcome":"INQUIRE","errors":[]}`
	cancelled  = `{"response":{"resultStatus":"S","resultCode":"SUCCESS"},"state":"CANCELLED","outcome":"SUCCEED","errors":[]}`
	notRefused = `{"response":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION"},"outcome":"REPEAT","errors":[]}`
)

func inquiry(id, state string) string {
	return `{"response":{"resultStatus":"S","resultCode":"SUCCESS","paymentStatus":"` + state + `","paymentRequestId":"` + id +
		`","paymentId":"p-1","paymentAmount":{"currency":"USD","value":"100"}},"state":"` + state + `","outcome":"WAIT","errors":[]}`
}

func refusal(code string, outcome Outcome) string {
	return `{"response":{"resultStatus":"F","resultCode":"` + code + `"},"outcome":"` + string(outcome) + `","errors":[]}`
}

func notify(id, state string) string {
	status := map[string]string{"SUCCESS": "S", "FAIL": "F", "PENDING": "S"}[state]
	kind := "PAYMENT_RESULT"
	if state == "PENDING" {
		kind = "PAYMENT_PENDING"
	}
	return `,"notification":{"notification":{"notifyType":"` + kind + `","resultStatus":"` + status + `","resultCode":"SUCCESS","paymentRequestId":"` + id +
		`","paymentId":"p-1","paymentAmount":{"currency":"USD","value":"100"},"paymentTime":"2026-09-21T12:00:00+08:00"},"state":"` + state + `","errors":[]}`
}

func (l *life) answer(answer string) *advanced {
	l.t.Helper()
	return l.ok("answer", `,"id":"`+l.call()+`","answer":`+answer)
}

func (l *life) order(id string) *advanced {
	l.t.Helper()
	return l.ok("order", fmt.Sprintf(`,"order":%s,"issuedAt":%d,"paymentRequestId":%q`, testOrder(""), l.now, id))
}

func TestAdvancePaysAnOrder(t *testing.T) {
	l := newLife(t)
	l.order("a")
	l.want("pay:a", "PROCESSING")
	var request map[string]any
	if err := json.Unmarshal(l.reply.Effects[0].Request, &request); err != nil {
		t.Fatal(err)
	}
	if request["paymentNotifyUrl"] != testOrigin+"/notify" || request["paymentRedirectUrl"] != testOrigin+"/return/a" || request["paymentRequestId"] != "a" {
		t.Errorf("got %v", request)
	}
	l.order("b")
	l.want("", "PROCESSING") // two tabs, one call
	l.reply.Effects = []effect{{Type: "call", ID: "pay:a:1"}}
	l.answer(cashier)
	if l.reply.View.Redirect == nil || l.reply.View.Redirect.Location != "https://open.alipay.com/x" {
		t.Errorf("got %+v", l.reply.View)
	}
	l.ok("view", `,"returned":true`)
	if got := *l.reply.DueAt; got != l.now+4*second {
		t.Errorf("due at %d", got-l.now)
	}
	l.ok("notification", notify("a", "SUCCESS"))
	l.want("a_succeeded", "SUCCESS")
	if want := `{"type":"payment.succeeded","timestamp":"2026-09-21T14:13:20.000Z","data":{"referenceOrderId":"order-1","paymentRequestId":"a","paymentId":"p-1","paymentStatus":"SUCCESS","paymentAmount":{"currency":"USD","value":"100"},"paymentTime":"2026-09-21T12:00:00+08:00","resultCode":"SUCCESS","origin":"https://pay.example","clientId":"5Y60382Z8VZR10066"}}`; l.reply.Effects[0].Payload != want {
		t.Errorf("got  %s\nwant %s", l.reply.Effects[0].Payload, want)
	}
	l.ok("delivered", `,"id":"a_succeeded","status":204`)
	if l.want("", "SUCCESS"); l.reply.DueAt != nil || l.reply.View.ResultPage != "https://shop.example/thanks" {
		t.Errorf("got %+v", l.reply)
	}
	before := l.record
	if l.ok("view", `,"returned":true`); l.reply.Changed || l.record != before {
		t.Error("a look changed the record")
	}
	t.Log(l.record)
}

func TestAdvanceRefunds(t *testing.T) {
	l := newLife(t)
	l.order("a")
	l.answer(cashier)
	l.refused(PaymentStatusInvalid, "refund", `,"by":"ann","refundRequestId":"r1","refundAmount":"all"`)
	l.ok("notification", notify("a", "SUCCESS"))
	l.refused(FieldRequired, "refund", `,"by":"ann","refundRequestId":"r1"`)
	l.refused(FieldUnknown, "refund", `,"by":"ann","refundRequestId":"r1","amount":{"currency":"USD","value":"40"}`)
	l.refused(RefundExceedsPayment, "refund", `,"by":"ann","refundRequestId":"r1","refundAmount":{"currency":"USD","value":"101"}`)
	l.ok("refund", `,"by":"ann","refundRequestId":"r1","refundAmount":{"currency":"USD","value":"40"}`)
	l.want("refund:r1", "SUCCESS")
	if got, want := string(l.reply.Effects[0].Request), `{"refundRequestId":"r1","paymentId":"p-1","refundAmount":{"currency":"USD","value":"40"},"refundNotifyUrl":"https://pay.example/notify/a"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	l.refused(RefundExists, "cancel", `,"by":"ann"`)
	l.now += second
	l.refused(RefundChanged, "refund", `,"by":"ann","refundRequestId":"r1","refundAmount":{"currency":"USD","value":"41"}`)
	l.ok("no-answer", `,"id":"refund:r1:1"`)
	l.ok("delivered", `,"id":"a_succeeded"`)
	l.due()
	l.want("inquiry_refund:r1", "SUCCESS")
	l.answer(notKnown)
	l.want("refund:r1", "SUCCESS")
	l.answer(`{"response":{"resultStatus":"S","resultCode":"SUCCESS","refundRequestId":"r1","refundId":"f-1","refundAmount":{"currency":"USD","value":"40"}},"state":"SUCCESS","outcome":"SUCCEED","errors":[]}`)
	l.want("r1_refund_succeeded", "SUCCESS")
	if l.reply.Summary.Refunded != "40" {
		t.Errorf("got %+v", l.reply.Summary)
	}
	l.ok("refund", `,"by":"ann","refundRequestId":"r2","refundAmount":"all"`)
	if !strings.Contains(string(l.reply.Effects[0].Request), `"value":"60"`) {
		t.Errorf("got %s", l.reply.Effects[0].Request)
	}
}

func TestAdvanceCancels(t *testing.T) {
	l := newLife(t)
	l.order("a")
	l.answer(cashier)
	l.ok("cancel", `,"by":"ann","reason":"sold out"`)
	l.want("cancel:a", "PROCESSING")
	id := l.call()
	l.ok("notification", notify("a", "SUCCESS"))
	l.want("", "SUCCESS") // nothing is announced while it is to be cancelled
	l.ok("answer", `,"id":"`+id+`","answer":`+cancelled)
	l.want("a_cancelled", "CANCELLED")

	l = newLife(t)
	l.order("a")
	l.answer(cashier)
	l.ok("notification", notify("a", "SUCCESS"))
	l.ok("cancel", `,"by":"ann"`)
	l.want("cancel:a", "SUCCESS")
	l.answer(refusal("CANCEL_WINDOW_EXCEED", FixRequest))
	l.want("inquiry_payment:a", "SUCCESS")
	l.answer(inquiry("a", "SUCCESS"))
	if l.reply.Summary.Attention != 1 {
		t.Errorf("got %+v", l.reply.Summary)
	}
}

func TestAdvanceKeepsAConflict(t *testing.T) {
	l := newLife(t)
	l.order("a")
	l.answer(refusal("PAYMENT_PROHIBITED", TellShopper))
	l.want("a_failed", "FAIL")
	if !l.reply.View.MayPayAgain {
		t.Error("the shopper may not pay again")
	}
	l.ok("notification", notify("a", "SUCCESS"))
	l.want("a_conflict", "FAIL")
	l.order("b")
	l.want("", "FAIL")
	l.ok("settle", `,"by":"ann","as":"accept"`)
	l.want("a_succeeded", "SUCCESS")
}

func TestAnotherAttemptComesAfterTheLastOneIsDead(t *testing.T) {
	l := newLife(t)
	l.order("a")
	l.ok("no-answer", `,"id":"pay:a:1"`)
	l.now += 5 * second
	l.due()
	l.want("pay:a", "PROCESSING")
	l.answer(refusal("SIGNATURE_INVALID", FixConfiguration)) // says nothing of the first request
	l.want("inquiry_payment:a", "PROCESSING")
	l.answer(inquiry("a", "FAIL"))
	l.want("a_failed", "FAIL")
	l.order("b")
	l.want("pay:b", "PROCESSING")
}
