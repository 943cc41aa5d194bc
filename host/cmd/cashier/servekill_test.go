package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/checkout/conformance"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/internal/postgrestest"
)

// fleet is a number of programs that share a database, behind one address. They are killed and started again.
type fleet struct {
	t         *testing.T
	variables map[string]string
	database  string

	mu      sync.Mutex
	members []*exec.Cmd
	at      []string // their addresses
}

func (f *fleet) start(n int) {
	address := freeAddress(f.t)
	command := startServe(f.t, f.variables, "--listen", address, "--database", f.database)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.members[n], f.at[n] = command, address
}

// kill ends a program without a word.
func (f *fleet) kill(n int) {
	f.mu.Lock()
	command := f.members[n]
	f.mu.Unlock()
	_ = command.Process.Kill()
	_ = command.Wait()
}

// ServeHTTP hands a request to one of the programs, and to the next when it is dead. What had reached a dead one may be done
// twice, as with any load balancer.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for range 4 {
		f.mu.Lock()
		address := f.at[rand.IntN(len(f.at))]
		f.mu.Unlock()
		out, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+address+r.URL.RequestURI(), bytes.NewReader(body))
		if err != nil {
			break
		}
		out.Header = r.Header.Clone()
		answer, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			continue
		}
		defer answer.Body.Close()
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
		return
	}
	w.WriteHeader(http.StatusBadGateway)
}

// TestServeIsKilled kills programs at any point, again and again, while shoppers pay. In the end the records of Alipay, of the
// service and of the shop are the same. CASHIER_TEST_PAYMENTS has another number than 10.
func TestServeIsKilled(t *testing.T) {
	payments := 10
	if text := os.Getenv("CASHIER_TEST_PAYMENTS"); text != "" {
		var err error
		if payments, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		database func() string
		members  int
	}{
		"SQLite, one program":        {func() string { return "sqlite:" + filepath.Join(t.TempDir(), "cashier.db") }, 1},
		"PostgreSQL, three programs": {func() string { return postgrestest.Database(t) }, 3},
	} {
		t.Run(name, func(t *testing.T) {
			e := conformance.NewEnvironment(t)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			f := &fleet{t: t, variables: e.Variables(), database: test.database(), members: make([]*exec.Cmd, test.members), at: make([]string, test.members)}
			f.variables["ORIGIN"] = "http://" + listener.Addr().String()
			for n := range test.members {
				f.start(n)
			}
			proxy := &httptest.Server{Listener: listener, Config: &http.Server{Handler: f}}
			proxy.Start()
			defer proxy.Close()

			over := make(chan struct{})
			var killer sync.WaitGroup
			kills := 0
			killer.Go(func() {
				for kills < payments {
					select {
					case <-over:
						return
					case <-time.After(time.Duration(100+rand.IntN(900/test.members)) * time.Millisecond):
					}
					n := rand.IntN(test.members)
					f.kill(n)
					kills++
					f.start(n)
				}
			})
			orders := make([]gateway.Order, payments)
			ids := make([]string, payments)
			var group sync.WaitGroup
			turns := make(chan struct{}, 8)
			for i := range orders {
				orders[i] = e.Order(nil)
				turns <- struct{}{}
				group.Go(func() {
					defer func() { <-turns }()
					ids[i] = f.buy(e, orders[i])
				})
			}
			group.Wait()
			close(over)
			killer.Wait()
			t.Logf("%d payments, %d kills", payments, kills)

			deadline := time.Now().Add(90 * time.Second)
			for i, order := range orders {
				for !told(e, order.ReferenceOrderID) {
					if time.Now().After(deadline) {
						t.Fatalf("the shop has not heard of %s, payment %s", order.ReferenceOrderID, ids[i])
					}
					e.Alipay.Advance(time.Second) // notifications that were not acknowledged come again
					time.Sleep(20 * time.Millisecond)
				}
				seen := map[string]bool{}
				for _, m := range e.Shop.Messages(order.ReferenceOrderID) {
					seen[m.ID] = true
				}
				if len(seen) != 1 || !seen[ids[i]+"_succeeded"] {
					t.Errorf("%s: the shop was told %v", order.ReferenceOrderID, seen)
				}
			}
			paid := map[string]int{}
			for _, p := range e.Alipay.Payments() {
				if p.PaymentStatus == "SUCCESS" {
					paid[p.ReferenceOrderID]++
				}
			}
			for i, order := range orders {
				if paid[order.ReferenceOrderID] != 1 {
					t.Errorf("%s was paid %d times", order.ReferenceOrderID, paid[order.ReferenceOrderID])
				}
				if status := f.status(ids[i]); status != "SUCCESS" {
					t.Errorf("%s is %s", order.ReferenceOrderID, status)
				}
			}
		})
	}
}

func told(e *conformance.Environment, referenceOrderID string) bool {
	for _, m := range e.Shop.Messages(referenceOrderID) {
		if m.Type == "payment.succeeded" {
			return true
		}
	}
	return false
}

// buy is a shopper who does not give up: it checks out until there is a cashier, and pays there.
func (f *fleet) buy(e *conformance.Environment, order gateway.Order) (paymentRequestID string) {
	token := e.Token(f.t, f.variables["ORIGIN"], order)
	body, _ := json.Marshal(map[string]string{"token": token})
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		answer, err := http.Post(f.variables["ORIGIN"]+"/orders", "application/json", bytes.NewReader(body))
		if err != nil {
			continue
		}
		var started struct {
			View struct {
				PaymentRequestID string
				Redirect         *gateway.Redirect
			}
		}
		err = json.NewDecoder(answer.Body).Decode(&started)
		answer.Body.Close()
		if err != nil || started.View.Redirect == nil {
			continue
		}
		for _, p := range e.Alipay.Payments() {
			if p.PaymentRequestID == started.View.PaymentRequestID {
				if err := e.Alipay.Pay(f.t.Context(), &gateway.Payment{PaymentID: p.PaymentID, Redirect: started.View.Redirect}); err != nil {
					f.t.Error(err)
				}
				return p.PaymentRequestID
			}
		}
	}
	f.t.Errorf("%s found no cashier", order.ReferenceOrderID)
	return ""
}

func (f *fleet) status(paymentRequestID string) string {
	answer, err := http.Get(f.variables["ORIGIN"] + "/payments/" + paymentRequestID)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	var view struct{ PaymentStatus string }
	if err := json.NewDecoder(answer.Body).Decode(&view); err != nil {
		return fmt.Sprint("HTTP ", answer.StatusCode)
	}
	return view.PaymentStatus
}
