package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/idempotency"
)

// TestLatePaidNeverDelivers: what is stored decides which notifications reach the merchant's function.
func TestLatePaidNeverDelivers(t *testing.T) {
	const (
		delivered     = "delivered"     // handle is called
		nothingNew    = "nothing new"   // acknowledged without a call
		contradiction = "contradiction" // Contradiction is called, or the message is refused
	)
	for _, test := range []struct {
		stored gateway.State
		kind   string
		want   string
		next   gateway.State
	}{
		{"", hosttest.PaymentSucceeded, delivered, gateway.Success},
		{gateway.Processing, hosttest.PaymentSucceeded, delivered, gateway.Success},
		{gateway.Pending, hosttest.PaymentSucceeded, delivered, gateway.Success},
		{gateway.Success, hosttest.PaymentSucceeded, nothingNew, ""},
		{gateway.Cancelled, hosttest.PaymentSucceeded, contradiction, ""},
		{gateway.Fail, hosttest.PaymentSucceeded, contradiction, ""},
		{gateway.Processing, hosttest.PaymentPending, delivered, gateway.Pending},
		{gateway.Success, hosttest.PaymentPending, nothingNew, ""},
		{gateway.Cancelled, hosttest.PaymentPending, nothingNew, ""},
		{gateway.Processing, hosttest.PaymentFailed, delivered, gateway.Fail},
		{gateway.Success, hosttest.PaymentFailed, contradiction, ""},
		{gateway.Cancelled, hosttest.PaymentFailed, nothingNew, ""},
		{gateway.Fail, hosttest.PaymentFailed, nothingNew, ""},
		{gateway.Processing, hosttest.RefundSucceeded, delivered, gateway.Success},
		{gateway.Success, hosttest.RefundSucceeded, nothingNew, ""},
		{gateway.Fail, hosttest.RefundSucceeded, contradiction, ""},
		{gateway.Processing, hosttest.RefundFailed, delivered, gateway.Fail},
		{gateway.Success, hosttest.RefundFailed, contradiction, ""},
	} {
		for _, heard := range []bool{true, false} {
			name := string(test.stored) + " " + test.kind
			if !heard {
				name += " without Contradiction"
			}
			t.Run(name, func(t *testing.T) {
				handled, contradicted := 0, 0
				options := storedAs(test.stored)
				if heard {
					options.Contradiction = func(_ context.Context, c gateway.Contradiction) error {
						if contradicted++; c.Told.State == "" || c.Stored.State != test.stored {
							t.Errorf("got %+v", c)
						}
						return nil
					}
				}
				handler, err := client(t, "").NotificationHandler(func(_ context.Context, e gateway.Event) error {
					if handled++; e.Next != test.next || e.Stored.State != test.stored {
						t.Errorf("next %s of %s, want %s", e.Next, e.Stored.State, test.next)
					}
					return nil
				}, options)
				if err != nil {
					t.Fatal(err)
				}
				want := http.StatusOK
				if test.want == contradiction && !heard {
					want = http.StatusConflict
				}
				for range 2 {
					if code := deliver(t, handler, hosttest.Message{Kind: test.kind}); code != want {
						t.Errorf("answered %d, want %d", code, want)
					}
				}
				if (handled == 1) != (test.want == delivered) || handled > 1 || (contradicted == 1) != (heard && test.want == contradiction) || contradicted > 1 {
					t.Errorf("handled %d times, contradicted %d times, want %s", handled, contradicted, test.want)
				}
			})
		}
	}
}

// storedAs are the options of a shop that has stored a state of all its payments and refunds.
func storedAs(state gateway.State) gateway.HandlerOptions {
	options := handlerOptions(&idempotency.Memory{}, usd100)
	lookup := options.Lookup
	options.Lookup = func(ctx context.Context, n *gateway.Notification) (gateway.Stored, error) {
		stored, err := lookup(ctx, n)
		stored.State = state
		return stored, err
	}
	return options
}

// TestContradictionThatFailsComesAgain: as long as the merchant has not taken it, it is not acknowledged.
func TestContradictionThatFailsComesAgain(t *testing.T) {
	calls := 0
	options := storedAs(gateway.Cancelled)
	options.Contradiction = func(context.Context, gateway.Contradiction) error {
		if calls++; calls == 1 {
			return errors.New("the database is away")
		}
		return nil
	}
	handler, err := client(t, "").NotificationHandler(func(context.Context, gateway.Event) error { t.Error("delivered"); return nil }, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{500, 200, 200} {
		if code := deliver(t, handler, hosttest.Message{}); code != want {
			t.Errorf("got %d, want %d", code, want)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls", calls)
	}
}

// TestStateThatDoesNotExist: a wrong state is the merchant's mistake, and the notification comes again.
func TestStateThatDoesNotExist(t *testing.T) {
	handler, err := client(t, "").NotificationHandler(func(context.Context, gateway.Event) error { t.Error("delivered"); return nil }, storedAs("PAID"))
	if err != nil {
		t.Fatal(err)
	}
	if code := deliver(t, handler, hosttest.Message{}); code != http.StatusInternalServerError {
		t.Errorf("got %d", code)
	}
}

// TestCancelledWhileTheNotificationWaits is the whole course: the shop is away when the payment is paid, it cancels the payment
// afterwards, and Alipay sends the notification again.
func TestCancelledWhileTheNotificationWaits(t *testing.T) {
	alipay := hosttest.Start(t, nil)
	options := alipay.Options(core)
	options.Now = alipay.Clock.Now
	c, err := gateway.New(options)
	if err != nil {
		t.Fatal(err)
	}
	order := seedOrder()
	var state atomic.Value
	state.Store(gateway.Processing)
	var away atomic.Bool
	away.Store(true)
	var contradicted atomic.Int64
	handler, err := c.NotificationHandler(func(_ context.Context, e gateway.Event) error {
		t.Errorf("delivered although %s", e.Stored.State)
		return nil
	}, gateway.HandlerOptions{
		Store: &idempotency.Memory{},
		Lookup: func(context.Context, *gateway.Notification) (gateway.Stored, error) {
			stored := order.Stored()
			stored.State = state.Load().(gateway.State)
			return stored, nil
		},
		Contradiction: func(_ context.Context, c gateway.Contradiction) error { contradicted.Add(1); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	defer shop.Close()
	order.PaymentNotifyURL = shop.URL + "/notify"
	payment, err := c.Pay(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	if err := alipay.Pay(t.Context(), payment); err != nil {
		t.Fatal(err)
	}
	alipay.Advance(time.Second)
	done, err := c.Cancel(t.Context(), gateway.PaymentReference{PaymentRequestID: order.PaymentRequestID})
	if err != nil {
		t.Fatal(err)
	}
	state.Store(done.State)
	away.Store(false)
	acknowledged := func() bool { // whether the first attempt has failed by now or not
		alipay.Advance(10 * time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := alipay.WaitAcknowledged(ctx, payment.PaymentID)
		return err == nil
	}
	for attempt := 0; !acknowledged(); attempt++ {
		if attempt == 10 {
			t.Fatal("the notification was never acknowledged")
		}
	}
	if contradicted.Load() != 1 {
		t.Errorf("the merchant heard of it %d times", contradicted.Load())
	}
}

// TestRefundKeyHasItsStatus: a refund that was made and one that failed are two events, whatever the result says.
func TestRefundKeyHasItsStatus(t *testing.T) {
	key := func(status string) string {
		return (&gateway.Notification{NotifyType: gateway.RefundResult, Result: gateway.Result{ResultStatus: "S"}, RefundID: "1", RefundStatus: status}).Key()
	}
	if key("SUCCESS") == key("FAIL") {
		t.Errorf("both have the key %s", key("FAIL"))
	}
}

// busyStore fails like a database that is locked: so many times for each step.
type busyStore struct {
	idempotency.Store
	commits, releases int
}

var errLocked = errors.New("database is locked")

func (s *busyStore) Commit(ctx context.Context, key string, claim idempotency.Claim) error {
	if s.commits--; s.commits >= 0 {
		return errLocked
	}
	return s.Store.Commit(ctx, key, claim)
}

func (s *busyStore) Release(ctx context.Context, key string, claim idempotency.Claim) error {
	if s.releases--; s.releases >= 0 {
		return errLocked
	}
	return s.Store.Release(ctx, key, claim)
}

// TestBusyStoreLosesNoCommit: a commit that fails after handle has succeeded would run handle again.
func TestBusyStoreLosesNoCommit(t *testing.T) {
	for name, test := range map[string]struct {
		failure error
		codes   []int
		calls   int
	}{
		"commit":  {nil, []int{200, 200}, 1},
		"release": {errors.New("not now"), []int{500, 500}, 2}, // given back: handled again at once, not 503 until the claim is over
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				store := &busyStore{Store: &idempotency.Memory{}, commits: 5, releases: 5}
				handler, err := client(t, "").NotificationHandler(func(context.Context, gateway.Event) error { calls++; return test.failure }, handlerOptions(store, usd100))
				if err != nil {
					t.Fatal(err)
				}
				for _, want := range test.codes {
					if code := deliver(t, handler, hosttest.Message{}); code != want {
						t.Errorf("got %d, want %d", code, want)
					}
				}
				if calls != test.calls {
					t.Errorf("handled %d times", calls)
				}
			})
		})
	}
}

// TestHandlerLog: one line a notification, which names what it is about and tells a duplicate from the first one.
func TestHandlerLog(t *testing.T) {
	var log bytes.Buffer
	c := client(t, "", func(o *gateway.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	handler, err := c.NotificationHandler(func(context.Context, gateway.Event) error { return nil }, handlerOptions(&idempotency.Memory{}, usd100))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		message hosttest.Message
		want    []string
	}{
		{hosttest.Message{}, []string{"level=INFO", `msg="notification handled"`, "paymentRequestId=payment-1", "resultCode=SUCCESS", "state=SUCCESS"}},
		{hosttest.Message{}, []string{"level=INFO", `msg="notification handled before"`, "paymentRequestId=payment-1"}},
		{hosttest.Message{Kind: hosttest.RefundSucceeded}, []string{"refundRequestId=refund-1", "refundId=", "refundStatus=SUCCESS"}},
		{hosttest.Message{PaymentRequestID: "payment-2", PaymentID: "2", PaymentAmount: gateway.Amount{Currency: "USD", Value: "7"}}, []string{"level=ERROR", "PAYMENT_AMOUNT_MISMATCH", "payment-2"}},
		{hosttest.Message{ClientID: "OTHER"}, []string{"level=WARN", `msg="notification refused"`, "CLIENT_ID_MISMATCH"}},
	} {
		log.Reset()
		deliver(t, handler, test.message)
		text := log.String()
		for _, want := range test.want {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in %s", want, text)
			}
		}
		if strings.Count(text, "\n") != 1 || strings.Contains(text, `=""`) {
			t.Errorf("not one line without blanks: %s", text)
		}
	}
}

// TestMethodNotAllowedSaysWhich: a 405 has the header Allow.
func TestMethodNotAllowedSaysWhich(t *testing.T) {
	handler, err := client(t, "").NotificationHandler(func(context.Context, gateway.Event) error { return nil }, handlerOptions(&idempotency.Memory{}, usd100))
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/notify", nil))
	if answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != "POST" {
		t.Errorf("got %d, %v", answer.Code, answer.Header())
	}
}
