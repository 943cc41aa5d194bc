package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare/cron"
	"github.com/syumai/workers/cloudflare/queues"

	"github.com/edgecashier/cashier/host/gateway"
)

func main() {
	// Variables can be read only during a lease, so the first one makes the worker.
	start := sync.OnceValues(newWorker)
	listen()
	serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w, err := start()
		if err != nil {
			misconfigured(err).serve(slog.Default())(rw, r)
			return
		}
		w.handler.ServeHTTP(rw, r)
	}))
	queues.ConsumeNonBlock(func(batch *queues.MessageBatch) error {
		w, err := start()
		if err != nil {
			slog.Error("the Worker is not configured", "queue", batch.Queue, "messages", len(batch.Messages), "error", err)
			keep(batch)
			return nil
		}
		w.consume(context.Background(), batch)
		return nil
	})
	cron.ScheduleTaskNonBlock(func(ctx context.Context) error {
		w, err := start()
		if err != nil {
			slog.Error("the Worker is not configured", "error", err)
			return nil
		}
		w.reconcile(ctx)
		return nil
	})
	workers.Ready()
	select {}
}

func misconfigured(err error) handler {
	return func(*http.Request) (int, any, error) {
		return 0, nil, fmt.Errorf("the Worker is not configured: %w", err)
	}
}

func newWorker() (*worker, error) {
	log := slog.New(requestLog{slog.NewJSONHandler(lines{}, nil)})
	slog.SetDefault(log)
	s, err := readSettings(variable)
	wrong := []error{err}
	var texts map[string]string
	if err := json.Unmarshal([]byte(withoutMark(variable("ALIPAY_PUBLIC_KEYS"))), &texts); err != nil {
		wrong = append(wrong, errors.New("ALIPAY_PUBLIC_KEYS must be a JSON object of keys by version"))
	}
	ring, err := gateway.NewKeyRing(texts)
	if err != nil && texts != nil {
		wrong = append(wrong, fmt.Errorf("ALIPAY_PUBLIC_KEYS: %w", err))
	}
	key, err := gateway.ParsePrivateKey(variable("PRIVATE_KEY"))
	if err != nil {
		wrong = append(wrong, fmt.Errorf("PRIVATE_KEY: %w", err))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	hooks, err := webhooks.NewWebhook(s.WebhookSecret)
	if err != nil {
		return nil, fmt.Errorf("WEBHOOK_SECRET: it must be whsec_ and base64")
	}
	client := fetcher{patience: 15 * time.Second}
	alipay, err := gateway.New(gateway.Options{
		Core:       bridgeCore{},
		Config:     s.Config,
		Key:        webSigner{key.Public()},
		AlipayKeys: webVerifier{ring},
		HTTPClient: client,
		Logger:     log,
	})
	if err != nil {
		return nil, err
	}
	w := &worker{
		settings: s,
		core:     bridgeCore{},
		alipay:   payer{alipay, log, client.patience},
		tokens:   webTokens{},
		ledger:   openLedger(),
		send:     send,
		http:     client,
		webhooks: hooks,
		log:      log,
		now:      time.Now,
	}
	w.handler = w.routes()
	return w, nil
}
