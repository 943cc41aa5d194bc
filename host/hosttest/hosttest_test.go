package hosttest_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/sandbox"
)

func openCore(t *testing.T) *host.Core {
	t.Helper()
	core, err := host.Open(t.Context(), host.PoolSize(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { core.Close() })
	return core
}

func order(notifyURL string) gateway.Order {
	return gateway.Order{
		ReferenceOrderID: "o1", OrderDescription: "pencil", PaymentRequestID: "r1", PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"},
		SettlementCurrency: "USD", TerminalType: "WEB", Goods: []gateway.Goods{{GoodsName: "pencil", GoodsQuantity: "1"}}, BusinessType: "4",
		PaymentNotifyURL: notifyURL, PaymentRedirectURL: "https://shop.example/thanks",
	}
}

func TestMessages(t *testing.T) {
	core := openCore(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := gateway.NewKeyRing(map[string]string{"3": hosttest.PublicKey(&key.PublicKey)})
	if err != nil {
		t.Fatal(err)
	}
	client, err := gateway.New(gateway.Options{Core: core, Config: gateway.Config{ClientID: sandbox.GuideClientID}, AlipayKeys: keys})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]gateway.State{
		hosttest.PaymentSucceeded: gateway.Success, hosttest.PaymentFailed: gateway.Fail, hosttest.PaymentPending: gateway.Pending,
		hosttest.RefundSucceeded: gateway.Success, hosttest.RefundFailed: gateway.Fail,
	}
	for _, kind := range hosttest.Kinds() {
		r, err := hosttest.Message{Kind: kind, KeyVersion: 3}.Request(t.Context(), core, key, "http://shop.example/notify?x=%2f")
		if err != nil {
			t.Fatal(err)
		}
		n, err := client.VerifyNotification(r)
		if err != nil || n.State != want[kind] || !n.Known() {
			t.Errorf("%s: %+v, %v", kind, n, err)
		}
	}
	if _, err := (hosttest.Message{Kind: "payment.lost"}).Request(t.Context(), core, key, "http://shop.example/"); err == nil {
		t.Error("an unknown kind was made")
	}
}

// The ids of Alipay follow from those of the merchant: two orders are two notifications, one order sent again is one.
func TestDefaultIDsFollowFromTheRequestID(t *testing.T) {
	core := openCore(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := gateway.NewKeyRing(map[string]string{"1": hosttest.PublicKey(&key.PublicKey)})
	if err != nil {
		t.Fatal(err)
	}
	client, err := gateway.New(gateway.Options{Core: core, Config: gateway.Config{ClientID: sandbox.GuideClientID}, AlipayKeys: keys})
	if err != nil {
		t.Fatal(err)
	}
	read := func(m hosttest.Message) *gateway.Notification {
		r, err := m.Request(t.Context(), core, key, "http://shop.example/notify")
		if err != nil {
			t.Fatal(err)
		}
		n, err := client.VerifyNotification(r)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	seen := map[string]string{}
	for name, m := range map[string]hosttest.Message{
		"the default":  {},
		"order 1":      {PaymentRequestID: "order-1"},
		"order 2":      {PaymentRequestID: "order-2"},
		"a refund":     {Kind: hosttest.RefundSucceeded},
		"refund 1":     {Kind: hosttest.RefundSucceeded, RefundRequestID: "order-1"},
		"refund 2":     {Kind: hosttest.RefundSucceeded, RefundRequestID: "order-2"},
		"another id":   {PaymentRequestID: "order-1", PaymentID: "2"},
		"other refund": {Kind: hosttest.RefundSucceeded, RefundRequestID: "order-1", RefundID: "3"},
	} {
		n := read(m)
		m.Time = time.Now().Add(time.Minute)
		if again := read(m); again.Key() != n.Key() {
			t.Errorf("%s, sent again: %s, then %s", name, n.Key(), again.Key())
		}
		if other, taken := seen[n.Key()]; taken {
			t.Errorf("%s and %s are one notification: %s", name, other, n.Key())
		}
		seen[n.Key()] = name
	}
}

func TestTimeMovesOn(t *testing.T) {
	alipay := hosttest.Start(t, nil)
	client, err := gateway.New(alipay.Options(openCore(t)))
	if err != nil {
		t.Fatal(err)
	}
	payment, err := client.Pay(t.Context(), order("http://127.0.0.1:9/notify"))
	if err != nil {
		t.Fatal(err)
	}
	alipay.Advance(15 * time.Minute)
	found, err := client.InquirePayment(t.Context(), gateway.PaymentReference{PaymentID: payment.PaymentID})
	if err != nil || found.State != gateway.Fail {
		t.Errorf("after a quarter of an hour: %+v, %v", found, err)
	}
}

func TestShopperPays(t *testing.T) {
	alipay := hosttest.Start(t, func(o *sandbox.Options) { o.Clock = sandbox.NewClock() })
	client, err := gateway.New(alipay.Options(openCore(t)))
	if err != nil {
		t.Fatal(err)
	}
	paid := make(chan *gateway.Notification, 1)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := client.VerifyNotification(r)
		if err != nil {
			t.Error(err)
			return
		}
		_ = n.Acknowledge(w)
		paid <- n
	}))
	defer shop.Close()
	payment, err := client.Pay(t.Context(), order(shop.URL+"/notify"))
	if err != nil {
		t.Fatal(err)
	}
	if err := alipay.Pay(t.Context(), payment); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	select {
	case n := <-paid:
		if !n.Paid() || n.PaymentID != payment.PaymentID {
			t.Errorf("got %+v", n)
		}
	case <-ctx.Done():
		t.Fatal("no notification")
	}
}
