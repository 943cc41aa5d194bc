package core

import (
	"fmt"
	"strings"
)

// invariant is what holds after every event. holds returns why it does not, or "".
type invariant struct {
	name  string
	holds func(before, after *world, event string, effects []effect, changed bool) string
}

var invariants = []invariant{
	{"at most one attempt is open, the last", func(_, w *world, _ string, _ []effect, _ bool) string {
		for i, a := range w.record.attempts {
			if a.open() && i < len(w.record.attempts)-1 {
				return a.id
			}
		}
		return ""
	}},
	{"another attempt begins only after the last one is dead", func(b, w *world, _ string, _ []effect, _ bool) string {
		if n := len(b.record.attempts); n > 0 && len(w.record.attempts) > n {
			if last := w.record.attempts[n-1]; last.state != stateFail && last.state != stateCancelled || b.record.settled() {
				return last.id + " is " + last.state
			}
		}
		return ""
	}},
	{"paid only on proof", func(_, w *world, _ string, _ []effect, _ bool) string {
		for _, a := range w.record.attempts {
			if a.state == stateSuccess && !w.proofs[a.id+stateSuccess] {
				return a.id
			}
		}
		return ""
	}},
	{"dead only on Alipay's word, or unsent", func(_, w *world, event string, _ []effect, _ bool) string {
		for _, a := range w.record.attempts {
			proven := w.proofs[a.id+stateFail] || w.proofs[a.id+stateCancelled] || w.proofs[a.id+"unknown"]
			if (a.state == stateFail || a.state == stateCancelled) && !proven && (a.facts.code != string(ExpiryPassed) || a.unknown) {
				return a.id + " is " + a.state
			}
		}
		return ""
	}},
	{"never backwards", func(b, w *world, event string, _ []effect, _ bool) string {
		for _, old := range b.record.attempts {
			a := w.record.attempt(old.id)
			if a == nil {
				return old.id + " is gone"
			}
			if next, _ := nextState(old.state, a.state); next != a.state && event != "settle" || !old.open() && a.open() {
				return old.state + " became " + a.state
			}
		}
		for _, old := range b.record.refunds {
			f := w.record.refund(old.id)
			if f == nil || old.state != stateProcessing && f.state != old.state && event != "settle" {
				return old.id
			}
		}
		return ""
	}},
	{"a contradiction is kept", func(b, w *world, event string, _ []effect, _ bool) string {
		for _, a := range w.record.attempts {
			old := b.record.attempt(a.id)
			if old != nil && old.conflict != nil && a.conflict == nil {
				return a.id + " was in conflict"
			}
			if event == "notification" && a.state == stateFail && w.proofs[a.id+stateSuccess] && a.conflict == nil {
				return a.id
			}
		}
		return ""
	}},
	{"a message for each final state, with an id of its own", func(_, w *world, _ string, _ []effect, _ bool) string {
		ids := map[string]bool{}
		for _, m := range w.record.messages {
			if ids[m.id] {
				return m.id + " twice"
			}
			ids[m.id] = true
		}
		for _, a := range w.record.attempts {
			if kind := told("payment", a.state); kind != "" && !(a.state == stateSuccess && a.cancelling()) && !ids[a.id+"_"+strings.TrimPrefix(kind, "payment.")] {
				return kind + " of " + a.id
			}
		}
		return ""
	}},
	{"announced once", func(b, w *world, event string, effects []effect, _ bool) string {
		for _, m := range b.record.messages {
			for _, after := range w.record.messages {
				if after.id == m.id && m.state != messagePending && after.state == messagePending && event != "resend" {
					return m.id
				}
			}
		}
		return ""
	}},
	{"nothing is said to have succeeded while it is to be cancelled, or is not so", func(_, w *world, _ string, effects []effect, _ bool) string {
		for _, e := range effects {
			for _, a := range w.record.attempts {
				if e.ID == a.id+"_succeeded" && (a.cancelling() || a.state != stateSuccess) {
					return e.ID
				}
			}
		}
		return ""
	}},
	{"every delivery of a message has the same bytes", func(_, w *world, _ string, effects []effect, _ bool) string {
		for _, e := range effects {
			if e.Type != "deliver" {
				continue
			}
			if was, sent := w.payloads[e.ID]; sent && was != e.Payload {
				return was + " and " + e.Payload
			}
			w.payloads[e.ID] = e.Payload
		}
		return ""
	}},
	{"refunds within the payment", func(_, w *world, _ string, _ []effect, _ bool) string {
		sums := map[string]int64{}
		for _, f := range w.record.refunds {
			if f.counts() {
				value, _ := atoi(f.amount.value)
				sums[f.paymentRequestID] += value
			}
		}
		for id, sum := range sums {
			if sum > 100 {
				return fmt.Sprint(id, " ", sum)
			}
		}
		if w.refunded() > 100 {
			return fmt.Sprint("at Alipay ", w.refunded())
		}
		return ""
	}},
	{"one call at a time", func(b, w *world, _ string, effects []effect, _ bool) string {
		for _, e := range effects {
			q, claimed := b.claims[e.About]
			a := b.record.attempt(e.About)
			if e.Type == "call" && claimed && w.now < q.at+claim && (a == nil || a.open()) {
				return e.ID + " while " + q.id
			}
		}
		return ""
	}},
	{"a claim is given to the shell", func(b, w *world, _ string, effects []effect, _ bool) string {
		given := map[string]bool{}
		for _, e := range effects {
			given[e.ID] = true
		}
		for _, a := range w.record.attempts {
			if old := b.record.attempt(a.id); a.call != "" && (old == nil || old.calls != a.calls) && !given[callID(&a.calling, a.id)] {
				return callID(&a.calling, a.id)
			}
		}
		for _, f := range w.record.refunds {
			if old := b.record.refund(f.id); f.call != "" && (old == nil || old.calls != f.calls) && !given[callID(&f.calling, f.id)] {
				return callID(&f.calling, f.id)
			}
		}
		return ""
	}},
	{"a call to pay only for what may be paid, and never from a view", func(_, w *world, event string, effects []effect, _ bool) string {
		for _, e := range effects {
			if e.Operation == "pay" && (event == "view" || w.record.attempt(e.About).cancelling() || w.record.settled() || w.record.latest().id != e.About) {
				return event
			}
		}
		return ""
	}},
	{"at Alipay at most one payment can be paid or is", func(_, w *world, _ string, _ []effect, _ bool) string {
		n := 0
		for _, t := range w.attempts {
			if t.state == stateSuccess || t.state == stateProcessing && t.cashier {
				n++
			}
		}
		if n > 1 && w.lies == 0 {
			return fmt.Sprint(w.attempts)
		}
		return ""
	}},
	{"something is due whenever something is outstanding", func(_, w *world, event string, _ []effect, _ bool) string {
		outstanding := ""
		for _, a := range w.record.attempts {
			if a.open() || a.cancelling() {
				outstanding = a.id
			}
		}
		for _, f := range w.record.refunds {
			if f.state == stateProcessing {
				outstanding = f.id
			}
		}
		for _, m := range w.record.messages {
			if m.state == messagePending {
				outstanding = m.id
			}
		}
		switch {
		case outstanding == "" && w.due == 0:
			return ""
		case outstanding == "" || w.due == 0:
			return fmt.Sprintf("%q is outstanding, due in %d", outstanding, w.due-w.now)
		case w.due <= w.now && event != "view":
			return "due in the past"
		case w.due > w.now+longest+claim:
			return "due too late"
		}
		return ""
	}},
	{"the record is bounded", func(_, w *world, _ string, _ []effect, _ bool) string {
		r := w.record
		if len(w.text) > maxRecord || len(r.attempts) > maxAttempts || len(r.refunds) > maxRefunds || len(r.attention) > maxAttention || len(r.history) > maxHistory {
			return fmt.Sprint(len(w.text))
		}
		return ""
	}},
	{"what is not changed is the same", func(b, w *world, _ string, effects []effect, changed bool) string {
		if same := b.text == w.text; same == changed && !(changed && same) || !changed && len(effects) > 0 {
			return fmt.Sprint("changed ", changed, ", the same ", same)
		}
		return ""
	}},
}
