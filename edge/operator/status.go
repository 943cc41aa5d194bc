package main

import (
	"context"
	"sync"

	"github.com/edgecashier/cashier/host/checkout/operator"
)

// shardStatus is what a shard says of itself.
type shardStatus struct {
	Outstanding, Overdue, Attention, Undelivered, Strays int64
	OldestDueAt, AlarmAt                                 *int64
	Rearmed                                              bool
	AlarmError                                           string
	SetAside                                             []struct{ ReferenceOrderID string }
	Refused                                              *operator.Refused
	Calls                                                struct{ FailedInARow, AnsweredAt int64 }
	Deliveries                                           struct{ FailedInARow, DeliveredAt int64 }
}

// Status implements [operator.Ledger]. To ask a shard for its status is also to arm it, when the platform has lost its alarm.
// A shard that does not answer is part of the status, and no error.
func (l *shards) Status(ctx context.Context) (*operator.Status, error) {
	found, errs := make([]shardStatus, l.number), make([]error, l.number)
	var group sync.WaitGroup
	for shard := range l.number {
		group.Go(func() { errs[shard] = l.get(ctx, shard, "/status", &found[shard]) })
	}
	group.Wait()
	s := &operator.Status{Now: l.now().UnixMilli(), Core: l.core, Alipay: &operator.Reachability{}, Merchant: &operator.Reachability{}}
	for number := range l.number {
		one, shard := &found[number], operator.Shard{Number: number}
		if errs[number] != nil {
			shard.Error = errs[number].Error()
			s.Shards = append(s.Shards, shard)
			continue
		}
		shard.Armed = !one.Rearmed && (one.AlarmAt != nil || one.Outstanding == 0)
		if one.AlarmAt != nil {
			shard.AlarmAt = *one.AlarmAt
		}
		shard.AlarmError = one.AlarmError
		shard.Counts = operator.Counts{
			Due: one.Overdue, Attention: one.Attention, Undelivered: one.Undelivered, Strays: one.Strays, Stuck: int64(len(one.SetAside)),
		}
		if one.Overdue > 0 && one.OldestDueAt != nil {
			shard.OldestDueAt = *one.OldestDueAt
		}
		s.Shards = append(s.Shards, shard)
		s.Add(shard.Counts)
		if one.Refused != nil && (s.RefusedNotification == nil || one.Refused.At > s.RefusedNotification.At) {
			s.RefusedNotification = one.Refused
		}
		reach(s.Alipay, one.Calls.FailedInARow, one.Calls.AnsweredAt)
		reach(s.Merchant, one.Deliveries.FailedInARow, one.Deliveries.DeliveredAt)
	}
	return s, nil
}

// reach adds what a shard knows of the other side.
func reach(r *operator.Reachability, failures, answeredAt int64) {
	r.Failures += failures
	r.AnsweredAt = max(r.AnsweredAt, answeredAt)
}
