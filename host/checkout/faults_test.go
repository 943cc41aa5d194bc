package checkout_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/checkout"
	"github.com/edgecashier/cashier/host/checkout/conformance"
	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/pages"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/webhook"
)

// origin is that of services which nobody reaches over a network.
const origin = "http://127.0.0.1:9"

func newService(t *testing.T, o checkout.Options) *checkout.Service {
	t.Helper()
	service, err := checkout.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

// post sends JSON to a service.
func post(t *testing.T, service http.Handler, path string, body any) *httptest.ResponseRecorder {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	service.ServeHTTP(w, jsonRequest(path, string(text)))
	return w
}

func jsonRequest(path, body string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	return r
}

func get(t *testing.T, service http.Handler, path string) pages.View {
	t.Helper()
	w := httptest.NewRecorder()
	service.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	var v pages.View
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s: HTTP %d %s", path, w.Code, w.Body)
	}
	return v
}

// work does what is due by the clock of the environment, and all that comes of it.
func work(t *testing.T, service *checkout.Service) {
	t.Helper()
	for {
		orders, err := service.Work(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := service.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if orders == 0 {
			return
		}
	}
}

// hanging is an Alipay that never answers.
type hanging struct{}

func (hanging) Do(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestAProgramDiesInTheMiddle leaves a payment where a program was killed after it had stored the claim for the call. Another
// one makes the call when its time is over, under the same id.
func TestAProgramDiesInTheMiddle(t *testing.T) {
	e := conformance.NewEnvironment(t)
	database := "sqlite:" + filepath.Join(t.TempDir(), "cashier.db")
	o := options(t, e, origin)
	o.Store = open(t, database, e, origin)
	o.Gateway.HTTPClient = hanging{}
	dying := newService(t, o)
	token := e.Token(t, origin, e.Order(nil))
	go dying.ServeHTTP(httptest.NewRecorder(), jsonRequest("/checkout", `{"token":"`+token+`"}`))
	var list []operator.Order
	for deadline := time.Now().Add(10 * time.Second); len(list) == 0 || list[0].PaymentRequestIDs == nil; time.Sleep(time.Millisecond) {
		var err error
		if list, err = o.Store.List(t.Context(), operator.Filter{Limit: 1}); err != nil || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}

	o = options(t, e, origin)
	o.Store = open(t, database, e, origin)
	next := newService(t, o)
	work(t, next)
	id := list[0].PaymentRequestIDs[0]
	if len(e.Alipay.Payments()) != 0 {
		t.Error("the call is made twice at the same time")
	}
	e.Alipay.Advance(31 * time.Second)
	work(t, next)
	e.Alipay.Advance(40 * time.Second) // nothing is known of the first call: as long again
	work(t, next)
	v := get(t, next, "/payments/"+id)
	if v.Redirect == nil || len(e.Alipay.Payments()) != 1 || e.Alipay.Payments()[0].PaymentRequestID != id {
		t.Errorf("got %+v, Alipay has %d payments", v, len(e.Alipay.Payments()))
	}
}

// failing is a store that fails as a test says.
type failing struct {
	checkout.Store
	broken atomic.Bool
}

var errBroken = errors.New("the disk is full")

func (f *failing) Update(ctx context.Context, id string, decide checkout.Decide) error {
	if f.broken.Load() {
		if _, err := decide(nil); err != nil { // as when the commit fails
			_ = err
		}
		return errBroken
	}
	return f.Store.Update(ctx, id, decide)
}

// TestNothingIsAcknowledgedThatIsNotStored has the database fail when a notification comes.
func TestNothingIsAcknowledgedThatIsNotStored(t *testing.T) {
	e := conformance.NewEnvironment(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://" + listener.Addr().String()
	store := &failing{Store: open(t, "sqlite:"+filepath.Join(t.TempDir(), "cashier.db"), e, origin)}
	o := options(t, e, origin)
	o.Store = store
	service := newService(t, o)
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: service}}
	server.Start()
	defer server.Close()
	order := e.Order(nil)
	answer := post(t, service, "/orders", map[string]string{"token": e.Token(t, origin, order)})
	var started struct{ View pages.View }
	if err := json.Unmarshal(answer.Body.Bytes(), &started); err != nil || started.View.Redirect == nil {
		t.Fatalf("HTTP %d %s", answer.Code, answer.Body)
	}
	store.broken.Store(true)
	if err := e.Alipay.Pay(t.Context(), &gateway.Payment{PaymentID: e.Alipay.Payments()[0].PaymentID, Redirect: started.View.Redirect}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); len(e.Alipay.Payments()[0].Notifications) == 0 || len(e.Alipay.Payments()[0].Notifications[0].Attempts) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("there is no notification")
		}
	}
	if n := e.Alipay.Payments()[0].Notifications[0]; n.State == "ACKNOWLEDGED" || n.Attempts[0].Status != http.StatusInternalServerError {
		t.Errorf("got %+v", n)
	}
	page := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/checkout", strings.NewReader("token="+e.Token(t, origin, order)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	service.ServeHTTP(page, r)
	if page.Code != http.StatusInternalServerError || !strings.Contains(page.Body.String(), "do not pay again") || strings.Contains(page.Body.String(), "disk") {
		t.Errorf("HTTP %d %s", page.Code, page.Body)
	}
	store.broken.Store(false)
	e.Alipay.Advance(3 * time.Minute) // it comes again
	if v := get(t, service, "/payments/"+started.View.PaymentRequestID); v.PaymentStatus != "SUCCESS" {
		t.Errorf("afterwards %+v", v)
	}
}

// TestOneRecordIsNotInTheWayOfOthers has an order that a newer program wrote among those that are due.
func TestOneRecordIsNotInTheWayOfOthers(t *testing.T) {
	e := conformance.NewEnvironment(t)
	store := open(t, "sqlite:"+filepath.Join(t.TempDir(), "cashier.db"), e, origin)
	o := options(t, e, origin)
	o.Store = store
	service := newService(t, o)
	now := e.Alipay.Clock.Now().UnixMilli()
	err := store.Update(t.Context(), "newer", func(json.RawMessage) (*checkout.Change, error) {
		return &checkout.Change{Record: json.RawMessage(`{"version":9}`), DueAt: now - 1000, Summary: operator.Summary{ReferenceOrderID: "newer", CreatedAt: 1}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lost := e.Order(func(o *gateway.Order) { o.OrderDescription = "Pencil #sandbox:pay.answer-reset" })
	answer := post(t, service, "/checkout", map[string]string{"token": e.Token(t, origin, lost)})
	var v pages.View
	if err := json.Unmarshal(answer.Body.Bytes(), &v); err != nil || v.Redirect != nil {
		t.Fatalf("HTTP %d %s", answer.Code, answer.Body)
	}
	for range 20 {
		e.Alipay.Advance(20 * time.Second)
		work(t, service)
	}
	if v = get(t, service, "/payments/"+v.PaymentRequestID); v.Redirect == nil {
		t.Errorf("the other one waits: %+v", v)
	}
	list, err := store.List(t.Context(), operator.Filter{Limit: 10})
	if err != nil || len(list) != 2 || !strings.Contains(list[1].Stuck, "RECORD_VERSION") {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestLimitOfCheckouts(t *testing.T) {
	e := conformance.NewEnvironment(t)
	o := options(t, e, origin)
	o.Store = open(t, "sqlite:"+filepath.Join(t.TempDir(), "cashier.db"), e, origin)
	o.CheckoutsPerMinute = 3
	from := netip.MustParseAddr("2001:db8::1")
	o.ClientAddress = func(*http.Request) netip.Addr { return from }
	service := newService(t, o)
	bad := map[string]string{"token": "x"}
	for n := range 5 {
		from = netip.MustParseAddr("2001:db8::1").Next() // of the same network
		want := http.StatusUnauthorized
		if n >= 3 {
			want = http.StatusTooManyRequests
		}
		if got := post(t, service, "/checkout", bad); got.Code != want || want == 429 && got.Header().Get("Retry-After") != "60" {
			t.Errorf("request %d: HTTP %d", n+1, got.Code)
		}
	}
	if got := post(t, service, "/checkout", map[string]string{"token": e.Token(t, origin, e.Order(nil))}); got.Code != http.StatusOK {
		t.Errorf("a valid token is counted: HTTP %d %s", got.Code, got.Body)
	}
	from = netip.MustParseAddr("2001:db8:0:1::1")
	if got := post(t, service, "/checkout", bad); got.Code != http.StatusUnauthorized {
		t.Errorf("another network: HTTP %d", got.Code)
	}
	from = netip.MustParseAddr("2001:db8::1")
	e.Alipay.Advance(time.Minute)
	if got := post(t, service, "/checkout", bad); got.Code != http.StatusUnauthorized {
		t.Errorf("a minute later: HTTP %d", got.Code)
	}
}

// TestTwoSecrets has messages signed with both secrets while they are changed, and results with the new one.
func TestTwoSecrets(t *testing.T) {
	e := conformance.NewEnvironment(t)
	const other = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
	o := options(t, e, origin)
	o.Store = open(t, "sqlite:"+filepath.Join(t.TempDir(), "cashier.db"), e, origin)
	o.WebhookSecret = other + " " + e.Shop.Secret
	var signature atomic.Value
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { signature.Store(r.Header.Get("webhook-signature")) }))
	defer receiver.Close()
	o.WebhookURL, o.ResultHosts = receiver.URL, []string{strings.TrimPrefix(e.Shop.URL, "http://")}
	service := newService(t, o)
	order := e.Order(nil)
	answer := post(t, service, "/checkout", map[string]string{"token": e.Token(t, origin, order)})
	var v pages.View
	if err := json.Unmarshal(answer.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	m := hosttest.Message{PaymentRequestID: v.PaymentRequestID, PaymentID: e.Alipay.Payments()[0].PaymentID, PaymentAmount: order.PaymentAmount}
	r, err := e.Notification(t, m, origin+"/notify")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	in := httptest.NewRequest("POST", "/notify", strings.NewReader(string(body)))
	in.Header = r.Header
	w := httptest.NewRecorder()
	service.ServeHTTP(w, in)
	if err := service.Wait(t.Context()); err != nil || w.Code != http.StatusOK {
		t.Fatalf("HTTP %d %s, %v", w.Code, w.Body, err)
	}
	if text, _ := signature.Load().(string); strings.Count(text, "v1,") != 2 {
		t.Errorf("signed %q", text)
	}
	v = get(t, service, "/payments/"+v.PaymentRequestID)
	_, token, _ := strings.Cut(v.ResultPage, "result=")
	if _, err := webhook.ReadResult(token, e.Shop.URL, e.Alipay.Clock.Now(), other); err != nil {
		t.Errorf("%s: %v", v.ResultPage, err)
	}
}

func TestNewNamesAllThatIsWrong(t *testing.T) {
	_, err := checkout.New(checkout.Options{Origin: "https://pay.example/x", WebhookURL: "http://shop.example", OrderURL: "ftp://x", ResultHosts: []string{"a/b"}, WebhookSecret: "whsec_short"})
	if err == nil {
		t.Fatal("it was made")
	}
	for _, part := range []string{"Origin must be", "Store is missing", "TokenKeys are missing", "WebhookURL must be", "OrderURL must be", "ResultHosts", "WebhookSecret must be"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("there is no %q in %v", part, err)
		}
	}
	if strings.Contains(err.Error(), "whsec_short") {
		t.Error("the secret is in the error")
	}
}
