package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/edgecashier/cashier/host/idempotency"
)

// patience is how long a step is repeated if its context has no deadline.
const patience = 10 * time.Second

// The longest pauses between two tries. Commits come first: what is not committed in time is done a second time.
const (
	pause       = 100 * time.Millisecond
	commitPause = 20 * time.Millisecond
)

// line is where steps that are repeated wait for their turn: a database that is locked by many is not freed by all of them trying at once.
// A step holds the turn for one try, so that none waits for another to succeed.
type line struct {
	once sync.Once
	turn chan struct{}
}

func (l *line) enter(ctx context.Context) error {
	l.once.Do(func() { l.turn = make(chan struct{}, 1) })
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *line) leave() { <-l.turn }

// repeat runs a step until it succeeds, or fails with an error that is not to be repeated, or its time is over.
func (l *line) repeat(ctx context.Context, patience, pause time.Duration, again func(error) bool, step func(context.Context) error) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	var last error
	begun := time.Now()
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if last != nil {
			if err := l.enter(ctx); err != nil {
				return struct{}{}, backoff.Permanent(err)
			}
			defer l.leave()
		}
		err := step(ctx)
		if err != nil && (ctx.Err() != nil || !again(err)) {
			return struct{}{}, backoff.Permanent(err)
		}
		last = err
		return struct{}{}, err
	}, backoff.WithMaxElapsedTime(0), backoff.WithBackOff(&backoff.ExponentialBackOff{
		InitialInterval: 2 * time.Millisecond, Multiplier: 1.5, RandomizationFactor: 0.5, MaxInterval: pause,
	}))
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("given up after %v: %w", time.Since(begun).Round(time.Millisecond), errors.Join(ctx.Err(), last, err))
	}
	return err
}

// untilClosed repeats after every error but those that no time heals.
func untilClosed(err error) bool {
	return !errors.Is(err, idempotency.ErrLost) && !strings.Contains(err.Error(), "sql: database is closed")
}

// sqlStates are the errors of PostgreSQL, https://www.postgresql.org/docs/current/errcodes-appendix.html, after which the same statement may
// succeed: connections that were lost (08), transactions rolled back by others (40), too few resources (53), locks and
// statements that took too long, and a server that stops or starts.
var sqlStates = []string{"08", "40", "53", "55006", "55P03", "57014", "57P01", "57P02", "57P03", "57P05"}

// passing are parts of the messages of drivers that give no code, or give it in a way of their own: SQLite's, and PostgreSQL's of
// older drivers.
var passing = []string{
	"database is locked", "table is locked", "schema is locked", "locking protocol", "SQLITE_BUSY", "SQLITE_LOCKED",
	"could not serialize access", "deadlock detected", "restart transaction", "too many clients", "the database system is",
	"connection reset", "connection refused", "broken pipe", "bad connection", "conn closed", "unexpected EOF",
}

// transient tells whether the same statement may succeed a moment later.
func transient(err error) bool {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		return slices.ContainsFunc(sqlStates, func(state string) bool { return strings.HasPrefix(coded.SQLState(), state) })
	}
	var connection *net.OpError
	var timed net.Error // errors of SQLite have its methods too, in some drivers
	switch {
	case errors.As(err, &connection), errors.Is(err, driver.ErrBadConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &timed) && timed.Timeout():
		return true
	}
	text := err.Error()
	return slices.ContainsFunc(passing, func(part string) bool { return strings.Contains(text, part) })
}
