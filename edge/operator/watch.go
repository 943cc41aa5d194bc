package main

import (
	"context"
	"log/slog"

	"github.com/edgecashier/cashier/host/checkout/operator"
)

// watch is the work of each hour: it asks every shard for its status, which arms those whose alarm was lost, and tells
// whoever is to be told when a person is needed. send delivers a message of Standard Webhooks; it is nil without ALERT_URL.
func (l *shards) watch(ctx context.Context, origin string, log *slog.Logger, send func(ctx context.Context, id, payload string) error) {
	status, err := l.Status(ctx)
	if err != nil {
		log.ErrorContext(ctx, "the shards cannot be asked", "error", err)
		return
	}
	conditions := status.Conditions()
	if len(conditions) == 0 {
		log.InfoContext(ctx, "all is well", "shards", l.number)
		return
	}
	log.WarnContext(ctx, "a person is needed", "conditions", operator.Words(conditions))
	if send == nil {
		return
	}
	id, payload := operator.Alert(origin, conditions, l.now())
	if err := send(ctx, id, payload); err != nil {
		log.ErrorContext(ctx, "an alert was not delivered", "error", err)
	}
}
