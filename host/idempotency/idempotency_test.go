package idempotency_test

import (
	"testing"

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
