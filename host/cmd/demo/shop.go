package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
	"github.com/edgecashier/cashier/host/webhook"
)

const shopName = "Lantern & Ink"

//go:embed shop.html
var shopPage string

// maxBody bounds what the shop reads of a request.
const maxBody = 64 << 10

// shop is the merchant's server in its smallest form. It needs two handlers: one
// that decides what an order costs and signs it, one that learns that it was paid.
type shop struct {
	core   *host.Core
	issuer ordertoken.Issuer
	page   *template.Template
	at     addresses
	logger *slog.Logger

	mu     sync.Mutex
	orders []*shopOrder
	drafts map[string]*shopOrder // by Idempotency-Key
	seen   map[string]bool       // ids of webhook messages
}

// shopOrder is one order in the shop's books.
type shopOrder struct {
	gateway.Order
	Time     time.Time `json:"time"`
	State    string    `json:"state"`    // OPEN, PAID, FAILED or CANCELLED
	Messages []string  `json:"messages"` // ids of the webhook messages about it
	Amount   string    `json:"-"`        // for people

	payments map[string]news // by paymentRequestId: an order may take several attempts
}

// news is the newest that the shop was told of a payment.
type news struct {
	state string
	at    time.Time
}

func newShop(core *host.Core, s *secrets, at addresses, logger *slog.Logger) (http.Handler, error) {
	keys, err := ordertoken.ParseKeys(s.issueKeys)
	if err != nil {
		return nil, err
	}
	messages, err := webhook.NewReceiver(s.webhookSecret)
	if err != nil {
		return nil, err
	}
	page, err := template.New("shop").Parse(shopPage)
	if err != nil {
		return nil, err
	}
	h := &shop{
		core:   core,
		issuer: ordertoken.Issuer{Keys: keys, Name: at.Shop, Audience: at.Checkout},
		page:   page,
		at:     at,
		logger: logger,
		drafts: map[string]*shopOrder{},
		seen:   map[string]bool{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", h.takeOrder)
	mux.Handle("POST /webhooks", messages.Handler(h.receive))
	mux.HandleFunc("GET /orders.json", h.listOrders)
	mux.HandleFunc("GET /orders/{referenceOrderId}", h.showOrders)
	mux.HandleFunc("GET /{$}", h.showOrders)
	return mux, nil
}

// takeOrder gets the draft of an order from the checkout and returns it signed. A
// real shop looks up its prices here; this one sells whatever is asked for. The same
// Idempotency-Key is the same purchase: a form that is sent twice, from two tabs or
// after going back, is one order.
func (h *shop) takeOrder(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Order gateway.Order `json:"order"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&request); err != nil {
		http.Error(w, "the order cannot be read", http.StatusBadRequest)
		return
	}
	amount, err := h.amount(r.Context(), request.Order.PaymentAmount)
	if err != nil {
		http.Error(w, "the amount cannot be read", http.StatusUnprocessableEntity)
		return
	}
	order := h.orderOf(r.Header.Get("Idempotency-Key"), request.Order, amount)
	token, err := h.issuer.Issue(order, time.Now())
	if err != nil {
		h.logger.Error("no order token was issued", "error", err)
		http.Error(w, "the order cannot be taken now", http.StatusInternalServerError)
		return
	}
	reply(w, map[string]string{"token": token})
}

// orderOf makes an order of a draft, or finds the one that was made under this key, "" for none. The device is that of
// the last request: it may be another one when an order that was not paid is paid after all.
func (h *shop) orderOf(key string, draft gateway.Order, amount string) gateway.Order {
	h.mu.Lock()
	defer h.mu.Unlock()
	if known := h.drafts[key]; known != nil {
		known.TerminalType, known.OSType = draft.TerminalType, draft.OSType
		return known.Order
	}
	order := draft
	order.ReferenceOrderID = "LI-" + time.Now().UTC().Format("20060102") + "-" + rand.Text()[:12]
	order.OrderDescription = description(order.Goods)
	order.PaymentRedirectURL = h.at.Shop + "/orders/" + order.ReferenceOrderID
	made := &shopOrder{Order: order, Time: time.Now(), State: "OPEN", Amount: amount}
	h.orders = append(h.orders, made)
	if key != "" {
		h.drafts[key] = made
	}
	return order
}

// description names the goods within the 256 characters that Alipay shows.
func description(goods []gateway.Goods) string {
	var names []string
	for _, g := range goods {
		names = append(names, g.GoodsName+" x "+g.GoodsQuantity)
	}
	text := []rune(strings.Join(names, ", "))
	if len(text) > 256 {
		text = append(text[:255], '…')
	}
	return string(text)
}

// amount writes minor units for people, with the core's own rules.
func (h *shop) amount(ctx context.Context, a gateway.Amount) (string, error) {
	input, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	text, err := h.core.Call(ctx, "format_amount", input)
	if err != nil {
		return "", err
	}
	var formatted struct {
		Text   string
		Errors gateway.Problems
	}
	if err := json.Unmarshal(text, &formatted); err != nil {
		return "", err
	}
	if len(formatted.Errors) > 0 {
		return "", formatted.Errors
	}
	return formatted.Text + " " + a.Currency, nil
}

// receive is called for messages that are signed with the shared secret. It does
// nothing twice: the same message may come again.
func (h *shop) receive(_ context.Context, e webhook.Event) error {
	err := h.settle(e)
	if err != nil {
		h.logger.Error("a webhook message does not fit the books", "error", err)
	}
	return err
}

// states are what the events about payments make of an order.
var states = map[string]string{webhook.PaymentSucceeded: "PAID", webhook.PaymentFailed: "FAILED", webhook.PaymentCancelled: "CANCELLED"}

// settle enters a payment's end into the books.
func (h *shop) settle(e webhook.Event) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen[e.ID] {
		return nil
	}
	order := h.find(e.Data.ReferenceOrderID)
	if order == nil {
		return errors.New("there is no such order")
	}
	if e.Type == webhook.PaymentSucceeded && e.Data.PaymentAmount != order.PaymentAmount {
		return errors.New("the amount is not that of the order")
	}
	if state, ofPayment := states[e.Type]; ofPayment {
		order.learn(e.Data.PaymentRequestID, news{state, e.Timestamp})
	}
	order.Messages = append(order.Messages, e.ID)
	h.seen[e.ID] = true
	return nil
}

// learn takes in what happened to one payment. Messages may come out of order: the newest about a payment holds. The order is paid
// as long as one of its payments is, and otherwise what became of the last one.
func (o *shopOrder) learn(paymentRequestID string, now news) {
	if known, has := o.payments[paymentRequestID]; has && !now.at.After(known.at) {
		return
	}
	if o.payments == nil {
		o.payments = map[string]news{}
	}
	o.payments[paymentRequestID] = now
	var last news
	for _, payment := range o.payments {
		if payment.state == "PAID" {
			o.State = "PAID"
			return
		}
		if last.state == "" || payment.at.After(last.at) {
			last = payment
		}
	}
	o.State = last.state
}

func (h *shop) find(referenceOrderID string) *shopOrder {
	for _, order := range h.orders {
		if order.ReferenceOrderID == referenceOrderID {
			return order
		}
	}
	return nil
}

// listOrders is for tests and the curious.
func (h *shop) listOrders(w http.ResponseWriter, _ *http.Request) {
	reply(w, h.books())
}

// books copies the orders, newest first.
func (h *shop) books() []shopOrder {
	h.mu.Lock()
	defer h.mu.Unlock()
	orders := make([]shopOrder, 0, len(h.orders))
	for i := len(h.orders) - 1; i >= 0; i-- {
		orders = append(orders, *h.orders[i])
	}
	return orders
}

// showOrders is the shop's page: one order after a purchase, or all of them.
func (h *shop) showOrders(w http.ResponseWriter, r *http.Request) {
	orders := h.books()
	id := r.PathValue("referenceOrderId")
	if id != "" {
		var one []shopOrder
		for _, order := range orders {
			if order.ReferenceOrderID == id {
				one = append(one, order)
			}
		}
		if orders = one; len(orders) == 0 {
			http.NotFound(w, r)
			return
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	err := h.page.Execute(w, map[string]any{"Shop": shopName, "Orders": orders, "One": id != "", "Checkout": h.at.Checkout})
	if err != nil {
		h.logger.Error("the page was not written", "error", err)
	}
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}
