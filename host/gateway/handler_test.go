package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
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
		"settled elsewise": {hosttest.Message{GrossSettlement: gateway.Amount{Currency: "EUR", Value: "100"}}, nil, nil, []int{409}, 0},
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
		return gateway.Stored{PaymentRequestID: n.PaymentRequestID}, nil
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
		{gateway.Cancelled, gateway.Success, gateway.Cancelled, false},
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
