//go:build !js

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/wasm/core"
)

type nativeCore struct{}

func (nativeCore) Call(_ context.Context, operation string, input []byte) ([]byte, error) {
	return core.Call(operation, input)
}

// alipay answers as it is told, and remembers what it was asked.
type alipay struct {
	mu        sync.Mutex // a round of the cron asks several things at once
	orders    []gateway.Order
	inquiries int
	refunds   []gateway.RefundRequest
	answer    func(gateway.Order) (*gateway.Payment, error)
	inquiry   func(gateway.PaymentReference) (*gateway.PaymentInquiry, error)
	cancel    func(gateway.PaymentReference) (*gateway.Cancellation, error)
	refund    func(gateway.RefundRequest) (*gateway.Refund, error)
	refunded  func(gateway.RefundReference) (*gateway.RefundInquiry, error)
}

func (a *alipay) InquirePayment(_ context.Context, which gateway.PaymentReference) (*gateway.PaymentInquiry, error) {
	a.mu.Lock()
	a.inquiries++
	a.mu.Unlock()
	if a.inquiry == nil {
		return nil, inquiryRefused("ORDER_NOT_EXIST")
	}
	return a.inquiry(which)
}

func (a *alipay) Cancel(_ context.Context, which gateway.PaymentReference) (*gateway.Cancellation, error) {
	return a.cancel(which)
}

func (a *alipay) Refund(_ context.Context, r gateway.RefundRequest) (*gateway.Refund, error) {
	a.mu.Lock()
	a.refunds = append(a.refunds, r)
	a.mu.Unlock()
	return a.refund(r)
}

func (a *alipay) InquireRefund(_ context.Context, which gateway.RefundReference) (*gateway.RefundInquiry, error) {
	if a.refunded == nil {
		return nil, inquiryRefused("ORDER_NOT_EXIST")
	}
	return a.refunded(which)
}

func inquiryRefused(code string) error {
	return &gateway.ResultError{Operation: "inquiryPayment", Result: gateway.Result{ResultStatus: "F", ResultCode: code}, Outcome: gateway.Inquire}
}

func (a *alipay) Pay(_ context.Context, order gateway.Order) (*gateway.Payment, error) {
	a.mu.Lock()
	a.orders = append(a.orders, order)
	a.mu.Unlock()
	if a.answer != nil {
		return a.answer(order)
	}
	return &gateway.Payment{
		PaymentRequestID: order.PaymentRequestID, PaymentID: "id-" + order.PaymentRequestID,
		Answered: gateway.Answered{Outcome: gateway.RedirectShopper},
		Redirect: &gateway.Redirect{Method: "GET", Location: "https://open.alipay.com/" + order.PaymentRequestID},
	}, nil
}

const testSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// testWorker is a worker on SQLite whose queue is a slice.
func testWorker(t *testing.T) (w *worker, a *alipay, queue *[]webhook) {
	t.Helper()
	hooks, err := webhooks.NewWebhook(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	a, queue = &alipay{}, &[]webhook{}
	var mu sync.Mutex
	w = &worker{
		settings: settings{
			Config:        gateway.Config{ClientID: "SANDBOX_5Y055A2Y2F6K05235", SettlementCurrencies: []string{"USD"}},
			Origin:        "https://pay.example",
			WebhookSecret: testSecret,
			ResultHosts:   []string{"shop.example"},
		},
		core:   nativeCore{},
		alipay: a,
		ledger: testLedger(t),
		send: func(_ context.Context, name, message string) error {
			var hook webhook
			if name != "WEBHOOKS" {
				t.Errorf("sent to %s", name)
			}
			err := json.Unmarshal([]byte(message), &hook)
			mu.Lock()
			defer mu.Unlock()
			*queue = append(*queue, hook)
			return err
		},
		http:     http.DefaultClient,
		webhooks: hooks,
		log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
		now:      func() time.Time { return testTime },
	}
	return w, a, queue
}

func testOrder() gateway.Order {
	return gateway.Order{
		ReferenceOrderID: "order-1", OrderDescription: "Pencil", PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"},
		SettlementCurrency: "USD", TerminalType: "WEB", Goods: []gateway.Goods{{GoodsName: "Pencil", GoodsQuantity: "1"}}, BusinessType: "4",
		PaymentRedirectURL: "https://shop.example/thanks",
	}
}

func mustStart(t *testing.T, w *worker) *payment {
	t.Helper()
	p, err := w.start(context.Background(), testOrder(), testTime)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStartWritesTheRowBeforeAlipayIsAsked(t *testing.T) {
	w, a, _ := testWorker(t)
	a.answer = func(o gateway.Order) (*gateway.Payment, error) {
		p, err := w.ledger.get(context.Background(), o.PaymentRequestID)
		if err != nil || p.Status != processing || p.ResultPage != "https://shop.example/thanks" {
			t.Errorf("when Alipay is asked the ledger has %+v, %v", p, err)
		}
		return nil, gateway.ErrOutcomeUnknown
	}
	p := mustStart(t, w)
	if p.Redirect != nil || p.Status != processing {
		t.Errorf("got %+v", p)
	}
	a.answer = nil
	if again := mustStart(t, w); again.PaymentRequestID != p.PaymentRequestID || again.Redirect == nil {
		t.Errorf("got %+v", again)
	}
	if len(a.orders) != 2 || a.orders[0].PaymentNotifyURL != "https://pay.example/notify" ||
		a.orders[0].PaymentRedirectURL != "https://pay.example/return/"+p.PaymentRequestID {
		t.Errorf("asked for %+v", a.orders)
	}
	first, _ := json.Marshal(a.orders[0])
	second, _ := json.Marshal(a.orders[1])
	if string(first) != string(second) {
		t.Errorf("the repetition differs:\n%s\n%s", first, second)
	}
}

func TestStartErrors(t *testing.T) {
	tests := map[string]struct {
		change  func(*gateway.Order)
		answer  error
		status  int
		code    gateway.Code
		rows    bool
		becomes status
	}{
		"invalid order":   {change: func(o *gateway.Order) { o.SettlementCurrency = "EUR" }, status: 422, code: "SETTLEMENT_CURRENCY_MISMATCH"},
		"bad result page": {change: func(o *gateway.Order) { o.PaymentRedirectURL = "javascript:alert(1)" }, status: 422, code: "URL_NOT_ALLOWED"},
		"foreign page":    {change: func(o *gateway.Order) { o.PaymentRedirectURL = "https://shop.example.evil.example/" }, status: 422, code: "URL_NOT_ALLOWED"},
		"shopper refused": {answer: refusedWith("RISK_REJECT", gateway.TellShopper), status: 402, code: "RISK_REJECT", becomes: fail},
		"shop refused":    {answer: refusedWith("ACCESS_DENIED", gateway.FixConfiguration), status: 502, code: "ACCESS_DENIED", becomes: fail},
		"always closed":   {answer: refusedWith("ORDER_IS_CLOSED", gateway.NewAttempt), status: 409, code: "ORDER_IS_CLOSED", becomes: fail},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			w, a, queue := testWorker(t)
			order := testOrder()
			if test.change != nil {
				test.change(&order)
			}
			a.answer = func(gateway.Order) (*gateway.Payment, error) { return nil, test.answer }
			_, err := w.start(ctx, order, testTime)
			var refused *refusal
			if !errors.As(err, &refused) || refused.Status != test.status || !errors.Is(refused.Problems, test.code) {
				t.Fatalf("got %v", err)
			}
			p, err := w.ledger.latest(ctx, "order-1")
			if test.becomes == "" {
				if !errors.Is(err, errUnknownPayment) || len(a.orders) != 0 {
					t.Errorf("a trace was left: %+v, %v", p, a.orders)
				}
				return
			}
			if err != nil || p.Status != test.becomes || len(*queue) != len(a.orders) {
				t.Errorf("got %+v, %v and %d webhooks", p, err, len(*queue))
			}
		})
	}
}

func refusedWith(code string, outcome gateway.Outcome) error {
	return &gateway.ResultError{Operation: "pay", Result: gateway.Result{ResultStatus: "F", ResultCode: code}, Outcome: outcome}
}

func TestPaymentRequestID(t *testing.T) {
	w, _, _ := testWorker(t)
	id := paymentRequestID(w.settings, "order-1", 1)
	if id != paymentRequestID(w.settings, "order-1", 1) {
		t.Error("the id is not the same the second time")
	}
	other := w.settings
	other.WebhookSecret = "whsec_other"
	for _, different := range []string{paymentRequestID(w.settings, "order-1", 2), paymentRequestID(w.settings, "order-11", 1), paymentRequestID(other, "order-1", 1)} {
		if different == id {
			t.Error("different attempts have one id")
		}
	}
	if len(id) != 43 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		t.Errorf("bad id %q", id)
	}
}

func TestSettle(t *testing.T) {
	w, _, queue := testWorker(t)
	p := mustStart(t, w)
	result := func(status string) gateway.Notification {
		return gateway.Notification{
			Result: gateway.Result{ResultStatus: status, ResultCode: "X"}, NotifyType: "PAYMENT_RESULT",
			PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID, PaymentAmount: p.Amount,
		}
	}
	tests := []struct {
		name     string
		clientID string
		change   func(*gateway.Notification)
		status   string
		want     status
		fits     bool
	}{
		{name: "another client", clientID: "OTHER", status: "S", want: processing},
		{name: "another amount", change: func(n *gateway.Notification) { n.PaymentAmount.Value = "1" }, status: "S", want: processing},
		{name: "no amount", change: func(n *gateway.Notification) { n.PaymentAmount = gateway.Amount{} }, status: "S", want: processing},
		{name: "another paymentId", change: func(n *gateway.Notification) { n.PaymentID = "other" }, status: "S", want: processing},
		{name: "no paymentId", change: func(n *gateway.Notification) { n.PaymentID = "" }, status: "S", want: processing},
		{name: "another kind", change: func(n *gateway.Notification) { n.NotifyType = "REFUND_RESULT" }, status: "S", want: processing},
		{name: "another currency", change: func(n *gateway.Notification) { n.PaymentAmount.Currency = "EUR" }, status: "S", want: processing},
		{name: "unknown status", status: "U", want: processing},
		{name: "pending", change: func(n *gateway.Notification) { n.NotifyType = "PAYMENT_PENDING" }, status: "S", want: pending, fits: true},
		{name: "paid, and settled in another currency", change: func(n *gateway.Notification) {
			n.GrossSettlementAmount = gateway.Amount{Currency: "EUR", Value: "98"}
		}, status: "S", want: success, fits: true},
		{name: "paid again", status: "S", want: success, fits: true},
		{name: "failed too late", status: "F", want: success},
	}
	misfits := 0
	for _, test := range tests {
		n := result(test.status)
		if test.change != nil {
			test.change(&n)
		}
		clientID := w.settings.Config.ClientID
		if test.clientID != "" {
			clientID = test.clientID
		}
		message, _ := json.Marshal(notified{ClientID: clientID, Notification: n})
		for range 2 {
			if err := w.settle(context.Background(), message); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		if !test.fits {
			misfits++
		}
		letters, err := w.ledger.deadLetters(context.Background(), 100)
		if err != nil || len(letters) != misfits {
			t.Fatalf("%s: %d dead letters, want %d (%v)", test.name, len(letters), misfits, err)
		}
		if !test.fits && !slices.ContainsFunc(letters, func(d *deadLetter) bool {
			return d.Queue == "NOTIFICATIONS" && d.Body == string(message) && d.Reason != ""
		}) {
			t.Errorf("%s: %+v", test.name, letters)
		}
		if got, _ := w.ledger.get(context.Background(), p.PaymentRequestID); got.Status != test.want {
			t.Fatalf("%s: %s, want %s", test.name, got.Status, test.want)
		}
	}
	if len(*queue) != 1 || (*queue)[0].ID != p.PaymentRequestID+"_succeeded" {
		t.Errorf("webhooks %+v", *queue)
	}
	if err := w.settle(context.Background(), []byte("{")); err == nil {
		t.Error("a broken message was taken")
	}
}

func TestAPaidNotificationThatDoesNotFitIsNeverLost(t *testing.T) {
	ctx := context.Background()
	w, _, queue := testWorker(t)
	p := mustStart(t, w)
	paid := func(id string, value string) []byte {
		message, _ := json.Marshal(notified{ClientID: w.settings.Config.ClientID, Notification: gateway.Notification{
			Result: gateway.Result{ResultStatus: "S", ResultCode: "SUCCESS"}, NotifyType: "PAYMENT_RESULT",
			PaymentRequestID: id, PaymentID: p.PaymentID, PaymentAmount: gateway.Amount{Currency: "USD", Value: value},
		}})
		return message
	}
	letters := func(want int) []*deadLetter {
		t.Helper()
		letters, err := w.ledger.deadLetters(ctx, 10)
		if err != nil || len(letters) != want {
			t.Fatalf("%d dead letters, want %d (%v)", len(letters), want, err)
		}
		return letters
	}
	requeue := func(d *deadLetter) {
		t.Helper()
		send := w.send
		defer func() { w.send = send }()
		w.send = func(_ context.Context, name, message string) error {
			if name != "NOTIFICATIONS" || message != d.Body {
				t.Errorf("sent %s to %s", message, name)
			}
			return nil
		}
		if _, err := w.exhume(ctx, d.ID); err != nil {
			t.Fatal(err)
		}
	}

	// The ledger has lost the payment, or does not have it yet.
	w.settle(ctx, paid("nobody", "100"))
	lost := letters(1)[0]
	requeue(lost)
	letters(0)
	later(w, time.Second)
	w.settle(ctx, []byte(lost.Body)) // it does not fit now, either
	letters(1)

	// Alipay says paid after it said closed.
	w.learn(ctx, p, change{Status: fail, ResultCode: "ORDER_IS_CLOSED"})
	*queue = nil
	w.settle(ctx, paid(p.PaymentRequestID, "100"))
	letters(2)
	if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != fail || len(*queue) != 0 {
		t.Errorf("it was acted on: %+v, %+v", got, *queue)
	}

	// Where the letter cannot be written the queue must bring the message again.
	w.ledger.db.Exec(`DROP TABLE deadLetters`)
	if err := w.settle(ctx, paid(p.PaymentRequestID, "1")); err == nil {
		t.Error("a notification was acknowledged that is nowhere")
	}
}

func TestASuccessOnItsWayDuringACancellationIsNoDeadLetter(t *testing.T) {
	ctx := context.Background()
	w, _, _ := testWorker(t)
	p := mustStart(t, w)
	w.learn(ctx, p, change{Status: cancelled})
	message, _ := json.Marshal(notified{ClientID: w.settings.Config.ClientID, Notification: gateway.Notification{
		Result: gateway.Result{ResultStatus: "S"}, NotifyType: "PAYMENT_RESULT", PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID, PaymentAmount: p.Amount,
	}})
	if err := w.settle(ctx, message); err != nil {
		t.Fatal(err)
	}
	if letters, _ := w.ledger.deadLetters(ctx, 10); len(letters) != 0 {
		t.Errorf("%+v", letters)
	}
	if got, _ := w.ledger.get(ctx, p.PaymentRequestID); got.Status != cancelled {
		t.Error(got.Status)
	}
}

func TestFailureWithoutDetailsIsTaken(t *testing.T) {
	w, _, queue := testWorker(t)
	p := mustStart(t, w)
	n := gateway.Notification{Result: gateway.Result{ResultStatus: "F", ResultCode: "ORDER_IS_CLOSED"}, NotifyType: "PAYMENT_RESULT", PaymentRequestID: p.PaymentRequestID}
	message, _ := json.Marshal(notified{ClientID: w.settings.Config.ClientID, Notification: n})
	if err := w.settle(context.Background(), message); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.ledger.get(context.Background(), p.PaymentRequestID); got.Status != fail || got.PaymentID != p.PaymentID || len(*queue) != 1 {
		t.Errorf("got %+v and %d webhooks", got, len(*queue))
	}
}

func TestAResultThatWasNotAnnouncedIsAnnouncedLater(t *testing.T) {
	ctx := context.Background()
	w, _, queue := testWorker(t)
	p := mustStart(t, w)
	send := w.send
	w.send = func(context.Context, string, string) error { return errors.New("the queue is away") }
	n := gateway.Notification{Result: gateway.Result{ResultStatus: "F"}, NotifyType: "PAYMENT_RESULT", PaymentRequestID: p.PaymentRequestID}
	message, _ := json.Marshal(notified{ClientID: w.settings.Config.ClientID, Notification: n})
	if err := w.settle(ctx, message); err == nil {
		t.Error("the message was done with, though the queue is away")
	}
	w.send = send
	w.reconcile(ctx)
	if len(*queue) != 0 {
		t.Error("announced while the first try may be under way")
	}
	w.now = func() time.Time { return testTime.Add(settleTime + time.Second) }
	w.reconcile(ctx)
	w.reconcile(ctx)
	if len(*queue) != 1 {
		t.Errorf("announced %d times", len(*queue))
	}
}

func TestDeliver(t *testing.T) {
	w, _, queue := testWorker(t)
	w.now = time.Now
	status := 500
	var bodies []string
	shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := w.webhooks.Verify(body, r.Header); err != nil {
			t.Error(err)
		}
		bodies = append(bodies, r.Header.Get("webhook-id")+string(body))
		rw.WriteHeader(status)
	}))
	defer shop.Close()
	w.settings.WebhookURL = shop.URL
	p := mustStart(t, w)
	n := gateway.Notification{
		Result: gateway.Result{ResultStatus: "S", ResultCode: "SUCCESS"}, NotifyType: "PAYMENT_RESULT",
		PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID, PaymentAmount: p.Amount,
	}
	message, _ := json.Marshal(notified{ClientID: w.settings.Config.ClientID, Notification: n})
	w.settle(context.Background(), message)
	hook, _ := json.Marshal((*queue)[0])
	for status = 500; status >= 200; status -= 300 {
		if err := w.deliver(context.Background(), hook); (err == nil) != (status == 200) {
			t.Errorf("status %d: %v", status, err)
		}
		got, _ := w.ledger.get(context.Background(), p.PaymentRequestID)
		if got.WebhookSentAt.IsZero() == (status == 200) {
			t.Errorf("status %d: sent at %v", status, got.WebhookSentAt)
		}
	}
	if len(bodies) != 2 || bodies[0] != bodies[1] {
		t.Errorf("got %q", bodies)
	}
}

func TestBackoff(t *testing.T) {
	want := []time.Duration{5 * time.Second, 15 * time.Second, 45 * time.Second, 135 * time.Second}
	for i, d := range want {
		if got := backoff(i + 1); got != d {
			t.Errorf("after %d: %v, want %v", i+1, got, d)
		}
	}
	if got := backoff(100); got != 6*time.Hour {
		t.Errorf("at most %v", got)
	}
}

func TestSettings(t *testing.T) {
	good := map[string]string{
		"CONFIG": `{"clientId":"C"}`, "ORIGIN": "https://pay.example/", "WEBHOOK_URL": "https://shop.example/hook", "WEBHOOK_SECRET": testSecret,
	}
	read := func(changes map[string]string) (settings, error) {
		return readSettings(func(name string) string {
			if value, changed := changes[name]; changed {
				return value
			}
			return good[name]
		})
	}
	if s, err := read(nil); err != nil || s.Origin != "https://pay.example" {
		t.Fatalf("%+v, %v", s, err)
	}
	for name, value := range map[string]string{
		"CONFIG": `{"clientID":1}`, "ORIGIN": "http://pay.example", "WEBHOOK_URL": "ftp://shop.example", "WEBHOOK_SECRET": "", "ORDER_URL": "/order",
	} {
		if _, err := read(map[string]string{name: value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read(map[string]string{"CONFIG": "\ufeff" + good["CONFIG"]}); err != nil {
		t.Errorf("CONFIG with a byte order mark: %v", err)
	}
	for hosts, right := range map[string]bool{
		"shop.example": true, "shop.example, pay.example:8443": true, "": true, "[::1]:8443": true,
		"https://shop.example": false, "shop.example/thanks": false, "shop.example,http://pay.example": false, "shop example": false, "user@shop.example": false, ":443": false,
	} {
		if _, err := read(map[string]string{"RESULT_HOSTS": hosts}); (err == nil) != right || err != nil && !strings.Contains(err.Error(), "RESULT_HOSTS") {
			t.Errorf("RESULT_HOSTS %q: %v", hosts, err)
		}
	}
	for url, safe := range map[string]bool{
		"https://a.example": true, "http://127.0.0.1:1/x": true, "http://localhost": true, "http://[::1]:8": true,
		"http://127.0.0.1.example": false, "https://user@a.example": false, "javascript:alert(1)": false, "//a.example": false, "": false,
	} {
		if safeURL(url) != safe {
			t.Errorf("safeURL(%q) = %t", url, !safe)
		}
	}
}
