package checkout_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/checkout"
	"github.com/edgecashier/cashier/host/checkout/conformance"
	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/sqlstore"
	"github.com/edgecashier/cashier/host/internal/postgrestest"
	"github.com/edgecashier/cashier/host/ordertoken"
)

// options are those of a service in an environment, but for its store.
func options(t *testing.T, e *conformance.Environment, origin string) checkout.Options {
	t.Helper()
	tokens, err := ordertoken.ParseVerifyKeys(e.TokenKeys())
	if err != nil {
		t.Fatal(err)
	}
	operators, err := operator.ParseTokens(e.OperatorTokens())
	if err != nil {
		t.Fatal(err)
	}
	gateway := e.Alipay.Options(e.Core)
	gateway.Now = e.Alipay.Clock.Now
	o := checkout.Options{
		Gateway: gateway, Origin: origin, TokenKeys: tokens, Operators: operators, CheckoutsPerMinute: 10_000,
		OrderURL: e.Shop.URL + "/order", WebhookURL: e.Shop.URL + "/webhook", WebhookSecret: e.Shop.Secret, AlertURL: e.Shop.URL + "/alert",
	}
	if os.Getenv("CASHIER_TEST_LOG") != "" {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return o
}

func open(t *testing.T, database string, e *conformance.Environment, origin string) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), database, sqlstore.Identity{ClientID: e.Alipay.Merchant.ClientID, Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// replicas are services that share a database behind one address. Requests go to one after the other.
func replicas(t *testing.T, e *conformance.Environment, database string, number int) conformance.Target {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://" + listener.Addr().String()
	var services []*checkout.Service
	for range number {
		o := options(t, e, origin)
		o.Store = open(t, database, e, origin)
		service, err := checkout.New(o)
		if err != nil {
			t.Fatal(err)
		}
		services = append(services, service)
	}
	turns := make(chan int, 1)
	turns <- 0
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn := <-turns
		turns <- turn + 1
		services[turn%number].ServeHTTP(w, r)
	})}}
	server.Start()
	wait := func(ctx context.Context) {
		for _, service := range services {
			if err := service.Wait(ctx); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(func() {
		server.Close()
		wait(context.Background())
	})
	return conformance.Target{Origin: origin, Work: func() {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for worked := 1; worked > 0; { // what was done may make something else due
			worked = 0
			for _, service := range services {
				orders, err := service.Work(ctx)
				if err != nil {
					t.Error(err)
				}
				worked += orders
			}
			wait(ctx)
		}
	}}
}

func TestConformanceOnSQLite(t *testing.T) {
	conformance.Run(t, func(t *testing.T, e *conformance.Environment) conformance.Target {
		return replicas(t, e, "sqlite:"+filepath.Join(t.TempDir(), "cashier.db"), 1)
	})
}

// TestConformanceOnPostgreSQL has three programs share a database, and each request go to another one.
func TestConformanceOnPostgreSQL(t *testing.T) {
	conformance.Run(t, func(t *testing.T, e *conformance.Environment) conformance.Target {
		return replicas(t, e, postgrestest.Database(t), 3)
	})
}
