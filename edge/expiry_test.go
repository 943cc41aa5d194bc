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

func expiring(in time.Duration) gateway.Order {
	order := testOrder()
	order.PaymentExpiryTime = testTime.Add(in).Format(time.RFC3339)
	return order
}

func TestAnExpiryTimeThatCannotBeIsRefusedWithoutARow(t *testing.T) {
	for name, test := range map[string]struct {
		order gateway.Order
		code  gateway.Code
	}{
		"passed":   {expiring(-time.Second), "EXPIRY_PASSED"},
		"too late": {expiring(11 * time.Minute), "EXPIRY_TOO_LATE"},
	} {
		for _, requestTime := range []string{"", "epoch-ms", "iso8601"} {
			w, a, _ := testWorker(t)
			w.settings.Config.RequestTime = requestTime
			_, err := w.start(context.Background(), test.order, testTime)
			var refused *refusal
			if !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity || refused.Problems[0].Code != test.code || refused.Problems[0].Path != "/paymentExpiryTime" {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := w.ledger.latest(context.Background(), "order-1"); !errors.Is(err, errUnknownPayment) || len(a.orders) != 0 {
				t.Errorf("%s: a trace was left", name)
			}
		}
	}
}

func TestAnExpiryTimeIsHonoured(t *testing.T) {
	w, a, _ := testWorker(t)
	order := expiring(5 * time.Minute)
	p, err := w.start(context.Background(), order, testTime)
	if err != nil || p.Redirect == nil || a.orders[0].PaymentExpiryTime != order.PaymentExpiryTime {
		t.Errorf("%+v, %v", p, err)
	}
}

// The gateway client measures the time against the order before it sends anything.
func expire(w *worker, a *alipay) {
	a.answer = func(o gateway.Order) (*gateway.Payment, error) {
		if at, err := time.Parse(time.RFC3339, o.PaymentExpiryTime); err == nil && !w.now().Before(at) {
			return nil, gateway.Problems{{Code: "EXPIRY_PASSED", Path: "/paymentExpiryTime", Message: "passed"}}
		}
		return nil, gateway.ErrOutcomeUnknown
	}
}

func TestAnAttemptThatIsRepeatedAfterItsExpiryComesToAnEnd(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	expire(w, a)
	order := expiring(5 * time.Minute)
	p, err := w.start(ctx, order, testTime)
	if err != nil || p.Status != processing {
		t.Fatalf("%+v, %v", p, err)
	}

	// The first request may have reached Alipay until now; the page goes on waiting.
	later(w, 5*time.Minute)
	request := httptest.NewRequest("GET", "/", nil)
	request.SetPathValue("paymentRequestId", p.PaymentRequestID)
	if code, v, err := w.comeBack(request); err != nil || code != http.StatusAccepted || v.(view).PaymentStatus != processing {
		t.Errorf("%d, %+v, %v", code, v, err)
	}

	later(w, 2*time.Minute)
	if p, err = w.start(ctx, order, testTime); err != nil || p.Status != fail || p.Attempt != 1 || len(*queue) != 1 {
		t.Errorf("%+v, %v, %d webhooks", p, err, len(*queue))
	}
	var refused *refusal
	if _, err := w.start(ctx, order, testTime); !errors.As(err, &refused) || refused.Problems[0].Code != "EXPIRY_PASSED" {
		t.Errorf("another attempt: %v", err)
	}
}

func TestAnAttemptThatWasMadeBeforeItsExpiryIsFoundAfterIt(t *testing.T) {
	ctx := context.Background()
	w, a, _ := testWorker(t)
	expire(w, a)
	order := expiring(5 * time.Minute)
	p, _ := w.start(ctx, order, testTime)
	a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
		answer := found(p, gateway.Success)
		answer.PaymentID = "id-1"
		return answer, nil
	}
	later(w, 7*time.Minute)
	if p, err := w.start(ctx, order, testTime); err != nil || p.Status != success {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAnOrderThatCannotBeSentFailsAtOnce(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	a.answer = func(gateway.Order) (*gateway.Payment, error) {
		return nil, gateway.Problems{{Code: "EXPIRY_PASSED", Path: "/paymentExpiryTime", Message: "passed"}}
	}
	var refused *refusal
	if _, err := w.start(ctx, testOrder(), testTime); !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity {
		t.Error(err)
	}
	if p, _ := w.ledger.latest(ctx, "order-1"); p.Status != fail || p.ResultCode != "EXPIRY_PASSED" || len(*queue) != 1 {
		t.Errorf("%+v, %d webhooks", p, len(*queue))
	}
}
