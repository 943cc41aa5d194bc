package main

import (
	"slices"
	"strings"

	"github.com/edgecashier/cashier/host/checkout"
)

// plants are faults that a service might have, each planted around the real one: the run must find every one of them.
var plants = map[string]string{
	"skip-effects":   "now and then the effects of an event are not done, and their time is forgotten",
	"forget-due":     "now and then the time of what is outstanding is not stored",
	"lose-commit":    "now and then a change is said to be stored, and is not",
	"lose-record":    "now and then an older record is stored",
	"ack-unstored":   "now and then a notification is acknowledged without being looked at, and nothing is outstanding any more",
	"say-delivered":  "now and then a message is said to be delivered, and was not sent",
	"deliver-twice":  "now and then a message is delivered under two ids",
	"other-payload":  "now and then a message tells another status",
	"pay-again":      "now and then a payment is asked for under another paymentRequestId",
	"refund-again":   "now and then a refund is asked for twice, under two ids",
	"forget-refunds": "now and then a new refund is said to be stored, and is not",
}

func plantNames() (names []string) {
	for name := range plants {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// spoil is what the planted fault makes of a change; nil stores nothing.
func (w *world) spoil(id string, old *order, c *checkout.Change) *checkout.Change {
	times := 20
	if w.plant == "forget-refunds" {
		times = 2 // there are few of them
	}
	if w.plant == "" || !w.chance(id, "plant", times) {
		return c
	}
	spoilt := *c
	switch w.plant {
	case "forget-due":
		spoilt.DueAt = 0
	case "lose-commit":
		if old == nil {
			return c // the order would be gone altogether
		}
		return nil
	case "lose-record":
		if old != nil {
			spoilt.Record, spoilt.Summary = old.Record, old.Summary
		}
	case "skip-effects":
		spoilt.DueAt = 0
		w.skip = true
	case "forget-refunds":
		if old != nil && strings.Contains(string(c.Record), `"refunds":[{`) && !strings.Contains(string(old.Record), `"refunds":[{`) {
			return nil
		}
	}
	return &spoilt
}
