package core

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// eventOf is the type of the event of an input.
func eventOf(input []byte) string {
	_, rest, _ := bytes.Cut(input, []byte(`"event":{"type":"`))
	kind, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(kind)
}

// tamper changes the record in an input or a reply, when change says so.
func tamper(text []byte, change func(*record) bool) []byte {
	var p problems
	head, _ := parseObject(text, "", &p)
	from, has := head.child("record")
	if !has {
		return text
	}
	write := func(r *record) []byte {
		var w writer
		w.open('{')
		r.members(&codec{to: &w})
		w.close('}')
		return w.b
	}
	var r record
	read(from, r.members)
	before := write(&r)
	if !change(&r) {
		return text
	}
	return bytes.Replace(text, before, write(&r), 1)
}

// after is Advance with a change of the record that it replies with.
func after(change func(event string, r *record) bool) stepFunc {
	return func(input []byte) []byte {
		return tamper(native(input), func(r *record) bool { return change(eventOf(input), r) })
	}
}

// planted are bugs, each of which TestPlantedBugs must find by the invariant that it breaks.
var planted = []struct {
	bug, invariant, from string
	begin                []string
	step                 stepFunc
}{
	{"it drops an effect", "a claim is given to the shell", "an unknown outcome", nil, func(input []byte) []byte {
		return regexp.MustCompile(`"effects":\[\{"type":"call".*\],"dueAt"`).ReplaceAll(native(input), []byte(`"effects":[],"dueAt"`))
	}},
	{"it believes pay's S", "paid only on proof", "", []string{"order", "crash after pay", "due", "due", "answers late pay"}, func(input []byte) []byte {
		if bytes.Contains(input, []byte(`"id":"pay:`)) && bytes.Contains(input, []byte(`"resultStatus":"S"`)) {
			head, _, _ := bytes.Cut(input, []byte(`"event":`))
			input = append(bytes.Clone(head), `"event":{"type":"notification"`+notify("a", stateSuccess)+"}}"...)
		}
		return native(input)
	}},
	{"it announces twice", "announced once", "paid", nil, after(func(event string, r *record) bool {
		for _, m := range r.messages {
			if event == "refund" && m.state == messageDelivered {
				m.state, m.nextAt = messagePending, r.updatedAt+second
				return true
			}
		}
		return false
	})},
	{"it forgets dueAt", "something is due whenever something is outstanding", "nothing", nil, func(input []byte) []byte {
		reply := native(input)
		if bytes.Contains(reply, []byte(`"returns":1`)) {
			reply = regexp.MustCompile(`"dueAt":\d+`).ReplaceAll(reply, []byte(`"dueAt":null`))
		}
		return reply
	}},
	{"it refunds more than was paid", "refunds within the payment", "a refund", nil, after(func(event string, r *record) bool {
		if event == "refund" && len(r.refunds) == 2 {
			r.refunds[1].amount.value = "41"
			return true
		}
		return false
	})},
	{"it begins a second attempt while one is open", "at most one attempt is open, the last", "an unknown outcome", nil, func(input []byte) []byte {
		if eventOf(input) != "order" {
			return native(input)
		}
		open := false
		input = tamper(input, func(r *record) bool {
			if a := r.latest(); a != nil && a.open() {
				a.state, a.finalAt, open = stateFail, r.updatedAt, true
			}
			return open
		})
		return tamper(native(input), func(r *record) bool {
			if open {
				r.attempts[0].state = stateProcessing
			}
			return open
		})
	}},
	{"it moves backwards", "never backwards", "paid", nil, after(func(event string, r *record) bool {
		if event == "cancel" {
			r.attempts[0].state = statePending
			return true
		}
		return false
	})},
	{"it announces what is to be cancelled", "nothing is said to have succeeded while it is to be cancelled, or is not so", "a cancellation", nil, func(input []byte) []byte {
		var d *cancellation
		if eventOf(input) == "notification" {
			input = tamper(input, func(r *record) bool {
				if d = r.attempts[0].cancellation; d != nil && d.endedAt == 0 {
					r.attempts[0].cancellation = nil
				} else {
					d = nil
				}
				return d != nil
			})
		}
		return tamper(native(input), func(r *record) bool {
			if d != nil {
				r.attempts[0].cancellation = d
			}
			return d != nil
		})
	}},
	{"it forgets a claim", "one call at a time", "nothing", nil, after(func(_ string, r *record) bool {
		if a := r.latest(); a != nil && a.call == "pay" {
			a.call, a.payAt = "", a.askedAt
			return true
		}
		return false
	})},
	{"it loses a conflict", "a contradiction is kept", "a dead attempt", nil, after(func(_ string, r *record) bool {
		lost := false
		for _, a := range r.attempts {
			lost = lost || a.conflict != nil
			a.conflict = nil
		}
		return lost
	})},
	{"it changes a message", "every delivery of a message has the same bytes", "nobody pays", nil, func(input []byte) []byte {
		return native(tamper(input, func(r *record) bool {
			for _, m := range r.messages {
				if m.tries > 0 {
					m.at += second
				}
			}
			return len(r.messages) > 0
		}))
	}},
	{"it pays from a view", "a call to pay only for what may be paid, and never from a view", "", []string{"order", "loses the request pay"}, func(input []byte) []byte {
		if eventOf(input) == "view" {
			input = bytes.Replace(input, []byte(`"type":"view","returned":true`), []byte(`"type":"due"`), 1)
			input = regexp.MustCompile(`"now":(\d{8})`).ReplaceAllFunc(input, func(now []byte) []byte { now[len(now)-1]++; return now })
		}
		return native(input)
	}},
	{"it asks too late", "something is due whenever something is outstanding", "a cancellation", nil, func(input []byte) []byte {
		reply := native(input)
		if bytes.Contains(reply, []byte(`"said":"S"`)) {
			reply = regexp.MustCompile(`"dueAt":\d+`).ReplaceAll(reply, []byte(`"dueAt":1800000000000`))
		}
		return reply
	}},
	{"it loses a message", "a message for each final state, with an id of its own", "a cashier", nil, after(func(_ string, r *record) bool {
		lost := len(r.messages) > 0
		r.messages = nil
		return lost
	})},
	{"it says that nothing has changed", "what is not changed is the same", "a cashier", nil, func(input []byte) []byte {
		reply := native(input)
		if eventOf(input) == "view" {
			reply = bytes.Replace(reply, []byte(`"changed":true`), []byte(`"changed":false`), 1)
		}
		return reply
	}},
	{"it takes a hesitation for a failure", "dead only on Alipay's word, or unsent", "a cashier", nil, func(input []byte) []byte {
		if bytes.Contains(input, []byte(`"resultCode":"SYSTEM_ERROR"`)) {
			input = bytes.Replace(input, []byte(refusal("SYSTEM_ERROR", Inquire)), []byte(inquiry("a", stateFail)), 1)
		}
		return native(input)
	}},
	{"it gives up a refund too early", "at rest the record says what is so at Alipay, and the merchant was told", "a refund", nil, func(input []byte) []byte {
		if bytes.Contains(input, []byte(`"id":"inquiry_refund`)) {
			input = bytes.Replace(input, []byte(`"resultCode":"SYSTEM_ERROR"`), []byte(`"resultCode":"ORDER_NOT_EXIST"`), 1)
		}
		if bytes.Contains(input, []byte(`"type":"no-answer","id":"refund`)) {
			input = bytes.Replace(input, []byte(`"type":"no-answer"`), []byte(`"type":"no-answer","sent":false`), 1)
		}
		return native(input)
	}},
	{"it does not listen to inquiries", "a fair world reaches rest", "a cashier", nil, func(input []byte) []byte {
		if id := regexp.MustCompile(`"type":"answer","id":"(inquiry_payment[^"]*)"`).FindSubmatch(input); id != nil {
			head, _, _ := bytes.Cut(input, []byte(`"event":`))
			input = append(bytes.Clone(head), `"event":{"type":"no-answer","id":"`+string(id[1])+`"}}`...)
		}
		return native(input)
	}},
}

// TestPlantedBugs plants one bug after the other into Advance and has the model find each.
func TestPlantedBugs(t *testing.T) {
	all := *modelRest
	defer func() { *modelRest = all }()
	*modelRest = 1
	for _, plant := range planted {
		t.Run(plant.bug, func(t *testing.T) {
			names := plant.begin
			for _, b := range beginnings {
				if b.name == plant.from {
					names = b.moves
				}
			}
			e := &explorer{step: native, seen: map[uint64]bool{}}
			w, bad := e.begin(names)
			if bad != nil {
				t.Fatal(bad)
			}
			e.step = plant.step
			bad = e.explore(w, strings.Join(names, ", "), 4)
			if bad == nil {
				t.Fatalf("not found in %d states", e.states)
			}
			if bad.invariant != plant.invariant {
				t.Fatalf("found as %s\nwant %s", bad, plant.invariant)
			}
			t.Logf("%d states, after%s", e.states, bad.way)
		})
	}
}
