//go:build !js

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

func TestAPaymentWithACashierIsNotClosedByAnOlderAbsence(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, gateway.ErrOutcomeUnknown }
	p := mustStart(t, w)
	a.answer = nil
	a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
		mustStart(t, w) // another tab, while the answer is on its way
		return nil, inquiryRefused("ORDER_NOT_EXIST")
	}
	later(w, 2*unborn)
	w.reconcile(ctx)
	got, _ := w.ledger.get(ctx, p.PaymentRequestID)
	if got.Status != processing || got.Redirect == nil || a.inquiries != 1 || len(*queue) != 0 {
		t.Errorf("got %+v after %d inquiries", got, a.inquiries)
	}
	if again := mustStart(t, w); again.PaymentRequestID != p.PaymentRequestID {
		t.Error("a second attempt was made")
	}
}

func TestARefusalDoesNotCloseAPaymentWithACashier(t *testing.T) {
	for _, outcome := range []gateway.Outcome{gateway.TellShopper, gateway.NewAttempt, gateway.FixConfiguration, gateway.FixRequest} {
		w, a, queue := testWorker(t)
		a.answer = func(gateway.Order) (*gateway.Payment, error) {
			a.answer = nil
			mustStart(t, w) // another tab, while the answer is on its way
			return nil, refusedWith("X", outcome)
		}
		p := mustStart(t, w)
		if p.Status != processing || p.Redirect == nil || p.Attempt != 1 || len(*queue) != 0 {
			t.Errorf("%s: got %+v, webhooks %+v", outcome, p, *queue)
		}
	}
}

func TestARefusalOfARepetitionLeavesThePaymentOpen(t *testing.T) {
	for outcome, want := range map[gateway.Outcome]status{gateway.TellShopper: fail, gateway.FixConfiguration: processing, gateway.FixRequest: processing} {
		w, a, queue := testWorker(t)
		a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, gateway.ErrOutcomeUnknown }
		p := mustStart(t, w)
		a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, refusedWith("X", outcome) }
		var refused *refusal
		if _, err := w.start(context.Background(), testOrder(), testTime); !errors.As(err, &refused) {
			t.Errorf("%s: %v", outcome, err)
		}
		got, _ := w.ledger.get(context.Background(), p.PaymentRequestID)
		if got.Status != want || got.InquireAt.IsZero() != (want == fail) || (len(*queue) == 1) != (want == fail) {
			t.Errorf("%s: got %+v, webhooks %+v", outcome, got, *queue)
		}
	}
}

func TestASupersededWebhookIsNotDelivered(t *testing.T) {
	ctx := context.Background()
	w, _, queue := testWorker(t)
	var told []string
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		told = append(told, r.Header.Get("webhook-id"))
	}))
	defer shop.Close()
	w.settings.WebhookURL = shop.URL
	p := mustStart(t, w)
	p, _ = w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID})
	w.learn(ctx, p, change{Status: cancelled})
	for i := len(*queue) - 1; i >= 0; i-- { // the success comes last, on a retry
		body, _ := json.Marshal((*queue)[i])
		if err := w.handle(ctx, "cashier-webhooks", "1", string(body), 2); err != nil {
			t.Error(err)
		}
	}
	if fmt.Sprint(told) != "["+p.PaymentRequestID+"_cancelled]" {
		t.Errorf("told of %v", told)
	}
}

func TestTheWaitingPageOutlivesItsPatience(t *testing.T) {
	for _, slow := range []string{"inquiry", "pay"} {
		synctest.Test(t, func(t *testing.T) {
			w, a, _ := testWorker(t)
			a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, gateway.ErrOutcomeUnknown }
			p := mustStart(t, w)
			a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
				if slow == "inquiry" {
					time.Sleep(returnPatience + 1)
				}
				return nil, inquiryRefused("ORDER_NOT_EXIST")
			}
			a.answer = func(gateway.Order) (*gateway.Payment, error) {
				time.Sleep(returnPatience + 1)
				return nil, context.DeadlineExceeded
			}
			later(w, inquiryPause)
			request := httptest.NewRequest("GET", "/", nil)
			request.SetPathValue("paymentRequestId", p.PaymentRequestID)
			code, v, err := w.comeBack(request)
			if err != nil || code != http.StatusAccepted || v.(view).PaymentStatus != processing {
				t.Errorf("%s: %d, %+v, %v", slow, code, v, err)
			}
			if paid := len(a.orders) - 1; (paid == 0) != (slow == "inquiry") {
				t.Errorf("%s: asked to pay %d times more", slow, paid)
			}
		})
	}
}

func TestSlowInquiriesStarveNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		w, a, queue := testWorker(t)
		w.now = time.Now
		send := w.send
		w.send = func(context.Context, string, string) error { return errors.New("the queue is away") }
		order := testOrder()
		order.ReferenceOrderID = "paid"
		paid, err := w.start(ctx, order, testTime)
		if err != nil {
			t.Fatal(err)
		}
		w.learn(ctx, paid, change{Status: success, PaymentID: paid.PaymentID})
		w.send = send
		w.ledger.insertRefund(ctx, refund{RefundRequestID: "r-1", PaymentRequestID: paid.PaymentRequestID, PaymentID: paid.PaymentID, Amount: paid.Amount, CreatedAt: time.Now()})
		for i := range workPerRound {
			order.ReferenceOrderID = fmt.Sprint("open-", i)
			if _, err := w.start(ctx, order, testTime); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(inquiryPause)
		a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
			time.Sleep(15 * time.Second)
			return nil, gateway.ErrOutcomeUnknown
		}
		a.refunded = func(gateway.RefundReference) (*gateway.RefundInquiry, error) {
			return &gateway.RefundInquiry{Answered: gateway.Answered{State: gateway.Success}, RefundRequestID: "r-1", RefundAmount: paid.Amount}, nil
		}
		begun := time.Now()
		w.reconcile(ctx)
		if took := time.Since(begun); took > 90*time.Second {
			t.Errorf("a round took %v", took)
		}
		if got, _ := w.ledger.get(ctx, paid.PaymentRequestID); got.WebhookQueuedAt.IsZero() || len(*queue) != 2 {
			t.Errorf("not announced: %+v, %+v", got, *queue)
		}
		if f, _ := w.ledger.refund(ctx, "r-1"); f.Status != success {
			t.Errorf("the refund was not inquired: %+v", f)
		}
		for range 4 {
			w.reconcile(ctx)
		}
		if a.inquiries < workPerRound {
			t.Errorf("%d inquiries in five rounds", a.inquiries)
		}
	})
}
