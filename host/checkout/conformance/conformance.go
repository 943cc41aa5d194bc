// Package conformance tells whether a checkout service does what the shells of this project do. It drives any base URL
// over HTTP: it is Alipay (a sandbox in the test's own process), the merchant's server and the shopper, and a function
// starts the service between them.
package conformance

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/ordertoken"
	"github.com/edgecashier/cashier/host/sandbox"
)

// Start starts a service for an environment until the test ends. Origin is where it is to be reached: a free port on
// this machine.
type Start func(t *testing.T, e *Environment) Target

// Target is a running service.
type Target struct {
	Origin string

	// Work has the service do what is due by its clock, and returns when that is done. It is nil for a service that lives by
	// the machine's clock; tests that move the clock are left out then.
	Work func()
}

// Environment is all that a service has around it.
type Environment struct {
	Core      *host.Core
	Alipay    *hosttest.Sandbox
	Shop      *Shop
	Operator  string // a token of the role write, of the name "alice"
	Reader    string // a token of the role read
	alipayKey *rsa.PrivateKey
	issue     *ordertoken.Keys
	verify    []byte
}

// TokenKeys are the keys that verify order tokens, as a JWK Set.
func (e *Environment) TokenKeys() []byte { return e.verify }

// OperatorTokens are the operators' tokens as the variable OPERATOR_TOKEN has them.
func (e *Environment) OperatorTokens() string {
	text, err := json.Marshal(map[string]any{"alice": e.Operator, "dashboard": map[string]string{"token": e.Reader, "role": "read"}})
	if err != nil {
		panic(err) // texts only
	}
	return string(text)
}

// Variables are the settings of the service as the Worker's variables and the environment of `cashier serve` name them.
// ORIGIN is not among them.
func (e *Environment) Variables() map[string]string {
	options := e.Alipay.Options(e.Core)
	config, err := json.Marshal(options.Config)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(e.Alipay.Merchant.PrivateKey)
	if err != nil {
		panic(err)
	}
	keys, err := json.Marshal(map[string]string{"1": hosttest.PublicKey(&e.alipayKey.PublicKey)})
	if err != nil {
		panic(err)
	}
	return map[string]string{
		"CONFIG":             string(config),
		"PRIVATE_KEY":        string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"ALIPAY_PUBLIC_KEYS": string(keys),
		"ORDER_TOKEN_KEYS":   string(e.verify),
		"ORDER_URL":          e.Shop.URL + "/order",
		"WEBHOOK_URL":        e.Shop.URL + "/webhook",
		"WEBHOOK_SECRET":     e.Shop.Secret,
		"OPERATOR_TOKEN":     e.OperatorTokens(),
		"ALERT_URL":          e.Shop.URL + "/alert",
	}
}

// world is an environment with the service in it.
type world struct {
	*Environment
	Target
	browser *http.Client
}

// Run runs the whole suite against services that start makes.
func Run(t *testing.T, start Start) {
	w := newWorld(t, start)
	for _, test := range tests {
		if test.moves && w.Work == nil {
			t.Logf("%s: left out, since the clock of this service cannot be moved", test.name)
			continue
		}
		t.Run(test.name, func(t *testing.T) { test.run(t, w) })
	}
}

// test is one of the suite. All share a service, so each has orders of its own.
type test struct {
	name  string
	moves bool // the clock
	run   func(*testing.T, *world)
}

var tests []test

func add(list ...test) struct{} {
	tests = append(tests, list...)
	return struct{}{}
}

// NewEnvironment makes what is around a service, until the test ends.
func NewEnvironment(t *testing.T) *Environment {
	t.Helper()
	core, err := host.Open(context.Background(), host.PoolSize(2))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { core.Close() })
	e := &Environment{Core: core, Operator: "write-" + rand.Text(), Reader: "read-" + rand.Text()}
	if e.alipayKey, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	e.Alipay = hosttest.Start(t, func(o *sandbox.Options) { o.PrivateKey, o.KeyVersion = e.alipayKey, 1 })
	issue, verify, err := ordertoken.GenerateKeys(ordertoken.EdDSA, "shop-1")
	if err == nil {
		e.issue, err = ordertoken.ParseKeys(issue)
	}
	if err != nil {
		t.Fatal(err)
	}
	e.verify = verify
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	e.Shop = newShop(t, "whsec_"+base64.StdEncoding.EncodeToString(secret))
	return e
}

func newWorld(t *testing.T, start Start) *world {
	t.Helper()
	e := NewEnvironment(t)
	w := &world{Environment: e, Target: start(t, e), browser: &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	e.Shop.sell(func(draft gateway.Order) (string, error) {
		draft.ReferenceOrderID, draft.OrderDescription, draft.BusinessType = "typed-"+rand.Text(), "Typed", "4"
		return w.issueToken(draft, w.Alipay.Clock.Now())
	})
	return w
}

func (w *world) order(change func(*gateway.Order)) gateway.Order { return w.Order(change) }

// Order is a whole order of one dollar, with an id of its own. change may be nil.
func (e *Environment) Order(change func(*gateway.Order)) gateway.Order {
	o := gateway.Order{
		ReferenceOrderID: "order-" + rand.Text(), OrderDescription: "Pencil", PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"},
		SettlementCurrency: "USD", TerminalType: "WEB", BusinessType: "4", Goods: []gateway.Goods{{GoodsName: "Pencil HB", GoodsQuantity: "1"}},
		PaymentRedirectURL: e.Shop.URL + "/thanks?a=1",
	}
	if change != nil {
		change(&o)
	}
	return o
}

func (w *world) issueToken(o gateway.Order, now time.Time) (string, error) {
	return ordertoken.Issuer{Keys: w.issue, Name: "shop", Audience: w.Origin}.Issue(o, now)
}

func (w *world) token(t *testing.T, o gateway.Order) string {
	t.Helper()
	return w.Token(t, w.Origin, o)
}

// Token is an order as the shop signs it now, for the service of an origin.
func (e *Environment) Token(t *testing.T, origin string, o gateway.Order) string {
	t.Helper()
	token, err := ordertoken.Issuer{Keys: e.issue, Name: "shop", Audience: origin}.Issue(o, e.Alipay.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Notification is a notification that Alipay signs now, for an address.
func (e *Environment) Notification(t *testing.T, m hosttest.Message, address string) (*http.Request, error) {
	m.ClientID, m.KeyVersion, m.Time = e.Alipay.Merchant.ClientID, 1, e.Alipay.Clock.Now()
	return m.Request(t.Context(), e.Core, e.alipayKey, address)
}

// advance moves the time of Alipay and of the service on, in steps that are as long as a service may sleep, and has the
// service do what is due.
func (w *world) advance(d time.Duration) {
	for d > 0 {
		step := min(d, 20*time.Second)
		if d > time.Hour {
			step = min(d, 10*time.Minute)
		}
		w.Alipay.Advance(step)
		w.Work()
		d -= step
	}
}

// eventually waits for something that happens on the other side of a connection.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not happen: %s", what)
		}
	}
}

func formOf(fields map[string]string) url.Values {
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	return form
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("there is no %q in %s", part, text)
		}
	}
}
