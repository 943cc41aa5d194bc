package conformance

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/webhook"
)

// Shop is the merchant's server: it makes orders of what shoppers typed and receives messages.
type Shop struct {
	URL    string
	Secret string // of messages

	mu     sync.Mutex
	make   func(draft gateway.Order) (token string, err error)
	keys   []string // Idempotency-Key of the drafts that came
	tokens map[string]string
	got    []Message
	status int // that messages are answered with, 0 for 204
}

// Message is a delivery that the merchant got.
type Message struct {
	webhook.Event
	Body   string
	Status int // what it was answered
	Alert  bool
}

func newShop(t *testing.T, secret string) *Shop {
	t.Helper()
	verifier, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	s := &Shop{Secret: secret, tokens: map[string]string{}}
	mux := http.NewServeMux()
	receive := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = verifier.VerifyIgnoringTimestamp(body, r.Header) // the clock is moved
		}
		m := Message{Body: string(body), Alert: r.URL.Path == "/alert"}
		if err == nil {
			err = json.Unmarshal(body, &m.Event)
		}
		if err != nil {
			t.Errorf("a message that is not signed, or no event: %v", err)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		m.ID = r.Header.Get("webhook-id")
		s.mu.Lock()
		if m.Status = s.status; m.Status == 0 {
			m.Status = http.StatusNoContent
		}
		s.got = append(s.got, m)
		s.mu.Unlock()
		w.WriteHeader(m.Status)
	}
	mux.HandleFunc("POST /webhook", receive)
	mux.HandleFunc("POST /alert", receive)
	mux.HandleFunc("POST /order", s.order)
	mux.HandleFunc("GET /thanks", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "thanks") })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

func (s *Shop) sell(issue func(gateway.Order) (string, error)) { s.make = issue }

// order is where a shopper's entries become a token: the same key is the same order.
func (s *Shop) order(w http.ResponseWriter, r *http.Request) {
	var draft struct{ Order gateway.Order }
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(body)).Decode(&draft)
	}
	if err != nil || s.make == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	s.keys = append(s.keys, key)
	token := s.tokens[key]
	if token == "" || key == "" {
		if token, err = s.make(draft.Order); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		s.tokens[key] = token
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"token": token})
}

// answer has the shop answer messages with a status; 0 is the usual 204.
func (s *Shop) answer(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// Messages are the deliveries about an order, in the order in which they came.
func (s *Shop) Messages(referenceOrderID string) (list []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.got {
		if m.Data.ReferenceOrderID == referenceOrderID {
			list = append(list, m)
		}
	}
	return list
}

// Alerts are the deliveries to the address of alerts.
func (s *Shop) Alerts() (list []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.got {
		if m.Alert {
			list = append(list, m)
		}
	}
	return list
}

// took tells whether the shop has taken a message of a type about an order.
func (s *Shop) took(referenceOrderID, kind string) bool {
	return slices.ContainsFunc(s.Messages(referenceOrderID), func(m Message) bool { return m.Type == kind && m.Status/100 == 2 })
}

// types are the types of an order's messages, each id once.
func (s *Shop) types(referenceOrderID string) (list []string) {
	seen := map[string]bool{}
	for _, m := range s.Messages(referenceOrderID) {
		if !seen[m.ID] {
			seen[m.ID] = true
			list = append(list, m.Type)
		}
	}
	return list
}
