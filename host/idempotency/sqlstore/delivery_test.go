package sqlstore_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/idempotency"
	"github.com/edgecashier/cashier/host/idempotency/sqlstore"
	"github.com/edgecashier/cashier/host/internal/postgrestest"
)

// core is core.wasm, shared by all tests.
var core *host.Core

// TestMain is also the shop's server of TestKilledBetweenHandlerAndCommit: the same program, started again.
func TestMain(m *testing.M) {
	var err error
	if core, err = host.Open(context.Background(), host.PoolSize(2)); err != nil {
		panic(err)
	}
	if os.Getenv("SHOP_DSN") != "" {
		fmt.Fprintln(os.Stderr, serveShop())
		os.Exit(1)
	}
	code := m.Run()
	postgrestest.Stop()
	core.Close()
	os.Exit(code)
}

func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// handler is a shop's receiver of notifications.
func handler(publicKey string, store idempotency.Store, busyFor time.Duration, handle func(context.Context, gateway.Event) error) (http.Handler, error) {
	keys, err := gateway.NewKeyRing(map[string]string{"1": publicKey})
	if err != nil {
		return nil, err
	}
	client, err := gateway.New(gateway.Options{Core: core, Config: gateway.Config{ClientID: "SANDBOX_5Y055A2Y2F6K05235"}, AlipayKeys: keys})
	if err != nil {
		return nil, err
	}
	return client.NotificationHandler(handle, gateway.HandlerOptions{
		Store:   store,
		BusyFor: busyFor,
		Lookup: func(_ context.Context, n *gateway.Notification) (gateway.Stored, error) {
			return gateway.Stored{PaymentRequestID: n.PaymentRequestID, PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"}}, nil
		},
	})
}

// TestSixtyFourDeliveriesAtOnce lets two servers that share a database get one notification from all sides.
func TestSixtyFourDeliveriesAtOnce(t *testing.T) {
	key := newKey(t)
	onEach(t, func(t *testing.T, d database) {
		var calls atomic.Int64
		var servers []http.Handler
		for range 2 {
			store, err := sqlstore.Open(t.Context(), d.open(t))
			if err != nil {
				t.Fatal(err)
			}
			server, err := handler(hosttest.PublicKey(&key.PublicKey), store, time.Minute, func(context.Context, gateway.Event) error {
				calls.Add(1)
				time.Sleep(50 * time.Millisecond) // long enough for others to find it busy
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			servers = append(servers, server)
		}
		deliver := func(n int) int {
			r, err := hosttest.Message{PaymentRequestID: "r1"}.Request(context.Background(), core, key, "http://shop.example/notify")
			if err != nil {
				t.Error(err)
				return 0
			}
			answer := httptest.NewRecorder()
			servers[n%2].ServeHTTP(answer, r)
			if (answer.Code == http.StatusOK) != strings.Contains(answer.Body.String(), `"resultCode":"SUCCESS"`) {
				t.Errorf("got %d %s", answer.Code, answer.Body)
			}
			return answer.Code
		}
		var group sync.WaitGroup
		var acknowledged, busy atomic.Int64
		for n := range 64 {
			group.Go(func() {
				switch code := deliver(n); code {
				case http.StatusOK:
					acknowledged.Add(1)
				case http.StatusServiceUnavailable:
					busy.Add(1)
				default:
					t.Errorf("got %d", code)
				}
			})
		}
		group.Wait()
		t.Logf("%d acknowledged, %d told to come again, %d calls", acknowledged.Load(), busy.Load(), calls.Load())
		if calls.Load() != 1 || acknowledged.Load() < 1 || acknowledged.Load()+busy.Load() != 64 {
			t.Fatal("the merchant was not called exactly once")
		}
		for n := range 8 { // Alipay comes again
			if code := deliver(n); code != http.StatusOK {
				t.Errorf("afterwards: got %d", code)
			}
		}
		if calls.Load() != 1 {
			t.Error("the merchant was called again")
		}
	})
}

// hanging is a store that never comes to its commit.
type hanging struct{ idempotency.Store }

func (hanging) Commit(context.Context, string, idempotency.Claim) error {
	fmt.Println("committing")
	select {}
}

// serveShop is a server that notes every delivery in a file. With SHOP_HANGS it stops between handler and commit.
func serveShop() error {
	db, err := sql.Open(os.Getenv("SHOP_DRIVER"), os.Getenv("SHOP_DSN"))
	if err != nil {
		return err
	}
	sqlStore, err := sqlstore.Open(context.Background(), db)
	if err != nil {
		return err
	}
	var store idempotency.Store = sqlStore
	if os.Getenv("SHOP_HANGS") != "" {
		store = hanging{store}
	}
	server, err := handler(os.Getenv("SHOP_KEY"), store, time.Second, func(_ context.Context, e gateway.Event) error {
		file, err := os.OpenFile(os.Getenv("SHOP_FILE"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(file, e.PaymentRequestID)
		return errors.Join(err, file.Close())
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening on http://" + listener.Addr().String())
	return http.Serve(listener, server)
}

// TestKilledBetweenHandlerAndCommit kills a server after it has delivered and before it could say so. The delivery that follows is
// handled again, once, and not lost.
func TestKilledBetweenHandlerAndCommit(t *testing.T) {
	key := newKey(t)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	onEach(t, func(t *testing.T, d database) {
		effects := filepath.Join(t.TempDir(), "delivered")
		start := func(more ...string) (address string, lines *bufio.Scanner, kill func()) {
			t.Helper()
			server := exec.Command(os.Args[0])
			server.Env = append(append(os.Environ(), "SHOP_DRIVER="+d.driver, "SHOP_DSN="+d.dsn, "SHOP_FILE="+effects,
				"SHOP_KEY="+base64.StdEncoding.EncodeToString(der)), more...)
			server.Stderr = os.Stderr
			out, err := server.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			var once sync.Once
			kill = func() {
				once.Do(func() {
					_ = server.Process.Kill()
					_ = server.Wait()
				})
			}
			t.Cleanup(kill)
			lines = bufio.NewScanner(out)
			if !lines.Scan() {
				t.Fatal("the shop does not start")
			}
			return strings.TrimPrefix(lines.Text(), "listening on "), lines, kill
		}
		deliver := func(address string) int {
			r, err := hosttest.Message{PaymentRequestID: "r1"}.Request(t.Context(), core, key, address+"/notify")
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				return 0
			}
			answer.Body.Close()
			return answer.StatusCode
		}
		delivered := func() int {
			text, err := os.ReadFile(effects)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			return strings.Count(string(text), "r1\n")
		}

		address, lines, kill := start("SHOP_HANGS=1")
		code := make(chan int)
		go func() { code <- deliver(address) }()
		if !lines.Scan() || lines.Text() != "committing" || delivered() != 1 {
			t.Fatalf("got %q, %d delivered", lines.Text(), delivered())
		}
		kill()
		if got := <-code; got == http.StatusOK {
			t.Fatal("it was acknowledged before the commit")
		}

		address, _, _ = start()
		for deadline := time.Now().Add(10 * time.Second); deliver(address) != http.StatusOK; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the notification was lost")
			}
		}
		if delivered() != 2 {
			t.Errorf("delivered %d times", delivered())
		}
		for range 3 {
			if got := deliver(address); got != http.StatusOK || delivered() != 2 {
				t.Errorf("after the commit: %d, delivered %d times", got, delivered())
			}
		}
	})
}
