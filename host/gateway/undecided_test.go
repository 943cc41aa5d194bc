package gateway_test

import (
	"context"
	"errors"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// TestRefusedRepetitionLeavesTheFirstRequestOpen: the first request got no answer and may have been carried out; the repetition is
// refused. Only a refusal that speaks of the payment or the refund itself tells what became of it.
func TestRefusedRepetitionLeavesTheFirstRequestOpen(t *testing.T) {
	calls := map[string]func(context.Context, *gateway.Client) error{
		"pay": func(ctx context.Context, c *gateway.Client) error { _, err := c.Pay(ctx, seedOrder()); return err },
		"refund": func(ctx context.Context, c *gateway.Client) error {
			_, err := c.Refund(ctx, gateway.RefundRequest{RefundRequestID: "f1", PaymentID: "p1", RefundAmount: usd100})
			return err
		},
		"cancel": func(ctx context.Context, c *gateway.Client) error {
			_, err := c.Cancel(ctx, gateway.PaymentReference{PaymentID: "p1"})
			return err
		},
	}
	ofTheCall := []gateway.Code{"SYSTEM_ERROR", "PROCESS_FAIL", "ACCESS_DENIED", "KEY_NOT_FOUND", "INVALID_API", "NO_INTERFACE_DEF", "PARAM_ILLEGAL",
		"SIGNATURE_INVALID", "CLIENT_INVALID", "INVALID_CONTRACT", "INVALID_MERCHANT_STATUS", "REPEAT_REQ_INCONSISTENT", "A_CODE_OF_TOMORROW", ""}
	decided := map[string][]gateway.Code{
		"pay":    {"RISK_REJECT", "ORDER_IS_CLOSED", "ORDER_IS_CANCELED", "USER_BALANCE_NOT_ENOUGH"},
		"refund": {"REFUND_AMOUNT_EXCEED", "REFUND_WINDOW_EXCEED", "ORDER_IS_CLOSED", "MERCHANT_BALANCE_NOT_ENOUGH"},
		"cancel": {"CANCEL_WINDOW_EXCEED", "MERCHANT_BALANCE_NOT_ENOUGH"},
	}
	firsts := map[string]step{
		"reset":   {fault: reset},
		"500":     {fault: write(500, "busy")},
		"unknown": {body: result("U", "UNKNOWN_EXCEPTION")},
	}
	run := func(t *testing.T, call string, first step, code gateway.Code) error {
		s := &script{steps: map[string][]step{call: {first, {body: result("F", string(code))}}, "inquiryPayment": {{body: result("F", "ORDER_NOT_EXIST")}}}}
		err := calls[call](t.Context(), client(t, s.start(t), quick))
		var refused *gateway.ResultError
		if n := len(s.sent(call)); n < 2 || !errors.As(err, &refused) || !errors.Is(err, code) {
			t.Errorf("%s: got %v after %d requests", code, err, n)
		}
		return err
	}
	for call := range calls {
		for name, first := range firsts {
			t.Run(call+" "+name, func(t *testing.T) {
				for _, code := range ofTheCall {
					if err := run(t, call, first, code); !errors.Is(err, gateway.ErrOutcomeUnknown) || gateway.Next(err) != gateway.Inquire {
						t.Errorf("%s: unknown %t, next %s: %v", code, errors.Is(err, gateway.ErrOutcomeUnknown), gateway.Next(err), err)
					}
				}
				for _, code := range decided[call] {
					if err := run(t, call, first, code); errors.Is(err, gateway.ErrOutcomeUnknown) || gateway.Next(err) == gateway.Inquire {
						t.Errorf("%s: unknown %t, next %s: %v", code, errors.Is(err, gateway.ErrOutcomeUnknown), gateway.Next(err), err)
					}
				}
			})
		}
		t.Run(call+" without an earlier request", func(t *testing.T) {
			s := &script{steps: map[string][]step{call: {{body: result("F", "ACCESS_DENIED")}}}}
			err := calls[call](t.Context(), client(t, s.start(t), quick))
			var refused *gateway.ResultError
			if !errors.As(err, &refused) || !refused.Undecided || errors.Is(err, gateway.ErrOutcomeUnknown) || gateway.Next(err) != gateway.FixConfiguration {
				t.Errorf("got %v", err)
			}
		})
	}
}
