package idempotency_test

import (
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/idempotency"
	"github.com/edgecashier/cashier/host/idempotency/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(clock *storetest.Clock) idempotency.Store { return &idempotency.Memory{Now: clock.Now} })
}

func TestStateString(t *testing.T) {
	for state, want := range map[idempotency.State]string{idempotency.New: "new", idempotency.Busy: "busy", idempotency.Done: "done", 7: "unknown"} {
		if got := state.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestMemoryForgets wants what is done, and what was abandoned, gone by the time that is given, and what is busy kept.
func TestMemoryForgets(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := &idempotency.Memory{Now: func() time.Time { return now }}
	begin := func(key string, busyFor time.Duration, want idempotency.State) idempotency.Claim {
		t.Helper()
		state, claim, err := m.Begin(t.Context(), key, busyFor)
		if err != nil || state != want {
			t.Fatalf("%s: got %v, %v; want %v", key, state, err, want)
		}
		return claim
	}
	done := begin("done", time.Hour, idempotency.New)
	now = now.Add(time.Minute)
	if err := m.Commit(t.Context(), "done", done); err != nil {
		t.Fatal(err)
	}
	begin("abandoned", time.Second, idempotency.New)
	busy := begin("busy", time.Hour, idempotency.New)
	forget := func(before time.Time) {
		t.Helper()
		if err := m.Forget(t.Context(), before); err != nil {
			t.Fatal(err)
		}
	}
	forget(now)
	begin("done", time.Minute, idempotency.Done)
	now = now.Add(time.Minute)
	forget(now.Add(24 * time.Hour))
	begin("done", time.Minute, idempotency.New)
	if err := m.Commit(t.Context(), "busy", busy); err != nil {
		t.Errorf("what was busy was forgotten: %v", err)
	}
}
