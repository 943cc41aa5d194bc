package idempotency

import (
	"context"
	"crypto/rand"
	"maps"
	"sync"
	"time"
)

// Memory is a [Store] that forgets everything when the process ends, and nothing before, except by [Memory.Forget]: a key takes some
// 200 bytes. Its zero value is ready to use, by any number of goroutines. It must not be copied.
type Memory struct {
	// Now is the clock, for tests; nil is time.Now.
	Now func() time.Time

	mu   sync.Mutex
	keys map[string]entry
}

type entry struct {
	claim Claim
	until time.Time // of the claim; when it was committed, if it is done
	done  bool
}

// Begin implements [Store].
func (m *Memory) Begin(ctx context.Context, key string, busyFor time.Duration) (State, Claim, error) {
	if err := ctx.Err(); err != nil {
		return Busy, "", err
	}
	if busyFor <= 0 {
		return Busy, "", ErrBusyFor
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	switch e, known := m.keys[key]; {
	case known && e.done:
		return Done, "", nil
	case known && now.Before(e.until):
		return Busy, "", nil
	}
	if m.keys == nil {
		m.keys = map[string]entry{}
	}
	claim := Claim(rand.Text())
	m.keys[key] = entry{claim: claim, until: now.Add(busyFor)}
	return New, claim, nil
}

// Commit implements [Store].
func (m *Memory) Commit(_ context.Context, key string, claim Claim) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, known := m.keys[key]
	switch {
	case !known || e.claim != claim:
		return ErrLost
	case !e.done:
		m.keys[key] = entry{claim: claim, until: m.now(), done: true}
	}
	return nil
}

// Release implements [Store].
func (m *Memory) Release(_ context.Context, key string, claim Claim) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, known := m.keys[key]; known && !e.done && e.claim == claim {
		delete(m.keys, key)
	}
	return nil
}

// Forget deletes what was committed before a time, and what was begun and neither committed nor released by then. Alipay repeats a
// notification for 24 hours and 22 minutes: a server that runs for long calls it once a day, say, with a time some days ago.
func (m *Memory) Forget(_ context.Context, before time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	maps.DeleteFunc(m.keys, func(_ string, e entry) bool {
		return e.until.Before(before) && (e.done || e.until.Before(now)) // what is busy now stays
	})
	return nil
}

func (m *Memory) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}
