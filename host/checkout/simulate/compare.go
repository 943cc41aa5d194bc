package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/edgecashier/cashier/host/sandbox"
)

func body(text string) io.Reader { return strings.NewReader(text) }

// record is the part of an order's record that is compared.
type record struct {
	Attempts []struct {
		PaymentRequestID, PaymentStatus string
		Conflict                        *struct{ SettledAt int64 }
	}
	Refunds []struct {
		RefundRequestID, RefundStatus string
		RefundAmount                  struct{ Value string }
	}
	Messages  []struct{ ID, Type, About, State string }
	Attention []struct{ Code, About, Detail string }
	History   []struct {
		At                        int64
		What, From, About, Detail string
	}
}

// expected are entries of attention that come about without anybody's fault.
var expected = map[string]bool{"CANCELLATION_REFUSED": true, "REFUND_FAILED": true}

// compare compares the three sides of each order.
func (w *world) compare() {
	sum := sha256.New()
	for _, id := range slices.Sorted(maps.Keys(w.store.orders)) {
		o := w.store.orders[id]
		sum.Write(o.Record)
		var r record
		if err := json.Unmarshal(o.Record, &r); err != nil {
			w.differ(id, "the record cannot be read")
			continue
		}
		w.compareOrder(id, o, &r)
		if w.only >= 0 {
			for _, h := range r.History {
				fmt.Fprintf(&w.trace, "%d  record  %s  %s  %s  %s\n", h.At-w.start.UnixMilli(), h.What, h.From, h.About, h.Detail)
			}
		}
	}
	for _, p := range w.server.Payments() {
		if o := w.store.orders[p.ReferenceOrderID]; o == nil || !slices.Contains(o.PaymentRequestIDs, p.PaymentRequestID) {
			w.differ(p.ReferenceOrderID, "the record does not know the payment "+p.PaymentRequestID+", which is "+string(p.PaymentStatus))
		}
	}
	for _, s := range w.store.strays {
		w.differences = append(w.differences, difference{-1, "a notification belongs to no order: " + string(s.Notification)})
	}
	w.digest = sum.Sum(nil)
	w.history = w.trace.String()
}

func (w *world) compareOrder(id string, o *order, r *record) {
	differ := func(format string, args ...any) { w.differ(id, fmt.Sprintf(format, args...)) }
	if o.dueAt != 0 || o.Stuck != "" {
		differ("something is still to be done at %d %s", o.dueAt, o.Stuck)
	}
	for _, a := range r.Attention {
		if !expected[a.Code] {
			differ("it needs a person: %s %s", a.Code, a.Detail)
		}
	}
	payments := map[string]sandbox.Payment{}
	for _, p := range w.payments(id) {
		payments[p.PaymentRequestID] = p
	}
	paid := 0
	for _, a := range r.Attempts {
		p, known := payments[a.PaymentRequestID]
		there := "nothing"
		if known {
			there = string(p.PaymentStatus)
		}
		same := a.PaymentStatus == there
		switch a.PaymentStatus {
		case "FAIL":
			same = same || there == "nothing"
			w.failed++
		case "CANCELLED":
			same = same || there == "nothing" || there == "FAIL"
			w.cancelled++
		case "SUCCESS":
			w.paid++
			paid++
		default:
			w.open++
		}
		if !same {
			differ("the record has %s, Alipay has %s", a.PaymentStatus, there)
		}
	}
	if paid > 1 {
		differ("it was paid %d times", paid)
	}
	w.compareRefunds(id, r, payments)
	w.compareMessages(id, r)
}

func (w *world) compareRefunds(id string, r *record, payments map[string]sandbox.Payment) {
	ours, theirs, told := 0, 0, 0
	for _, f := range r.Refunds {
		if f.RefundStatus == "SUCCESS" {
			ours += number(f.RefundAmount.Value)
			w.refunds++
		} else if f.RefundStatus != "FAIL" {
			w.differ(id, "a refund is "+f.RefundStatus)
		}
	}
	for _, p := range payments {
		for _, f := range p.Refunds {
			if f.RefundStatus == "SUCCESS" {
				theirs += number(f.RefundAmount.Value)
			}
		}
	}
	seen := map[string]bool{}
	for _, m := range w.told[id] {
		if m.Type == "refund.succeeded" && !seen[m.Data.RefundRequestID] {
			seen[m.Data.RefundRequestID] = true
			told += number(m.Data.RefundAmount.Value)
		}
	}
	if ours != theirs || ours != told {
		w.differ(id, fmt.Sprintf("refunded are %d in the record, %d at Alipay, %d in the shop", ours, theirs, told))
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

// compareMessages wants every final state told once, and nothing told that is not in the record.
func (w *world) compareMessages(id string, r *record) {
	told := w.told[id]
	known := map[string]bool{}
	for _, m := range r.Messages {
		known[m.ID] = true
		heard, delivered := told[m.ID]
		switch {
		case m.State == "DELIVERED" && !delivered:
			w.differ(id, "the shop has not heard "+m.ID)
		case m.State != "DELIVERED" && m.State != "SUPERSEDED":
			w.differ(id, "the message "+m.ID+" is "+m.State)
		case delivered && heard.Type != m.Type:
			w.differ(id, "the shop heard "+heard.Type+" under "+m.ID)
		}
	}
	for heard := range told {
		if !known[heard] {
			w.differ(id, "the shop heard "+heard+", which is not in the record")
		}
	}
	for _, a := range r.Attempts {
		kind := map[string]string{"SUCCESS": "succeeded", "FAIL": "failed", "CANCELLED": "cancelled"}[a.PaymentStatus]
		if _, heard := told[a.PaymentRequestID+"_"+kind]; kind != "" && !heard {
			w.differ(id, "the shop has not heard that the payment has "+kind)
		}
	}
}
