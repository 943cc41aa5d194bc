package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// TestAnswers runs wasm/vectors/clients/answers.json, which the client in JavaScript runs too: HTTP status, signature and result of
// an answer, and what the client makes of it.
func TestAnswers(t *testing.T) {
	text, err := os.ReadFile("../../wasm/vectors/clients/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Name, Call, Signature, Body string
			HTTPStatus                  int
			Code                        gateway.Code
			Outcome                     gateway.Outcome
			Unknown                     bool
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	// said is what a call has answered.
	type said struct {
		gateway.Result
		outcome gateway.Outcome
	}
	reference := gateway.PaymentReference{PaymentRequestID: seedOrder().PaymentRequestID}
	calls := map[string]func(context.Context, *gateway.Client) (said, error){
		"pay": func(ctx context.Context, c *gateway.Client) (s said, err error) {
			a, err := c.Pay(ctx, seedOrder())
			if err == nil {
				s = said{a.Result, a.Outcome}
			}
			return s, err
		},
		"inquiryPayment": func(ctx context.Context, c *gateway.Client) (s said, err error) {
			a, err := c.InquirePayment(ctx, reference)
			if err == nil {
				s = said{a.Result, a.Outcome}
			}
			return s, err
		},
		"cancel": func(ctx context.Context, c *gateway.Client) (s said, err error) {
			a, err := c.Cancel(ctx, reference)
			if err == nil {
				s = said{a.Result, a.Outcome}
			}
			return s, err
		},
		"refund": func(ctx context.Context, c *gateway.Client) (s said, err error) {
			a, err := c.Refund(ctx, gateway.RefundRequest{RefundRequestID: "refund-1", PaymentID: "p1", RefundAmount: gateway.Amount{Currency: "USD", Value: "40"}})
			if err == nil {
				s = said{a.Result, a.Outcome}
			}
			return s, err
		},
	}
	ran := map[string]int{}
	for _, test := range file.Cases {
		ran[test.Call]++
		t.Run(test.Name, func(t *testing.T) {
			f := &fake{body: test.Body, fault: func(w http.ResponseWriter, r *http.Request, body string) bool {
				switch test.Signature {
				case "none":
					w.Header().Del("signature")
				case "bad":
					w.Header().Set("signature", signature(merchant, "1", r.RequestURI, clientID, w.Header().Get("response-time"), body))
				}
				w.WriteHeader(test.HTTPStatus)
				fmt.Fprint(w, body)
				return true
			}}
			answer, err := calls[test.Call](t.Context(), client(t, serve(t, f)))
			if err == nil {
				if gateway.Code(answer.ResultCode) != test.Code || answer.outcome != test.Outcome || test.Unknown {
					t.Errorf("got %+v, want %s, %s, unknown %t", answer, test.Code, test.Outcome, test.Unknown)
				}
				return
			}
			if !errors.Is(err, test.Code) || gateway.Next(err) != test.Outcome || errors.Is(err, gateway.ErrOutcomeUnknown) != test.Unknown {
				t.Errorf("got %v (%s, unknown %t), want %s, %s, unknown %t", err, gateway.Next(err), errors.Is(err, gateway.ErrOutcomeUnknown), test.Code, test.Outcome, test.Unknown)
			}
		})
	}
	for call := range calls {
		if ran[call] < 20 {
			t.Errorf("only %d cases of %s", ran[call], call)
		}
	}
}
