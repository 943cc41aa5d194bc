//go:build !js

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// later moves the worker's clock.
func later(w *worker, d time.Duration) {
	now := w.now().Add(d)
	w.now = func() time.Time { return now }
}

func found(p *payment, state gateway.State) *gateway.PaymentInquiry {
	return &gateway.PaymentInquiry{
		Answered:         gateway.Answered{Result: gateway.Result{ResultStatus: "S", ResultCode: "SUCCESS"}, State: state},
		PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID, PaymentAmount: p.Amount, PaymentTime: "2026-04-01T12:00:30+08:00",
	}
}

func TestALostNotificationIsRecoveredByAnInquiry(t *testing.T) {
	for state, event := range map[gateway.State]string{gateway.Success: "succeeded", gateway.Fail: "failed", gateway.Cancelled: "cancelled"} {
		ctx := context.Background()
		w, a, queue := testWorker(t)
		p := mustStart(t, w)
		a.inquiry = func(which gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
			if which.PaymentID != p.PaymentID || which.PaymentRequestID != p.PaymentRequestID {
				t.Errorf("asked about %+v", which)
			}
			return found(p, state), nil
		}
		w.reconcile(ctx)
		if a.inquiries != 0 {
			t.Error("asked at once")
		}
		later(w, inquiryPause)
		w.reconcile(ctx)
		w.reconcile(ctx)
		got, _ := w.ledger.get(ctx, p.PaymentRequestID)
		if got.Status != status(state) || a.inquiries != 1 || !got.InquireAt.IsZero() {
			t.Errorf("%s: %+v after %d inquiries", state, got, a.inquiries)
		}
		if len(*queue) != 1 || (*queue)[0].ID != p.PaymentRequestID+"_"+event {
			t.Errorf("%s: webhooks %+v", state, *queue)
		}
	}
}

func TestInquiriesComeWithGrowingPauses(t *testing.T) {
	ctx := context.Background()
	w, a, _ := testWorker(t)
	p := mustStart(t, w)
	a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
		return found(p, gateway.Processing), nil
	}
	var ages []int
	for minute := 1; minute <= 24*60; minute++ {
		later(w, time.Minute)
		before := a.inquiries
		w.reconcile(ctx)
		if a.inquiries > before {
			ages = append(ages, minute)
		}
	}
	if got := fmt.Sprint(ages); got != "[2 4 8 16 32 64 128 256 512 872 1232]" {
		t.Errorf("asked after %s minutes", got)
	}
	if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != processing {
		t.Errorf("became %s", got.Status)
	}
}

func TestAnInquiryThatDoesNotFitChangesNothing(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	p := mustStart(t, w)
	wrong := found(p, gateway.Success)
	wrong.PaymentAmount.Value = "1"
	empty := found(p, gateway.Success)
	empty.PaymentAmount = gateway.Amount{}
	for i, answer := range []func() (*gateway.PaymentInquiry, error){
		func() (*gateway.PaymentInquiry, error) { return nil, inquiryRefused("ORDER_NOT_EXIST") },
		func() (*gateway.PaymentInquiry, error) { return wrong, nil },
		func() (*gateway.PaymentInquiry, error) { return empty, nil },
		func() (*gateway.PaymentInquiry, error) { return nil, gateway.ErrOutcomeUnknown },
		func() (*gateway.PaymentInquiry, error) { return nil, inquiryRefused("SYSTEM_ERROR") },
	} {
		a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) { return answer() }
		later(w, 6*time.Hour)
		w.reconcile(ctx)
		if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != processing || a.inquiries != i+1 || len(*queue) != 0 {
			t.Errorf("%d: %s after %d inquiries", i, got.Status, a.inquiries)
		}
	}
}

func TestAPaymentThatNeverReachedAlipayIsClosed(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, gateway.ErrOutcomeUnknown }
	p := mustStart(t, w)
	for elapsed := time.Duration(0); elapsed < unborn; elapsed += time.Minute {
		later(w, time.Minute)
		w.reconcile(ctx)
		if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != processing {
			t.Fatalf("closed after %v", elapsed)
		}
	}
	later(w, unborn)
	w.reconcile(ctx)
	got, _ := w.ledger.get(ctx, p.PaymentRequestID)
	if got.Status != fail || got.ResultCode != "ORDER_NOT_EXIST" || len(*queue) != 1 || len(a.orders) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestARoundHasABound(t *testing.T) {
	ctx := context.Background()
	w, a, _ := testWorker(t)
	for i := range workPerRound + 10 {
		order := testOrder()
		order.ReferenceOrderID = fmt.Sprint("order-", i)
		if _, err := w.start(ctx, order, testTime); err != nil {
			t.Fatal(err)
		}
	}
	later(w, inquiryPause)
	w.reconcile(ctx)
	if a.inquiries != workPerRound {
		t.Errorf("%d inquiries in a round", a.inquiries)
	}
	w.reconcile(ctx)
	if a.inquiries != workPerRound+10 {
		t.Errorf("%d inquiries in two rounds", a.inquiries)
	}
}

func TestAWebhookThatTheQueueLostIsQueuedAgainWithTheSameBytes(t *testing.T) {
	ctx := context.Background()
	w, _, queue := testWorker(t)
	p := mustStart(t, w)
	if _, err := w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID}); err != nil {
		t.Fatal(err)
	}
	later(w, lostAfter-time.Second)
	w.reconcile(ctx)
	if len(*queue) != 1 {
		t.Fatalf("queued %d times too early", len(*queue))
	}
	later(w, time.Second)
	w.reconcile(ctx)
	w.reconcile(ctx)
	if len(*queue) != 2 || (*queue)[0] != (*queue)[1] {
		t.Fatalf("queued %+v", *queue)
	}
	if err := w.ledger.told(ctx, paymentRecord(p.PaymentRequestID), string(success), w.now()); err != nil {
		t.Fatal(err)
	}
	later(w, 24*time.Hour)
	w.reconcile(ctx)
	if len(*queue) != 2 {
		t.Error("queued again though the merchant has it")
	}
}

func TestARetryOfTheQueueKeepsTheReconciliationAway(t *testing.T) {
	ctx := context.Background()
	w, _, queue := testWorker(t)
	shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) }))
	defer shop.Close()
	w.settings.WebhookURL = shop.URL
	p := mustStart(t, w)
	w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID})
	body, _ := json.Marshal((*queue)[0])
	if err := w.handle(ctx, "cashier-webhooks", "1", string(body), 12); err == nil {
		t.Fatal("an answer of 500 was taken for a delivery")
	}
	later(w, 6*time.Hour)
	w.reconcile(ctx)
	if len(*queue) != 1 {
		t.Error("queued while the queue itself still tries")
	}

	// At the end it is a dead letter, which only a person sends again.
	for range 2 {
		if err := w.handle(ctx, "cashier-webhooks-dead", "dead-1", string(body), 1); err != nil {
			t.Fatal(err)
		}
	}
	later(w, 24*time.Hour)
	w.reconcile(ctx)
	letters, err := w.ledger.deadLetters(ctx, 10)
	if err != nil || len(letters) != 1 || len(*queue) != 1 {
		t.Fatalf("%+v, %v, %d webhooks", letters, err, len(*queue))
	}
	if _, err := w.exhume(ctx, "dead-1"); err != nil || len(*queue) != 2 || (*queue)[0] != (*queue)[1] {
		t.Errorf("%v, %+v", err, *queue)
	}
	if letters, _ = w.ledger.deadLetters(ctx, 10); len(letters) != 0 {
		t.Error("still listed")
	}
}

func TestTheWebhookOfASuccessDoesNotCountForItsCancellation(t *testing.T) {
	ctx := context.Background()
	w, _, queue := testWorker(t)
	p := mustStart(t, w)
	p, _ = w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID})
	p, err := w.learn(ctx, p, change{Status: cancelled})
	if err != nil || len(*queue) != 2 {
		t.Fatalf("%v, %+v", err, *queue)
	}
	w.ledger.told(ctx, (*queue)[0].record(), string((*queue)[0].Status), w.now())
	if got, _ := w.ledger.get(ctx, p.PaymentRequestID); !got.WebhookSentAt.IsZero() {
		t.Error("the merchant was told of the success only")
	}
}

func TestRotatingWebhookSecretNeverPaysAnOrderTwice(t *testing.T) {
	ctx := context.Background()
	w, a, _ := testWorker(t)
	rotate := func() { w.settings.WebhookSecret = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=" }

	// Between two requests, the answer to the first of which was lost.
	a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, gateway.ErrOutcomeUnknown }
	first := mustStart(t, w)
	rotate()
	a.answer = nil
	if again := mustStart(t, w); again.PaymentRequestID != first.PaymentRequestID || again.Redirect == nil {
		t.Errorf("got %+v", again)
	}

	// While two requests are under way, both of which found no row: the row of the first stands.
	w.settings.WebhookSecret = testSecret
	proposed := testPayment()
	proposed.ReferenceOrderID, proposed.PaymentRequestID = "order-2", paymentRequestID(w.settings, "order-2", 1)
	stands, err := w.ledger.insert(ctx, proposed)
	if err != nil {
		t.Fatal(err)
	}
	rotate()
	other := proposed
	other.PaymentRequestID = paymentRequestID(w.settings, "order-2", 1)
	if got, err := w.ledger.insert(ctx, other); err != nil || got.PaymentRequestID != stands.PaymentRequestID || other.PaymentRequestID == stands.PaymentRequestID {
		t.Errorf("got %+v, %v", got, err)
	}

	ids := map[string]bool{}
	for _, o := range a.orders {
		ids[o.PaymentRequestID] = true
	}
	if len(ids) != 1 {
		t.Errorf("Alipay was asked for %v", ids)
	}
}

func TestTheReturnPageInquiresAfterAFewSeconds(t *testing.T) {
	w, a, queue := testWorker(t)
	p := mustStart(t, w)
	a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) { return found(p, gateway.Success), nil }
	look := func() view {
		request := httptest.NewRequest("GET", "/return/"+p.PaymentRequestID, nil)
		request.SetPathValue("paymentRequestId", p.PaymentRequestID)
		_, v, err := w.comeBack(request)
		if err != nil {
			t.Fatal(err)
		}
		return v.(view)
	}
	for second := 0; second < 4; second += 3 {
		if v := look(); v.PaymentStatus != processing || a.inquiries != 0 {
			t.Errorf("after %d seconds: %s and %d inquiries", second, v.PaymentStatus, a.inquiries)
		}
		later(w, 3*time.Second)
	}
	v := look()
	if v.PaymentStatus != success || a.inquiries != 1 || len(*queue) != 1 || len(a.orders) != 1 {
		t.Errorf("got %s after %d inquiries, %d webhooks", v.PaymentStatus, a.inquiries, len(*queue))
	}
	look()
	if a.inquiries != 1 {
		t.Error("asked again about a final payment")
	}
}

func TestTheWaitingPageAsksBeforeItPaysAgain(t *testing.T) {
	w, a, _ := testWorker(t)
	a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, gateway.ErrOutcomeUnknown }
	p := mustStart(t, w)
	a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
		answer := found(p, gateway.Processing)
		answer.PaymentID, answer.Redirect = "id-1", &gateway.Redirect{Method: "GET", Location: "https://open.alipay.com/x"}
		return answer, nil
	}
	request := httptest.NewRequest("GET", "/", nil)
	request.SetPathValue("paymentRequestId", p.PaymentRequestID)
	_, v, err := w.comeBack(request)
	if err != nil || v.(view).Redirect == nil || len(a.orders) != 1 {
		t.Errorf("%+v, %v, asked to pay %d times", v, err, len(a.orders))
	}
}

func TestRefundsAreIdempotent(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	p := mustStart(t, w)
	ask := func(body string) (int, any, error) {
		request := httptest.NewRequest("POST", "/", nil)
		request.Body = http.NoBody
		if body != "" {
			request = httptest.NewRequest("POST", "/", strings.NewReader(body))
		}
		request.SetPathValue("paymentRequestId", p.PaymentRequestID)
		return w.refundPayment(request)
	}
	code := func(err error) gateway.Code {
		var refused *refusal
		if !errors.As(err, &refused) {
			t.Fatalf("got %v", err)
		}
		return refused.Problems[0].Code
	}
	if _, _, err := ask(`{"refundRequestId":"r-1","refundAmount":"all"}`); code(err) != "PAYMENT_STATUS_INVALID" {
		t.Error(err)
	}
	w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID})
	*queue = nil
	for body, want := range map[string]gateway.Code{
		"":                          "JSON_MALFORMED",
		`{"refundRequestId":"a b"}`: "FIELD_INVALID",
		`{"refundRequestId":"r-1","refundAmount":{"currency":"EUR","value":"1"}}`: "FIELD_INVALID",
		`{"refundRequestId":"r-1","refundAmount":{"currency":"USD","value":"0"}}`: "FIELD_INVALID",
	} {
		if _, _, err := ask(body); code(err) != want {
			t.Errorf("%s: %v", body, err)
		}
	}

	a.refund = func(gateway.RefundRequest) (*gateway.Refund, error) { return nil, gateway.ErrOutcomeUnknown }
	status1, v, err := ask(`{"refundRequestId":"r-1","refundAmount":{"currency":"USD","value":"40"}}`)
	if err != nil || status1 != http.StatusAccepted || v.(refundView).RefundStatus != processing {
		t.Fatalf("%d %+v %v", status1, v, err)
	}
	if _, _, err := ask(`{"refundRequestId":"r-1","refundAmount":{"currency":"USD","value":"41"}}`); code(err) != "REFUND_CHANGED" {
		t.Error(err)
	}
	a.refund = func(r gateway.RefundRequest) (*gateway.Refund, error) {
		return &gateway.Refund{Answered: gateway.Answered{State: gateway.Success, Result: gateway.Result{ResultCode: "SUCCESS"}}, RefundRequestID: r.RefundRequestID, RefundID: "refund-id", RefundAmount: r.RefundAmount}, nil
	}
	for range 3 {
		if status1, v, err = ask(`{"refundRequestId":"r-1","refundAmount":{"currency":"USD","value":"40"}}`); err != nil || status1 != http.StatusOK || v.(refundView).RefundStatus != success {
			t.Fatalf("%d %+v %v", status1, v, err)
		}
	}
	if len(a.refunds) != 2 || a.refunds[0] != a.refunds[1] {
		t.Errorf("Alipay was asked for %+v", a.refunds)
	}
	if len(*queue) != 1 || (*queue)[0].ID != "r-1_refund_succeeded" {
		t.Errorf("webhooks %+v", *queue)
	}
}

func TestRefundNotifications(t *testing.T) {
	ctx := context.Background()
	w, _, queue := testWorker(t)
	p := mustStart(t, w)
	w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID})
	*queue = nil
	w.ledger.insertRefund(ctx, refund{RefundRequestID: "r-1", PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID, Amount: gateway.Amount{Currency: "USD", Value: "40"}, CreatedAt: testTime})
	message := func(id, value string, state gateway.State) []byte {
		text, _ := json.Marshal(notified{ClientID: w.settings.Config.ClientID, State: state, Notification: gateway.Notification{
			NotifyType: gateway.RefundResult, RefundRequestID: id, RefundID: "refund-id", PaymentID: p.PaymentID, RefundAmount: gateway.Amount{Currency: "USD", Value: value},
		}})
		return text
	}
	for _, test := range []struct {
		id, value string
		state     gateway.State
		want      status
	}{
		{"nobody", "40", gateway.Success, processing},
		{"r-1", "41", gateway.Success, processing},
		{"r-1", "40", "", processing},
		{"r-1", "40", gateway.Success, success},
		{"r-1", "40", gateway.Success, success},
		{"r-1", "40", gateway.Fail, success},
	} {
		if err := w.settle(ctx, message(test.id, test.value, test.state)); err != nil {
			t.Fatal(err)
		}
		if f, _ := w.ledger.refund(ctx, "r-1"); f.Status != test.want {
			t.Errorf("%+v: %s", test, f.Status)
		}
	}
	if got, _ := w.ledger.get(ctx, p.PaymentRequestID); len(*queue) != 1 || got.Status != success {
		t.Errorf("webhooks %+v, payment %s", *queue, got.Status)
	}
}

func TestALostRefundIsAskedForAgainUnderItsOwnID(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	p := mustStart(t, w)
	w.learn(ctx, p, change{Status: success, PaymentID: p.PaymentID})
	*queue = nil
	w.ledger.insertRefund(ctx, refund{RefundRequestID: "r-1", PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID, Amount: p.Amount, CreatedAt: testTime})
	a.refunded = func(gateway.RefundReference) (*gateway.RefundInquiry, error) {
		return nil, inquiryRefused("ORDER_NOT_EXIST")
	}
	a.refund = func(r gateway.RefundRequest) (*gateway.Refund, error) {
		return &gateway.Refund{Answered: gateway.Answered{State: gateway.Processing}, RefundID: "refund-id"}, nil
	}
	later(w, inquiryPause)
	w.reconcile(ctx)
	f, _ := w.ledger.refund(ctx, "r-1")
	if len(a.refunds) != 1 || a.refunds[0].RefundRequestID != "r-1" || f.RefundID != "refund-id" || f.Status != processing {
		t.Fatalf("%+v, %+v", a.refunds, f)
	}
	a.refunded = func(gateway.RefundReference) (*gateway.RefundInquiry, error) {
		return &gateway.RefundInquiry{Answered: gateway.Answered{State: gateway.Success}, RefundRequestID: "r-1", RefundID: "refund-id", RefundAmount: p.Amount}, nil
	}
	later(w, inquiryPause)
	w.reconcile(ctx)
	if f, _ = w.ledger.refund(ctx, "r-1"); f.Status != success || len(*queue) != 1 {
		t.Errorf("%+v, %+v", f, *queue)
	}
}

// aRefund is a payment that was paid, and how the operator asks for 40 cents of it as r-1.
func aRefund(t *testing.T, w *worker) (p *payment, ask func() (int, refundView)) {
	t.Helper()
	p = mustStart(t, w)
	w.learn(context.Background(), p, change{Status: success, PaymentID: p.PaymentID})
	return p, func() (int, refundView) {
		t.Helper()
		request := httptest.NewRequest("POST", "/", strings.NewReader(`{"refundRequestId":"r-1","refundAmount":{"currency":"USD","value":"40"}}`))
		request.SetPathValue("paymentRequestId", p.PaymentRequestID)
		code, v, err := w.refundPayment(request)
		if err != nil {
			t.Fatal(err)
		}
		return code, v.(refundView)
	}
}

func TestARefundWhoseAnswerWasLostIsNotFailedByARefusalOfItsRepetition(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	p, ask := aRefund(t, w)
	*queue = nil
	a.refund = func(gateway.RefundRequest) (*gateway.Refund, error) { return nil, gateway.ErrOutcomeUnknown }
	ask()

	// Alipay has made it meanwhile, and says no to everything that comes after.
	a.refund = func(gateway.RefundRequest) (*gateway.Refund, error) {
		return nil, refusedWith("REFUND_AMOUNT_EXCEED", gateway.FixRequest)
	}
	if code, v := ask(); code != http.StatusAccepted || v.RefundStatus != processing {
		t.Errorf("%d, %+v: an absence so early and a refusal end nothing", code, v)
	}
	a.refunded = func(gateway.RefundReference) (*gateway.RefundInquiry, error) {
		return &gateway.RefundInquiry{Answered: gateway.Answered{State: gateway.Success}, RefundRequestID: "r-1", RefundID: "refund-id",
			RefundAmount: gateway.Amount{Currency: "USD", Value: "40"}}, nil
	}
	asked := len(a.refunds)
	if code, v := ask(); code != http.StatusOK || v.RefundStatus != success || len(a.refunds) != asked {
		t.Errorf("%d, %+v: asked for it %d times more", code, v, len(a.refunds)-asked)
	}
	if f, _ := w.ledger.refund(ctx, "r-1"); f.Status != success || len(*queue) != 1 || (*queue)[0].ID != "r-1_refund_succeeded" {
		t.Errorf("%+v, %+v", f, *queue)
	}
	if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != success {
		t.Error(got.Status)
	}
}

func TestAnInquiryThatSaysNothingLeavesTheRefundOpen(t *testing.T) {
	for _, answer := range []error{gateway.ErrOutcomeUnknown, inquiryRefused("SYSTEM_ERROR"), &gateway.TransportError{Operation: "inquiryRefund", Err: context.DeadlineExceeded}} {
		w, a, _ := testWorker(t)
		_, ask := aRefund(t, w)
		a.refund = func(gateway.RefundRequest) (*gateway.Refund, error) { return nil, gateway.ErrOutcomeUnknown }
		ask()
		a.refunded = func(gateway.RefundReference) (*gateway.RefundInquiry, error) { return nil, answer }
		later(w, time.Hour)
		w.reconcile(context.Background())
		if f, _ := w.ledger.refund(context.Background(), "r-1"); f.Status != processing || f.InquireAt.IsZero() || len(a.refunds) != 1 {
			t.Errorf("%v: %+v, asked for %d times", answer, f, len(a.refunds))
		}
	}
}

func TestARefundThatIsRefusedFails(t *testing.T) {
	for name, first := range map[string]error{"at once": nil, "after it was lost on its way": gateway.ErrOutcomeUnknown} {
		w, a, queue := testWorker(t)
		_, ask := aRefund(t, w)
		*queue = nil
		refusal := refusedWith("REFUND_WINDOW_EXCEED", gateway.FixRequest)
		a.refund = func(gateway.RefundRequest) (*gateway.Refund, error) {
			if first != nil {
				return nil, first
			}
			return nil, refusal
		}
		ask()
		a.refund = func(gateway.RefundRequest) (*gateway.Refund, error) { return nil, refusal }
		later(w, inquiryPause)
		w.reconcile(context.Background())
		if f, _ := w.ledger.refund(context.Background(), "r-1"); f.Status != fail || f.ResultCode != "REFUND_WINDOW_EXCEED" || len(*queue) != 1 {
			t.Errorf("%s: %+v, %+v", name, f, *queue)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx := context.Background()
	w, a, queue := testWorker(t)
	a.cancel = func(which gateway.PaymentReference) (*gateway.Cancellation, error) {
		return &gateway.Cancellation{}, nil
	}
	start := func(order string) *http.Request {
		o := testOrder()
		o.ReferenceOrderID = order
		p, err := w.start(ctx, o, testTime)
		if err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest("POST", "/", nil)
		request.SetPathValue("paymentRequestId", p.PaymentRequestID)
		return request
	}
	request := start("open")
	for range 2 {
		if _, v, err := w.cancelPayment(request); err != nil || v.(operatorView).PaymentStatus != cancelled {
			t.Fatalf("%+v, %v", v, err)
		}
	}
	if len(*queue) != 1 {
		t.Errorf("webhooks %+v", *queue)
	}

	// Alipay says yes to the cancellation of a payment that has failed.
	request = start("failed")
	a.inquiry = func(gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
		return &gateway.PaymentInquiry{Answered: gateway.Answered{State: gateway.Fail}, PaymentResultCode: "ORDER_IS_CLOSED"}, nil
	}
	if _, v, err := w.cancelPayment(request); err != nil || v.(operatorView).PaymentStatus != fail {
		t.Errorf("%+v, %v", v, err)
	}

	request = start("refused")
	a.inquiry = func(which gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
		return &gateway.PaymentInquiry{Answered: gateway.Answered{State: gateway.Success}}, nil
	}
	a.cancel = func(gateway.PaymentReference) (*gateway.Cancellation, error) {
		return nil, refusedWith("CANCEL_WINDOW_EXCEED", gateway.FixRequest)
	}
	var refused *refusal
	if _, _, err := w.cancelPayment(request); !errors.As(err, &refused) || refused.Status != 409 || refused.Problems[0].Code != "CANCEL_WINDOW_EXCEED" {
		t.Error(err)
	}
	p, _ := w.find(request)
	if p.Status != processing || !p.CancelAt.IsZero() || p.CancelResultCode != "CANCEL_WINDOW_EXCEED" {
		t.Errorf("%+v", p)
	}
}
