package main

import (
	"context"
	"log/slog"
	"strconv"
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
