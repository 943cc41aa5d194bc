package main

import (
	"context"
	"sync"
	"time"

	"github.com/syumai/workers/cloudflare/queues"
)

// consume works on a batch of messages. Each is acknowledged or sent back by itself, so that one that cannot be
// handled does not hold up the others; it never fails as a whole.
func (w *worker) consume(ctx context.Context, batch *queues.MessageBatch) {
	// Few at a time: a Worker has six connections.
	slots := make(chan struct{}, 5)
	var all sync.WaitGroup
	for _, message := range batch.Messages {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			body, err := message.StringBody()
			if err == nil {
				err = w.handle(ctx, batch.Queue, message.ID, body, message.Attempts)
			}
			if err == nil {
				message.Ack()
				return
			}
			delay := backoff(message.Attempts)
			w.log.WarnContext(ctx, "message sent back", "queue", batch.Queue, "id", message.ID, "attempts", message.Attempts, "delay", delay.String(), "error", err)
			message.Retry(queues.WithRetryDelay(delay))
		})
	}
	all.Wait()
}

// keep sends a batch back that nothing can be done with until somebody has put the variables right. The retries in
// wrangler.jsonc, of the queue and of the one for its dead letters, last longer than a queue keeps a message; afterwards
// an hour is the longest that one has to wait.
func keep(batch *queues.MessageBatch) {
	for _, message := range batch.Messages {
		message.Retry(queues.WithRetryDelay(min(backoff(message.Attempts), time.Hour)))
	}
}
