package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/idempotency"
)

// brokenStore fails where it is told to.
type brokenStore struct {
	idempotency.Store
	begin, commit error
}

func (s *brokenStore) Begin(ctx context.Context, key string, busyFor time.Duration) (idempotency.State, idempotency.Claim, error) {
	if s.begin != nil {
		return 0, "", s.begin
	}
	return s.Store.Begin(ctx, key, busyFor)
}

func (s *brokenStore) Commit(ctx context.Context, key string, claim idempotency.Claim) error {
	if s.commit != nil {
		return s.commit
	}
	return s.Store.Commit(ctx, key, claim)
}

func TestNotificationHandler(t *testing.T) {
	stored := gateway.Stored{PaymentRequestID: "payment-1", PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"}, SettlementCurrency: "USD"}
	refund := gateway.Stored{RefundRequestID: "refund-1", RefundAmount: gateway.Amount{Currency: "USD", Value: "100"}}
	failing := errors.New("the database is away")
	for name, test := range map[string]struct {
		message hosttest.Message
		change  func(*gateway.HandlerOptions)
		handle  error
		codes   []int // of the deliveries, one after the other
		calls   int
	}{
		"paid":             {hosttest.Message{}, nil, nil, []int{200, 200, 200}, 1},
		"failed":           {hosttest.Message{Kind: hosttest.PaymentFailed}, nil, nil, []int{200, 200}, 1},
		"pending":          {hosttest.Message{Kind: hosttest.PaymentPending}, nil, nil, []int{200, 200}, 1},
		"refunded":         {hosttest.Message{Kind: hosttest.RefundSucceeded}, nil, nil, []int{200, 200}, 1},
		"refund failed":    {hosttest.Message{Kind: hosttest.RefundFailed}, nil, nil, []int{200, 200}, 1},
		"merchant fails":   {hosttest.Message{}, nil, failing, []int{500, 500}, 2},
		"another amount":   {hosttest.Message{PaymentAmount: gateway.Amount{Currency: "USD", Value: "1"}}, nil, nil, []int{409, 409}, 0},
		"another currency": {hosttest.Message{PaymentAmount: gateway.Amount{Currency: "EUR", Value: "100"}}, nil, nil, []int{409}, 0},
		"settled elsewise": {hosttest.Message{GrossSettlement: gateway.Amount{Currency: "EUR", Value: "100"}}, nil, nil, []int{200}, 1},
		"unknown order":    {hosttest.Message{PaymentRequestID: "other"}, nil, nil, []int{404, 404}, 0},
		"forged":           {hosttest.Message{ClientID: "OTHER"}, nil, nil, []int{401}, 0},
		"old":              {hosttest.Message{Time: now().Add(-48 * time.Hour)}, nil, nil, []int{401}, 0},
		"lookup fails": {hosttest.Message{}, func(o *gateway.HandlerOptions) {
			o.Lookup = func(context.Context, *gateway.Notification) (gateway.Stored, error) { return gateway.Stored{}, failing }
		}, nil, []int{500}, 0},
		"store fails":                {hosttest.Message{}, func(o *gateway.HandlerOptions) { o.Store = &brokenStore{Store: o.Store, begin: failing} }, nil, []int{500}, 0},
		"commit fails":               {hosttest.Message{}, func(o *gateway.HandlerOptions) { o.Store = &brokenStore{Store: o.Store, commit: failing} }, nil, []int{500, 503}, 1},
		"unknown type":               {hosttest.Message{Body: []byte(`{"notifyType":"CAPTURE_RESULT"}`)}, nil, nil, []int{422, 422}, 0},
		"unknown type, acknowledged": {hosttest.Message{Body: []byte(`{"notifyType":"CAPTURE_RESULT"}`)}, func(o *gateway.HandlerOptions) { o.AcknowledgeUnknown = true }, nil, []int{200}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			options := gateway.HandlerOptions{
				Store: &idempotency.Memory{},
				Lookup: func(_ context.Context, n *gateway.Notification) (gateway.Stored, error) {
					switch {
					case n.PaymentRequestID == stored.PaymentRequestID:
						return stored, nil
					case n.RefundRequestID == refund.RefundRequestID:
						return refund, nil
					}
					return gateway.Stored{}, gateway.ErrNoSuchOrder
				},
			}
			if test.change != nil {
				test.change(&options)
			}
			handler, err := client(t, "").NotificationHandler(func(ctx context.Context, e gateway.Event) error {
				calls++
				if _, bounded := ctx.Deadline(); !bounded || e.Key() == "" || e.Stored == (gateway.Stored{}) || e.State == "" {
					t.Errorf("got %+v", e)
				}
				return test.handle
			}, options)
			if err != nil {
				t.Fatal(err)
			}
			for n, want := range test.codes {
				message := test.message
				if message.Time.IsZero() {
					message.Time = now()
				}
				r, err := message.Request(t.Context(), core, alipay, "https://shop.example/notify")
				if err != nil {
					t.Fatal(err)
				}
				answer := httptest.NewRecorder()
				handler.ServeHTTP(answer, r)
				if answer.Code != want || strings.Contains(answer.Body.String(), "SUCCESS") != (want == 200) {
					t.Errorf("delivery %d: got %d %s, want %d", n, answer.Code, answer.Body, want)
				}
			}
			if calls != test.calls {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

// TestKeysTellEventsApart: two refunds of one payment are two events.
func TestKeysTellEventsApart(t *testing.T) {
	keys := map[string]bool{}
	for _, m := range []hosttest.Message{
		{}, {Kind: hosttest.PaymentFailed}, {Kind: hosttest.PaymentPending}, {PaymentID: "2"},
		{Kind: hosttest.RefundSucceeded}, {Kind: hosttest.RefundFailed}, {Kind: hosttest.RefundSucceeded, RefundID: "3"},
	} {
		m.Time = now()
		r, err := m.Request(t.Context(), core, alipay, "https://shop.example/notify")
		if err != nil {
			t.Fatal(err)
		}
		n, err := client(t, "").VerifyNotification(r)
		if err != nil || keys[n.Key()] {
			t.Errorf("%+v: %v", n, err)
			continue
		}
		keys[n.Key()] = true
	}
}

func TestHandlerThatPanicsGivesTheKeyBack(t *testing.T) {
	calls := 0
	handler, err := client(t, "").NotificationHandler(func(context.Context, gateway.Event) error {
		if calls++; calls == 1 {
			panic("a bug of the merchant")
		}
		return nil
	}, gateway.HandlerOptions{Store: &idempotency.Memory{}, Lookup: func(_ context.Context, n *gateway.Notification) (gateway.Stored, error) {
		return gateway.Stored{PaymentRequestID: n.PaymentRequestID, PaymentAmount: usd100}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	deliver := func() (code int) {
		defer func() { _ = recover() }()
		r, err := hosttest.Message{Time: now()}.Request(t.Context(), core, alipay, "https://shop.example/notify")
		if err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		return answer.Code
	}
	if deliver(); deliver() != http.StatusOK || calls != 2 {
		t.Errorf("%d calls", calls)
	}
}

// slowStore takes its time with the answer to the first claim.
type slowStore struct {
	idempotency.Store
	delay time.Duration
	once  sync.Once
}

func (s *slowStore) Begin(ctx context.Context, key string, busyFor time.Duration) (idempotency.State, idempotency.Claim, error) {
	state, claim, err := s.Store.Begin(ctx, key, busyFor)
	s.once.Do(func() { time.Sleep(s.delay) })
	return state, claim, err
}

// TestHandleIsOverBeforeItsClaim: however slow the store is, no second delivery is handled while the first one is.
func TestHandleIsOverBeforeItsClaim(t *testing.T) {
	const busyFor = 1500 * time.Millisecond
	var running, calls atomic.Int64
	start := time.Now()
	options := handlerOptions(&slowStore{Store: &idempotency.Memory{}, delay: 500 * time.Millisecond}, usd100)
	options.BusyFor = busyFor
	handler, err := client(t, "").NotificationHandler(func(ctx context.Context, _ gateway.Event) error {
		if running.Add(1) > 1 {
			t.Error("two deliveries are handled at once")
		}
		defer running.Add(-1)
		if calls.Add(1) > 1 {
			return nil
		}
		if end, _ := ctx.Deadline(); !end.Before(start.Add(busyFor)) {
			t.Errorf("the work may go on %v longer than the claim", end.Sub(start.Add(busyFor)))
		}
		<-ctx.Done()
		return ctx.Err()
	}, options)
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan int)
	go func() { first <- deliver(t, handler, hosttest.Message{}) }()
	for calls.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	for deliver(t, handler, hosttest.Message{}) != http.StatusOK {
		if time.Since(start) > 10*time.Second {
			t.Fatal("it was not handled again")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if code := <-first; code != http.StatusInternalServerError || calls.Load() != 2 {
		t.Errorf("got %d after %d calls", code, calls.Load())
	}
}

// watchedStore looks at the contexts in which keys are committed and released.
type watchedStore struct {
	idempotency.Store
	look func(context.Context)
}

func (s watchedStore) Commit(ctx context.Context, key string, claim idempotency.Claim) error {
	s.look(ctx)
	return s.Store.Commit(ctx, key, claim)
}

func (s watchedStore) Release(ctx context.Context, key string, claim idempotency.Claim) error {
	s.look(ctx)
	return s.Store.Release(ctx, key, claim)
}

// TestTheEndIsBounded: the end of a delivery outlives the client's connection, but not by more than ten seconds.
func TestTheEndIsBounded(t *testing.T) {
	for name, failure := range map[string]error{"commit": nil, "release": errors.New("the database is away")} {
		gone, leave := context.WithCancel(t.Context())
		looks := 0
		store := watchedStore{&idempotency.Memory{}, func(ctx context.Context) {
			looks++
			end, bounded := ctx.Deadline()
			if left := time.Until(end); !bounded || left > 10*time.Second || left < 5*time.Second || ctx.Err() != nil {
				t.Errorf("%s: bounded: %t, %v left, %v", name, bounded, left, ctx.Err())
			}
		}}
		handler, err := client(t, "").NotificationHandler(func(context.Context, gateway.Event) error { leave(); return failure }, handlerOptions(store, usd100))
		if err != nil {
			t.Fatal(err)
		}
		r, err := hosttest.Message{Time: now()}.Request(gone, core, alipay, "https://shop.example/notify")
		if err != nil {
			t.Fatal(err)
		}
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if looks != 1 {
			t.Errorf("%s: %d looks", name, looks)
		}
	}
}

// TestNoTimeLeft: a claim that took all the time is given back and not worked on.
func TestNoTimeLeft(t *testing.T) {
	calls := 0
	options := handlerOptions(&slowStore{Store: &idempotency.Memory{}, delay: 60 * time.Millisecond}, usd100)
	options.BusyFor = 40 * time.Millisecond
	handler, err := client(t, "").NotificationHandler(func(context.Context, gateway.Event) error { calls++; return nil }, options)
	if err != nil {
		t.Fatal(err)
	}
	if code := deliver(t, handler, hosttest.Message{}); code != http.StatusInternalServerError || calls != 0 {
		t.Errorf("got %d after %d calls", code, calls)
	}
}

// TestNoAmountInTheBooks: what was paid or given back must be compared with something, or nobody hears of it.
func TestNoAmountInTheBooks(t *testing.T) {
	noSum := hosttest.Message{Body: []byte(`{"notifyType":"PAYMENT_RESULT","paymentRequestId":"r1","paymentId":"p1","paymentAmount":{},"result":{"resultCode":"SUCCESS","resultStatus":"S"}}`)}
	for name, test := range map[string]struct {
		message hosttest.Message
		stored  gateway.Amount
		code    int
		logged  string
	}{
		"paid":          {hosttest.Message{}, gateway.Amount{}, 500, "STORED_AMOUNT_MISSING"},
		"no currency":   {hosttest.Message{}, gateway.Amount{Value: "100"}, 500, "STORED_AMOUNT_MISSING"},
		"refunded":      {hosttest.Message{Kind: hosttest.RefundSucceeded}, gateway.Amount{}, 500, "STORED_AMOUNT_MISSING"},
		"nothing told":  {noSum, usd100, 422, "FIELD_REQUIRED"},
		"failed":        {hosttest.Message{Kind: hosttest.PaymentFailed}, gateway.Amount{}, 200, ""},
		"pending":       {hosttest.Message{Kind: hosttest.PaymentPending}, gateway.Amount{}, 200, ""},
		"refund failed": {hosttest.Message{Kind: hosttest.RefundFailed}, gateway.Amount{}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			calls := 0
			c := client(t, "", func(o *gateway.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			handler, err := c.NotificationHandler(func(context.Context, gateway.Event) error { calls++; return nil }, handlerOptions(&idempotency.Memory{}, test.stored))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the key is given back: it is refused again, not busy
				if code := deliver(t, handler, test.message); code != test.code || (calls > 0) != (code == 200) || !strings.Contains(log.String(), test.logged) {
					t.Errorf("got %d after %d calls, logged %s", code, calls, &log)
				}
			}
		})
	}
}

var usd100 = gateway.Amount{Currency: "USD", Value: "100"}

// handlerOptions are those of a shop all of whose payments and refunds are of the same amount.
func handlerOptions(store idempotency.Store, amount gateway.Amount) gateway.HandlerOptions {
	return gateway.HandlerOptions{Store: store, Lookup: func(_ context.Context, n *gateway.Notification) (gateway.Stored, error) {
		if n.RefundRequestID != "" {
			return gateway.Stored{RefundRequestID: n.RefundRequestID, RefundAmount: amount}, nil
		}
		return gateway.Stored{PaymentRequestID: n.PaymentRequestID, PaymentAmount: amount}, nil
	}}
}

// deliver brings a message to a handler and returns the status of its answer.
func deliver(t *testing.T, handler http.Handler, m hosttest.Message) int {
	t.Helper()
	m.Time = now()
	r, err := m.Request(context.Background(), core, alipay, "https://shop.example/notify")
	if err != nil {
		t.Error(err)
		return 0
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer.Code
}

func TestHandlerOptionsAreNeeded(t *testing.T) {
	c := client(t, "")
	handle := func(context.Context, gateway.Event) error { return nil }
	lookup := func(context.Context, *gateway.Notification) (gateway.Stored, error) { return gateway.Stored{}, nil }
	for name, make := range map[string]func() (http.Handler, error){
		"handle": func() (http.Handler, error) {
			return c.NotificationHandler(nil, gateway.HandlerOptions{Lookup: lookup, Store: &idempotency.Memory{}})
		},
		"lookup": func() (http.Handler, error) {
			return c.NotificationHandler(handle, gateway.HandlerOptions{Store: &idempotency.Memory{}})
		},
		"store": func() (http.Handler, error) {
			return c.NotificationHandler(handle, gateway.HandlerOptions{Lookup: lookup})
		},
	} {
		if h, err := make(); h != nil || err == nil {
			t.Errorf("without %s: %v", name, h)
		}
	}
}

func TestNextState(t *testing.T) {
	c := client(t, "")
	for _, test := range []struct {
		known, news, want gateway.State
		conflict          bool
	}{
		{gateway.Processing, gateway.Success, gateway.Success, false},
		{gateway.Success, gateway.Pending, gateway.Success, false},
		{gateway.Cancelled, gateway.Success, gateway.Cancelled, true},
		{gateway.Fail, gateway.Success, gateway.Fail, true},
	} {
		if got, conflict, err := c.NextState(t.Context(), test.known, test.news); err != nil || got != test.want || conflict != test.conflict {
			t.Errorf("%s, %s: got %s, %v, %v", test.known, test.news, got, conflict, err)
		}
	}
	if got, _, err := c.NextRefundState(t.Context(), gateway.Processing, gateway.Success); err != nil || got != gateway.Success {
		t.Errorf("got %s, %v", got, err)
	}
	if _, _, err := c.NextRefundState(t.Context(), gateway.Processing, gateway.Cancelled); err == nil {
		t.Error("a refund was cancelled")
	}
}
