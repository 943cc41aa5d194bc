// Package sqlstore keeps idempotency keys in a database, so that they outlive the process and are shared by all servers that use
// the database. It works on SQLite (3.35 or later) and PostgreSQL through whatever driver the program has; it imports none.
//
// Every step is a single statement, so no transaction is held while the merchant works. Servers compare the end of a busy time
// with their own clocks, which should agree within seconds.
package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/edgecashier/cashier/host/idempotency"
)

// DefaultTable is where keys are kept, unless [Store.Table] names another place.
const DefaultTable = "cashier_idempotency"

// Store is an [idempotency.Store] in a database. It may be used by any number of goroutines at the same time.
type Store struct {
	DB    *sql.DB
	Table string           // letters, digits and underscores; "" is [DefaultTable]
	Now   func() time.Time // the clock, for tests; nil is time.Now
}

// Open returns a store in the database, with its table created if there is none.
func Open(ctx context.Context, db *sql.DB) (*Store, error) {
	s := &Store{DB: db}
	return s, s.Create(ctx)
}

// Schema is the statement that creates the table, for those who keep their migrations elsewhere.
func (s *Store) Schema() string {
	return "CREATE TABLE IF NOT EXISTS " + s.table() + ` (
	key        TEXT PRIMARY KEY,
	claim      TEXT NOT NULL,
	busy_until BIGINT NOT NULL, -- milliseconds since 1970
	done_at    BIGINT           -- NULL until committed
)`
}

// Create creates the table if there is none.
func (s *Store) Create(ctx context.Context) error {
	if strings.Trim(s.table(), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return fmt.Errorf("sqlstore: %q is no name of a table", s.table())
	}
	if _, err := s.DB.ExecContext(ctx, s.Schema()); err != nil {
		// PostgreSQL lets two servers that start at once run into each other here; the table is there then.
		if _, again := s.DB.ExecContext(ctx, s.Schema()); again != nil {
			return fmt.Errorf("sqlstore: %w", err)
		}
	}
	return nil
}

// Begin implements [idempotency.Store].
func (s *Store) Begin(ctx context.Context, key string, busyFor time.Duration) (idempotency.State, idempotency.Claim, error) {
	claim := rand.Text()
	now := s.now()
	t := s.table()
	result, err := s.DB.ExecContext(ctx, "INSERT INTO "+t+" (key, claim, busy_until) VALUES ($1, $2, $3)"+
		" ON CONFLICT (key) DO UPDATE SET claim = excluded.claim, busy_until = excluded.busy_until"+
		" WHERE "+t+".done_at IS NULL AND "+t+".busy_until <= $4",
		key, claim, now.Add(busyFor).UnixMilli(), now.UnixMilli())
	if owned, err := changed(result, err); err != nil {
		return idempotency.Busy, "", err
	} else if owned {
		return idempotency.New, idempotency.Claim(claim), nil
	}
	var done bool
	err = s.DB.QueryRowContext(ctx, "SELECT done_at IS NOT NULL FROM "+t+" WHERE key = $1", key).Scan(&done)
	switch {
	case errors.Is(err, sql.ErrNoRows): // released this very moment
		return idempotency.Busy, "", nil
	case err != nil:
		return idempotency.Busy, "", fmt.Errorf("sqlstore: %w", err)
	case done:
		return idempotency.Done, "", nil
	}
	return idempotency.Busy, "", nil
}

// Commit implements [idempotency.Store].
func (s *Store) Commit(ctx context.Context, key string, claim idempotency.Claim) error {
	owned, err := changed(s.DB.ExecContext(ctx, "UPDATE "+s.table()+" SET done_at = $1 WHERE key = $2 AND claim = $3 AND done_at IS NULL",
		s.now().UnixMilli(), key, string(claim)))
	if err == nil && !owned {
		err = idempotency.ErrLost
	}
	return err
}

// Release implements [idempotency.Store].
func (s *Store) Release(ctx context.Context, key string, claim idempotency.Claim) error {
	_, err := changed(s.DB.ExecContext(ctx, "DELETE FROM "+s.table()+" WHERE key = $1 AND claim = $2 AND done_at IS NULL", key, string(claim)))
	return err
}

// Forget deletes what was done before a time. Alipay repeats a notification for 24 hours and 22 minutes: keep keys for some days.
func (s *Store) Forget(ctx context.Context, doneBefore time.Time) error {
	_, err := changed(s.DB.ExecContext(ctx, "DELETE FROM "+s.table()+" WHERE done_at < $1", doneBefore.UnixMilli()))
	return err
}

// changed tells whether a statement has changed a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("sqlstore: %w", err)
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("sqlstore: %w", err)
	}
	return rows > 0, nil
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
