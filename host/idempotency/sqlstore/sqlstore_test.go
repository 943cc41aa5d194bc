package sqlstore_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/edgecashier/cashier/host/idempotency"
	"github.com/edgecashier/cashier/host/idempotency/sqlstore"
	"github.com/edgecashier/cashier/host/idempotency/storetest"
)

// database is one that the tests run on.
type database struct{ driver, dsn string }

func sqlite(t *testing.T) database {
	return database{"sqlite", "file:" + filepath.Join(t.TempDir(), "shop.db") + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"}
}

func (d database) open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(d.driver, d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// onEach runs a test on SQLite and on PostgreSQL.
func onEach(t *testing.T, test func(*testing.T, database)) {
	t.Run("SQLite", func(t *testing.T) { test(t, sqlite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, database{"pgx", startPostgres(t)}) })
}

func TestStore(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		db, n := d.open(t), atomic.Int64{}
		storetest.Run(t, func(clock *storetest.Clock) idempotency.Store {
			s := &sqlstore.Store{DB: db, Table: fmt.Sprintf("keys_%d", n.Add(1)), Now: clock.Now}
			for range 2 { // creating again does nothing
				if err := s.Create(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			return s
		})
	})
}

func TestForget(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s, err := sqlstore.Open(t.Context(), d.open(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"done", "busy"} {
			_, claim, err := s.Begin(t.Context(), key, time.Minute)
			if err == nil && key == "done" {
				err = s.Commit(t.Context(), key, claim)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		want := func(before time.Time, done, busy idempotency.State) {
			t.Helper()
			if err := s.Forget(t.Context(), before); err != nil {
				t.Fatal(err)
			}
			for key, want := range map[string]idempotency.State{"done": done, "busy": busy} {
				if state, _, err := s.Begin(t.Context(), key, time.Minute); err != nil || state != want {
					t.Errorf("%s: got %v, %v", key, state, err)
				}
			}
		}
		want(time.Now().Add(-time.Hour), idempotency.Done, idempotency.Busy)
		want(time.Now().Add(time.Hour), idempotency.New, idempotency.Busy)
	})
}

func TestDatabaseIsGone(t *testing.T) {
	db := sqlite(t).open(t)
	s, err := sqlstore.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, _, err := s.Begin(t.Context(), "k", time.Minute); err == nil {
		t.Error("Begin without a database")
	}
	if err := s.Commit(t.Context(), "k", "c"); err == nil {
		t.Error("Commit without a database")
	}
	if err := s.Release(t.Context(), "k", "c"); err == nil {
		t.Error("Release without a database")
	}
}

func TestTableName(t *testing.T) {
	s := &sqlstore.Store{DB: sqlite(t).open(t), Table: "x; DROP TABLE y"}
	if err := s.Create(t.Context()); err == nil || !strings.Contains(err.Error(), "is not a valid table name") {
		t.Errorf("got %v", err)
	}
}
