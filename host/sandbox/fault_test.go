package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// wire is what a merchant saw of a payment: the answer to the call that made it, and what was sent to the notify URL.
type wire struct {
	*bench
	response *http.Response
	answer   string
	err      error
	took     time.Duration
	again    string // the answer to the same request after that

	messages func() []arrival
}

// arrival is a notification as it came in, whole or not.
type arrival struct {
	received
	took time.Duration
	err  error
}

// faultWays are the three ways to ask for a fault.
var faultWays = map[string]func(b *bench, options *Options, changes map[string]any, fault string){
	"by flag": func(_ *bench, o *Options, _ map[string]any, fault string) {
		if o != nil {
			o.Faults = []string{fault}
		}
	},
	"by API": func(b *bench, _ *Options, _ map[string]any, fault string) {
		if b != nil {
			b.control("PUT", "/sandbox/api/faults", object{"faults": []any{fault}}, http.StatusOK)
		}
	},
	"by order": func(_ *bench, _ *Options, changes map[string]any, fault string) {
		if changes != nil {
			changes["order.orderDescription"] = "Pencil #sandbox:" + fault + " and more"
		}
	},
}

// control makes a call of the control API.
func (b *bench) control(method, path string, body any, status int) object {
	b.Helper()
	text, _ := json.Marshal(body)
	request, _ := http.NewRequest(method, b.url+path, bytes.NewReader(text))
	response, answer := b.do(http.DefaultClient, request)
	if response.StatusCode != status {
		b.Fatalf("%s %s: status %d, %s", method, path, response.StatusCode, answer)
	}
	members, err := decodeObject([]byte(answer))
	if err != nil {
		b.Fatal(err)
	}
	return members
}

// suffer makes a payment with a fault and lets everything happen that does.
func suffer(t *testing.T, fault, way string) *wire {
	var mu sync.Mutex
	var all []arrival
	merchant := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		all = append(all, arrival{received{r.RequestURI, r.Header.Clone(), body}, time.Since(began), err})
		mu.Unlock()
		io.WriteString(w, goodAcknowledgement)
	}))
	t.Cleanup(merchant.Close)
	set := faultWays[way]
	changes := map[string]any{"paymentNotifyUrl": merchant.URL + "/notify", "paymentAmount.value": "12345"}
	set(nil, nil, changes, fault)
	b := newBench(t, func(o *Options) { o.NextPrivateKey = testKeys()[2]; set(nil, o, nil, fault) })
	set(b, nil, nil, fault)
	x := &wire{bench: b, messages: func() []arrival {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}}
	body, _ := json.Marshal(order(changes))
	began := time.Now()
	x.response, x.err = http.DefaultClient.Do(b.signedRequest(payTarget, body))
	if x.err == nil {
		text, err := io.ReadAll(x.response.Body)
		x.response.Body.Close()
		x.answer, x.err = string(text), err
	}
	x.took = time.Since(began)
	_, x.again = b.do(http.DefaultClient, b.signedRequest(payTarget, body))
	return x
}

// finish pays and waits for so many messages.
func (x *wire) finish(count int) []arrival {
	x.Helper()
	x.server.completePayment(x.server.Payments()[0].PaymentID)
	for range 500 {
		if got := x.messages(); len(got) >= count {
			return got
		}
		time.Sleep(10 * time.Millisecond)
	}
	x.Fatalf("%d messages", len(x.messages()))
	return nil
}

// verified tells whether a merchant with the sandbox's first key would accept a signature.
func verified(target, sent, header string, body []byte) bool {
	parsed, err := parseSignatureHeader(header)
	return err == nil && parsed.keyVersion == 1 &&
		verifySignature(&testKeys()[1].PublicKey, signedContent("POST", target, testClient, sent, body), parsed.signature) == nil
}

func (x *wire) answerVerified() bool {
	return verified(payTarget, x.response.Header.Get("response-time"), x.response.Header.Get("signature"), []byte(x.answer))
}

func (a *arrival) verified() bool {
	return verified(a.target, a.header.Get("request-time"), a.header.Get("signature"), a.body)
}

// faultSigns tell each fault by what is on the wire.
var faultSigns = map[string]struct {
	fault string
	seen  func(x *wire) bool
}{
	"answer-late":      {"answer-late=80ms", func(x *wire) bool { return x.took >= 80*time.Millisecond && x.answerVerified() }},
	"answer-slow":      {"answer-slow=100ms", func(x *wire) bool { return x.took >= 80*time.Millisecond && x.answerVerified() }},
	"answer-truncated": {"answer-truncated", func(x *wire) bool { return !json.Valid([]byte(x.answer)) && !x.answerVerified() && x.again != x.answer }},
	"answer-tampered":  {"answer-tampered", func(x *wire) bool { return len(x.answer) == len(x.again) && x.answer != x.again && !x.answerVerified() }},
	"answer-unsigned":  {"answer-unsigned", func(x *wire) bool { return x.response.Header.Get("signature") == "" && x.answer == x.again }},
	"answer-wrong-key-version": {"answer-wrong-key-version", func(x *wire) bool {
		return strings.Contains(x.response.Header.Get("signature"), "keyVersion=8,") && x.answer == x.again
	}},
	"answer-stale-time": {"answer-stale-time=72h", func(x *wire) bool {
		return x.response.Header.Get("response-time") == "2020-05-29T17:25:10+08:00" && x.answerVerified()
	}},
	"answer-reset": {"answer-reset", func(x *wire) bool {
		return errors.Is(x.err, syscall.ECONNRESET) && strings.Contains(x.again, "PAYMENT_IN_PROCESS")
	}},
	"answer-429": {"answer-429", func(x *wire) bool { return x.response.StatusCode == 429 && x.response.Header.Get("Retry-After") == "1" }},
	"answer-500": {"answer-500", func(x *wire) bool { return x.response.StatusCode == 500 && x.response.Header.Get("signature") == "" }},
	"answer-html": {"answer-html", func(x *wire) bool {
		return x.response.StatusCode == 200 && strings.HasPrefix(x.answer, "<!doctype html>")
	}},
	"answer-no-url": {"answer-no-url", func(x *wire) bool {
		return strings.Contains(x.answer, "PAYMENT_IN_PROCESS") && !strings.Contains(x.answer, "Url") && x.answerVerified()
	}},
	"answer-unknown-made": {"answer-unknown-made", func(x *wire) bool {
		return strings.Contains(x.answer, "UNKNOWN_EXCEPTION") && x.answerVerified() && x.firstCallMade(true)
	}},
	"answer-unknown-not-made": {"answer-unknown-not-made", func(x *wire) bool {
		return strings.Contains(x.answer, "UNKNOWN_EXCEPTION") && x.answerVerified() && x.firstCallMade(false)
	}},
	"notify-late": {"notify-late=45s", func(x *wire) bool {
		x.server.completePayment(x.server.Payments()[0].PaymentID)
		for len(x.clock.timersDue()) == 0 {
			time.Sleep(time.Millisecond)
		}
		x.clock.Advance(45*time.Second - 1)
		early := len(x.messages())
		x.clock.Advance(1)
		return early == 0 && x.finish(1)[0].verified()
	}},
	"notify-twice": {"notify-twice", func(x *wire) bool {
		got := x.finish(2)
		return got[0].verified() && got[1].verified() && bytes.Equal(got[0].body, got[1].body)
	}},
	"notify-reordered": {"PAYMENT_RESULT.notify-reordered", func(x *wire) bool {
		id := x.server.Payments()[0].PaymentID
		x.server.completePayment(id)
		for len(x.server.courier.heldNow()) == 0 {
			time.Sleep(time.Millisecond)
		}
		x.call("refund", seedTime, object{"refundRequestId": "r", "paymentId": id, "refundAmount": object{"currency": "USD", "value": "1"}})
		got := x.finish(2)
		return bytes.Contains(got[0].body, []byte("REFUND_RESULT")) && bytes.Contains(got[1].body, []byte("PAYMENT_RESULT"))
	}},
	"notify-slow": {"notify-slow=100ms", func(x *wire) bool { got := x.finish(1)[0]; return got.took >= 80*time.Millisecond && got.verified() }},
	"notify-truncated": {"notify-truncated", func(x *wire) bool {
		got := x.finish(1)[0]
		return !json.Valid(got.body) && got.err == nil && !got.verified()
	}},
	"notify-tampered": {"notify-tampered", func(x *wire) bool {
		got := x.finish(1)[0]
		return json.Valid(got.body) && !got.verified() && !bytes.Contains(got.body, []byte(`{"grossSettlementAmount":{"currency":"USD","value":"12345"}`))
	}},
	"notify-unsigned": {"notify-unsigned", func(x *wire) bool {
		got := x.finish(1)[0]
		return json.Valid(got.body) && got.header.Get("signature") == ""
	}},
	"notify-wrong-key-version": {"notify-wrong-key-version", func(x *wire) bool {
		got := x.finish(1)[0]
		return strings.Contains(got.header.Get("signature"), "keyVersion=8,")
	}},
	"notify-stale-time": {"notify-stale-time=72h", func(x *wire) bool {
		got := x.finish(1)[0]
		return got.header.Get("request-time") == "2020-05-29T09:25:10Z" && got.verified()
	}},
	"notify-reset": {"notify-reset", func(x *wire) bool {
		got := x.finish(1)[0]
		return got.err != nil && len(got.body) > 0 && !json.Valid(got.body)
	}},
	"key-rotated": {"key-rotated", func(x *wire) bool {
		got := x.finish(1)[0]
		parsed, err := parseSignatureHeader(got.header.Get("signature"))
		content := signedContent("POST", got.target, testClient, got.header.Get("request-time"), got.body)
		return x.answerVerified() && err == nil && parsed.keyVersion == 2 && verifySignature(&testKeys()[2].PublicKey, content, parsed.signature) == nil
	}},
}

// firstCallMade tells whether the payment was there before the second, same call.
func (x *wire) firstCallMade(made bool) bool {
	payment := x.server.Payments()[0]
	_, events, _ := x.server.ledger.story(payment.PaymentID)
	calls := 0
	for _, e := range events {
		if e.Kind == Call {
			calls++
		}
	}
	return (calls == 2) == made
}

func (c *AdjustableClock) timersDue() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	var due []time.Time
	for _, t := range c.timers {
		if t.due.Sub(c.shown) < time.Minute {
			due = append(due, t.due)
		}
	}
	return due
}

func (c *courier) heldNow() []*delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

// Each fault, asked for in each way, is seen on the wire and told in the payment's record.
func TestFaultsOnTheWire(t *testing.T) {
	for _, kind := range faultKinds {
		sign, found := faultSigns[kind.name]
		if !found {
			t.Errorf("nothing tells %s", kind.name)
			continue
		}
		for way := range faultWays {
			t.Run(kind.name+" "+way, func(t *testing.T) {
				t.Parallel()
				x := suffer(t, sign.fault, way)
				if x.err != nil && kind.name != "answer-reset" {
					t.Fatal(x.err)
				}
				if !sign.seen(x) {
					t.Errorf("not seen: answer %v %s, messages %v", x.response, x.answer, x.messages())
				}
				if !strings.Contains(x.again, "PAYMENT_IN_PROCESS") {
					t.Errorf("it happened again: %s", x.again)
				}
				told, _ := json.Marshal(x.server.ledger.stories(""))
				strays, _ := json.Marshal(x.server.ledger.strayEvents())
				for range 100 {
					if strings.Contains(string(told)+string(strays), `"faults":["`+sign.fault+`"]`) {
						return
					}
					time.Sleep(10 * time.Millisecond)
					told, _ = json.Marshal(x.server.ledger.stories(""))
				}
				t.Errorf("the record does not tell of %s:\n%s", sign.fault, told)
			})
		}
	}
}

func TestFaultsRefused(t *testing.T) {
	for _, text := range []string{"", "late", "answer-late=soon", "answer-500=3s", "notify-late=-3s", "notify-twice@101%", "notify-twice@x%", "notify-twice*x", "answer-late=0s"} {
		if _, err := parseFault(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
		if server, err := New(Options{PrivateKey: testKeys()[1], Merchants: []Merchant{testMerchant()}, Faults: []string{text}}); err == nil {
			server.Close()
			t.Errorf("%q is accepted as an option", text)
		}
	}
	b := newBench(t, nil)
	b.control("PUT", "/sandbox/api/faults", object{"faults": []any{"late"}}, http.StatusUnprocessableEntity)
	if answer := b.pay(order(map[string]any{"order.orderDescription": "#sandbox:answer-never"})); answer.Result.ResultCode != "PAYMENT_IN_PROCESS" {
		t.Errorf("an unknown wish of an order: %+v", answer)
	}
}

// A fault can be limited to one call and last for several.
func TestFaultsOfOneOperation(t *testing.T) {
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"order.orderDescription": "#sandbox:refund.answer-unknown-made*2"})
	request := object{"refundRequestId": "r", "paymentId": id, "refundAmount": object{"currency": "USD", "value": "1"}}
	want(t, b.call("refund", seedTime, request), "result.resultCode", "UNKNOWN_EXCEPTION", "result.resultStatus", "U")
	want(t, b.call("inquiryRefund", seedTime, object{"refundRequestId": "r"}), "refundStatus", "SUCCESS")
	want(t, b.call("refund", seedTime, request), "result.resultCode", "UNKNOWN_EXCEPTION")
	want(t, b.call("refund", seedTime, request), "result.resultCode", "SUCCESS")
	if p, _ := b.server.Payment(id); len(p.Refunds) != 1 {
		t.Errorf("%d refunds", len(p.Refunds))
	}
}

// The same seed number gives the same run, byte for byte; another one gives another.
func TestSeedRepeatsARun(t *testing.T) {
	run := func(seed uint64) string {
		var mu sync.Mutex
		seen := map[string][]string{}
		merchant := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			seen[r.URL.Path] = append(seen[r.URL.Path], fmt.Sprintf("%s %s %s %v", r.Header.Get("request-time"), r.Header.Get("signature"), body, err))
			if len(seen[r.URL.Path]) > 1 {
				io.WriteString(w, goodAcknowledgement)
			}
		}))
		merchant.Start()
		defer merchant.Close()
		b := newBench(t, func(o *Options) {
			o.Seed = seed
			o.PublicOrigin = "http://127.0.0.1:8801"
			o.Merchants[0].NotifyURL = "http://127.0.0.1:1"
			o.Client = &http.Client{Transport: redirected(merchant.Listener.Addr().String())}
			o.Faults = []string{"answer-tampered@40%", "answer-500@30%*3", "answer-unknown-made@30%", "notify-tampered@50%*8", "notify-truncated@30%*8", "notify-twice@30%*8", "notify-unsigned@20%*8"}
		})
		var answers [20]string
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				id := fmt.Sprintf("r%d", i)
				body, _ := json.Marshal(order(map[string]any{"paymentRequestId": id, "paymentNotifyUrl": "http://127.0.0.1:1/" + id}))
				for range 4 {
					response, text := b.do(http.DefaultClient, b.signedRequest(payTarget, body))
					// The counter at the end of a paymentId tells the order in which overlapping requests came.
					answers[i] += fmt.Sprintln(response.StatusCode, response.Header.Get("response-time"), withoutCounter(text))
				}
			})
		}
		all.Wait()
		for _, p := range b.server.Payments() {
			b.server.completePayment(p.PaymentID)
			b.wait(p.PaymentID, func(p Payment) bool { return len(p.Notifications[0].Attempts) > 0 })
		}
		b.clock.Advance(25 * time.Hour)
		var text strings.Builder
		fmt.Fprintln(&text, answers)
		for i := range answers {
			for _, message := range seen[fmt.Sprintf("/r%d", i)] {
				message = withoutCounter(message)
				fmt.Fprintln(&text, i, message[:20], message[strings.Index(message, " {")+1:])
			}
		}
		return text.String()
	}
	first, second, other := run(7), run(7), run(8)
	if first != second {
		t.Errorf("two runs with the same seed:\n%s\n%s", first, second)
	}
	if first == other {
		t.Error("another seed gives the same run")
	}
}

// withoutCounter cuts the counter out of payment ids.
func withoutCounter(text string) string {
	const date = "20200601"
	for i := strings.Index(text, date+"00000"); i >= 0; i = strings.Index(text, date+"00000") {
		text = text[:i] + text[min(len(text), i+len(date)+10):]
	}
	return text
}

// redirected sends whatever it is given to one address.
func redirected(address string) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		changed := r.Clone(r.Context())
		changed.URL.Host = address
		return http.DefaultTransport.RoundTrip(changed)
	})
}
