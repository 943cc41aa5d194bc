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
	workPerRound = 40               // of each task; a Worker may send so many requests
	roundTime    = 40 * time.Second // in which a round begins what is due; what is begun then ends within the lease
)

// task is a kind of work of the reconciliation.
type task struct {
	failure string // what the log says when it fails
	record  record
	column  string // of the table: when it is due
	do      func(ctx context.Context, id string) error
}

// reconcile puts right what was left half done: it runs every minute and does a bounded amount of work. A notification
// that was acknowledged and lost, or never came, shows as a payment that stays open too long.
func (w *worker) reconcile(ctx context.Context) {
	ofPayment := func(do func(context.Context, *payment) error) func(context.Context, string) error {
		return func(ctx context.Context, id string) error {
			p, err := w.ledger.get(ctx, id)
			if err == nil {
				err = do(ctx, p)
			}
			return err
		}
	}
	ofRefund := func(do func(context.Context, *refund) error) func(context.Context, string) error {
		return func(ctx context.Context, id string) error {
			f, err := w.ledger.refund(ctx, id)
			if err == nil {
				err = do(ctx, f)
			}
			return err
		}
	}
	// What needs no answer of Alipay comes first, so that a slow one holds up none of it.
	w.round(ctx,
		task{"payment not announced", paymentRecord(""), "announceAt", ofPayment(w.announceAgain)},
		task{"refund not announced", refundRecord(""), "announceAt", ofRefund(w.announceRefundAgain)})
	w.round(ctx,
		task{"payment not cancelled", paymentRecord(""), "cancelAt", ofPayment(w.cancelAgain)},
		task{"refund not inquired", refundRecord(""), "inquireAt", ofRefund(func(ctx context.Context, f *refund) error {
			_, err := w.inquireRefund(ctx, f)
			return err
		})},
		task{"payment not inquired", paymentRecord(""), "inquireAt", ofPayment(func(ctx context.Context, p *payment) error {
			_, err := w.inquire(ctx, p)
			return err
		})})
}

// round does what is due, few at a time: a Worker has six connections. The tasks take turns, so that none waits for all of another,
// and what is not begun in time is left to the next round.
func (w *worker) round(ctx context.Context, tasks ...task) {
	due := make([][]string, len(tasks))
	for i, t := range tasks {
		ids, err := w.ledger.due(ctx, t.record, t.column, w.now(), workPerRound)
		if err != nil {
			w.log.ErrorContext(ctx, "reconciliation failed", "table", t.record.table, "error", err)
		}
		due[i] = ids
	}
	end := w.now().Add(roundTime)
	slots := make(chan struct{}, 5)
	var all sync.WaitGroup
	for turn := range workPerRound {
		for i, t := range tasks {
			if turn >= len(due[i]) {
				continue
			}
			slots <- struct{}{}
			if !w.now().Before(end) {
				<-slots
				continue
			}
			all.Go(func() {
				defer func() { <-slots }()
				if err := t.do(ctx, due[i][turn]); err != nil {
					w.log.ErrorContext(ctx, t.failure, t.record.key, due[i][turn], "error", err)
				}
			})
		}
	}
	all.Wait()
}

// pause is the time until the next inquiry: as long as something has been open already, so that the questions come
// after 2, 4, 8 minutes and so on, and every 6 hours in the end.
func pause(age time.Duration) time.Duration {
	return min(max(age, inquiryPause), 6*time.Hour)
}
