package sqlstore_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/idempotency"
	"github.com/edgecashier/cashier/host/idempotency/sqlstore"
)

// TestOpenRefuses are databases on which a key would not stay what it was said to be; the error says what to do.
func TestOpenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	if _, err := sqlstore.Open(t.Context(), database{"sqlite", file}.open(t)); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.db")
	if _, err := (database{"sqlite", other}).open(t).Exec("CREATE TABLE cashier_idempotency (key TEXT PRIMARY KEY, value TEXT)"); err != nil {
		t.Fatal(err)
	}
	server := startPostgres(t)
	admin := database{"pgx", server}.open(t)
	suffix := strings.ToLower(rand.Text()) // the server is shared, and so are its roles
	for _, statement := range []string{
		"CREATE TABLE cashier_idempotency (key TEXT PRIMARY KEY, claim TEXT NOT NULL, busy_until BIGINT NOT NULL, done_at BIGINT)",
		"CREATE ROLE reader" + suffix + " LOGIN", "GRANT SELECT ON cashier_idempotency TO reader" + suffix,
		"CREATE ROLE writer" + suffix + " LOGIN", "GRANT SELECT, INSERT, UPDATE, DELETE ON cashier_idempotency TO writer" + suffix,
	} {
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	as := func(role string) database {
		return database{"pgx", strings.Replace(server, "cashier@", role+suffix+"@", 1)}
	}
	for name, test := range map[string]struct {
		database
		prepare func(*sql.DB)
		want    string // "" if it is opened
	}{
		"memory of each connection":     {database{"sqlite", ":memory:"}, nil, "db.SetMaxOpenConns(1)"},
		"memory, as a URI":              {database{"sqlite", "file::memory:"}, nil, "db.SetMaxOpenConns(1)"},
		"memory, two connections":       {database{"sqlite", ":memory:"}, func(db *sql.DB) { db.SetMaxOpenConns(2) }, "db.SetMaxOpenConns(1)"},
		"a temporary file":              {database{"sqlite", ""}, nil, "Keep keys in a file"},
		"memory that nobody keeps open": {database{"sqlite", ":memory:"}, func(db *sql.DB) { db.SetMaxOpenConns(1); db.SetMaxIdleConns(-1) }, "without SetMaxIdleConns(0)"},
		"one connection":                {database{"sqlite", ":memory:"}, func(db *sql.DB) { db.SetMaxOpenConns(1) }, ""},
		"a file, one connection":        {database{"sqlite", file}, func(db *sql.DB) { db.SetMaxOpenConns(1) }, ""},
		"read only":                     {database{"sqlite", "file:" + file + "?mode=ro"}, nil, "needs SELECT, INSERT, UPDATE and DELETE"},
		"another table of this name":    {database{"sqlite", other}, nil, "needs SELECT, INSERT, UPDATE and DELETE"},
		"query only":                    {database{"sqlite", "file:" + file + "?_pragma=query_only(1)"}, nil, "needs SELECT, INSERT, UPDATE and DELETE"},
		"no folder":                     {database{"sqlite", filepath.Join(t.TempDir(), "none", "shop.db")}, nil, "cannot be created"},
		"PostgreSQL, may only read":     {as("reader"), nil, "needs SELECT, INSERT, UPDATE and DELETE"},
		"PostgreSQL, may not create":    {as("writer"), nil, ""},
		"PostgreSQL, read only":         {database{"pgx", server + "&default_transaction_read_only=on"}, nil, "needs SELECT, INSERT, UPDATE and DELETE"},
	} {
		t.Run(name, func(t *testing.T) {
			db := test.open(t)
			if test.prepare != nil {
				test.prepare(db)
			}
			s, err := sqlstore.Open(t.Context(), db)
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if s != nil || err == nil || !strings.HasPrefix(err.Error(), "sqlstore: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, err := sqlstore.Open(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "what sql.Open returns") {
		t.Errorf("without a database: %v", err)
	}
	closed := database{"sqlite", file}.open(t)
	closed.Close()
	if _, err := sqlstore.Open(t.Context(), closed); err == nil {
		t.Error("a closed database was opened")
	}
}

// TestLockedByAnotherConnection is about a first connection that keeps the file to itself: the next would wait for ever.
func TestLockedByAnotherConnection(t *testing.T) {
	d := database{"sqlite", "file:" + filepath.Join(t.TempDir(), "shop.db") + "?_pragma=locking_mode(EXCLUSIVE)"}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	db := d.open(t)
	if _, err := sqlstore.Open(ctx, db); err == nil || !strings.Contains(err.Error(), "db.SetMaxOpenConns(1)") {
		t.Errorf("several connections: %v", err)
	}
	db.Close()
	db = d.open(t)
	db.SetMaxOpenConns(1)
	if _, err := sqlstore.Open(t.Context(), db); err != nil {
		t.Errorf("one connection: %v", err)
	}
}

// TestOpenWithoutTime wants the context's error, soon.
func TestOpenWithoutTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := sqlstore.Open(ctx, sqlite(t).open(t)); s != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", s, err)
	}
}

// TestNoConnectionIsFree is about a pool whose only connection is lent for good: Begin ends with its context, or with busyFor.
func TestNoConnectionIsFree(t *testing.T) {
	db := sqlite(t).open(t)
	s, err := sqlstore.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	lent, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lent.Close()
	begun := time.Now()
	if state, _, err := s.Begin(t.Context(), "k", 50*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) || state != idempotency.Busy {
		t.Errorf("got %v, %v", state, err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestOpenAtOnce lets servers start together on an empty database.
func TestOpenAtOnce(t *testing.T) {
	for name, d := range map[string]database{
		"SQLite":     {"sqlite", filepath.Join(t.TempDir(), "shop.db")},
		"PostgreSQL": {"pgx", startPostgres(t) + "&default_transaction_isolation=serializable"},
	} {
		t.Run(name, func(t *testing.T) {
			var group sync.WaitGroup
			for range 8 {
				group.Go(func() {
					if _, err := sqlstore.Open(t.Context(), d.open(t)); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
		})
	}
}

// TestCheckLeavesNothing looks for the key of the trial.
func TestCheckLeavesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		db := d.open(t)
		if _, err := sqlstore.Open(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := db.QueryRow("SELECT COUNT(*) FROM cashier_idempotency").Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows, %v", rows, err)
		}
	})
}

func TestTableNames(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		db := d.open(t)
		statement := "CREATE SCHEMA shop"
		if d.driver == "sqlite" {
			db.SetMaxOpenConns(1) // what is attached is attached to a connection
			statement = "ATTACH '" + filepath.Join(t.TempDir(), "attached.db") + "' AS shop"
		}
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		for table, good := range map[string]bool{
			"keys": true, "shop.keys": true, "Shop_2.keys": false, "_k9": true, "public.keys.more": false, "shop.": false, ".keys": false, "9keys": false,
			"a b": false, "x; DROP TABLE y": false, "keys\n": false, `"keys"`: false, "名": false,
		} {
			s := &sqlstore.Store{DB: db, Table: table}
			err := s.Create(t.Context())
			if err == nil {
				err = s.Check(t.Context())
			}
			if (err == nil) != good {
				t.Errorf("%q: got %v", table, err)
			}
			if _, _, err := s.Begin(t.Context(), "k", time.Minute); (err == nil) != good {
				t.Errorf("%q: Begin: %v", table, err)
			}
		}
	})
}

// TestKeysOfEveryDatabase are keys that one database would take and another not.
func TestKeysOfEveryDatabase(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		s, err := sqlstore.Open(t.Context(), d.open(t))
		if err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			key  string
			good bool
		}{
			"1024 bytes": {strings.Repeat("k", 1024), true}, "1025 bytes": {strings.Repeat("k", 1025), false},
			"NUL": {"a\x00b", false}, "no UTF-8": {"a\xff", false},
		} {
			if state, _, err := s.Begin(t.Context(), test.key, time.Minute); (err == nil) != test.good || test.good != (state == idempotency.New) {
				t.Errorf("%s: got %v, %v", name, state, err)
			}
		}
	})
}

// TestFileBecomesReadOnly is about a volume that turns read-only under a running server: nothing is owned, and nothing hangs.
func TestFileBecomesReadOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	if _, err := sqlstore.Open(t.Context(), database{"sqlite", file}.open(t)); err != nil {
		t.Fatal(err)
	}
	s := &sqlstore.Store{DB: database{"sqlite", "file:" + file + "?mode=ro"}.open(t)}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if state, _, err := s.Begin(ctx, "k", time.Minute); err == nil || state == idempotency.New || ctx.Err() != nil {
		t.Errorf("got %v, %v", state, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// TestClockSetBack is about a key that was begun before the clock was set back: it stays busy, its owner can commit it, and a key that
// nobody commits is new again by the old time.
func TestClockSetBack(t *testing.T) {
	onEach(t, func(t *testing.T, d database) {
		now := time.Now()
		s, err := sqlstore.Open(t.Context(), d.open(t))
		if err != nil {
			t.Fatal(err)
		}
		s.Now = func() time.Time { return now }
		begin := func(key string, want idempotency.State) idempotency.Claim {
			t.Helper()
			state, claim, err := s.Begin(t.Context(), key, time.Minute)
			if err != nil || state != want {
				t.Fatalf("%s: got %v, %v", key, state, err)
			}
			return claim
		}
		claim := begin("owned", idempotency.New)
		begin("abandoned", idempotency.New)
		now = now.Add(-time.Hour)
		begin("owned", idempotency.Busy)
		if err := s.Forget(t.Context(), now.Add(30*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(t.Context(), "owned", claim); err != nil {
			t.Fatal(err)
		}
		begin("owned", idempotency.Done)
		begin("abandoned", idempotency.Busy)
		now = now.Add(61 * time.Minute)
		begin("abandoned", idempotency.New)
		now = now.Add(time.Hour)
		if err := s.Forget(t.Context(), now.Add(-30*time.Minute)); err != nil { // what was abandoned is deleted as well
			t.Fatal(err)
		}
		var rows int
		if err := s.DB.QueryRow("SELECT COUNT(*) FROM cashier_idempotency").Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows, %v", rows, err)
		}
	})
}
