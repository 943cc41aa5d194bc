// Package sqlstore keeps idempotency keys in a database, so that they outlive the process and are shared by all servers that use
// the database. It works on SQLite (3.24 or later) and PostgreSQL through any driver of database/sql; it imports none.
//
// # What the database needs
//
// Nothing besides the table: no pragma, time-out or isolation level is assumed. Every step is a single statement, so no
// transaction is held while the merchant works. A step that meets a locked database, a serialization failure or a lost connection is
// repeated until its context ends, or for ten seconds if that has no deadline. The merchant's own statements are not repeated:
// on SQLite give the driver a busy time-out for them (modernc.org/sqlite: "file:shop.db?_pragma=busy_timeout(10000)").
//
// SQLite's :memory: is a database of each connection and ends with it. [Open] refuses it unless the pool keeps to one connection
// (db.SetMaxOpenConns(1)) or all share one cache ("file:shop?mode=memory&cache=shared").
//
// Servers compare the end of a busy time with their own clocks, which must agree within seconds. A clock that is set back makes the keys of
// a server that died busy for that much longer, and loses none.
package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/edgecashier/cashier/host/idempotency"
)

// DefaultTable is where keys are kept, unless [Store.Table] names another place.
const DefaultTable = "cashier_idempotency"

// maxKey is the length of a key in bytes. An index of PostgreSQL holds no value above a third of a page.
const maxKey = 1024

// tablePattern is a name that means the same quoted or not, with a schema (in SQLite, an attached database) or without.
var tablePattern = regexp.MustCompile(`^(?:[A-Za-z_][A-Za-z0-9_]*\.)?[A-Za-z_][A-Za-z0-9_]*$`)

// Store is an [idempotency.Store] in a database. It may be used by any number of goroutines at the same time, and must not be copied.
type Store struct {
	DB    *sql.DB
	Table string           // table or schema.table, of letters, digits and underscores; "" is [DefaultTable]
	Now   func() time.Time // the clock, for tests; nil is time.Now

	commits, others line // of steps that are repeated
}

// Open returns a store in the database. It creates the table if there is none, and tries the store with [Store.Check].
func Open(ctx context.Context, db *sql.DB) (*Store, error) {
	s := &Store{DB: db}
	if err := s.Create(ctx); err != nil {
		return nil, err
	}
	if err := s.Check(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Schema is the statement that creates the table, for programs that keep their migrations elsewhere. They make a [Store] without
// [Open] and try it with [Store.Check].
func (s *Store) Schema() string {
	return "CREATE TABLE IF NOT EXISTS " + s.table() + ` (
	key        TEXT PRIMARY KEY,
	claim      TEXT NOT NULL,
	busy_until BIGINT NOT NULL, -- milliseconds since 1970
	done_at    BIGINT           -- NULL until committed
)`
}

// Create creates the table if there is none. A schema or an attached database in its name must exist.
func (s *Store) Create(ctx context.Context) error {
	if err := s.usable(); err != nil {
		return err
	}
	return named(s.others.repeat(ctx, patience, pause, transient, func(ctx context.Context) error {
		_, err := s.DB.ExecContext(ctx, s.Schema())
		if err == nil {
			return nil
		}
		// PostgreSQL refuses it to accounts that may not create tables even if the table is there, and to one of two servers
		// that start at once.
		var rows int
		if s.DB.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+s.table()+" WHERE key IS NULL").Scan(&rows) == nil {
			return nil
		}
		return fmt.Errorf("the table %s cannot be created: %w", s.table(), err)
	}))
}

// Begin implements [idempotency.Store]. A key is valid UTF-8 without NUL of at most 1024 bytes.
func (s *Store) Begin(ctx context.Context, key string, busyFor time.Duration) (idempotency.State, idempotency.Claim, error) {
	if err := s.usable(); err != nil {
		return idempotency.Busy, "", err
	}
	state, claim, err := s.begin(ctx, s.DB, key, busyFor)
	return state, claim, named(err)
}

// database is a *sql.DB or one connection of it.
type database interface {
	ExecContext(ctx context.Context, query string, arguments ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, arguments ...any) *sql.Row
}

func (s *Store) begin(ctx context.Context, db database, key string, busyFor time.Duration) (idempotency.State, idempotency.Claim, error) {
	switch {
	case busyFor <= 0:
		return idempotency.Busy, "", idempotency.ErrBusyFor
	case len(key) > maxKey, !utf8.ValidString(key), strings.ContainsRune(key, 0):
		return idempotency.Busy, "", errors.New("a key must be valid UTF-8 without NUL, of at most 1024 bytes")
	}
	// One claim for all repetitions: if only the answer to the statement was lost, the next one finds the key to be ours.
	claim := rand.Text()
	state := idempotency.Busy
	err := s.others.repeat(ctx, min(patience, busyFor), pause, transient, func(ctx context.Context) error {
		now := s.now()
		owned, err := changed(db.ExecContext(ctx, "INSERT INTO "+s.table()+" AS held (key, claim, busy_until) VALUES ($1, $2, $3)"+
			" ON CONFLICT (key) DO UPDATE SET claim = excluded.claim, busy_until = excluded.busy_until"+
			" WHERE held.done_at IS NULL AND (held.busy_until <= $4 OR held.claim = excluded.claim)",
			key, claim, now.Add(busyFor).UnixMilli(), now.UnixMilli()))
		if err != nil {
			return err
		}
		if owned {
			state = idempotency.New
			return nil
		}
		var done bool
		err = db.QueryRowContext(ctx, "SELECT done_at IS NOT NULL FROM "+s.table()+" WHERE key = $1", key).Scan(&done)
		if done {
			state = idempotency.Done
		}
		if errors.Is(err, sql.ErrNoRows) { // released this very moment: it is new to the next delivery
			return nil
		}
		return err
	})
	if err != nil {
		return idempotency.Busy, "", err
	}
	if state != idempotency.New {
		return state, "", nil
	}
	return state, idempotency.Claim(claim), nil
}

// Commit implements [idempotency.Store]. It repeats after errors of every kind, not only of those that pass by themselves: work
// that is done and cannot be committed is done a second time.
func (s *Store) Commit(ctx context.Context, key string, claim idempotency.Claim) error {
	if err := s.usable(); err != nil {
		return err
	}
	return named(s.commits.repeat(ctx, patience, commitPause, untilClosed, func(ctx context.Context) error {
		owned, err := changed(s.DB.ExecContext(ctx, "UPDATE "+s.table()+" SET done_at = COALESCE(done_at, $1) WHERE key = $2 AND claim = $3",
			s.now().UnixMilli(), key, string(claim)))
		if err == nil && !owned {
			err = idempotency.ErrLost
		}
		return err
	}))
}

// Release implements [idempotency.Store].
func (s *Store) Release(ctx context.Context, key string, claim idempotency.Claim) error {
	return s.delete(ctx, "key = $1 AND claim = $2 AND done_at IS NULL", key, string(claim))
}

// Forget deletes what was committed before a time, and what was begun and neither committed nor released by then. Alipay repeats a
// notification for 24 hours and 22 minutes: keep keys for some days. Nothing else deletes them; call it once a day, say.
func (s *Store) Forget(ctx context.Context, before time.Time) error {
	begun := before
	if now := s.now(); now.Before(before) { // what is busy now stays
		begun = now
	}
	return s.delete(ctx, "done_at < $1 OR done_at IS NULL AND busy_until < $2", before.UnixMilli(), begun.UnixMilli())
}

func (s *Store) delete(ctx context.Context, where string, arguments ...any) error {
	if err := s.usable(); err != nil {
		return err
	}
	return named(s.others.repeat(ctx, patience, pause, transient, func(ctx context.Context) error {
		_, err := s.DB.ExecContext(ctx, "DELETE FROM "+s.table()+" WHERE "+where, arguments...)
		return err
	}))
}

// changed tells whether a statement has changed a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// named says which package an error is from.
func named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlstore: %w", err)
}

// usable says what is wrong with the store's fields.
func (s *Store) usable() error {
	if s.DB == nil {
		return errors.New("sqlstore: there is no database; give Open or Store.DB what sql.Open returns")
	}
	if !tablePattern.MatchString(s.table()) {
		return fmt.Errorf("sqlstore: %q is no name of a table; write table or schema.table, with letters, digits and underscores", s.table())
	}
	return nil
}

func (s *Store) table() string {
	if s.Table == "" {
		return DefaultTable
	}
	return s.Table
}

func (s *Store) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}
