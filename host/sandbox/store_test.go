package sandbox

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// memoryStore is a store that outlives its sandboxes.
type memoryStore struct {
	mu   sync.Mutex
	all  map[string]Document
	fail error
}

func (m *memoryStore) Load(context.Context) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sorted := slices.SortedFunc(maps.Values(m.all), func(a, b Document) int { return a.Sequence - b.Sequence })
	var texts [][]byte
	for _, d := range sorted {
		texts = append(texts, d.JSON)
	}
	return texts, m.fail
}

func (m *memoryStore) Save(_ context.Context, changed []Document, removed []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range changed {
		m.all[d.PaymentID] = d
	}
	for _, id := range removed {
		delete(m.all, id)
	}
	return m.fail
}

// A sandbox goes on where the one before it was stopped: states, stories, repeated requests, expiry and notifications.
func TestStoredPaymentsGoOn(t *testing.T) {
	store := &memoryStore{all: map[string]Document{}}
	notify, got := receiver(t, func(w http.ResponseWriter, number int) {
		if number > 1 {
			acknowledge(w, number)
		}
	})
	b := newBench(t, func(o *Options) { o.Store = store; o.PublicOrigin = "http://127.0.0.1:8801" })
	open := b.payText(order(map[string]any{"paymentRequestId": "open"}))
	paid := b.payAndFinish(map[string]any{"paymentRequestId": "paid", "paymentNotifyUrl": notify})
	late := b.pay(order(map[string]any{"paymentRequestId": "late"})).PaymentID
	b.server.payLate(late)
	slow := b.payAndFinish(map[string]any{"paymentRequestId": "slow", "order.orderDescription": "#sandbox:refund=slow"})
	b.call("refund", seedTime, object{"refundRequestId": "r", "paymentId": slow, "refundAmount": object{"currency": "USD", "value": "1"}})
	b.wait(paid, func(p Payment) bool { return len(p.Notifications[0].Attempts) == 1 })
	b.clock.Advance(time.Minute / 2)
	_, events, _ := b.server.ledger.story(paid)
	b.server.Close()

	again := newBench(t, func(o *Options) { o.Store = store; o.PublicOrigin = "http://127.0.0.1:8801" })
	if text := again.payText(order(map[string]any{"paymentRequestId": "open"})); text != open {
		t.Errorf("the same request is answered otherwise after a restart:\n%s\n%s", text, open)
	}
	if _, kept, _ := again.server.ledger.story(paid); len(kept) != len(events) || kept[0].Exchange.Request.Signature.SignedPrefix != events[0].Exchange.Request.Signature.SignedPrefix {
		t.Errorf("%d events of %d", len(kept), len(events))
	}
	again.clock.Advance(2 * time.Minute)
	if _, err := again.server.WaitAcknowledged(t.Context(), paid); err != nil || len(got()) != 2 {
		t.Errorf("%v, %d messages", err, len(got()))
	}
	want(t, again.call("inquiryRefund", seedTime, object{"refundRequestId": "r"}), "refundStatus", "SUCCESS")
	again.clock.Advance(14 * time.Minute)
	want(t, again.call("inquiryPayment", seedTime, object{"paymentRequestId": "late"}), "paymentStatus", "SUCCESS")
	want(t, again.call("inquiryPayment", seedTime, object{"paymentRequestId": "open"}), "paymentStatus", "FAIL")
	next := again.pay(order(map[string]any{"paymentRequestId": "next"}))
	if p, _ := again.server.ledger.get(next.PaymentID); len(again.server.Payments()) != 5 || p.PaymentID[54:] != "0000000005" {
		t.Errorf("%d payments, the newest is %s", len(again.server.Payments()), p.PaymentID)
	}
	again.server.Reset()
	again.server.Close()
	if len(store.all) != 0 {
		t.Errorf("%d payments are stored after a reset", len(store.all))
	}
}

func TestStoresThatFail(t *testing.T) {
	options := Options{Merchants: []Merchant{testMerchant()}, PrivateKey: testKeys()[1]}
	for name, store := range map[string]*memoryStore{
		"cannot be read":  {fail: errors.New("no")},
		"no JSON":         {all: map[string]Document{"x": {JSON: []byte("{")}}},
		"other client id": {all: map[string]Document{"x": {JSON: []byte(`{"payment":{"clientId":"SANDBOX_OTHER"}}`)}}},
	} {
		options.Store = store
		if server, err := New(options); err == nil {
			server.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}
