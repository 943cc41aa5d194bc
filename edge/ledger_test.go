//go:build !js

package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/edgecashier/cashier/host/gateway"
)

// testLedger is a ledger on SQLite itself, the engine of D1, with the migrations that D1 gets.
func testLedger(t *testing.T) *ledger {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	migrations, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(migrations) == 0 {
		t.Fatal("no migrations", err)
	}
	for _, file := range migrations {
		statements, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(string(statements)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return &ledger{db}
}

var testTime = time.Date(2026, 4, 1, 12, 0, 0, 123e6, time.UTC)

func testPayment() payment {
	return payment{
		PaymentRequestID: "request-1", ReferenceOrderID: "order-1", Attempt: 1, Amount: gateway.Amount{Currency: "USD", Value: "100"}, SettlementCurrency: "USD",
		Order: gateway.Order{ReferenceOrderID: "order-1"}, ResultPage: "https://shop.example/thanks", CreatedAt: testTime,
	}
}

func TestLedgerInsertReturnsTheRowThatStands(t *testing.T) {
	ctx := context.Background()
	l := testLedger(t)
	first, err := l.insert(ctx, testPayment())
	if err != nil {
		t.Fatal(err)
	}
	if first.Status != processing || first.Redirect != nil || !first.CreatedAt.Equal(testTime) || first.Order.ReferenceOrderID != "order-1" {
		t.Errorf("inserted %+v", first)
	}
	other := testPayment()
	other.Order, other.Amount = gateway.Order{}, gateway.Amount{Currency: "USD", Value: "1"}
	second, err := l.insert(ctx, other)
	if err != nil {
		t.Fatal(err)
	}
	if second.Amount != first.Amount || second.Order.ReferenceOrderID != "order-1" {
		t.Errorf("a second insert changed the row to %+v", second)
	}
}

func TestLedgerFirstRedirectStands(t *testing.T) {
	ctx := context.Background()
	l := testLedger(t)
	l.insert(ctx, testPayment())
	l.setRedirect(ctx, "request-1", "id-1", &gateway.Redirect{Method: "GET"}, testTime)
	p, err := l.setRedirect(ctx, "request-1", "id-2", &gateway.Redirect{Method: "POST"}, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if p.PaymentID != "id-1" || p.Redirect.Method != "GET" {
		t.Errorf("got %s %v", p.PaymentID, p.Redirect)
	}
}

func TestLedgerLatestAttempt(t *testing.T) {
	ctx := context.Background()
	l := testLedger(t)
	if _, err := l.latest(ctx, "order-1"); !errors.Is(err, errUnknownPayment) {
		t.Errorf("got %v for an order without payments", err)
	}
	l.insert(ctx, testPayment())
	again := testPayment()
	again.PaymentRequestID, again.Attempt = "request-2", 2
	l.insert(ctx, again)
	p, err := l.latest(ctx, "order-1")
	if err != nil || p.PaymentRequestID != "request-2" {
		t.Errorf("got %v, %v", p, err)
	}
}

func TestLedgerOnlyMovesForward(t *testing.T) {
	states := []status{processing, pending, success, fail, cancelled}
	allowed := map[[2]status]bool{
		{processing, pending}: true, {processing, success}: true, {processing, fail}: true, {processing, cancelled}: true,
		{pending, success}: true, {pending, fail}: true, {pending, cancelled}: true,
		{success, cancelled}: true,
	}
	for _, from := range states {
		for _, to := range states[1:] {
			t.Run(string(from+" to "+to), func(t *testing.T) {
				ctx := context.Background()
				l := testLedger(t)
				l.insert(ctx, testPayment())
				if from != processing {
					if _, _, err := l.advance(ctx, "request-1", change{Status: from}, testTime); err != nil {
						t.Fatal(err)
					}
				}
				p, moved, err := l.advance(ctx, "request-1", change{Status: to, PaymentID: "id"}, testTime.Add(time.Second))
				if err != nil {
					t.Fatal(err)
				}
				want := from
				if allowed[[2]status{from, to}] {
					want = to
				}
				if moved != (want == to && from != to) || p.Status != want {
					t.Errorf("moved %t to %s, want %s", moved, p.Status, want)
				}
				if moved && (p.PaymentID != "id" || p.Status.open() != p.FinalAt.IsZero()) {
					t.Errorf("got %+v", p)
				}
			})
		}
	}
	if _, _, err := testLedger(t).advance(context.Background(), "nobody", change{Status: success}, testTime); !errors.Is(err, errUnknownPayment) {
		t.Errorf("got %v for an unknown payment", err)
	}
}

func TestLedgerAdvanceKeepsWhatItIsNotTold(t *testing.T) {
	ctx := context.Background()
	l := testLedger(t)
	l.insert(ctx, testPayment())
	l.setRedirect(ctx, "request-1", "id-1", &gateway.Redirect{}, testTime)
	p, _, err := l.advance(ctx, "request-1", change{Status: success, PaymentID: "id-1", ResultCode: "SUCCESS", GrossSettlement: gateway.Amount{Currency: "USD", Value: "14"}}, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if p.GrossSettlement != (gateway.Amount{Currency: "USD", Value: "14"}) || p.PaymentTime != "" || !p.FinalAt.Equal(testTime) {
		t.Errorf("got %+v", p)
	}
	l.announced(ctx, paymentRecord("request-1"), testTime)
	l.told(ctx, paymentRecord("request-1"), string(success), testTime)
	p, _, _ = l.advance(ctx, "request-1", change{Status: cancelled}, testTime)
	if p.ResultCode != "SUCCESS" || !p.WebhookQueuedAt.IsZero() || !p.WebhookSentAt.IsZero() {
		t.Errorf("a new result must be told anew: %+v", p)
	}
}
