package core

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var updateStates = flag.Bool("update", false, "write docs/states.md and wasm/vectors/advance.json")

// vector is an entry of wasm/vectors/advance.json.
type vector struct {
	Name, Operation string
	Record          string // the vector whose reply has the record
	Input           json.RawMessage
	Reply           string
}

// write writes a vector with its input in one line.
func (v *vector) write(t *testing.T, to *bytes.Buffer) {
	to.WriteString("\n  {")
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	comma := ""
	for _, member := range []struct {
		name  string
		value any
	}{{"name", v.Name}, {"operation", v.Operation}, {"record", v.Record}, {"input", v.Input}, {"reply", v.Reply}} {
		if member.value == "" {
			continue
		}
		fmt.Fprintf(to, "%s\n   %q: ", comma, member.name)
		if err := encoder.Encode(member.value); err != nil {
			t.Fatal(err)
		}
		to.Truncate(to.Len() - 1)
		comma = ","
	}
	to.WriteString("\n  }")
}

// recorder is a life whose events become vectors.
type recorder struct {
	*life
	vectors []vector
	names   map[string]bool
	from    string // the vector that the record comes from
	call    string // the last call that was asked for
}

func (r *recorder) record(name, kind, members string) string {
	for i := 2; r.names[name]; i++ {
		name = strings.TrimRight(name, " 0123456789") + fmt.Sprint(" ", i)
	}
	r.names[name] = true
	input := fmt.Sprintf(`{"config":%s,"now":%d,"event":{"type":%q%s}}`, r.config, r.now, kind, members)
	r.send(kind, members)
	r.vectors = append(r.vectors, vector{name, "advance", r.from, json.RawMessage(input), r.text})
	return name
}

// reach sends an event on the way to a state.
func (r *recorder) reach(state, kind, members string) {
	r.t.Helper()
	r.from = r.record("to "+state+": "+kind, kind, members)
	if len(r.reply.Errors) > 0 {
		r.t.Fatalf("%s: %+v", r.from, r.reply.Errors)
	}
	for _, e := range r.reply.Effects {
		if e.Type == "call" {
			r.call = e.ID
		}
	}
}

func orderEvent(id string, issued int64) string {
	return fmt.Sprintf(`,"order":%s,"issuedAt":%d,"paymentRequestId":%q`, testOrder(""), issued, id)
}

func refundEvent(id, amount string) string {
	return fmt.Sprintf(`,"by":"ann","refundRequestId":%q,"refundAmount":%s`, id, amount)
}

const sixty = `{"currency":"USD","value":"60"}`

func refundAnswer(id, state string) string {
	return `{"response":{"resultStatus":"S","resultCode":"SUCCESS","refundRequestId":"` + id + `","refundId":"f-1","refundStatus":"` + state +
		`","refundAmount":{"currency":"USD","value":"60"}},"state":"` + state + `","outcome":"SUCCEED","errors":[]}`
}

// states are those of an order that differ in what may happen next, each with the way to it: the state it comes from, and
// the event that leads on.
var states = []struct {
	name, from, kind string
	members          func(r *recorder) string
}{
	{"no record", "", "", nil},
	{"open", "", "order", func(r *recorder) string { return orderEvent("a", r.now) + `,"start":false` }},
	{"asked to pay", "", "order", func(r *recorder) string { return orderEvent("a", r.now) }},
	{"unknown outcome", "asked to pay", "no-answer", func(r *recorder) string { return id(r.call) }},
	{"cashier known", "asked to pay", "answer", func(r *recorder) string { return id(r.call) + `,"answer":` + cashier }},
	{"shopper returned", "cashier known", "view", func(*recorder) string { return `,"returned":true` }},
	{"inquiry asked", "cashier known", "due", nil},
	{"pending", "cashier known", "notification", func(*recorder) string { return notify("a", statePending) }},
	{"paid", "cashier known", "notification", func(*recorder) string { return notify("a", stateSuccess) }},
	{"paid and told", "paid", "delivered", func(*recorder) string { return `,"id":"a_succeeded","status":204` }},
	{"cancellation asked", "cashier known", "cancel", func(*recorder) string { return `,"by":"ann","reason":"sold out"` }},
	{"cancellation agreed", "cancellation asked", "answer", func(r *recorder) string { return id(r.call) + `,"answer":` + cancelled }},
	{"cancellation of what is paid", "paid", "cancel", func(*recorder) string { return `,"by":"ann"` }},
	{"cancellation denied", "cancellation of what is paid", "answer", func(r *recorder) string {
		return id(r.call) + `,"answer":` + refusal("CANCEL_WINDOW_EXCEED", FixRequest)
	}},
	{"cancellation refused", "cancellation denied", "answer", func(r *recorder) string { return id(r.call) + `,"answer":` + inquiry("a", stateSuccess) }},
	{"cancelled", "cancellation of what is paid", "answer", func(r *recorder) string { return id(r.call) + `,"answer":` + cancelled }},
	{"refund asked", "paid and told", "refund", func(*recorder) string { return refundEvent("r1", sixty) }},
	{"refund unknown", "refund asked", "no-answer", func(r *recorder) string { return id(r.call) }},
	{"refund inquired", "refund unknown", "due", nil},
	{"refunded", "refund asked", "answer", func(r *recorder) string { return id(r.call) + `,"answer":` + refundAnswer("r1", stateSuccess) }},
	{"refund failed", "refund asked", "answer", func(r *recorder) string {
		return id(r.call) + `,"answer":` + refusal("REFUND_NOT_SUPPORTED", FixRequest)
	}},
	{"failed", "asked to pay", "answer", func(r *recorder) string {
		return id(r.call) + `,"answer":` + refusal("USER_BALANCE_NOT_ENOUGH", TellShopper)
	}},
	{"conflict", "failed", "notification", func(*recorder) string { return notify("a", stateSuccess) }},
	{"conflict settled", "conflict", "settle", func(*recorder) string { return `,"by":"ann","as":"keep","reason":"seen at Alipay"` }},
	{"second attempt", "failed", "order", func(r *recorder) string { return orderEvent("b", r.now) }},
}

func id(call string) string { return `,"id":"` + call + `"` }

// happenings are events that are tried in every state.
var happenings = []struct {
	name, kind string
	members    func(r *recorder) string
}{
	{"order", "order", func(r *recorder) string { return orderEvent("n", r.now-second) }},
	{"order signed anew", "order", func(r *recorder) string { return orderEvent("n", r.now+second) }},
	{"order of another amount", "order", func(r *recorder) string {
		return strings.Replace(orderEvent("n", r.now), `"value":"100"`, `"value":"1"`, 1)
	}},
	{"answer that says yes", "answer", func(r *recorder) string { return id(r.call) + `,"answer":` + yes(r.call) }},
	{"answer that says no", "answer", func(r *recorder) string { return id(r.call) + `,"answer":` + no(r.call) }},
	{"no answer", "no-answer", func(r *recorder) string { return id(r.call) + `,"errors":[{"code":"GATEWAY_UNREACHABLE"}]` }},
	{"not sent", "no-answer", func(r *recorder) string { return id(r.call) + `,"sent":false,"errors":[{"code":"EXPIRY_PASSED"}]` }},
	{"answer to another call", "answer", func(*recorder) string { return `,"id":"pay:x:1","answer":` + cashier }},
	{"notified SUCCESS", "notification", func(*recorder) string { return notify("a", stateSuccess) }},
	{"notified FAIL", "notification", func(*recorder) string { return notify("a", stateFail) }},
	{"notified PENDING", "notification", func(*recorder) string { return notify("a", statePending) }},
	{"notified another amount", "notification", func(*recorder) string {
		return strings.Replace(notify("a", stateSuccess), `"value":"100"`, `"value":"1"`, 1)
	}},
	{"notified REFUND_RESULT", "notification", func(*recorder) string {
		return `,"notification":{"notification":{"notifyType":"REFUND_RESULT","refundRequestId":"r1","refundId":"f-1","refundStatus":"SUCCESS","refundAmount":` + sixty + `},"state":"SUCCESS","errors":[]}`
	}},
	{"view", "view", nil},
	{"view after the return", "view", func(*recorder) string { return `,"returned":true` }},
	{"inquire", "inquire", func(*recorder) string { return `,"by":"bob"` }},
	{"cancel", "cancel", func(*recorder) string { return `,"by":"bob"` }},
	{"refund 60", "refund", func(*recorder) string { return refundEvent("r1", sixty) }},
	{"refund all", "refund", func(*recorder) string { return refundEvent("r2", `"all"`) }},
	{"resend", "resend", func(*recorder) string { return `,"by":"bob","id":"a_succeeded"` }},
	{"dismiss", "dismiss", func(r *recorder) string {
		about := "CONFLICT:a"
		if i := strings.Index(r.life.record, `"attention":[{"id":"`); i >= 0 {
			about, _, _ = strings.Cut(r.life.record[i+len(`"attention":[{"id":"`):], `"`)
		}
		return `,"by":"bob","id":"` + about + `"`
	}},
	{"settle accept", "settle", func(*recorder) string { return `,"by":"bob","as":"accept"` }},
	{"settle cancel", "settle", func(*recorder) string { return `,"by":"bob","as":"cancel"` }},
	{"settle keep", "settle", func(*recorder) string { return `,"by":"bob","as":"keep"` }},
	{"delivered", "delivered", func(*recorder) string { return `,"id":"a_succeeded","status":204` }},
	{"undelivered", "undelivered", func(*recorder) string { return `,"id":"a_succeeded","status":500` }},
	{"due", "due", nil},
}

func yes(call string) string {
	switch operation, _, _ := strings.Cut(call, ":"); operation {
	case "inquiry_payment":
		return inquiry("a", stateSuccess)
	case "cancel":
		return cancelled
	case "refund", "inquiry_refund":
		return refundAnswer("r1", stateSuccess)
	}
	return cashier
}

func no(call string) string {
	switch operation, _, _ := strings.Cut(call, ":"); operation {
	case "inquiry_payment", "inquiry_refund":
		return notKnown
	case "cancel":
		return refusal("CANCEL_WINDOW_EXCEED", FixRequest)
	case "refund":
		return refusal("REFUND_NOT_SUPPORTED", FixRequest)
	}
	return refusal("PAYMENT_PROHIBITED", TellShopper)
}

// standing says in words where an order stands.
func (r *recorder) standing() string {
	var rec record
	var p problems
	head, _ := parseObject([]byte(r.life.record), "", &p)
	read(head, rec.members)
	words := []string{}
	for _, a := range rec.attempts {
		word := a.state.String()
		if a.cancelling() {
			word += ", to be cancelled"
		}
		if a.conflict.open() {
			word += ", said to be " + a.conflict.state.String()
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		words = append(words, "OPEN")
	}
	for _, f := range rec.refunds {
		word := "refund " + f.state.String()
		if f.conflict.open() {
			word += ", said to be " + f.conflict.state.String()
		}
		words = append(words, word)
	}
	for _, t := range rec.attention {
		words = append(words, "attention "+t.what.String())
	}
	return strings.Join(words, "; ")
}

// dueIn says when something is due.
func (r *recorder) dueIn() string {
	if r.reply.DueAt == nil {
		return ""
	}
	ms := *r.reply.DueAt - r.now
	switch {
	case ms%hour == 0:
		return fmt.Sprint(ms/hour, " h")
	case ms%minute == 0:
		return fmt.Sprint(ms/minute, " min")
	}
	return fmt.Sprint(float64(ms)/second, " s")
}

// TestStates has every event happen in every state. The table is docs/states.md, the inputs and replies are the vectors that
// all runtimes share.
func TestStates(t *testing.T) {
	var page bytes.Buffer
	page.WriteString(statesHead)
	r := &recorder{names: map[string]bool{}}
	type place struct {
		life life
		from string
		call string
	}
	places := map[string]place{}
	for _, s := range states {
		r.life, r.from, r.call = newLife(t), "", "pay:a:1"
		if s.from != "" {
			at := places[s.from]
			l := at.life
			r.life, r.from, r.call = &l, at.from, at.call
			r.now += second
		}
		if s.kind != "" {
			if s.kind == "due" {
				r.now = *r.reply.DueAt
			}
			members := ""
			if s.members != nil {
				members = s.members(r)
			}
			r.reach(s.name, s.kind, members)
		}
		here := place{*r.life, r.from, r.call}
		places[s.name] = here
		if s.kind != "" {
			fmt.Fprintf(&page, "\n## %s%s\n\n%s. Due: %s.\n\n", strings.ToUpper(s.name[:1]), s.name[1:], r.standing(), orNothing(r.dueIn()))
		} else {
			fmt.Fprintf(&page, "\n## No record\n\n")
		}
		page.WriteString("| event | becomes | effects | due in |\n|---|---|---|---|\n")
		before := r.standingOrNone()
		refused := map[string][]string{}
		var codes, idle []string
		for _, h := range happenings {
			l := here.life
			r.life = &l
			r.now += second
			if h.kind == "due" && r.reply.DueAt != nil {
				r.now = max(r.now, *r.reply.DueAt)
			}
			members := ""
			if h.members != nil {
				members = h.members(r)
			}
			r.record(s.name+": "+h.name, h.kind, members)
			if len(r.reply.Errors) > 0 {
				code := r.reply.Errors[0].Code
				if refused[code] == nil {
					codes = append(codes, code)
				}
				refused[code] = append(refused[code], h.name)
				continue
			}
			if !r.reply.Changed {
				idle = append(idle, h.name)
				continue
			}
			becomes := r.standing()
			if becomes == before {
				becomes = "="
			}
			if r.reply.Misfit != "" {
				becomes += " (misfit `" + r.reply.Misfit + "`)"
			}
			fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", h.name, becomes, r.effects(), r.dueIn())
		}
		page.WriteString("\n")
		if len(idle) > 0 {
			fmt.Fprintf(&page, "* no change: %s\n", strings.Join(idle, ", "))
		}
		for _, code := range codes {
			fmt.Fprintf(&page, "* `%s`: %s\n", code, strings.Join(refused[code], ", "))
		}
	}
	var text bytes.Buffer
	text.WriteString("{\n \"about\": \"The life of an order: every event in every state. Written by go test ./wasm/core -run States -update.\",\n \"vectors\": [")
	for i, v := range r.vectors {
		if i > 0 {
			text.WriteByte(',')
		}
		v.write(t, &text)
	}
	text.WriteString("\n ]\n}\n")
	for name, want := range map[string][]byte{"../../docs/states.md": page.Bytes(), "../vectors/advance.json": text.Bytes()} {
		if *updateStates {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the core does (%v): go test ./wasm/core -run States -update, and read the difference", name, err)
		}
	}
}

func (r *recorder) standingOrNone() string {
	if r.life.record == "null" {
		return ""
	}
	return r.standing()
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

const statesHead = `# Every event in every state

What [advance](record.md) makes of each event in each state of an order, written by ` + "`go test ./wasm/core -run States -update`" + ` and checked by
the tests. Each event comes a second after the state was reached, ` + "`due`" + ` when something is due. "=" is the state as it was. Effects are calls
(operation:subject) and messages (their ids). "Answer that says yes" and "no" answer the call in flight, or the last one: a cashier,
SUCCESS, cancelled, refunded; and declined, ORDER_NOT_EXIST, CANCEL_WINDOW_EXCEED, REFUND_NOT_SUPPORTED.
`
