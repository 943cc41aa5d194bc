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
	mux.HandleFunc("POST /checkout", handler(w.checkout).serve(w.log))
	mux.HandleFunc("GET /return/{paymentRequestId}", handler(w.comeBack).serve(w.log))
	mux.HandleFunc("GET /payments/{paymentRequestId}", handler(w.payment).serve(w.log))
	mux.HandleFunc("GET /healthz", handler(w.health).serve(w.log))
	mux.HandleFunc("/", handler(func(*http.Request) (int, any, error) {
		return 0, nil, refuse(http.StatusNotFound, "NOT_FOUND", "", "there is nothing at this address")
	}).serve(w.log))
	return mux
}

// coreSHA256 names the core.wasm that the Worker was built with. The build sets it.
var coreSHA256 string

func (w *worker) health(r *http.Request) (int, any, error) {
	if err := w.ledger.reachable(r.Context()); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]string{"status": "ok", "core": coreSHA256}, nil
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
