package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/edgecashier/cashier/host/idempotency"
	"github.com/edgecashier/cashier/host/idempotency/sqlstore"
)

// faulty is a database whose statements fail as a test says, before they reach SQLite or after they were executed.
type faulty struct {
	driver driver.Driver
	dsn    string

	mu            sync.Mutex
	before, after []error // of the next statements
}

func openFaulty(t *testing.T) (*faulty, *sql.DB) {
	t.Helper()
	plain, err := sql.Open("sqlite", "")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	f := &faulty{driver: plain.Driver(), dsn: filepath.Join(t.TempDir(), "shop.db")}
	db := sql.OpenDB(f)
	t.Cleanup(func() { db.Close() })
	return f, db
}

func (f *faulty) Driver() driver.Driver { return f.driver }

func (f *faulty) Connect(context.Context) (driver.Conn, error) {
	conn, err := f.driver.Open(f.dsn)
	if err != nil {
		return nil, err
	}
	return faultyConn{conn, f}, nil
}

func (f *faulty) next(errs *[]error) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(*errs) > 0 {
		err, *errs = (*errs)[0], (*errs)[1:]
	}
	return err
}

type faultyConn struct {
	driver.Conn
	f *faulty
}

func (c faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.f.next(&c.f.before); err != nil {
		return nil, err
	}
	result, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return result, c.f.next(&c.f.after)
}

func (c faultyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.f.next(&c.f.before); err != nil {
		return nil, err
	}
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

// passing are errors of drivers after which the same statement may succeed.
var passing = map[string]error{
	"modernc, glebarez":      errors.New("database is locked (5) (SQLITE_BUSY)"),
	"modernc, snapshot":      errors.New("database is locked (517)"),
	"modernc, shared cache":  errors.New("database table is locked (262) (SQLITE_LOCKED_SHAREDCACHE)"),
	"mattn":                  errors.New("database is locked"),
	"mattn, a table":         errors.New("database table is locked: cashier_idempotency"),
	"mattn, the schema":      errors.New("database schema is locked: main"),
	"mattn, WAL":             errors.New("locking protocol"),
	"ncruces":                errors.New("sqlite3: database is locked"),
	"libsql":                 errors.New("failed to execute query: SQLITE_BUSY: database is busy"),
	"pgx, serializable":      &pgconn.PgError{Code: "40001"},
	"pgx, deadlock":          &pgconn.PgError{Code: "40P01"},
	"pgx, lock time-out":     &pgconn.PgError{Code: "55P03"},
	"pgx, time-out":          &pgconn.PgError{Code: "57014"},
	"pgx, shutdown":          &pgconn.PgError{Code: "57P01"},
	"pgx, starting":          fmt.Errorf("failed to connect: %w", &pgconn.PgError{Code: "57P03"}),
	"pgx, too many clients":  &pgconn.PgError{Code: "53300"},
	"pgx, in German":         &pgconn.PgError{Code: "40001", Message: "konnte Zugriff nicht serialisieren"},
	"pq of before 2021":      errors.New("pq: could not serialize access due to concurrent update"),
	"pq, deadlock":           errors.New("pq: deadlock detected"),
	"pq, too many clients":   errors.New("pq: sorry, too many clients already"),
	"CockroachDB":            errors.New("ERROR: restart transaction: TransactionRetryWithProtoRefreshError"),
	"connection reset":       &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET},
	"connection refused":     fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}),
	"connection ended":       io.ErrUnexpectedEOF,
	"connection ended early": io.EOF,
	"connection bad":         driver.ErrBadConn,
	"connection closed":      errors.New("conn closed"),
}

// TestPassingErrorsAreRepeated lets each statement of a key's life fail several times, before it is executed and after.
func TestPassingErrorsAreRepeated(t *testing.T) {
	f, db := openFaulty(t)
	s, err := sqlstore.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for name, passes := range passing {
		for when, errs := range map[string]*[]error{"before": &f.before, "after": &f.after} {
			t.Run(name+", "+when+" it is executed", func(t *testing.T) {
				fail := func() { *errs = []error{passes, passes, passes, passes} }
				key := name + when
				fail()
				state, claim, err := s.Begin(t.Context(), key, time.Minute)
				if err != nil || state != idempotency.New {
					t.Fatalf("Begin: %v, %v", state, err)
				}
				if state, _, err := s.Begin(t.Context(), key, time.Minute); err != nil || state != idempotency.Busy {
					t.Fatalf("another Begin: %v, %v", state, err)
				}
				fail()
				if err := s.Release(t.Context(), key, claim); err != nil {
					t.Fatal(err)
				}
				if state, claim, err = s.Begin(t.Context(), key, time.Minute); err != nil || state != idempotency.New {
					t.Fatalf("Begin after Release: %v, %v", state, err)
				}
				fail()
				if err := s.Commit(t.Context(), key, claim); err != nil {
					t.Fatalf("Commit: %v", err) // also if the answer to the first one was lost
				}
				fail()
				if err := s.Forget(t.Context(), time.Now().Add(-time.Hour)); err != nil {
					t.Fatal(err)
				}
				*errs = nil
				if state, _, err := s.Begin(t.Context(), key, time.Minute); err != nil || state != idempotency.Done {
					t.Fatalf("Begin after Commit: %v, %v", state, err)
				}
			})
		}
	}
}

// sqliteError is like the errors of a driver that have the methods of a net.Error.
type sqliteError string

func (e sqliteError) Error() string { return string(e) }
func (sqliteError) Timeout() bool   { return false }
func (sqliteError) Temporary() bool { return false }

// TestLastingErrorsAreNotRepeated wants errors that no time heals at once, except from a commit.
func TestLastingErrorsAreNotRepeated(t *testing.T) {
	f, db := openFaulty(t)
	s, err := sqlstore.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for name, lasting := range map[string]error{
		"no table, modernc":      errors.New("SQL logic error: no such table: cashier_idempotency (1)"),
		"no table, ncruces":      sqliteError("sqlite3: SQL logic error: no such table: cashier_idempotency"),
		"read only":              errors.New("attempt to write a readonly database (8)"),
		"full":                   errors.New("database or disk is full (13)"),
		"no SQLite":              errors.New("file is not a database (26)"),
		"pgx, no table":          &pgconn.PgError{Code: "42P01"},
		"pgx, no right":          &pgconn.PgError{Code: "42501"},
		"pgx, read only":         &pgconn.PgError{Code: "25006"},
		"pgx, the word in a key": &pgconn.PgError{Code: "22021", Message: "database is locked"},
	} {
		for step, run := range map[string]func() error{
			"Begin":   func() error { _, _, err := s.Begin(t.Context(), "k", time.Minute); return err },
			"Release": func() error { return s.Release(t.Context(), "k", "c") },
			"Forget":  func() error { return s.Forget(t.Context(), time.Now().Add(-time.Hour)) },
		} {
			f.before = []error{lasting}
			if err := run(); !errors.Is(err, lasting) {
				t.Errorf("%s: %s: got %v", name, step, err)
			}
		}
	}
}

// TestCommitOutlivesEveryError repeats a commit also after errors that are no matter of time as far as the store knows.
func TestCommitOutlivesEveryError(t *testing.T) {
	f, db := openFaulty(t)
	s, err := sqlstore.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	_, claim, err := s.Begin(t.Context(), "k", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	f.before = []error{errors.New("disk I/O error (10)"), errors.New("database or disk is full (13)"), errors.New("something new")}
	if err := s.Commit(t.Context(), "k", claim); err != nil {
		t.Error(err)
	}
	f.before = []error{errors.New("disk I/O error (10)")}
	if _, _, err := s.Begin(t.Context(), "other", time.Minute); err == nil || !strings.Contains(err.Error(), "disk I/O") {
		t.Errorf("Begin: got %v, want the error at once", err)
	}
}

// TestRepeatingEndsWithTheContext wants the last error and the context's.
func TestRepeatingEndsWithTheContext(t *testing.T) {
	f, db := openFaulty(t)
	s, err := sqlstore.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	locked := errors.New("database is locked")
	for range 10_000 {
		f.before = append(f.before, locked)
	}
	for name, step := range map[string]func(context.Context) error{
		"Begin":   func(ctx context.Context) error { _, _, err := s.Begin(ctx, "k", time.Minute); return err },
		"Commit":  func(ctx context.Context) error { return s.Commit(ctx, "k", "c") },
		"Release": func(ctx context.Context) error { return s.Release(ctx, "k", "c") },
		"Forget":  func(ctx context.Context) error { return s.Forget(ctx, time.Now()) },
		"Create":  s.Create,
		"Check":   s.Check,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		begun := time.Now()
		err := step(ctx)
		cancel()
		if !errors.Is(err, locked) || !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 5*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(begun))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, _, err := s.Begin(ctx, "k", time.Minute); !errors.Is(err, context.Canceled) || !errors.Is(err, locked) {
		t.Errorf("cancelled: %v", err)
	}
}
