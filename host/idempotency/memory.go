package idempotency

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

// Memory is a [Store] that forgets everything when the process ends. Its zero value is ready to use.
type Memory struct {
	// Now is the clock, for tests; nil is time.Now.
	Now func() time.Time

	mu   sync.Mutex
	keys map[string]entry
}

type entry struct {
	claim Claim
	until time.Time
	done  bool
}

// Begin implements [Store].
func (m *Memory) Begin(ctx context.Context, key string, busyFor time.Duration) (State, Claim, error) {
	if err := ctx.Err(); err != nil {
		return Busy, "", err
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
	if e, known := m.keys[key]; !known || e.done || e.claim != claim {
		return ErrLost
	}
	m.keys[key] = entry{done: true}
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

func (m *Memory) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}
