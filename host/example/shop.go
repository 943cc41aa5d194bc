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
	_, tableErr := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, value TEXT, state TEXT DEFAULT 'PROCESSING', delivered INT DEFAULT 0, attention INT DEFAULT 0)`)
	store, storeErr := sqlstore.Open(ctx, db)
	notify, err := alipay.NotificationHandler(func(ctx context.Context, event gateway.Event) error {
		// Without a row the state has changed since Lookup: the error makes the notification come again.
		return db.QueryRowContext(ctx, `UPDATE orders SET state = $1, delivered = delivered + (CASE WHEN $1 = 'SUCCESS' THEN 1 ELSE 0 END)
			WHERE id = $2 AND state = $3 RETURNING id`, event.Next, event.PaymentRequestID, event.Stored.State).Scan(&event.PaymentRequestID)
	}, gateway.HandlerOptions{Store: store, Lookup: func(ctx context.Context, n *gateway.Notification) (stored gateway.Stored, err error) {
		stored.PaymentRequestID, stored.PaymentAmount.Currency = n.PaymentRequestID, "USD"
		err = db.QueryRowContext(ctx, `SELECT value, state FROM orders WHERE id = $1`, n.PaymentRequestID).Scan(&stored.PaymentAmount.Value, &stored.State)
		if errors.Is(err, sql.ErrNoRows) {
			err = gateway.ErrNoSuchOrder
		}
		return stored, err
	}, Contradiction: func(ctx context.Context, c gateway.Contradiction) error { // such as paid after it was cancelled: a person decides
		_, err := db.ExecContext(ctx, `UPDATE orders SET attention = 1 WHERE id = $1`, c.Stored.PaymentRequestID)
		return err
	}})
	if err := errors.Join(tableErr, storeErr, err); err != nil {
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
		_, err := db.ExecContext(r.Context(), `INSERT INTO orders (id, value) VALUES ($1, $2)`, order.PaymentRequestID, order.PaymentAmount.Value)
		var payment *gateway.Payment
		if err == nil {
			payment, err = alipay.Pay(r.Context(), order)
		}
		if err = errors.Join(err, payment.RedirectTo(w, r)); err != nil {
			http.Error(w, "Something went wrong. If you have already paid, do not pay again.", http.StatusBadGateway)
		}
	})
	return mux, nil
}
