package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
	"github.com/edgecashier/cashier/host/webhook"
)

// prices are of one piece, in the smallest unit of the currency.
var prices = map[string]struct {
	currency, settlement string
	value                int
}{
	"Fountain pen": {"USD", "USD", 2500},
	"Ink":          {"EUR", "EUR", 950},
	"Brush":        {"JPY", "JPY", 1200},
	"Rice paper":   {"CNY", "USD", 8800},
}

// shop keeps its orders in a database. delivered counts how often an order's parcel was handed over: 0 or 1.
type shop struct {
	db     *sql.DB
	origin string
	issuer ordertoken.Issuer
}

const schema = `
CREATE TABLE IF NOT EXISTS orders   (referenceOrderId TEXT PRIMARY KEY, currency TEXT, value TEXT, delivered INT DEFAULT 0);
CREATE TABLE IF NOT EXISTS payments (paymentRequestId TEXT PRIMARY KEY, referenceOrderId TEXT, paymentStatus TEXT, happened TEXT);
CREATE TABLE IF NOT EXISTS refunds  (refundRequestId TEXT PRIMARY KEY, paymentRequestId TEXT, refundStatus TEXT, currency TEXT, value TEXT, happened TEXT);
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, type TEXT, deliveries INT DEFAULT 1);`

func openShop(ctx context.Context, db *sql.DB) (*shop, error) {
	_, err := db.ExecContext(ctx, schema)
	return &shop{db: db}, err
}

// takeOrder gets what a shopper wants and answers with the order, priced and signed. The order is in the books before.
func (s *shop) takeOrder(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Order json.RawMessage `json:"order"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&request)
	if err != nil {
		http.Error(w, "The request cannot be read.", http.StatusBadRequest)
		return
	}
	order, err := gateway.ParseOrder(request.Order)
	if err != nil || len(order.Goods) != 1 {
		http.Error(w, "The order cannot be read.", http.StatusBadRequest)
		return
	}
	price, sold := prices[order.Goods[0].GoodsName]
	pieces, err := strconv.Atoi(order.Goods[0].GoodsQuantity)
	if !sold || err != nil || pieces < 1 || pieces > 100 {
		http.Error(w, "That is not for sale.", http.StatusUnprocessableEntity)
		return
	}
	order.ReferenceOrderID = "order-" + rand.Text()
	if order.OrderDescription == "" {
		order.OrderDescription = order.Goods[0].GoodsName + " x " + order.Goods[0].GoodsQuantity
	}
	order.PaymentAmount = gateway.Amount{Currency: price.currency, Value: strconv.Itoa(price.value * pieces)}
	order.SettlementCurrency = price.settlement
	order.PaymentRedirectURL = s.origin + "/thanks"
	if _, err := s.db.ExecContext(r.Context(), `INSERT INTO orders (referenceOrderId, currency, value) VALUES (?, ?, ?)`,
		order.ReferenceOrderID, order.PaymentAmount.Currency, order.PaymentAmount.Value); err != nil {
		http.Error(w, "The order was not taken.", http.StatusInternalServerError)
		return
	}
	token, err := s.issuer.Issue(order, time.Now())
	if err != nil {
		http.Error(w, "The order was not taken.", http.StatusInternalServerError)
		return
	}
	answer(w, map[string]string{"token": token})
}

// receive is called with verified messages. Everything that one of them changes is one transaction with the note that it
// was here, so a message that comes again, even after a crash, changes nothing.
func (s *shop) receive(ctx context.Context, e webhook.Event) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var deliveries int
	if err := tx.QueryRowContext(ctx, `INSERT INTO messages (id, type) VALUES (?, ?)
		ON CONFLICT DO UPDATE SET deliveries = deliveries + 1 RETURNING deliveries`, e.ID, e.Type).Scan(&deliveries); err != nil {
		return err
	}
	if deliveries == 1 {
		if err := apply(ctx, tx, e); err != nil {
			return err
		}
	}
	return tx.Commit()
}

var errAmount = errors.New("the amount is not that of the order")

// apply enters a message into the books, unless something newer about the same payment or refund is there.
func apply(ctx context.Context, tx *sql.Tx, e webhook.Event) error {
	happened := e.Timestamp.UTC().Format("2006-01-02T15:04:05.000000000Z") // as text in the order of time
	switch e.Type {
	case webhook.RefundSucceeded, webhook.RefundFailed:
		_, err := tx.ExecContext(ctx, `INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
			SET refundStatus = excluded.refundStatus, happened = excluded.happened WHERE excluded.happened > happened`,
			e.Data.RefundRequestID, e.Data.PaymentRequestID, e.Data.RefundStatus, e.Data.RefundAmount.Currency, e.Data.RefundAmount.Value, happened)
		return err
	case webhook.PaymentSucceeded, webhook.PaymentFailed, webhook.PaymentCancelled:
	default:
		return nil
	}
	var price gateway.Amount
	if err := tx.QueryRowContext(ctx, `SELECT currency, value FROM orders WHERE referenceOrderId = ?`, e.Data.ReferenceOrderID).Scan(&price.Currency, &price.Value); err != nil {
		return err
	}
	if price != e.Data.PaymentAmount {
		return errAmount
	}
	changed, err := tx.ExecContext(ctx, `INSERT INTO payments VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
		SET paymentStatus = excluded.paymentStatus, happened = excluded.happened WHERE excluded.happened > happened`,
		e.Data.PaymentRequestID, e.Data.ReferenceOrderID, e.Data.PaymentStatus, happened)
	if err != nil {
		return err
	}
	if rows, err := changed.RowsAffected(); err != nil || rows == 0 || e.Type != webhook.PaymentSucceeded {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE orders SET delivered = delivered + 1 WHERE referenceOrderId = ?`, e.Data.ReferenceOrderID)
	return err
}

// showBooks answers all that the shop knows.
func (s *shop) showBooks(w http.ResponseWriter, r *http.Request) {
	books := map[string]json.RawMessage{}
	for name, columns := range map[string]string{
		"orders":   `'referenceOrderId', referenceOrderId, 'currency', currency, 'value', value, 'delivered', delivered`,
		"payments": `'paymentRequestId', paymentRequestId, 'referenceOrderId', referenceOrderId, 'paymentStatus', paymentStatus`,
		"refunds":  `'refundRequestId', refundRequestId, 'paymentRequestId', paymentRequestId, 'refundStatus', refundStatus, 'currency', currency, 'value', value`,
		"messages": `'id', id, 'type', type, 'deliveries', deliveries`,
	} {
		var rows []byte
		if err := s.db.QueryRowContext(r.Context(), `SELECT json_group_array(json_object(`+columns+`)) FROM `+name).Scan(&rows); err != nil {
			http.Error(w, "The books cannot be read.", http.StatusInternalServerError)
			return
		}
		books[name] = rows
	}
	answer(w, books)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a reader that has gone needs no answer
}
