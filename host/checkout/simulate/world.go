package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/checkout"
	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/pages"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/ordertoken"
	"github.com/edgecashier/cashier/host/sandbox"
)

const (
	origin  = "http://127.0.0.1:1" // the service
	alipay  = "http://127.0.0.1:2"
	shop    = "http://127.0.0.1:3"
	secret  = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	bearer  = "simulated-operator-token-0"
	dayOne  = 6 * time.Hour      // in which all orders begin
	horizon = 8 * 24 * time.Hour // by which all must have come to an end
)

// world is one service, one Alipay and one shop, on one clock and one goroutine.
type world struct {
	options
	counts
	first, last int
	clock       *sandbox.AdjustableClock
	start       time.Time
	server      *sandbox.Server
	store       *memory
	service     *checkout.Service
	client      checkout.Options
	issuer      ordertoken.Issuer
	skew        time.Duration
	lives       uint64
	wakeAt      int64 // when the next look for due work is planned, 0 for never

	draws       map[string]*rand.Rand // by order and purpose, so that an order alone draws what it draws among others
	told        map[string]map[string]message
	outages     [][2]time.Duration // of Alipay
	downs       [][2]time.Duration // of the shop
	skip        bool
	byOrder     map[string][]string // Alipay's payments
	byOrderAt   int
	current     string // the order that is at work
	trace       strings.Builder
	digest      []byte
	history     string
	differences []difference
}

// message is what the shop was told.
type message struct {
	Type string
	Data struct {
		ReferenceOrderID, PaymentRequestID, PaymentStatus, RefundRequestID, RefundStatus string
		RefundAmount                                                                     gateway.Amount
	}
}

// crash is how a program dies: whoever called it sees a broken connection.
type crash struct{}

// draw is the chance of an order for a purpose.
func (w *world) draw(order, purpose string) *rand.Rand {
	key := purpose + " " + order
	r := w.draws[key]
	if r == nil {
		sum := sha256.Sum256([]byte(strconv.FormatUint(w.seed, 10) + " " + key))
		r = rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
		w.draws[key] = r
	}
	return r
}

// chance is true once in so many times.
func (w *world) chance(order, purpose string, times int) bool {
	return w.draw(order, purpose).IntN(times) == 0
}

// dies has the program die, now and then. A quiet end of the run lets everything come to rest.
func (w *world) dies(order, where string) {
	if w.elapsed() < dayOne+48*time.Hour && w.chance(order, where, 60) {
		w.note(order, "the program dies "+where)
		panic(crash{})
	}
}

func (w *world) elapsed() time.Duration { return w.clock.Now().Sub(w.start) }

func (w *world) note(order, text string) {
	if w.only >= 0 {
		fmt.Fprintf(&w.trace, "%12s  %s  %s\n", w.elapsed().Round(time.Millisecond), order, text)
	}
}

// run is one world from beginning to end.
func run(core *host.Core, keys []*rsa.PrivateKey, o options, number, first, last int) (w *world, err error) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	w = &world{options: o, first: first, last: last, start: start, clock: sandbox.NewManualClock(start), store: newMemory(), draws: map[string]*rand.Rand{}, told: map[string]map[string]message{}}
	w.store.before = func(order string) { w.current = order; w.dies(order, "before a commit") }
	w.store.after = func(order string) { w.dies(order, "after a commit") }
	w.store.spoil = w.spoil
	merchant := sandbox.Merchant{ClientID: sandbox.GuideClientID, PublicKeys: map[int]*rsa.PublicKey{2: &keys[0].PublicKey}}
	w.server, err = sandbox.New(sandbox.Options{
		Merchants: []sandbox.Merchant{merchant}, PrivateKey: keys[1], Clock: w.clock, Seed: o.seed*1_000_003 + 1, PublicOrigin: alipay,
		MaximumMemory: 1 << 30, Client: &http.Client{Transport: toService{w}},
	})
	if err != nil {
		return nil, err
	}
	defer w.server.Close()
	if err := w.prepare(core, keys); err != nil {
		return nil, err
	}
	w.restart()
	chance := w.draw(strconv.Itoa(number), "outages")
	for range 2 {
		from := time.Duration(chance.Int64N(int64(dayOne)))
		w.outages = append(w.outages, [2]time.Duration{from, from + time.Duration(chance.Int64N(int64(40*time.Minute)))})
		from = time.Duration(chance.Int64N(int64(dayOne)))
		w.downs = append(w.downs, [2]time.Duration{from, from + time.Duration(chance.Int64N(int64(20*time.Hour)))})
	}
	for n := first; n < last; n++ {
		w.plan(n)
	}
	w.at(horizon-3*24*time.Hour, w.resend)
	w.clock.Advance(horizon)
	w.compare()
	return w, nil
}

func (w *world) prepare(core *host.Core, keys []*rsa.PrivateKey) error {
	ring, err := gateway.NewKeyRing(map[string]string{strconv.Itoa(w.server.KeyVersion()): hosttest.PublicKey(&keys[1].PublicKey)})
	if err != nil {
		return err
	}
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	set := func(key any) (*ordertoken.Keys, error) {
		text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key, KeyID: "simulated", Algorithm: "EdDSA"}}})
		if err != nil {
			return nil, err
		}
		return ordertoken.ParseKeys(text)
	}
	issue, err := set(private)
	if err != nil {
		return err
	}
	verify, err := set(private.Public())
	if err != nil {
		return err
	}
	w.issuer = ordertoken.Issuer{Keys: issue, Name: "shop", Audience: origin, Lifetime: 20 * time.Hour}
	operators, err := operator.ParseTokens(bearer)
	if err != nil {
		return err
	}
	w.client = checkout.Options{
		Gateway: gateway.Options{
			Core: core, Key: keys[0], AlipayKeys: ring, HTTPClient: toAlipay{w},
			Config: gateway.Config{ClientID: sandbox.GuideClientID, KeyVersion: 2, GatewayURL: alipay, RedirectHosts: []string{"127.0.0.1:2"}},
			Now:    func() time.Time { return w.clock.Now().Add(w.skew) },
		},
		Store: w.store, Origin: origin, TokenKeys: verify, WebhookURL: shop + "/webhook", WebhookSecret: secret, Operators: operators,
		HTTPClient: &http.Client{Transport: toShop{w}}, Alone: true, Random: idsOf{w}, Go: w.effect,
	}
	return nil
}

// idsOf makes ids of the order that is at work.
type idsOf struct{ w *world }

// Read implements io.Reader.
func (i idsOf) Read(p []byte) (int, error) {
	chance := i.w.draw(i.w.current, "ids")
	for n := range p {
		p[n] = byte(chance.Uint32())
	}
	return len(p), nil
}

// effect does an effect at once. A program may die before it.
func (w *world) effect(do func()) {
	if w.skip {
		w.skip = false
		w.restart() // what was counted as under way is no more
		panic(crash{})
	}
	w.dies(w.current, "before an effect")
	do()
}

// restart starts the program anew, with a clock that is a little off.
func (w *world) restart() {
	w.lives++
	w.skew = time.Duration(w.draw(w.current, "skew").IntN(90)-45) * time.Second
	service, err := checkout.New(w.client)
	if err != nil {
		panic(err)
	}
	w.service = service
}

// alive runs work of the program and tells whether it has lived to its end.
func (w *world) alive(work func()) (lived bool) {
	defer func() {
		switch problem := recover(); problem {
		case nil:
		case crash{}:
			lived = false
			w.crashes++
			w.restart()
		default:
			panic(problem)
		}
		w.arm()
	}()
	work()
	return true
}

// arm plans the next look for due work.
func (w *world) arm() {
	next, found := w.store.next()
	if !found || w.wakeAt != 0 && w.wakeAt <= next.at {
		return
	}
	w.wakeAt = next.at
	wait := time.UnixMilli(next.at).Sub(w.clock.Now()) - w.skew
	w.clock.AfterFunc(max(wait, 50*time.Millisecond), func() {
		w.wakeAt = 0
		w.alive(func() {
			if _, err := w.service.Work(context.Background()); err != nil {
				panic(err)
			}
		})
	})
}

// at plans something of an order.
func (w *world) at(after time.Duration, do func()) { w.clock.AfterFunc(after, do) }

// within tells whether it is a time among those.
func within(times [][2]time.Duration, now time.Duration) bool {
	for _, t := range times {
		if now >= t[0] && now < t[1] {
			return true
		}
	}
	return false
}

var errConnection = errors.New("the connection broke")

// serve runs a handler and takes its answer; a panic is a broken connection.
func serve(handler http.Handler, r *http.Request) (response *http.Response, err error) {
	answer := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:4"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() {
		if problem := recover(); problem != nil {
			if problem != http.ErrAbortHandler {
				panic(problem)
			}
			err = errConnection
		}
	}()
	in.Header = asRead(in.Header)
	handler.ServeHTTP(answer, in)
	response = answer.Result()
	response.Header = asRead(response.Header)
	return response, nil
}

// asRead are header fields as a socket's reader gives them: Alipay writes their names in lower case.
func asRead(written http.Header) http.Header {
	read := http.Header{}
	for name, values := range written {
		for _, value := range values {
			read.Add(name, value)
		}
	}
	return read
}

// toAlipay is the way from the service to Alipay.
type toAlipay struct{ w *world }

// Do implements gateway.Doer.
func (t toAlipay) Do(r *http.Request) (*http.Response, error) {
	w := t.w
	if within(w.outages, w.elapsed()) {
		return nil, errConnection
	}
	w.calls++
	order := w.current
	response, err := serve(w.server, r)
	w.note(order, "called "+r.URL.Path)
	w.dies(order, "after a call")
	return response, err
}

// toService is the way from Alipay to the service.
type toService struct{ w *world }

// RoundTrip implements http.RoundTripper.
func (t toService) RoundTrip(r *http.Request) (response *http.Response, err error) {
	w := t.w
	w.notifications++
	if w.plant == "ack-unstored" && w.draw("all", "plant").IntN(10) == 0 {
		body := `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`
		w.stopInquiries(r)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	if !w.alive(func() { response, err = serve(w.service, r) }) {
		return nil, errConnection
	}
	return response, err
}

// stopInquiries is the rest of a service that believes to know a result.
func (w *world) stopInquiries(r *http.Request) {
	body, err := r.GetBody()
	if err != nil {
		return
	}
	var n struct{ PaymentRequestID string }
	if json.NewDecoder(body).Decode(&n) != nil {
		return
	}
	for _, match := range w.store.ids[n.PaymentRequestID] {
		w.store.orders[match.ReferenceOrderID].dueAt = 0
	}
}

// toShop is the way from the service to the shop.
type toShop struct{ w *world }

// RoundTrip implements http.RoundTripper.
func (t toShop) RoundTrip(r *http.Request) (*http.Response, error) {
	w := t.w
	w.deliveries++
	answer := func(status int) *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}
	}
	if within(w.downs, w.elapsed()) {
		w.refused++
		return answer(http.StatusServiceUnavailable), nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	id := r.Header.Get("webhook-id")
	planted := w.plant != "" && w.chance(w.current, "plant", 10)
	switch {
	case planted && w.plant == "say-delivered":
		return answer(http.StatusNoContent), nil
	case planted && w.plant == "other-payload":
		text = bytes.Replace(text, []byte(`.succeeded"`), []byte(`.failed"`), 1)
	}
	w.hear(id, text)
	if planted && w.plant == "deliver-twice" {
		w.hear(id+"_again", text)
	}
	w.dies(w.current, "after a delivery")
	return answer(http.StatusNoContent), nil
}

// hear is the shop: it keeps what it was told by id, and must be told the same under one id.
func (w *world) hear(id string, text []byte) {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		panic(err)
	}
	own := w.told[m.Data.ReferenceOrderID]
	if own == nil {
		own = map[string]message{}
		w.told[m.Data.ReferenceOrderID] = own
	}
	if before, again := own[id]; again && before != m {
		w.differ(m.Data.ReferenceOrderID, "the shop is told something else under the id "+id)
	}
	own[id] = m
	w.note(m.Data.ReferenceOrderID, "the shop hears "+id)
}

func (w *world) differ(order, what string) {
	number, _ := strconv.Atoi(strings.TrimPrefix(order, "order-"))
	w.differences = append(w.differences, difference{number, what})
}

// ask is a request to the service; the status is 0 when its program died.
func (w *world) ask(order, method, path, body string, headers ...string) (status int, answer []byte) {
	w.current = order
	r := httptest.NewRequest(method, origin+path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w.asked++
	w.alive(func() {
		response, err := serve(w.service, r)
		if err != nil {
			return
		}
		status = response.StatusCode
		answer, _ = io.ReadAll(response.Body)
	})
	w.note(order, fmt.Sprint(method, " ", path, ": HTTP ", status))
	return status, answer
}

func (w *world) view(order, method, path, body string) (v pages.View, found bool) {
	status, answer := w.ask(order, method, path, body, "Content-Type", "application/json", "Accept", "application/json")
	return v, (status == http.StatusOK || status == http.StatusAccepted) && json.Unmarshal(answer, &v) == nil
}
