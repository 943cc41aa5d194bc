package main

import (
	"context"
	"sync"
	"time"
)

const (
	settleTime   = time.Minute      // in which what is under way comes to its end by itself
	lostAfter    = 15 * time.Minute // without news of a message the queue has lost it
	inquiryPause = 2 * time.Minute  // at least, between two inquiries that no shopper waits for
	workPerRound = 40               // of each kind; a Worker may send so many requests
)

// reconcile puts right what was left half done: it runs every minute and does a bounded amount of work. A notification
// that was acknowledged and lost, or never came, shows as a payment that stays open too long.
func (w *worker) reconcile(ctx context.Context) {
	w.round(ctx, "payment not inquired", paymentRecord(""), "inquireAt", func(ctx context.Context, id string) error {
		p, err := w.ledger.get(ctx, id)
		if err == nil {
			_, err = w.inquire(ctx, p)
		}
		return err
	})
	w.round(ctx, "refund not inquired", refundRecord(""), "inquireAt", func(ctx context.Context, id string) error {
		f, err := w.ledger.refund(ctx, id)
		if err == nil {
			_, err = w.inquireRefund(ctx, f)
		}
		return err
	})
	w.round(ctx, "payment not announced", paymentRecord(""), "announceAt", func(ctx context.Context, id string) error {
		p, err := w.ledger.get(ctx, id)
		if err == nil {
			err = w.announceAgain(ctx, p)
		}
		return err
	})
	w.round(ctx, "refund not announced", refundRecord(""), "announceAt", func(ctx context.Context, id string) error {
		f, err := w.ledger.refund(ctx, id)
		if err == nil {
			err = w.announceRefundAgain(ctx, f)
		}
		return err
	})
}

// round does what is due, few at a time: a Worker has six connections.
func (w *worker) round(ctx context.Context, failure string, r record, column string, do func(ctx context.Context, id string) error) {
	ids, err := w.ledger.due(ctx, r, column, w.now(), workPerRound)
	if err != nil {
		w.log.ErrorContext(ctx, "reconciliation failed", "table", r.table, "error", err)
		return
	}
	slots := make(chan struct{}, 5)
	var all sync.WaitGroup
	for _, id := range ids {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := do(ctx, id); err != nil {
				w.log.ErrorContext(ctx, failure, r.key, id, "error", err)
			}
		})
	}
	all.Wait()
}

// pause is the time until the next inquiry: as long as something has been open already, so that the questions come
// after 2, 4, 8 minutes and so on, and every 6 hours in the end.
func pause(age time.Duration) time.Duration {
	return min(max(age, inquiryPause), 6*time.Hour)
}
