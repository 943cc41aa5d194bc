package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

// worker is the program with all it needs from outside.
type worker struct {
	settings settings
	core     gateway.Core
	alipay   interface {
		Pay(context.Context, gateway.Order) (*gateway.Payment, error)
		InquirePayment(context.Context, gateway.PaymentReference) (*gateway.PaymentInquiry, error)
		Cancel(context.Context, gateway.PaymentReference) (*gateway.Cancellation, error)
		Refund(context.Context, gateway.RefundRequest) (*gateway.Refund, error)
		InquireRefund(context.Context, gateway.RefundReference) (*gateway.RefundInquiry, error)
	}
	tokens interface {
		Verify(token string, now time.Time) (*ordertoken.Token, error)
	}
	ledger   *ledger
	send     func(ctx context.Context, queue, message string) error // returns when the queue has it
	http     gateway.Doer
	webhooks *webhooks.Webhook
	log      *slog.Logger
	now      func() time.Time
	handler  http.Handler
}

// routes are the requests that worker.mjs leaves to this program.
func (w *worker) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST /checkout":                   w.checkout,
		"POST /order":                      w.goOn, // worker.mjs lets nobody else through
		"GET /return/{paymentRequestId}":   w.comeBack,
		"GET /payments/{paymentRequestId}": w.payment,
		"GET /healthz":                     w.health,
		"GET /configured":                  w.configured, // worker.mjs asks it
		"/": func(*http.Request) (int, any, error) {
			return 0, nil, refuse(http.StatusNotFound, "NOT_FOUND", "", "there is nothing at this address")
		},
		// For the merchant's people; worker.mjs has checked the token.
		"GET /operator/payments":                             w.listPayments,
		"GET /operator/payments/{paymentRequestId}":          w.showPayment,
		"POST /operator/payments/{paymentRequestId}/cancel":  w.cancelPayment,
		"POST /operator/payments/{paymentRequestId}/refunds": w.refundPayment,
		"GET /operator/dead-letters":                         w.listDeadLetters,
		"POST /operator/dead-letters/{id}/requeue":           w.requeueDeadLetter,
	} {
		mux.HandleFunc(pattern, h.serve(w.log))
	}
	return mux
}

// configured answers at all only when the variables are right: see main.
func (w *worker) configured(*http.Request) (int, any, error) {
	return http.StatusOK, struct{}{}, nil
}

// coreSHA256 names the core.wasm that the Worker was built with. The build sets it.
var coreSHA256 string

func (w *worker) health(r *http.Request) (int, any, error) {
	version, err := w.ledger.schema(r.Context())
	if err != nil {
		return 0, nil, err
	}
	status, word := http.StatusOK, "ok"
	if version < schemaVersion {
		status, word = http.StatusServiceUnavailable, "the database lacks a migration"
	}
	return status, map[string]any{"status": word, "core": coreSHA256, "schema": version}, nil
}

// ask runs an operation of core.wasm. Problems that it found are part of the reply.
func ask[Reply any](ctx context.Context, core gateway.Core, operation string, input any) (reply Reply, err error) {
	text, err := json.Marshal(input)
	if err != nil {
		return reply, err
	}
	raw, err := core.Call(ctx, operation, text)
	if err != nil {
		return reply, fmt.Errorf("core: %s: %w", operation, err)
	}
	if err := json.Unmarshal(raw, &reply); err != nil {
		return reply, fmt.Errorf("core: %s: %w", operation, err)
	}
	return reply, nil
}
