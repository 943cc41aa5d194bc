// Package idempotency lets something happen once although it is asked for several times, also at once and on several servers:
// Alipay sends a notification again until it is acknowledged, and an order must be delivered once.
//
// A key is new, busy or done. Whoever begins a new key owns it, and commits it once the work has succeeded or releases it when it
// has failed. A key stays busy for a limited time only, so that work whose process died is done again: nothing is ever lost,
// and what was committed never happens twice. Between success and commit there remains the moment in which a process can
// die; then the work is done a second time. Work that must not even then happen twice belongs into one transaction of the
// merchant's own database with a unique key.
//
// [Memory] is for tests and for servers that may forget; package sqlstore keeps keys in a database.
package idempotency

import (
	"context"
	"errors"
	"time"
)

// State is what is known of a key.
type State int

// The states.
const (
	New  State = iota // nobody has begun, or who had has failed or died: the caller owns it now
	Busy              // somebody is at it
	Done              // it was committed
)

func (s State) String() string {
	switch s {
	case New:
		return "new"
	case Busy:
		return "busy"
	case Done:
		return "done"
	}
	return "unknown"
}

// ErrLost is returned by a commit that comes too late: the key's time was over, and somebody else has begun it since.
var ErrLost = errors.New("idempotency: the key was begun by somebody else meanwhile")

// ErrBusyFor is returned by a Begin without time for the work: every caller would own the key.
var ErrBusyFor = errors.New("idempotency: busyFor must be a positive time")

// Store keeps keys. It must be safe for concurrent use, by several processes if it is shared by them, and heed the contexts'
// deadlines: work is ended in one that the client's leaving does not cancel.
type Store interface {
	// Begin claims a key for the given time. Only with [New] the caller owns it, and holds a claim to commit or release it by.
	// The time counts from the call of Begin, not from its return: the work must end within busyFor of calling it.
	// It is [ErrBusyFor] if that is not positive.
	Begin(ctx context.Context, key string, busyFor time.Duration) (State, Claim, error)
	// Commit marks an owned key as done, for good. It is [ErrLost] if the key is not owned any more. Committing again by the same
	// claim does nothing and is no error: a caller that has lost the answer to a commit may ask again.
	Commit(ctx context.Context, key string, claim Claim) error
	// Release makes an owned key new again. It does nothing if the key is not owned any more.
	Release(ctx context.Context, key string, claim Claim) error
}

// Claim tells an owner from those before and after.
type Claim string
