package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/http"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

func TestOptionsRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	merchant := func(change func(*Merchant)) Options {
		m := testMerchant()
		change(&m)
		return Options{PrivateKey: testKeys()[1], Merchants: []Merchant{m}}
	}
	for name, options := range map[string]Options{
		"origin with a path":   {PublicOrigin: "http://127.0.0.1:8801/"},
		"origin without host":  {PublicOrigin: "http://"},
		"origin of a file":     {PublicOrigin: "file:///tmp"},
		"method":               {RedirectMethod: "PUT"},
		"small key":            {PrivateKey: small},
		"speed":                {SpeedUp: -1},
		"rate":                 {Rates: Rates{"USD": -1}},
		"no client id":         merchant(func(m *Merchant) { m.ClientID = "" }),
		"client id":            merchant(func(m *Merchant) { m.ClientID = "a'b" }),
		"no keys":              merchant(func(m *Merchant) { m.PublicKeys = nil }),
		"key version 0":        merchant(func(m *Merchant) { m.PublicKeys = map[int]*rsa.PublicKey{0: &testKeys()[0].PublicKey} }),
		"no key":               merchant(func(m *Merchant) { m.PublicKeys = map[int]*rsa.PublicKey{1: nil} }),
		"small merchant key":   merchant(func(m *Merchant) { m.PublicKeys = map[int]*rsa.PublicKey{1: &small.PublicKey} }),
		"other private key":    merchant(func(m *Merchant) { m.PrivateKey = testKeys()[2] }),
		"settlement in CNY":    merchant(func(m *Merchant) { m.SettlementCurrencies = []string{"CNY"} }),
		"merchant's notifyUrl": merchant(func(m *Merchant) { m.NotifyURL = "/notify" }),
		"same merchant twice":  {PrivateKey: testKeys()[1], Merchants: []Merchant{testMerchant(), testMerchant()}},
	} {
		if server, err := New(options); err == nil {
			server.Close()
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestZeroOptions(t *testing.T) {
	server, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	merchants := server.Merchants()
	if len(merchants) != 1 || merchants[0].ClientID != GuideClientID || merchants[0].PrivateKey == nil || server.KeyVersion() != 1 || server.PublicKey().N.BitLen() != 2048 {
		t.Errorf("%+v", merchants)
	}
}

// Close stops attempts that wait, attempts that hang and payments that would expire.
func TestCloseLeavesNothingRunning(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 1)
	silent, _ := receiver(t, func(http.ResponseWriter, int) {
		arrived <- struct{}{}
		<-release
	})
	t.Cleanup(func() { close(release) })
	b := newBench(t, func(o *Options) { o.Clock = NewClock() })
	b.pay(order(nil))
	waiting := b.payAndFinish(map[string]any{"paymentRequestId": "waiting"})
	b.wait(waiting, func(p Payment) bool { return len(p.Notifications[0].Attempts) == 1 })
	hanging := b.payAndFinish(map[string]any{"paymentRequestId": "hanging", "paymentNotifyUrl": silent})
	<-arrived
	began := time.Now()
	b.server.Close()
	var stacks bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&stacks, 2)
	if text := stacks.String(); strings.Contains(text, "sandbox.(*courier)") {
		t.Errorf("Close did not wait for\n%s", text)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("closing took %v", took)
	}
	if p, _ := b.server.Payment(hanging); len(p.Notifications[0].Attempts) != 0 {
		t.Errorf("the attempt that was cut off is recorded: %+v", p.Notifications[0].Attempts)
	}
	for range 100 {
		stacks.Reset()
		pprof.Lookup("goroutine").WriteTo(&stacks, 2)
		if !strings.Contains(stacks.String(), "sandbox.(*agenda)") && !strings.Contains(stacks.String(), "sandbox.(*courier)") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if text := stacks.String(); strings.Contains(text, "sandbox.(*agenda)") || strings.Contains(text, "sandbox.(*courier)") {
		t.Errorf("still running:\n%s", text)
	}
	if n := len(b.server.agenda.pending); n != 0 {
		t.Errorf("%d timers are left", n)
	}
	b.server.Close() // twice does no harm
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := b.server.Wait(ctx, "unknown", func(Payment) bool { return true }); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// The log tells what happened and nothing that was in a body or typed by a shopper.
func TestLogHoldsNoSecrets(t *testing.T) {
	address, _ := receiver(t, acknowledge)
	const unreachable = "http://127.0.0.1:1/?token=hidden"
	var log bytes.Buffer
	b := newBench(t, func(o *Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	answer := b.pay(order(map[string]any{"paymentNotifyUrl": unreachable}))
	shopper := b.shopper()
	_, page := b.get(shopper, b.url+loginPath("h5", answer.PaymentID))
	b.submit(shopper, b.url+formAction(t, page), map[string][]string{"account": {"account-typed"}, "password": {"password-typed"}})
	b.server.completePayment(answer.PaymentID)
	b.wait(answer.PaymentID, func(p Payment) bool { return len(p.Notifications[0].Attempts) == 1 })
	b.payAndFinish(map[string]any{"paymentRequestId": "second", "paymentNotifyUrl": address})
	if _, err := b.server.WaitAcknowledged(t.Context(), "second"); err != nil {
		t.Fatal(err)
	}
	b.server.Close()
	text := log.String()
	for _, secret := range []string{"typed", "hidden", "Macbook", "signature=", "PRIVATE"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q:\n%s", secret, text)
		}
	}
	for _, fact := range []string{"gateway call", "PAYMENT_IN_PROCESS", "payment finished", "connection refused", "ACKNOWLEDGED"} {
		if !strings.Contains(text, fact) {
			t.Errorf("the log lacks %q:\n%s", fact, text)
		}
	}
}

func TestManualClock(t *testing.T) {
	clock := NewManualClock(testTime)
	fired := make(chan string, 3)
	clock.AfterFunc(time.Minute, func() { fired <- "minute" })
	stop := clock.AfterFunc(time.Minute, func() { fired <- "stopped" })
	clock.AfterFunc(time.Hour, func() { fired <- "hour" })
	if !stop() || stop() {
		t.Error("stop tells the wrong thing")
	}
	clock.Advance(time.Minute)
	if got := <-fired; got != "minute" {
		t.Error(got)
	}
	clock.Advance(time.Hour)
	if got := <-fired; got != "hour" || len(fired) != 0 {
		t.Error(got)
	}
	if now := clock.Now(); !now.Equal(testTime.Add(61 * time.Minute)) {
		t.Error(now)
	}
}

func TestCloseStopsTimers(t *testing.T) {
	b := newBench(t, nil)
	b.pay(order(nil))
	if n := len(b.clock.timers); n != 1 {
		t.Fatalf("%d timers", n)
	}
	b.server.Close()
	if n := len(b.clock.timers); n != 0 {
		t.Errorf("%d timers are left", n)
	}
}
