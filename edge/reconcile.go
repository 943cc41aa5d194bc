package main

import (
	"context"
	"time"
)

const (
	settleTime   = time.Minute // in which what is under way comes to its end by itself
	workPerRound = 50
)

// reconcile puts right what was left half done: it runs every few minutes and does a bounded amount of work.
func (w *worker) reconcile(ctx context.Context) {
	ids, err := w.ledger.unannounced(ctx, w.now().Add(-settleTime), workPerRound)
	if err != nil {
		w.log.ErrorContext(ctx, "reconciliation failed", "error", err)
		return
	}
	for _, id := range ids {
		p, err := w.ledger.get(ctx, id)
		if err == nil {
			err = w.announce(ctx, p)
		}
		if err != nil {
			w.log.ErrorContext(ctx, "result not announced", "paymentRequestId", id, "error", err)
		}
	}
}
