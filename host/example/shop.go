// Package example is a whole shop, to be read and copied: order, payment by Alipay, delivery. Its test runs it against the sandbox.
package example

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/idempotency/sqlstore"
)

// Shop serves POST /buy and POST /notify. origin is where Alipay and shoppers reach it.
func Shop(ctx context.Context, alipay *gateway.Client, db *sql.DB, origin string) (http.Handler, error) {
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, value TEXT, delivered INT DEFAULT 0)`); err != nil {
		return nil, err
	}
	store, storeErr := sqlstore.Open(ctx, db)
	notify, err := alipay.NotificationHandler(func(ctx context.Context, event gateway.Event) error {
		if !event.Paid() {
			return nil
		}
		_, err := db.ExecContext(ctx, `UPDATE orders SET delivered = delivered + 1 WHERE id = $1`, event.PaymentRequestID)
		return err
	}, gateway.HandlerOptions{Store: store, Lookup: func(ctx context.Context, n *gateway.Notification) (stored gateway.Stored, err error) {
		stored.PaymentRequestID, stored.PaymentAmount.Currency = n.PaymentRequestID, "USD"
		err = db.QueryRowContext(ctx, `SELECT value FROM orders WHERE id = $1`, n.PaymentRequestID).Scan(&stored.PaymentAmount.Value)
		if errors.Is(err, sql.ErrNoRows) {
			err = gateway.ErrNoSuchOrder
		}
		return stored, err
	}})
	if err := errors.Join(storeErr, err); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /notify", notify)
	mux.HandleFunc("POST /buy", func(w http.ResponseWriter, r *http.Request) {
		order := gateway.Order{ReferenceOrderID: "order-" + time.Now().Format("20060102150405.000000"), OrderDescription: "Fountain pen",
			PaymentAmount: gateway.Amount{Currency: "USD", Value: "2500"}, SettlementCurrency: "USD", TerminalType: "WEB",
			BusinessType: "4", Goods: []gateway.Goods{{GoodsName: "Fountain pen", GoodsQuantity: "1"}},
			PaymentNotifyURL: origin + "/notify", PaymentRedirectURL: origin + "/thanks"}
		order.PaymentRequestID = order.ReferenceOrderID + "-1"
		if _, err := db.ExecContext(r.Context(), `INSERT INTO orders (id, value) VALUES ($1, $2)`, order.PaymentRequestID, order.PaymentAmount.Value); err != nil {
			http.Error(w, "The order was not taken.", http.StatusInternalServerError)
			return
		}
		payment, err := alipay.Pay(r.Context(), order)
		if err != nil || payment.Redirect == nil {
			http.Error(w, "Alipay cannot be reached. Please try again in a moment.", http.StatusBadGateway)
			return
		}
		http.Redirect(w, r, payment.Redirect.Location, http.StatusSeeOther)
	})
	return mux, nil
}
