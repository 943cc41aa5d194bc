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

// private is what is wrong with a database that two connections see differently.
const private = "the database belongs to a single connection and ends with it, as SQLite's :memory: does. Keep keys in a file; or in tests use " +
	"\"file:shop?mode=memory&cache=shared\", or db.SetMaxOpenConns(1) without SetMaxIdleConns(0), SetConnMaxIdleTime and SetConnMaxLifetime"

// Check tries the store with a key of its own, which it deletes afterwards: whether the account may read and write the table, and
// whether a key that one connection holds is held on another one. It needs two connections at the same time, or one if the pool has
// no more. The error says what to change.
func (s *Store) Check(ctx context.Context) error {
	if err := s.usable(); err != nil {
		return err
	}
	return named(new(line).repeat(ctx, patience, pause, func(err error) bool { return errors.Is(err, sql.ErrConnDone) || transient(err) }, s.check))
}

func (s *Store) check(ctx context.Context) error {
	var one, other database = s.DB, s.DB
	if s.DB.Stats().MaxOpenConnections != 1 {
		for _, connection := range []*database{&one, &other} {
			c, err := s.DB.Conn(ctx)
			if err != nil {
				return fmt.Errorf("the store cannot be tried on two connections at the same time: %w", err)
			}
			defer c.Close()
			*connection = c
		}
	}
	key := "check " + rand.Text()
	_, claim, err := s.begin(ctx, one, key, time.Minute)
	switch {
	case err != nil && strings.Contains(err.Error(), "no such table"):
		return fmt.Errorf("there is no table %s, create it; or, if that was just done, %s: %w", s.table(), private, err)
	case err != nil:
		return fmt.Errorf("a key cannot be written; the account needs SELECT, INSERT, UPDATE and DELETE on the table %s, as Schema has it: %w", s.table(), err)
	}
	state, _, err := s.begin(ctx, other, key, time.Minute)
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("while one connection is open, the next gets no answer. Does another program hold the database, or the first one "+
			"(SQLite's locking_mode=EXCLUSIVE)? Open it without that, or call db.SetMaxOpenConns(1): %w", err)
	case err != nil:
		return fmt.Errorf("a key that one connection holds cannot be read on the next: %s: %w", private, err)
	case state != idempotency.Busy:
		return errors.New("a key that one connection holds is not held on the next: " + private)
	}
	if err := s.Release(ctx, key, claim); err != nil {
		return fmt.Errorf("a key cannot be deleted: %w; the account needs SELECT, INSERT, UPDATE and DELETE on the table %s", err, s.table())
	}
	return nil
}
