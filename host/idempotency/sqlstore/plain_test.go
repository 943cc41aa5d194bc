package sqlstore_test

import (
	"context"
	"crypto/rsa"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/idempotency/sqlstore"
)

// asOpened are databases as a merchant opens them, without a pragma or a word about isolation.
func asOpened(t *testing.T) map[string]database {
	return map[string]database{
		"SQLite, a file name":             {"sqlite", filepath.Join(t.TempDir(), "shop.db")},
		"SQLite, a file URI":              {"sqlite", "file:" + filepath.Join(t.TempDir(), "shop.db")},
		"SQLite, WAL without a time-out":  {"sqlite", "file:" + filepath.Join(t.TempDir(), "shop.db") + "?_pragma=journal_mode(WAL)"},
		"SQLite, BEGIN IMMEDIATE":         {"sqlite", "file:" + filepath.Join(t.TempDir(), "shop.db") + "?_txlock=immediate"},
		"SQLite, memory, shared cache":    {"sqlite", "file:shop?mode=memory&cache=shared"},
		"PostgreSQL, serializable":        {"pgx", startPostgres(t) + "&default_transaction_isolation=serializable"},
		"PostgreSQL, repeatable read":     {"pgx", startPostgres(t) + "&default_transaction_isolation=repeatable%20read"},
		"PostgreSQL, simple protocol":     {"pgx", startPostgres(t) + "&default_query_exec_mode=simple_protocol"},
		"PostgreSQL, short lock time-out": {"pgx", startPostgres(t) + "&lock_timeout=5"},
	}
}

// TestDatabaseIsLocked is a bug: on SQLite as database/sql opens it, and on PostgreSQL at a strict isolation, Begin and Commit failed while
// others wrote, so notifications were refused, and some were handled twice.
func TestDatabaseIsLocked(t *testing.T) {
	key := newKey(t)
	for name, d := range asOpened(t) {
		t.Run(name, func(t *testing.T) { sixtyAtOnce(t, key, d.open(t)) })
	}
	t.Run("SQLite, memory, one connection", func(t *testing.T) {
		db := database{"sqlite", ":memory:"}.open(t)
		db.SetMaxOpenConns(1)
		sixtyAtOnce(t, key, db)
	})
}

// TestConnectionsAreCut ends all connections of the shop again and again while notifications are handled, so that answers to every
// kind of statement are lost. Each is handled once all the same.
func TestConnectionsAreCut(t *testing.T) {
	key := newKey(t)
	dsn := startPostgres(t)
	db := database{"pgx", dsn}.open(t)
	if _, err := sqlstore.Open(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	knife := database{"pgx", dsn + "&application_name=knife"}.open(t)
	knife.SetMaxOpenConns(1)
	ctx, cancel := context.WithCancel(t.Context())
	cuts, done := 0, make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			var cut int
			err := knife.QueryRowContext(ctx, "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity"+
				" WHERE datname = current_database() AND application_name <> 'knife'").Scan(&cut)
			if err == nil {
				cuts += cut
			}
		}
	}()
	time.AfterFunc(time.Second, cancel) // of a few seconds that the deliveries may take
	sixtyAtOnce(t, key, db)
	cancel()
	<-done
	t.Logf("%d connections were cut", cuts)
	if cuts == 0 {
		t.Error("no connection was cut")
	}
}

// sixtyAtOnce delivers 60 notifications at once, each to two servers that share the database. All are handled once and acknowledged.
func sixtyAtOnce(t *testing.T, key *rsa.PrivateKey, db *sql.DB) {
	const notifications = 60
	var mu sync.Mutex
	handled := map[string]int{}
	var servers []http.Handler
	for range 2 {
		store, err := sqlstore.Open(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		server, err := handler(hosttest.PublicKey(&key.PublicKey), store, time.Minute, func(_ context.Context, e gateway.Event) error {
			mu.Lock()
			defer mu.Unlock()
			handled[e.PaymentRequestID]++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, server)
	}
	var requests [notifications * 2]*http.Request
	for n := range requests {
		var err error
		id := fmt.Sprint("order-", n/2)
		message := hosttest.Message{PaymentRequestID: id, PaymentID: id}
		if requests[n], err = message.Request(t.Context(), core, key, "http://shop.example/notify"); err != nil {
			t.Fatal(err)
		}
	}
	var acknowledged [notifications * 2]bool
	var group sync.WaitGroup
	for n := range requests {
		group.Go(func() {
			answer := httptest.NewRecorder()
			servers[n%2].ServeHTTP(answer, requests[n])
			acknowledged[n] = answer.Code == http.StatusOK
			if answer.Code != http.StatusOK && answer.Code != http.StatusServiceUnavailable { // the other server is at it
				t.Errorf("%d: got %d", n, answer.Code)
			}
		})
	}
	group.Wait()
	for n := range notifications {
		id := fmt.Sprint("order-", n)
		if handled[id] != 1 || !acknowledged[2*n] && !acknowledged[2*n+1] {
			t.Errorf("%s: handled %d times, acknowledged: %v %v", id, handled[id], acknowledged[2*n], acknowledged[2*n+1])
		}
	}
}
