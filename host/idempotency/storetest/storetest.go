// Package storetest is the contract of an idempotency.Store as a test, for those who write one.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/idempotency"
)

// Clock is the time of a test.
type Clock struct{ ms atomic.Int64 }

// Now is the clock to give to the store.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()) }

// Advance moves the time on.
func (c *Clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// Run tests the stores that open makes; each must be empty and go by the clock.
func Run(t *testing.T, open func(*Clock) idempotency.Store) {
	for name, test := range map[string]func(*testing.T, idempotency.Store, *Clock){
		"commit": commit, "release": release, "expiry": expiry, "keys": keys, "at once": atOnce, "cancelled": cancelled, "busy for": busyFor,
	} {
		t.Run(name, func(t *testing.T) {
			clock := &Clock{}
			clock.ms.Store(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
			test(t, open(clock), clock)
		})
	}
}

// begin wants a state of a key and returns the claim.
func begin(t *testing.T, s idempotency.Store, key string, want idempotency.State) idempotency.Claim {
	t.Helper()
	state, claim, err := s.Begin(t.Context(), key, time.Minute)
	if err != nil || state != want || (claim != "") != (state == idempotency.New) {
		t.Fatalf("%q: got %v, %q, %v; want %v", key, state, claim, err, want)
	}
	return claim
}

func check(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func commit(t *testing.T, s idempotency.Store, clock *Clock) {
	claim := begin(t, s, "k", idempotency.New)
	begin(t, s, "k", idempotency.Busy)
	check(t, s.Commit(t.Context(), "k", "somebody else's"), idempotency.ErrLost)
	check(t, s.Commit(t.Context(), "k", claim), nil)
	begin(t, s, "k", idempotency.Done)
	check(t, s.Commit(t.Context(), "k", claim), nil) // as after an answer that was lost
	check(t, s.Commit(t.Context(), "k", "somebody else's"), idempotency.ErrLost)
	check(t, s.Release(t.Context(), "k", claim), nil)
	clock.Advance(365 * 24 * time.Hour)
	begin(t, s, "k", idempotency.Done)
}

func release(t *testing.T, s idempotency.Store, _ *Clock) {
	claim := begin(t, s, "k", idempotency.New)
	check(t, s.Release(t.Context(), "k", "somebody else's"), nil)
	begin(t, s, "k", idempotency.Busy)
	check(t, s.Release(t.Context(), "k", claim), nil)
	check(t, s.Commit(t.Context(), "k", claim), idempotency.ErrLost)
	begin(t, s, "k", idempotency.New)
}

func expiry(t *testing.T, s idempotency.Store, clock *Clock) {
	died := begin(t, s, "k", idempotency.New)
	clock.Advance(time.Minute - time.Millisecond)
	begin(t, s, "k", idempotency.Busy)
	clock.Advance(time.Millisecond)
	next := begin(t, s, "k", idempotency.New)
	check(t, s.Commit(t.Context(), "k", died), idempotency.ErrLost)
	check(t, s.Release(t.Context(), "k", died), nil)
	begin(t, s, "k", idempotency.Busy)
	check(t, s.Commit(t.Context(), "k", next), nil)
}

func keys(t *testing.T, s idempotency.Store, _ *Clock) {
	for _, key := range []string{"a", "A", "a ", "a|b|S", "名", "'; DROP TABLE cashier_idempotency; --", ""} {
		claim := begin(t, s, key, idempotency.New)
		check(t, s.Commit(t.Context(), key, claim), nil)
		begin(t, s, key, idempotency.Done)
	}
}

func atOnce(t *testing.T, s idempotency.Store, _ *Clock) {
	for round := range 5 {
		key := fmt.Sprint("k", round)
		var owners, busy atomic.Int64
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				switch state, _, err := s.Begin(context.Background(), key, time.Minute); {
				case err != nil:
					t.Error(err)
				case state == idempotency.New:
					owners.Add(1)
				case state == idempotency.Busy:
					busy.Add(1)
				}
			})
		}
		group.Wait()
		if owners.Load() != 1 || busy.Load() != 15 {
			t.Errorf("%d owners, %d told busy", owners.Load(), busy.Load())
		}
	}
}

func cancelled(t *testing.T, s idempotency.Store, _ *Clock) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, claim, err := s.Begin(ctx, "k", time.Minute); err == nil || claim != "" {
		t.Fatal("a cancelled context was not noticed")
	}
	begin(t, s, "k", idempotency.New)
}

func busyFor(t *testing.T, s idempotency.Store, _ *Clock) {
	for _, none := range []time.Duration{0, -time.Second} {
		if _, claim, err := s.Begin(t.Context(), "k", none); !errors.Is(err, idempotency.ErrBusyFor) || claim != "" {
			t.Fatalf("busy for %v: got %q, %v", none, claim, err)
		}
	}
	begin(t, s, "k", idempotency.New)
}
