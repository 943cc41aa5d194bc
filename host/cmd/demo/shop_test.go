package main

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/webhook"
)

// TestMessagesInAnyOrder: what the shop's books say does not depend on which message arrives first.
func TestMessagesInAnyOrder(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	amount := gateway.Amount{Currency: "USD", Value: "100"}
	type message struct {
		kind, payment string
		minute        time.Duration // when it happened
	}
	for name, test := range map[string]struct {
		messages []message
		want     string
	}{
		"paid":                        {[]message{{webhook.PaymentSucceeded, "r1", 1}}, "PAID"},
		"not paid":                    {[]message{{webhook.PaymentFailed, "r1", 1}}, "FAILED"},
		"called off":                  {[]message{{webhook.PaymentCancelled, "r1", 1}}, "CANCELLED"},
		"paid, then called off":       {[]message{{webhook.PaymentSucceeded, "r1", 1}, {webhook.PaymentCancelled, "r1", 2}}, "CANCELLED"},
		"the same, the wrong way":     {[]message{{webhook.PaymentCancelled, "r1", 2}, {webhook.PaymentSucceeded, "r1", 1}}, "CANCELLED"},
		"paid with a second attempt":  {[]message{{webhook.PaymentFailed, "r1", 1}, {webhook.PaymentSucceeded, "r2", 2}}, "PAID"},
		"the first is called off":     {[]message{{webhook.PaymentSucceeded, "r2", 2}, {webhook.PaymentCancelled, "r1", 3}}, "PAID"},
		"neither attempt":             {[]message{{webhook.PaymentCancelled, "r2", 2}, {webhook.PaymentFailed, "r1", 1}}, "CANCELLED"},
		"a refund is another matter":  {[]message{{webhook.PaymentSucceeded, "r1", 1}, {webhook.RefundSucceeded, "r1", 2}}, "PAID"},
		"something later versions do": {[]message{{"payment.disputed", "r1", 1}}, "OPEN"},
	} {
		t.Run(name, func(t *testing.T) {
			order := &shopOrder{Order: gateway.Order{ReferenceOrderID: "o1", PaymentAmount: amount}, State: "OPEN"}
			h := &shop{orders: []*shopOrder{order}, seen: map[string]bool{}, logger: slog.New(slog.DiscardHandler)}
			for range 2 { // every message comes again
				for n, m := range test.messages {
					e := webhook.Event{ID: strconv.Itoa(n), Type: m.kind, Timestamp: start.Add(m.minute * time.Minute),
						Data: webhook.Data{ReferenceOrderID: "o1", PaymentRequestID: m.payment, PaymentAmount: amount}}
					if err := h.receive(context.Background(), e); err != nil {
						t.Fatal(err)
					}
				}
			}
			if order.State != test.want || len(order.Messages) != len(test.messages) {
				t.Errorf("got %s after %d messages, want %s", order.State, len(order.Messages), test.want)
			}
		})
	}
}

// TestOneKeyIsOneOrder: drafts that come with the same Idempotency-Key, also at the same moment, are one order.
func TestOneKeyIsOneOrder(t *testing.T) {
	h := &shop{drafts: map[string]*shopOrder{}}
	draft := gateway.Order{PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"}, TerminalType: "WEB", Goods: []gateway.Goods{{GoodsName: "Pencil", GoodsQuantity: "1"}}}
	first := h.orderOf("key-1", draft, "1.00 USD")
	var asked sync.WaitGroup
	for range 8 {
		asked.Go(func() {
			if again := h.orderOf("key-1", draft, "1.00 USD"); again.ReferenceOrderID != first.ReferenceOrderID {
				t.Errorf("the same key has the orders %s and %s", first.ReferenceOrderID, again.ReferenceOrderID)
			}
		})
	}
	asked.Wait()
	phone := draft
	phone.TerminalType = "WAP"
	if again := h.orderOf("key-1", phone, "1.00 USD"); again.ReferenceOrderID != first.ReferenceOrderID || again.TerminalType != "WAP" {
		t.Errorf("on the phone it is %+v", again)
	}
	for _, key := range []string{"key-2", "", ""} {
		h.orderOf(key, draft, "1.00 USD")
	}
	if len(h.orders) != 4 {
		t.Errorf("%d orders, want 4: one for each key, and one for each draft without", len(h.orders))
	}
}
