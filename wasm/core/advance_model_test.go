package core

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// The model of everything around Advance: Alipay with a truth of its own, requests that are on their way, a merchant that
// takes messages or not, operators, shoppers, crashes and a clock. TestModel explores what can happen.

// stepFunc is Advance, or Advance with a bug planted into it.
type stepFunc func(input []byte) []byte

// truth is what is so at Alipay.
type truth struct {
	state     string // "" when Alipay does not know it
	createdAt int64
	cashier   bool // the service was told where the shopper pays
}

type truthRefund struct {
	state string
	value int64
}

// request is a call that was given out: its shell has it, or it is on its way.
type request struct {
	id, operation, about string
	at                   int64
	answer               string // what Alipay answered, while the answer is on its way
}

// world is a state of the model.
type world struct {
	now      int64
	text     string // the record, as stored
	record   *record
	due      int64
	view     string
	attempts map[string]truth
	refunds  map[string]truthRefund
	calls    []request          // given to the shell, nothing heard of them
	delayed  []request          // that may still arrive at Alipay
	late     []request          // whose answers may still arrive here
	mails    []string           // messages given to the shell
	claims   map[string]request // the last call about a payment or a refund, until something was heard of it
	proofs   map[string]bool
	payloads map[string]string
	wishes   int // of operators so far
	lies     int // contradictions of Alipay so far
	jumps    int
}

func newWorld() *world {
	return &world{now: testNow, text: "null", record: &record{}, attempts: map[string]truth{}, refunds: map[string]truthRefund{},
		proofs: map[string]bool{}, payloads: map[string]string{}, claims: map[string]request{}}
}

func (w *world) clone() *world {
	c := *w
	c.attempts = cloneMap(w.attempts)
	c.refunds = cloneMap(w.refunds)
	c.proofs = cloneMap(w.proofs)
	c.payloads = cloneMap(w.payloads)
	c.claims = cloneMap(w.claims)
	c.calls = slices.Clone(w.calls)
	c.delayed = slices.Clone(w.delayed)
	c.late = slices.Clone(w.late)
	c.mails = slices.Clone(w.mails)
	return &c
}

func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	c := make(map[K]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// canonical is the same for worlds from which the same can happen: times count from now, and what only people read does
// not count.
func (w *world) canonical() string {
	var b strings.Builder
	at := func(ms int64) int64 {
		if ms == 0 {
			return 1
		}
		return ms - w.now
	}
	fact := func(f facts) { fmt.Fprint(&b, f.id, f.code, ",") }
	plan := func(k calling) { fmt.Fprint(&b, k.call, at(k.askedAt), k.calls, k.unknown, ",") }
	conflicts := func(d *conflict) {
		if d != nil {
			fmt.Fprint(&b, "!", d.state, d.settledAs)
		}
	}
	r := w.record
	for _, a := range r.attempts {
		fmt.Fprint(&b, "\na", a.id, a.state, at(a.createdAt), at(a.finalAt) > 0, a.redirect != nil, at(a.payAt), at(a.inquireAt), a.returns, ",")
		fact(a.facts)
		plan(a.calling)
		if d := a.cancellation; d != nil {
			fmt.Fprint(&b, "c", at(d.at), at(d.nextAt), d.said, d.endedAt > 0)
		}
		conflicts(a.conflict)
	}
	for _, f := range r.refunds {
		fmt.Fprint(&b, "\nr", f.id, f.state, f.amount.value, at(f.createdAt), at(f.nextAt), ",")
		fact(f.facts)
		plan(f.calling)
		conflicts(f.conflict)
	}
	for _, m := range r.messages {
		fmt.Fprint(&b, "\nm", m.id, m.state, m.tries, at(m.nextAt))
	}
	for _, t := range r.attention {
		fmt.Fprint(&b, "\nt", t.id)
	}
	for _, list := range [][]request{w.calls, w.delayed, w.late} {
		fmt.Fprint(&b, "\n")
		for _, q := range list {
			fmt.Fprint(&b, q.id, at(q.at), q.answer, ",")
		}
	}
	keys := []string{}
	for id, t := range w.attempts {
		keys = append(keys, fmt.Sprint(id, t.state, at(t.createdAt), t.cashier))
	}
	for id, t := range w.refunds {
		keys = append(keys, fmt.Sprint(id, t))
	}
	for id := range w.proofs {
		keys = append(keys, "proof"+id)
	}
	slices.Sort(keys)
	fmt.Fprint(&b, keys, w.mails, w.wishes, w.lies, w.jumps, at(r.issuedAt) < 1, len(r.attempts) > 0 && r.latest().finalAt < r.issuedAt)
	return b.String()
}

func (w *world) hash() uint64 {
	h := fnv.New64a()
	h.Write([]byte(w.canonical()))
	return h.Sum64()
}

// violation is an invariant that does not hold.
type violation struct{ invariant, detail string }

// send has the step function handle an event and takes over what comes of it. It returns the codes of errors, and what
// does not hold.
func (w *world) send(step stepFunc, kind, members string) (codes []string, bad *violation) {
	var input bytes.Buffer
	fmt.Fprintf(&input, `{"config":%s,"now":%d,"record":%s,"event":{"type":%q%s}}`, testConfig, w.now, w.text, kind, members)
	reply := step(input.Bytes())
	var p problems
	head, ok := parseObject(reply, "", &p)
	if !ok {
		return nil, &violation{"replies are JSON", string(reply)}
	}
	if list, _ := head.array("errors"); len(list) > 0 {
		for _, e := range list {
			codes = append(codes, string(e.GetStringBytes("code")))
		}
		return codes, nil
	}
	before := w.clone()
	text, _ := head.child("record")
	w.record = &record{}
	read(text, w.record.members)
	if !p.ok() {
		return nil, &violation{"records can be read", fmt.Sprint(p.errors)}
	}
	w.record.amount = amount{"USD", "100"}
	var out writer
	writeValue(&out, head.get("record"))
	w.text = string(out.b)
	w.due, _ = wholeNumber(head.get("dueAt"))
	var effects []effect
	if list, _ := head.array("effects"); len(list) > 0 {
		if err := json.Unmarshal(head.get("effects").MarshalTo(nil), &effects); err != nil {
			return nil, &violation{"effects can be read", err.Error()}
		}
	}
	changed := head.get("changed")
	var view writer
	writeValue(&view, head.get("view"))
	w.view = string(view.b)
	for _, e := range effects {
		if e.Type == "call" {
			w.calls = append(w.calls, request{id: e.ID, operation: e.Operation, about: e.About, at: w.now})
		} else {
			w.mails = append(w.mails, e.ID)
		}
	}
	for _, i := range invariants {
		if detail := i.holds(before, w, kind, effects, string(changed.MarshalTo(nil)) == "true"); detail != "" {
			return nil, &violation{i.name, detail}
		}
	}
	for _, e := range effects {
		if e.Type == "call" {
			w.claims[e.About] = request{id: e.ID, at: w.now}
		}
	}
	return nil, nil
}

// heard ends the claim of a call.
func (w *world) heard(q request) {
	if w.claims[q.about].id == q.id {
		delete(w.claims, q.about)
	}
}

// arrive has Alipay take a request, and returns its answer.
func (w *world) arrive(q request, mood string) string {
	t := w.attempts[q.about]
	w.close(q.about)
	t = w.attempts[q.about]
	switch q.operation {
	case "pay":
		switch {
		case mood == "refuses" && t.state == "":
			return refusal("SIGNATURE_INVALID", FixConfiguration)
		case mood == "declines" && (t.state == "" || !t.cashier):
			w.attempts[q.about] = truth{state: stateFail, createdAt: w.now}
			w.proofs[q.about+stateFail] = true
			return refusal("USER_BALANCE_NOT_ENOUGH", TellShopper)
		case mood == "hesitates":
			return `{"response":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION"},"outcome":"INQUIRE","errors":[]}`
		case t.state == "":
			w.attempts[q.about] = truth{state: stateProcessing, createdAt: w.now}
			return cashier
		case t.state == stateProcessing:
			return cashier
		case t.state == stateSuccess:
			return `{"response":{"resultStatus":"S","resultCode":"SUCCESS","paymentId":"p-1"},"outcome":"INQUIRE","errors":[]}`
		case t.state == stateCancelled:
			return refusal("ORDER_IS_CANCELED", NewAttempt)
		}
		return refusal("ORDER_IS_CLOSED", NewAttempt)
	case "inquiry_payment":
		switch {
		case mood == "hesitates" || mood == "refuses":
			return refusal("SYSTEM_ERROR", Inquire)
		case t.state == "":
			return notKnown
		}
		return inquiry(q.about, t.state)
	case "cancel":
		switch {
		case mood == "hesitates":
			return notRefused
		case mood == "refuses" && (t.state == stateSuccess || t.state == stateCancelled):
			return refusal("CANCEL_WINDOW_EXCEED", FixRequest)
		case t.state == "":
			return refusal(orderNotExist, Inquire)
		case t.state != stateFail:
			t.state = stateCancelled
			w.attempts[q.about] = t
		}
		return cancelled
	case "refund":
		f := w.refunds[q.about]
		value, _ := atoi(w.record.refund(q.about).amount.value)
		paid := w.attempts[w.record.refund(q.about).paymentRequestID]
		switch {
		case mood == "hesitates":
			return `{"response":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION"},"outcome":"REPEAT","errors":[]}`
		case f.state == "" && (mood == "refuses" || paid.state != stateSuccess || w.refunded()+value > 100):
			return refusal("REFUND_NOT_SUPPORTED", FixRequest)
		case f.state == "":
			w.refunds[q.about] = truthRefund{stateSuccess, value}
		}
		return fmt.Sprintf(`{"response":{"resultStatus":"S","resultCode":"SUCCESS","refundRequestId":%q,"refundId":"f-1","refundAmount":{"currency":"USD","value":"%d"}},"state":"SUCCESS","outcome":"SUCCEED","errors":[]}`, q.about, value)
	}
	f := w.refunds[q.about]
	switch {
	case mood != "":
		return refusal("SYSTEM_ERROR", Inquire)
	case f.state == "":
		return notKnown
	}
	return fmt.Sprintf(`{"response":{"resultStatus":"S","resultCode":"SUCCESS","refundRequestId":%q,"refundId":"f-1","refundStatus":%q,"refundAmount":{"currency":"USD","value":"%d"}},"state":%[2]q,"outcome":"SUCCEED","errors":[]}`, q.about, f.state, f.value)
}

// close has Alipay close a payment that nobody paid in time.
func (w *world) close(id string) {
	if t := w.attempts[id]; t.state == stateProcessing && w.now >= t.createdAt+openFor {
		t.state = stateFail
		w.attempts[id] = t
	}
}

func (w *world) refunded() (sum int64) {
	for _, f := range w.refunds {
		if f.state == stateSuccess {
			sum += f.value
		}
	}
	return sum
}

// hears notes what an answer proves, and sends it.
func (w *world) hears(step stepFunc, q request, answer string) ([]string, *violation) {
	w.heard(q)
	if q.operation == "pay" && answer == cashier {
		t := w.attempts[q.about]
		t.cashier = true
		w.attempts[q.about] = t
	}
	for _, state := range [...]string{stateSuccess, stateFail, stateCancelled} {
		if q.operation == "inquiry_payment" && strings.Contains(answer, `"paymentStatus":"`+state+`"`) || q.operation == "cancel" && answer == cancelled && state == stateCancelled {
			w.proofs[q.about+state] = true
		}
	}
	if q.operation == "inquiry_payment" && answer == notKnown {
		w.proofs[q.about+"unknown"] = true
	}
	if q.operation == "pay" && strings.Contains(answer, `"resultStatus":"F"`) {
		w.proofs[q.about+stateFail] = true
		w.proofs[q.about+stateCancelled] = w.proofs[q.about+stateCancelled] || strings.Contains(answer, "ORDER_IS_CANCELED")
	}
	return w.send(step, "answer", fmt.Sprintf(`,"id":%q,"answer":%s`, q.id, answer))
}

// notify has Alipay notify a final state of a payment.
func (w *world) notify(step stepFunc, id, state string) ([]string, *violation) {
	w.proofs[id+state] = true
	return w.send(step, "notification", notify(id, state))
}

// move is something that can happen in a world.
type move struct {
	name string
	do   func(*world, stepFunc) ([]string, *violation)
}

func remove[T any](list []T, i int) []T { return append(slices.Clone(list[:i]), list[i+1:]...) }

// moves lists all that can happen.
func (w *world) moves() (all []move) {
	add := func(name string, do func(*world, stepFunc) ([]string, *violation)) { all = append(all, move{name, do}) }
	send := func(name, kind, members string) {
		add(name, func(w *world, step stepFunc) ([]string, *violation) { return w.send(step, kind, members) })
	}
	wish := func(name, kind, members string) {
		add(name, func(w *world, step stepFunc) ([]string, *violation) {
			w.wishes++
			return w.send(step, kind, members)
		})
	}
	r := w.record
	fresh := string(rune('a' + len(r.attempts)))
	if len(r.attempts) < 3 {
		for name, issued := range map[string]int64{"order": testNow, "order signed anew": w.now + second} {
			if name == "order" || len(r.attempts) > 0 && r.latest().state == stateCancelled {
				send(name, "order", fmt.Sprintf(`,"order":%s,"issuedAt":%d,"paymentRequestId":%q`, testOrder(""), issued, fresh))
			}
		}
	}
	if len(r.attempts) == 0 {
		if w.text == "null" {
			send("order without a start", "order", fmt.Sprintf(`,"order":%s,"issuedAt":%d,"paymentRequestId":%q,"start":false`, testOrder(""), w.now, fresh))
		}
		return all
	}
	for i, q := range w.calls {
		take := func(w *world) { w.calls = remove(w.calls, i) }
		moods := []string{"", "refuses", "hesitates"}
		if q.operation == "pay" {
			moods = append(moods, "declines")
		}
		for _, mood := range moods {
			add(mood+"answers "+q.operation, func(w *world, step stepFunc) ([]string, *violation) {
				take(w)
				return w.hears(step, q, w.arrive(q, mood))
			})
		}
		none := func(w *world, step stepFunc) ([]string, *violation) {
			w.heard(q)
			return w.send(step, "no-answer", fmt.Sprintf(`,"id":%q`, q.id))
		}
		add("loses the request "+q.operation, func(w *world, step stepFunc) ([]string, *violation) { take(w); return none(w, step) })
		add("delays the request "+q.operation, func(w *world, step stepFunc) ([]string, *violation) {
			take(w)
			w.delayed = append(w.delayed, q)
			return none(w, step)
		})
		add("loses the answer "+q.operation, func(w *world, step stepFunc) ([]string, *violation) {
			take(w)
			w.arrive(q, "")
			return none(w, step)
		})
		add("crash before "+q.operation, func(w *world, step stepFunc) ([]string, *violation) { take(w); return nil, nil })
		add("crash after "+q.operation, func(w *world, step stepFunc) ([]string, *violation) {
			take(w)
			q.answer = w.arrive(q, "")
			w.late = append(w.late, q)
			return nil, nil
		})
		if q.operation == "pay" || q.operation == "refund" {
			add("does not send "+q.operation, func(w *world, step stepFunc) ([]string, *violation) {
				take(w)
				w.heard(q)
				return w.send(step, "no-answer", fmt.Sprintf(`,"id":%q,"sent":false,"errors":[{"code":"KEY_MALFORMED"}]`, q.id))
			})
		}
	}
	for i, q := range w.delayed {
		add("arrives late "+q.operation, func(w *world, step stepFunc) ([]string, *violation) {
			w.delayed = remove(w.delayed, i)
			w.arrive(q, "")
			return nil, nil
		})
	}
	for i, q := range w.late {
		add("answers late "+q.operation, func(w *world, step stepFunc) ([]string, *violation) {
			w.late = remove(w.late, i)
			return w.hears(step, q, q.answer)
		})
	}
	for id, t := range w.attempts {
		if t.state == stateProcessing && t.cashier && w.now < t.createdAt+openFor {
			for _, state := range [...]string{stateSuccess, stateFail} {
				add("shopper "+state+" "+id, func(w *world, step stepFunc) ([]string, *violation) {
					t.state = state
					w.attempts[id] = t
					return nil, nil
				})
			}
		}
		if t.state == stateSuccess || t.state == stateFail {
			add("notifies "+t.state+" "+id, func(w *world, step stepFunc) ([]string, *violation) { return w.notify(step, id, t.state) })
		}
		if t.state == stateCancelled && w.proofs[id+stateSuccess] {
			add("notifies again "+id, func(w *world, step stepFunc) ([]string, *violation) { return w.notify(step, id, stateSuccess) })
		}
		if w.lies == 0 && (t.state == stateFail || t.state == stateSuccess) {
			to := map[string]string{stateFail: stateSuccess, stateSuccess: stateFail}[t.state]
			add("contradicts itself "+id, func(w *world, step stepFunc) ([]string, *violation) {
				w.lies++
				t.state = to
				w.attempts[id] = t
				return w.notify(step, id, to)
			})
		}
	}
	for id, f := range w.refunds {
		add("notifies refund "+id, func(w *world, step stepFunc) ([]string, *violation) {
			return w.send(step, "notification", fmt.Sprintf(`,"notification":{"notification":{"notifyType":"REFUND_RESULT","refundRequestId":%q,"refundId":"f-1","refundStatus":%q,"refundAmount":{"currency":"USD","value":"%d"}},"state":%[2]q,"errors":[]}`, id, f.state, f.value))
		})
	}
	for i, id := range w.mails {
		for _, kind := range [...]string{"delivered", "undelivered"} {
			add(kind+" "+id, func(w *world, step stepFunc) ([]string, *violation) {
				w.mails = remove(w.mails, i)
				return w.send(step, kind, fmt.Sprintf(`,"id":%q`, id))
			})
		}
		add("crash before "+id, func(w *world, step stepFunc) ([]string, *violation) { w.mails = remove(w.mails, i); return nil, nil })
	}
	last := r.latest()
	if last.open() && last.returns == 0 {
		send("returns", "view", `,"returned":true`)
	}
	if w.due > 0 {
		add("due", func(w *world, step stepFunc) ([]string, *violation) {
			w.tick(max(w.now, w.due))
			return w.send(step, "due", "")
		})
	}
	if w.jumps == 0 {
		for name, by := range map[string]int64{"20 minutes": 20 * minute, "27 hours": 27 * hour} {
			add(name, func(w *world, step stepFunc) ([]string, *violation) {
				w.jumps++
				w.tick(w.now + by)
				return nil, nil
			})
		}
	}
	if w.wishes < 2 {
		wish("cancel", "cancel", `,"by":"ann"`)
		for i, amount := range [...]string{`{"currency":"USD","value":"60"}`, `"all"`} {
			wish("refund "+amount, "refund", fmt.Sprintf(`,"by":"ann","refundRequestId":"r%d","refundAmount":%s`, i, amount))
		}
		for _, a := range r.attempts {
			if a.conflict.open() {
				for _, as := range [...]string{"accept", "cancel", "keep"} {
					wish("settle "+as, "settle", `,"by":"ann","as":"`+as+`"`)
				}
			}
		}
		if len(r.messages) > 0 && r.messages[0].state == messageDelivered {
			wish("resend", "resend", fmt.Sprintf(`,"by":"ann","id":%q`, r.messages[0].id))
		}
	}
	return all
}

// tick moves the clock. A shell waits less than a claim lasts, and a request is on its way for less than a minute.
func (w *world) tick(now int64) {
	w.now = now
	for _, q := range w.calls {
		if now-q.at >= claim {
			w.delayed = append(w.delayed, q)
		}
	}
	w.calls = slices.DeleteFunc(w.calls, func(q request) bool { return now-q.at >= claim })
	w.delayed = slices.DeleteFunc(w.delayed, func(q request) bool { return now-q.at >= onItsWay })
	for id := range w.attempts {
		w.close(id)
	}
}

// rests drives a world in which everything goes well from now on until nothing is due, and tells what is wrong then.
func (w *world) rests(step stepFunc) *violation {
	for range 400 {
		var bad *violation
		switch {
		case len(w.delayed) > 0:
			q := w.delayed[0]
			w.delayed = w.delayed[1:]
			w.arrive(q, "")
		case len(w.late) > 0:
			q := w.late[0]
			w.late = w.late[1:]
			_, bad = w.hears(step, q, q.answer)
		case len(w.calls) > 0:
			q := w.calls[0]
			w.calls = w.calls[1:]
			_, bad = w.hears(step, q, w.arrive(q, ""))
		case len(w.mails) > 0:
			id := w.mails[0]
			w.mails = w.mails[1:]
			_, bad = w.send(step, "delivered", fmt.Sprintf(`,"id":%q`, id))
		case w.due > 0:
			w.tick(max(w.now, w.due))
			_, bad = w.send(step, "due", "")
		default:
			return w.agrees()
		}
		if bad != nil {
			return bad
		}
	}
	return &violation{"a fair world reaches rest", w.text}
}

// agrees tells in what the record and Alipay differ at rest.
func (w *world) agrees() *violation {
	fail := func(format string, args ...any) *violation {
		return &violation{"at rest the record says what is so at Alipay, and the merchant was told", fmt.Sprintf(format, args...)}
	}
	for _, a := range w.record.attempts {
		at := w.attempts[a.id].state
		same := at == a.state || at == "" && (a.state == stateFail || a.state == stateCancelled) || at == stateFail && a.state == stateCancelled
		if !same && w.lies == 0 || a.open() || a.cancelling() {
			return fail("%s is %s, at Alipay %q", a.id, a.state, at)
		}
		kind := told("payment", a.state)
		for _, m := range w.record.messages {
			if m.about == a.id && m.kind == kind && m.state != messageDelivered {
				return fail("%s is %s", m.id, m.state)
			}
		}
	}
	for _, f := range w.record.refunds {
		if at := w.refunds[f.id].state; at != f.state && !(at == "" && f.state == stateFail) {
			return fail("%s is %s, at Alipay %q", f.id, f.state, at)
		}
	}
	return nil
}
