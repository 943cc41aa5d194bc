package example_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/example"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/sandbox"
)

// TestShop buys something: order, cashier, notification, delivery. A forged notification delivers nothing.
func TestShop(t *testing.T) {
	theirs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	alipay := hosttest.Start(t, func(o *sandbox.Options) { o.Clock, o.PrivateKey = sandbox.NewClock(), theirs })
	core, err := host.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer core.Close()
	client, err := gateway.New(alipay.Options(core))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "shop.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer server.Close()
	if handler, err = example.Shop(t.Context(), client, db, server.URL); err != nil {
		t.Fatal(err)
	}

	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Post(server.URL+"/buy", "", nil)
	if err != nil || answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("%v, %v", answer, err)
	}
	answer.Body.Close()
	bought := alipay.Payments()
	if len(bought) != 1 || bought[0].PaymentAmount.Value != "2500" {
		t.Fatalf("got %+v", bought)
	}
	payment := &gateway.Payment{PaymentID: bought[0].PaymentID, Redirect: &gateway.Redirect{Method: http.MethodGet, Location: answer.Header.Get("Location")}}
	if err := alipay.Pay(t.Context(), payment); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := alipay.WaitAcknowledged(ctx, payment.PaymentID); err != nil {
		t.Fatal(err)
	}
	// What somebody else has signed delivers nothing.
	forged, err := hosttest.Message{ClientID: alipay.Merchant.ClientID, PaymentRequestID: bought[0].PaymentRequestID, PaymentID: payment.PaymentID,
		PaymentAmount: gateway.Amount{Currency: "USD", Value: "2500"}}.Request(t.Context(), core, alipay.Merchant.PrivateKey, server.URL+"/notify")
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := browser.Do(forged); err != nil || answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %v, %v", answer, err)
	}
	var delivered int
	if err := db.QueryRow(`SELECT delivered FROM orders WHERE id = $1`, bought[0].PaymentRequestID).Scan(&delivered); err != nil || delivered != 1 {
		t.Errorf("delivered %d times, %v", delivered, err)
	}

	// Paid after it was cancelled: nothing is delivered, and somebody has to look at it.
	if _, err := db.Exec(`INSERT INTO orders (id, value, state) VALUES ('cancelled-1', '2500', 'CANCELLED')`); err != nil {
		t.Fatal(err)
	}
	late, err := hosttest.Message{ClientID: alipay.Merchant.ClientID, PaymentRequestID: "cancelled-1", PaymentID: "late",
		PaymentAmount: gateway.Amount{Currency: "USD", Value: "2500"}}.Request(t.Context(), core, theirs, server.URL+"/notify")
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := browser.Do(late); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("got %v, %v", answer, err)
	}
	var attention int
	if err := db.QueryRow(`SELECT delivered, attention FROM orders WHERE id = 'cancelled-1'`).Scan(&delivered, &attention); err != nil || delivered != 0 || attention != 1 {
		t.Errorf("delivered %d times, attention %d, %v", delivered, attention, err)
	}
}

// TestShopIsShort keeps the promise that the whole server fits on a page.
func TestShopIsShort(t *testing.T) {
	text, err := os.ReadFile("shop.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines >= 60 {
		t.Errorf("%d lines", lines)
	}
}
