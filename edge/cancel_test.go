//go:build !js

package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// cancelling is how the operator cancels a payment.
func cancelling(t *testing.T, w *worker, p *payment) func() (int, status) {
	return func() (int, status) {
		t.Helper()
		request := httptest.NewRequest("POST", "/", nil)
		request.SetPathValue("paymentRequestId", p.PaymentRequestID)
		code, v, err := w.cancelPayment(request)
		if err != nil {
			t.Fatal(err)
		}
		return code, v.(operatorView).PaymentStatus
	}
}

func TestACancellationIsInTheLedgerBeforeAlipayIsAsked(t *testing.T) {
	for _, from := range []status{processing, pending, success} {
		ctx := context.Background()
		w, a, queue := testWorker(t)
		p := mustStart(t, w)
		if from != processing {
			p, _ = w.learn(ctx, p, change{Status: from, PaymentID: p.PaymentID})
		}
		*queue = nil
		asked := 0
		a.cancel = func(which gateway.PaymentReference) (*gateway.Cancellation, error) {
			asked++
			if got, err := w.ledger.get(ctx, which.PaymentRequestID); err != nil || got.CancelAt.IsZero() || got.Status != from {
				t.Errorf("when Alipay is asked the ledger has %+v, %v", got, err)
			}
			if asked == 1 {
				panic("the process is killed")
			}
			return &gateway.Cancellation{}, nil
		}
		func() {
			defer func() { recover() }()
			cancelling(t, w, p)()
		}()
		w.reconcile(ctx)
		if asked != 1 {
			t.Error("asked again while the first request may be under way")
		}
		later(w, settleTime)
		w.reconcile(ctx)
		w.reconcile(ctx)
		got, _ := w.ledger.get(ctx, p.PaymentRequestID)
		if got.Status != cancelled || !got.CancelAt.IsZero() || asked != 2 || len(*queue) != 1 || (*queue)[0].ID != p.PaymentRequestID+"_cancelled" {
			t.Errorf("%s: %+v, asked %d times, webhooks %+v", from, got, asked, *queue)
		}
	}
}

func TestACancellationOfUnknownOutcomeIsFinishedByTheReconciliation(t *testing.T) {
	ctx := context.Background()
	for name, test := range map[string]struct {
		answer error
		state  gateway.State // that an inquiry finds
		want   status
		ends   bool
	}{
		"the first request was heeded": {refusedWith("PROCESS_FAIL", gateway.Inquire), gateway.Cancelled, cancelled, true},
		"too late":                     {refusedWith("CANCEL_WINDOW_EXCEED", gateway.FixRequest), gateway.Success, success, true},
		"it had failed":                {nil, gateway.Fail, success, true},
		"still unknown":                {gateway.ErrOutcomeUnknown, gateway.Success, success, false},
	} {
		w, a, _ := testWorker(t)
		p := mustStart(t, w)
		a.cancel = func(gateway.PaymentReference) (*gateway.Cancellation, error) { return nil, gateway.ErrOutcomeUnknown }
		a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) { return found(p, test.state), nil }
		if name != "it had failed" {
			p, _ = w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID})
		} else {
			test.want = fail
		}
		if code, s := cancelling(t, w, p)(); code != http.StatusAccepted || s != p.Status {
			t.Errorf("%s: %d, %s", name, code, s)
		}
		a.cancel = func(gateway.PaymentReference) (*gateway.Cancellation, error) {
			return &gateway.Cancellation{}, test.answer
		}
		later(w, 2*settleTime)
		w.reconcile(ctx)
		got, _ := w.ledger.get(ctx, p.PaymentRequestID)
		if got.Status != test.want || got.CancelAt.IsZero() != test.ends {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAPaymentThatIsToBeCancelledIsNotBegun(t *testing.T) {
	ctx := context.Background()
	w, a, _ := testWorker(t)
	a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, gateway.ErrOutcomeUnknown }
	p := mustStart(t, w)
	a.answer = nil
	a.cancel = func(gateway.PaymentReference) (*gateway.Cancellation, error) {
		return nil, refusedWith("ORDER_NOT_EXIST", gateway.Inquire)
	}
	if code, s := cancelling(t, w, p)(); code != http.StatusAccepted || s != processing {
		t.Errorf("%d, %s: the payment request may still arrive at Alipay", code, s)
	}
	asked := len(a.orders)
	if again := mustStart(t, w); again.Redirect != nil {
		t.Errorf("%+v", again)
	}
	request := httptest.NewRequest("GET", "/", nil)
	request.SetPathValue("paymentRequestId", p.PaymentRequestID)
	later(w, inquiryPause)
	if code, v, err := w.comeBack(request); err != nil || code != http.StatusAccepted || v.(view).Redirect != nil {
		t.Errorf("%d, %+v, %v", code, v, err)
	}
	if len(a.orders) != asked {
		t.Error("Alipay was asked for the payment")
	}
	later(w, unborn)
	w.reconcile(ctx)
	if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != cancelled || got.ResultCode != "ORDER_NOT_EXIST" {
		t.Errorf("%+v", got)
	}
}

func TestARefusalWhileAnotherRequestIsUnderWayDoesNotEndTheCancellation(t *testing.T) {
	ctx := context.Background()
	w, a, _ := testWorker(t)
	p := mustStart(t, w)
	p, _ = w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID})
	a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) { return found(p, gateway.Success), nil }
	again := cancelling(t, w, p)
	a.cancel = func(gateway.PaymentReference) (*gateway.Cancellation, error) {
		a.cancel = func(gateway.PaymentReference) (*gateway.Cancellation, error) {
			return nil, refusedWith("PROCESS_FAIL", gateway.Inquire)
		}
		if code, s := again(); code != http.StatusAccepted || s != success {
			t.Errorf("%d, %s", code, s)
		}
		return nil, errors.Join(gateway.ErrOutcomeUnknown)
	}
	again()
	if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.CancelAt.IsZero() {
		t.Error("the cancellation was given up")
	}
}

func TestAPaymentWithACashierThatAlipayForgotComesToAnEnd(t *testing.T) {
	ctx := context.Background()
	w, _, queue := testWorker(t)
	p := mustStart(t, w)
	for elapsed := time.Duration(0); elapsed < forgotten; elapsed += 30 * time.Minute {
		later(w, 30*time.Minute)
		w.reconcile(ctx)
		if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != processing {
			t.Fatalf("closed after %v", elapsed)
		}
	}
	later(w, 6*time.Hour)
	w.reconcile(ctx)
	if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != fail || got.ResultCode != "ORDER_NOT_EXIST" || len(*queue) != 1 {
		t.Errorf("%+v, %+v", got, *queue)
	}
}
