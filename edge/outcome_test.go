//go:build !js

package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// lost leaves a payment open the answer to whose request was lost.
func lost(t *testing.T, w *worker, a *alipay) *payment {
	t.Helper()
	a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, gateway.ErrOutcomeUnknown }
	return mustStart(t, w)
}

func TestAPayAnswerThatSaysPaidIsInquired(t *testing.T) {
	answer := json.RawMessage(`{"response":{"resultStatus":"S","resultCode":"SUCCESS","paymentId":"id-1"},"outcome":"INQUIRE"}`)
	if p, err := readPaid(answer); err != nil || p.ResultStatus != "S" || p.Redirect != nil {
		t.Fatalf("%+v, %v", p, err)
	}
	for name, again := range map[string]bool{"the first answer": false, "the answer to a repetition": true} {
		for inquiry, want := range map[error]status{nil: success, gateway.ErrOutcomeUnknown: processing} {
			w, a, queue := testWorker(t)
			p := lost(t, w, a)
			a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
				paid := found(p, gateway.Success)
				paid.PaymentID = "id-1"
				return paid, inquiry
			}
			a.answer = func(gateway.Order) (*gateway.Payment, error) { return readPaid(answer) }
			b := begun{Issued: testTime.Unix()}
			if !again {
				b.Made, b.Answer = p.PaymentRequestID, answer
			}
			_, v, err := goOn(t, w, b)
			if err != nil || v.(view).PaymentStatus != want || a.inquiries != 1 || (len(*queue) == 1) != (want == success) {
				t.Errorf("%s, inquiry %v: %+v, %v after %d inquiries", name, inquiry, v, err, a.inquiries)
			}
		}
	}
}

func TestAnAttemptThatAnInquiryFindsDeadIsDeadWhateverTheAdvice(t *testing.T) {
	for _, outcome := range []gateway.Outcome{gateway.FixConfiguration, gateway.FixRequest, gateway.TellShopper, gateway.NewAttempt, gateway.Inquire} {
		ctx := context.Background()
		w, a, queue := testWorker(t)
		p := lost(t, w, a)
		// Alipay repeats its last word on this id.
		a.answer = func(gateway.Order) (*gateway.Payment, error) {
			return nil, refusedWith("SYSTEM_ERROR", gateway.FixConfiguration)
		}
		a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
			dead := found(p, gateway.Fail)
			dead.Outcome, dead.PaymentID, dead.PaymentResultCode = outcome, "id-1", "SYSTEM_ERROR"
			return dead, nil
		}
		var refused *refusal
		if _, err := w.start(ctx, testOrder(), testTime); !errors.As(err, &refused) || refused.Status != http.StatusBadGateway {
			t.Errorf("%s: %v", outcome, err)
		}
		if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != fail || got.ResultCode != "SYSTEM_ERROR" || len(*queue) != 1 {
			t.Errorf("%s: %+v, %d webhooks", outcome, got, len(*queue))
		}
		a.answer = nil
		if next := mustStart(t, w); next.Attempt != 2 || next.Redirect == nil {
			t.Errorf("%s: no room for another attempt: %+v", outcome, next)
		}
	}
}

func TestAFailureOfOurOwnIsNoRefusalOfTheOrder(t *testing.T) {
	for _, answer := range []string{
		`{"failed":[{"code":"INTERNAL","path":"","message":"a key of the merchant"}],"sent":false}`,
		`{"failed":[{"code":"KEY_IS_YOUR_OWN","path":"/keys/1","message":"the merchant's own key"}],"sent":false}`,
	} {
		w, a, queue := testWorker(t)
		p := lost(t, w, a)
		_, _, err := goOn(t, w, begun{Made: p.PaymentRequestID, Answer: json.RawMessage(answer)})
		var refused *refusal
		if err == nil || errors.As(err, &refused) {
			t.Errorf("the shopper is told: %v", err)
		}
		if got, _ := w.ledger.get(context.Background(), p.PaymentRequestID); got.Status != processing || len(*queue) != 0 {
			t.Errorf("%+v", got)
		}
	}
}
