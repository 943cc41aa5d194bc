//go:build !js

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

func TestACancelledOrderStaysCancelledForItsToken(t *testing.T) {
	ctx := context.Background()
	w, a, _ := testWorker(t)
	p := mustStart(t, w)
	later(w, time.Minute)
	if _, err := w.learn(ctx, p, change{Status: cancelled}); err != nil {
		t.Fatal(err)
	}
	later(w, time.Hour)
	for _, issued := range []time.Time{testTime, testTime.Add(time.Minute), {}} {
		again, err := w.start(ctx, testOrder(), issued)
		if err != nil || again.PaymentRequestID != p.PaymentRequestID || again.Status != cancelled {
			t.Errorf("%v: %+v, %v", issued, again, err)
		}
	}
	if len(a.orders) != 1 {
		t.Errorf("Alipay was asked for %d payments", len(a.orders))
	}
	if _, v, err := goOn(t, w, begun{Issued: testTime.Unix()}); err != nil || v.(view).PaymentStatus != cancelled {
		t.Errorf("left over by the JavaScript: %+v, %v", v, err)
	}
	again, err := w.start(ctx, testOrder(), testTime.Add(time.Minute+time.Second))
	if err != nil || again.Attempt != 2 || again.Redirect == nil {
		t.Errorf("the merchant signed it anew: %+v, %v", again, err)
	}
}

// goOn does what is left of a checkout of [testOrder].
func goOn(t *testing.T, w *worker, b begun) (int, any, error) {
	t.Helper()
	b.Order, _ = json.Marshal(testOrder())
	body, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return w.goOn(httptest.NewRequest("POST", "/order", bytes.NewReader(body)))
}

func TestTheMerchantSignsACancelledOrderAnew(t *testing.T) {
	w, a, _ := testWorker(t)
	if _, err := w.learn(context.Background(), mustStart(t, w), change{Status: cancelled}); err != nil {
		t.Fatal(err)
	}
	if _, v, err := goOn(t, w, begun{Issued: testTime.Unix() + 1}); err != nil || v.(view).Redirect == nil || len(a.orders) != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestAnOrderThatAlipaySaysIsCancelledIsNotPaidAgain(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	a.answer = func(gateway.Order) (*gateway.Payment, error) {
		return nil, refusedWith("ORDER_IS_CANCELED", gateway.NewAttempt)
	}
	p, err := w.start(ctx, testOrder(), testTime)
	if err != nil || p.Status != cancelled || p.Attempt != 1 || len(a.orders) != 1 || len(*queue) != 1 {
		t.Errorf("%+v, %v, %d payments, %d webhooks", p, err, len(a.orders), len(*queue))
	}
}
