package main

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
	"github.com/edgecashier/cashier/host/webhook"
)

func newShop(t *testing.T) *shop {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "shop.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := openShop(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	issue, _, err := ordertoken.GenerateKeys(ordertoken.EdDSA, "test")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ordertoken.ParseKeys(issue)
	if err != nil {
		t.Fatal(err)
	}
	s.origin, s.issuer = "http://127.0.0.1:8802", ordertoken.Issuer{Keys: keys, Name: "shop", Audience: "https://pay.example.com"}
	return s
}

// buy takes an order and returns its id and price.
func (s *shop) buy(t *testing.T, name, pieces string) (id string, price gateway.Amount, status int) {
	t.Helper()
	w := httptest.NewRecorder()
	s.takeOrder(w, httptest.NewRequest(http.MethodPost, "/order", strings.NewReader(`{"order":{"goods":[{"goodsName":"`+name+`","goodsQuantity":"`+pieces+`"}]}}`)))
	_ = s.db.QueryRow(`SELECT referenceOrderId, currency, value FROM orders ORDER BY rowid DESC LIMIT 1`).Scan(&id, &price.Currency, &price.Value)
	return id, price, w.Code
}

func TestOrders(t *testing.T) {
	s := newShop(t)
	if id, price, status := s.buy(t, "Fountain pen", "2"); status != http.StatusOK || id == "" || price != (gateway.Amount{Currency: "USD", Value: "5000"}) {
		t.Errorf("got %s, %v, %d", id, price, status)
	}
	for _, wrong := range [][2]string{{"Gold", "1"}, {"Ink", "0"}, {"Ink", "-1"}, {"Ink", "x"}, {"Ink", "101"}} {
		if _, _, status := s.buy(t, wrong[0], wrong[1]); status != http.StatusUnprocessableEntity {
			t.Errorf("%v: got %d", wrong, status)
		}
	}
}

// TestDeliversOnce: messages come again, out of order and with another amount.
func TestDeliversOnce(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	type message struct {
		id, kind, status string
		minute           time.Duration
	}
	paid := message{"p1_succeeded", webhook.PaymentSucceeded, "SUCCESS", 1}
	cancelled := message{"p1_cancelled", webhook.PaymentCancelled, "CANCELLED", 2}
	for name, test := range map[string]struct {
		messages  []message
		delivered int
		status    string
	}{
		"paid":                    {[]message{paid}, 1, "SUCCESS"},
		"paid, told three times":  {[]message{paid, paid, paid}, 1, "SUCCESS"},
		"paid, then cancelled":    {[]message{paid, cancelled, paid}, 1, "CANCELLED"},
		"cancelled, then told so": {[]message{cancelled, paid}, 0, "CANCELLED"},
		"not paid":                {[]message{{"p1_failed", webhook.PaymentFailed, "FAIL", 1}}, 0, "FAIL"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			id, price, _ := s.buy(t, "Ink", "3")
			event := func(m message) webhook.Event {
				return webhook.Event{ID: m.id, Type: m.kind, Timestamp: start.Add(m.minute * time.Minute),
					Data: webhook.Data{ReferenceOrderID: id, PaymentRequestID: "p1", PaymentStatus: m.status, PaymentAmount: price}}
			}
			cheap := event(paid)
			cheap.ID, cheap.Data.PaymentAmount.Value = "cheap", "1"
			if err := s.receive(t.Context(), cheap); err != errAmount {
				t.Errorf("another amount: got %v", err)
			}
			for _, m := range test.messages {
				if err := s.receive(t.Context(), event(m)); err != nil {
					t.Fatal(err)
				}
			}
			w := httptest.NewRecorder()
			s.showBooks(w, httptest.NewRequest(http.MethodGet, "/books", nil))
			var books struct {
				Orders   []struct{ Delivered int }
				Payments []struct{ PaymentStatus string }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &books); err != nil || len(books.Orders) != 1 || len(books.Payments) != 1 {
				t.Fatalf("%v: %s", err, w.Body)
			}
			if books.Orders[0].Delivered != test.delivered || books.Payments[0].PaymentStatus != test.status {
				t.Errorf("got %s", w.Body)
			}
		})
	}
}
