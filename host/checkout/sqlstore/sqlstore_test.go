package sqlstore_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/checkout"
	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/sqlstore"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/internal/postgrestest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	postgrestest.Stop()
	os.Exit(code)
}

var shop = sqlstore.Identity{ClientID: "SANDBOX_1", Origin: "https://pay.example"}

// onEach runs a test on an empty database of each kind.
func onEach(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "a b?c%d.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgrestest.Database(t)) })
}

func open(t *testing.T, url string) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), url, shop)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// raw is the database without a store.
func raw(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", url
	if file, isSQLite := strings.CutPrefix(url, "sqlite:"); isSQLite {
		driver, dsn = "sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", " ", "%20").Replace(file)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// change is an order as advance would leave it.
func change(id string, createdAt, dueAt int64) *checkout.Change {
	return &checkout.Change{Record: json.RawMessage(`{"id":"` + id + `"}`), DueAt: dueAt, Summary: operator.Summary{
		ReferenceOrderID: id, CreatedAt: createdAt, UpdatedAt: createdAt, PaymentStatus: "PROCESSING", PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"},
		PaymentRequestIDs: []string{"pay-" + id},
	}}
}

func put(t *testing.T, s *sqlstore.Store, c *checkout.Change) {
	t.Helper()
	if err := s.Update(t.Context(), c.Summary.ReferenceOrderID, func(json.RawMessage) (*checkout.Change, error) { return c, nil }); err != nil {
		t.Fatal(err)
	}
}

func TestManyProgramsStartAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				store, err := sqlstore.Open(t.Context(), url, shop)
				if err != nil {
					t.Error(err)
					return
				}
				store.Close()
			})
		}
		group.Wait()
		put(t, open(t, url), change("a", 1, 0))
	})
}

func TestOpenRefuses(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		open(t, url)
		for name, test := range map[string]struct {
			identity sqlstore.Identity
			want     string
		}{
			"another account": {sqlstore.Identity{ClientID: "OTHER", Origin: shop.Origin}, "belongs to the client id SANDBOX_1"},
			"another origin":  {sqlstore.Identity{ClientID: shop.ClientID, Origin: "https://other.example"}, "belongs to the public origin https://pay.example"},
		} {
			if _, err := sqlstore.Open(t.Context(), url, test.identity); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := raw(t, url).Exec("UPDATE cashier_meta SET value = '99' WHERE name = 'version'"); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlstore.Open(t.Context(), url, shop); err == nil || !strings.Contains(err.Error(), "run the newer program") {
			t.Errorf("a newer schema: got %v", err)
		}
	})
	for _, url := range []string{"", "mysql://x", "sqlite:", "sqlite::memory:", "sqlite:" + filepath.Join(t.TempDir(), "none", "x.db")} {
		if _, err := sqlstore.Open(t.Context(), url, shop); err == nil {
			t.Errorf("%q was opened", url)
		}
	}
}

// TestOneAtATime has many change one order, which is not there at first: each sees what the one before has stored.
func TestOneAtATime(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		stores := []*sqlstore.Store{open(t, url)}
		if strings.HasPrefix(url, "postgres") {
			stores = append(stores, open(t, url), open(t, url))
		}
		var group sync.WaitGroup
		for n := range 24 {
			group.Go(func() {
				err := stores[n%len(stores)].Update(t.Context(), "a", func(record json.RawMessage) (*checkout.Change, error) {
					var seen struct{ Count int }
					if record != nil {
						if err := json.Unmarshal(record, &seen); err != nil {
							return nil, err
						}
					}
					c := change("a", 1, 0)
					c.Record = json.RawMessage(fmt.Sprintf(`{"count":%d}`, seen.Count+1))
					return c, nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		detail, err := stores[0].Load(t.Context(), "a")
		if err != nil || string(detail.Record) != `{"count":24}` {
			t.Errorf("got %+v, %v", detail, err)
		}
	})
}

func TestNothingStaysOfARefusal(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s, refused := open(t, url), errors.New("refused")
		err := s.Update(t.Context(), "a", func(record json.RawMessage) (*checkout.Change, error) {
			if record != nil {
				t.Errorf("there is a record %s", record)
			}
			return nil, refused
		})
		if err != refused {
			t.Errorf("got %v", err)
		}
		if err := s.Update(t.Context(), "a", func(json.RawMessage) (*checkout.Change, error) { return nil, nil }); err != nil {
			t.Errorf("no change: %v", err)
		}
		if _, err := s.Load(t.Context(), "a"); !errors.Is(err, checkout.ErrUnknownOrder) {
			t.Errorf("Load: %v", err)
		}
		if found, err := s.Find(t.Context(), "a"); err != nil || len(found) != 0 {
			t.Errorf("Find: %v, %v", found, err)
		}
		for _, id := range []string{"a\x00b", "\xff"} {
			if err := s.Update(t.Context(), id, func(json.RawMessage) (*checkout.Change, error) { return change(id, 1, 0), nil }); err == nil {
				t.Errorf("%q was stored", id)
			}
			if found, err := s.Find(t.Context(), id); err != nil || len(found) != 0 {
				t.Errorf("Find %q: %v, %v", id, found, err)
			}
		}
	})
}

// TestDueWorkIsSharedOut has several programs work on what is due: none of it is done twice, and none is left.
func TestDueWorkIsSharedOut(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		stores := []*sqlstore.Store{open(t, url)}
		if strings.HasPrefix(url, "postgres") {
			stores = append(stores, open(t, url), open(t, url))
		}
		const orders = 60
		for n := range orders {
			put(t, stores[0], change(fmt.Sprint("order-", n), int64(n), int64(1000+n)))
		}
		put(t, stores[0], change("later", 1, 5000))
		now := time.UnixMilli(2000)
		var mu sync.Mutex
		done := map[string]int{}
		var group sync.WaitGroup
		for n := range 6 {
			group.Go(func() {
				for {
					id, due, err := stores[n%len(stores)].UpdateDue(t.Context(), now, func(record json.RawMessage) (*checkout.Change, error) {
						var r struct{ ID string }
						if err := json.Unmarshal(record, &r); err != nil {
							return nil, err
						}
						return change(r.ID, 1, 9000), nil
					})
					if err != nil {
						t.Error(err)
						return
					}
					if !due {
						return
					}
					mu.Lock()
					done[id]++
					mu.Unlock()
				}
			})
		}
		group.Wait()
		for id, times := range done {
			if times != 1 {
				t.Errorf("%s was worked on %d times", id, times)
			}
		}
		if len(done) != orders {
			t.Errorf("%d orders were worked on", len(done))
		}
		if next, err := stores[0].NextDue(t.Context()); err != nil || next.UnixMilli() != 5000 {
			t.Errorf("next is %v, %v", next, err)
		}
	})
}

func TestPostponed(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, url)
		put(t, s, change("a", 1, 1000))
		for range 3 {
			if err := s.Postpone(t.Context(), "a", time.UnixMilli(7000), "RECORD_VERSION"); err != nil {
				t.Fatal(err)
			}
		}
		if _, due, err := s.UpdateDue(t.Context(), time.UnixMilli(6999), nil); due || err != nil {
			t.Errorf("it is due: %v", err)
		}
		if list, err := s.List(t.Context(), operator.Filter{Limit: 9}); err != nil || len(list) != 1 || list[0].Stuck != "RECORD_VERSION" || list[0].DueAt != 7000 {
			t.Errorf("got %+v, %v", list, err)
		}
		if counts, err := s.Status(t.Context(), time.UnixMilli(8000)); err != nil || counts.Stuck != 1 || counts.Due != 1 || counts.OldestDueAt != 7000 {
			t.Errorf("got %+v, %v", counts, err)
		}
		put(t, s, change("a", 1, 1000))
		if list, err := s.List(t.Context(), operator.Filter{Limit: 9}); err != nil || list[0].Stuck != "" {
			t.Errorf("afterwards %+v, %v", list, err)
		}
	})
}

func TestFilters(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := open(t, url)
		for n := range 6 {
			c := change(fmt.Sprint("order-", n), int64(100+n/2), 0)
			switch n {
			case 1:
				c.Summary.PaymentStatus = "SUCCESS"
			case 2:
				c.Summary.Attention = 2
			case 3:
				c.Summary.Undelivered = 1
			case 4:
				c.DueAt = 5
			}
			put(t, s, c)
		}
		for name, test := range map[string]struct {
			filter operator.Filter
			want   string
		}{
			"all":         {operator.Filter{}, "5 4 3 2 1 0"},
			"two":         {operator.Filter{Limit: 2}, "5 4"},
			"after":       {operator.Filter{After: operator.Cursor{CreatedAt: 101, ReferenceOrderID: "order-3"}}, "2 1 0"},
			"status":      {operator.Filter{PaymentStatus: "SUCCESS"}, "1"},
			"attention":   {operator.Filter{Attention: true}, "2"},
			"undelivered": {operator.Filter{Undelivered: true}, "3"},
			"open":        {operator.Filter{Open: true}, "4"},
			"created":     {operator.Filter{CreatedFrom: 101, CreatedTo: 102}, "3 2"},
			"none":        {operator.Filter{PaymentStatus: "SUCCESS", Attention: true}, ""},
		} {
			if test.filter.Limit == 0 {
				test.filter.Limit = 50
			}
			list, err := s.List(t.Context(), test.filter)
			var got []string
			for _, o := range list {
				got = append(got, strings.TrimPrefix(o.ReferenceOrderID, "order-"))
			}
			if err != nil || strings.Join(got, " ") != test.want {
				t.Errorf("%s: got %v, %v", name, got, err)
			}
		}
		if found, err := s.Find(t.Context(), "pay-order-2"); err != nil || !slices.Equal(found, []operator.Match{{ReferenceOrderID: "order-2", Kind: operator.PaymentRequestID}}) {
			t.Errorf("got %v, %v", found, err)
		}
	})
}

// BenchmarkManyOrders is about a database with a million orders (-benchtime 1x fills it; CASHIER_BENCH_ORDERS has another number).
func BenchmarkManyOrders(b *testing.B) {
	orders := 1_000_000
	if text := os.Getenv("CASHIER_BENCH_ORDERS"); text != "" {
		if _, err := fmt.Sscan(text, &orders); err != nil {
			b.Fatal(err)
		}
	}
	file := filepath.Join(b.TempDir(), "many.db")
	s, err := sqlstore.Open(b.Context(), "sqlite:"+file, shop)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
		INSERT INTO cashier_orders (reference_order_id, record, created_at, updated_at, due_at, payment_status, summary, attention, undelivered)
		SELECT 'order-' || i, '{"id":"order-' || i || '"' || printf('%.2000c', ' ') || '}', i, i, CASE WHEN i % 1000 = 0 THEN ?1 + i END,
			CASE WHEN i % 50 = 0 THEN 'FAIL' ELSE 'SUCCESS' END, '{"referenceOrderId":"order-' || i || '","createdAt":' || i || '}', i % 10000 = 0, 0 FROM n`, orders); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO cashier_ids (id, kind, reference_order_id) SELECT 'pay-' || reference_order_id, 'paymentRequestId', reference_order_id FROM cashier_orders"); err != nil {
		b.Fatal(err)
	}
	middle := operator.Cursor{CreatedAt: int64(orders / 2), ReferenceOrderID: "x"}
	for name, work := range map[string]func() error{
		"list": func() error { _, err := s.List(b.Context(), operator.Filter{Limit: 50, After: middle}); return err },
		"list-status": func() error {
			_, err := s.List(b.Context(), operator.Filter{Limit: 50, After: middle, PaymentStatus: "FAIL"})
			return err
		},
		"list-attention": func() error { _, err := s.List(b.Context(), operator.Filter{Limit: 50, Attention: true}); return err },
		"search":         func() error { _, err := s.Find(b.Context(), fmt.Sprint("pay-order-", orders/3)); return err },
		"due": func() error {
			_, _, err := s.UpdateDue(b.Context(), time.UnixMilli(int64(2*orders)), func(json.RawMessage) (*checkout.Change, error) { return nil, nil })
			return err
		},
		"status": func() error { _, err := s.Status(b.Context(), time.UnixMilli(int64(orders))); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := work(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
