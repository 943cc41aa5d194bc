package webhook_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/webhook"
)

var (
	secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	other  = "whsec_" + base64.StdEncoding.EncodeToString([]byte("another secret, another secret."))
)

const body = `{"type":"payment.succeeded","timestamp":"2026-03-01T12:00:00Z","data":{"referenceOrderId":"o1","paymentRequestId":"r1","paymentId":"p1",
"paymentStatus":"SUCCESS","paymentAmount":{"currency":"CNY","value":"100"},"grossSettlementAmount":{"currency":"USD","value":"14"},"resultCode":"SUCCESS"}}`

// message is a request as the Worker sends it.
func message(secret string, at time.Time, body string) *http.Request {
	signer, err := webhooks.NewWebhook(secret)
	if err != nil {
		panic(err)
	}
	signature, err := signer.Sign("r1_succeeded", at, []byte(body))
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(body))
	r.Header.Set("webhook-id", "r1_succeeded")
	r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("webhook-signature", signature)
	return r
}

func receiver(t *testing.T, secrets ...string) *webhook.Receiver {
	t.Helper()
	r, err := webhook.NewReceiver(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReceive(t *testing.T) {
	event, err := receiver(t, other, secret).Receive(message(secret, time.Now(), body))
	if err != nil {
		t.Fatal(err)
	}
	want := webhook.Event{
		ID: "r1_succeeded", Type: webhook.PaymentSucceeded, Timestamp: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Data: webhook.Data{
			ReferenceOrderID: "o1", PaymentRequestID: "r1", PaymentID: "p1", PaymentStatus: "SUCCESS", ResultCode: "SUCCESS",
			PaymentAmount: gateway.Amount{Currency: "CNY", Value: "100"}, GrossSettlementAmount: gateway.Amount{Currency: "USD", Value: "14"},
		},
	}
	if *event != want {
		t.Errorf("got %+v", event)
	}
}

func TestReceiveRefuses(t *testing.T) {
	r := receiver(t, secret)
	changed := func(change func(*http.Request)) *http.Request {
		request := message(secret, time.Now(), body)
		change(request)
		return request
	}
	for name, test := range map[string]struct {
		request *http.Request
		code    gateway.Code
		status  int
	}{
		"other secret": {message(other, time.Now(), body), webhook.Unverified, 401},
		"other body":   {changed(func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(body + " ")) }), webhook.Unverified, 401},
		"other id":     {changed(func(r *http.Request) { r.Header.Set("webhook-id", "r2_succeeded") }), webhook.Unverified, 401},
		"other time":   {changed(func(r *http.Request) { r.Header.Set("webhook-timestamp", strconv.FormatInt(time.Now().Unix()-60, 10)) }), webhook.Unverified, 401},
		"no signature": {changed(func(r *http.Request) { r.Header.Del("webhook-signature") }), webhook.Unverified, 401},
		"no time":      {changed(func(r *http.Request) { r.Header.Set("webhook-timestamp", "now") }), webhook.Unverified, 401},
		"replayed":     {message(secret, time.Now().Add(-6*time.Minute), body), webhook.OutOfTime, 401},
		"early":        {message(secret, time.Now().Add(6*time.Minute), body), webhook.OutOfTime, 401},
		"GET":          {changed(func(r *http.Request) { r.Method = http.MethodGet }), gateway.MethodNotAllowed, 405},
		"too large":    {message(secret, time.Now(), strings.Repeat(" ", 64<<10)+body), gateway.BodyTooLarge, 413},
		"broken":       {changed(func(r *http.Request) { r.Body = io.NopCloser(broken{}) }), gateway.BodyUnreadable, 400},
		"no JSON":      {message(secret, time.Now(), "hello"), webhook.Malformed, 400},
		"text after":   {message(secret, time.Now(), body+"x"), webhook.Malformed, 400},
		"no type":      {message(secret, time.Now(), "{}"), webhook.Malformed, 400},
	} {
		t.Run(name, func(t *testing.T) {
			event, err := r.Receive(test.request)
			if event != nil || !errors.Is(err, test.code) || webhook.Status(err) != test.status {
				t.Errorf("got %+v, %v (%d)", event, err, webhook.Status(err))
			}
		})
	}
}

// TestSignatureIsDivided is a bug: adapters and proxies divide a header at its commas, or add lines, and the signature was refused.
func TestSignatureIsDivided(t *testing.T) {
	r := receiver(t, secret)
	signature := message(secret, time.Now(), body).Header.Get("webhook-signature")
	_, base64, _ := strings.Cut(signature, ",")
	foreign := message(other, time.Now(), body).Header.Get("webhook-signature")
	for name, test := range map[string]struct {
		name  string
		lines []string
		good  bool
	}{
		"whole":                        {"Webhook-Signature", []string{signature}, true},
		"at the comma":                 {"Webhook-Signature", []string{"v1", base64}, true},
		"a blank after the comma":      {"Webhook-Signature", []string{"v1, " + base64}, true},
		"blanks around":                {"Webhook-Signature", []string{" v1 ", "\t" + base64 + " "}, true},
		"lower case in the map":        {"webhook-signature", []string{"v1", base64}, true},
		"upper case in the map":        {"WEBHOOK-SIGNATURE", []string{signature}, true},
		"two in a line":                {"Webhook-Signature", []string{foreign + " " + signature}, true},
		"two in a line, at the commas": {"Webhook-Signature", strings.Split(foreign+" "+signature, ","), true},
		"two lines":                    {"Webhook-Signature", []string{foreign, signature}, true},
		"two lines, joined":            {"Webhook-Signature", []string{foreign + "," + signature}, true},
		"two lines, joined with blank": {"Webhook-Signature", []string{foreign + ", " + signature}, true},
		"of another version before":    {"Webhook-Signature", []string{"v1a,AAAA " + signature}, true},
		"only of another version":      {"Webhook-Signature", []string{"v2," + base64}, false},
		"without a version":            {"Webhook-Signature", []string{base64}, false},
		"the version after it":         {"Webhook-Signature", []string{base64, "v1"}, false},
		"only the version":             {"Webhook-Signature", []string{"v1", ""}, false},
		"only another's":               {"Webhook-Signature", []string{foreign, foreign}, false},
		"cut":                          {"Webhook-Signature", []string{"v1", base64[:20], base64[20:]}, false},
		"commas":                       {"Webhook-Signature", []string{strings.Repeat(",", 10_000)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			request := message(secret, time.Now(), body)
			request.Header.Del("webhook-signature")
			request.Header[test.name] = test.lines
			event, err := r.Receive(request)
			if test.good != (err == nil) || test.good && event.ID != "r1_succeeded" || !test.good && !errors.Is(err, webhook.Unverified) {
				t.Errorf("got %+v, %v", event, err)
			}
		})
	}
	for name, headers := range map[string]http.Header{
		"id and time in lower case": {"webhook-id": {"r1_succeeded"}},
		"the id twice, the same":    {"Webhook-Id": {"r1_succeeded", "r1_succeeded"}},
		"the id with blanks":        {"Webhook-Id": {" r1_succeeded "}},
		"two ids":                   {"Webhook-Id": {"r1_succeeded", "r2_succeeded"}},
		"two ids, the other first":  {"Webhook-Id": {"r2_succeeded", "r1_succeeded"}},
	} {
		request := message(secret, time.Now(), body)
		request.Header.Del("webhook-id")
		maps.Copy(request.Header, headers)
		if event, err := r.Receive(request); (err == nil) == strings.HasPrefix(name, "two") {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
}

func TestNoBody(t *testing.T) {
	r := receiver(t, secret)
	for name, nothing := range map[string]io.ReadCloser{"nil": nil, "empty": http.NoBody} {
		request := message(secret, time.Now(), body)
		request.Body = nothing
		if _, err := r.Receive(request); !errors.Is(err, webhook.Unverified) || !strings.Contains(err.Error(), "body is empty") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestNewReceiverRefuses(t *testing.T) {
	for name, secrets := range map[string][]string{
		"none": nil, "empty": {""}, "prefix": {"whsec_"}, "short": {"whsec_c2VjcmV0"}, "no base64": {"whsec_***"}, "one of two": {secret, "x"},
	} {
		if r, err := webhook.NewReceiver(secrets...); r != nil || !errors.Is(err, webhook.SecretMalformed) {
			t.Errorf("%s: got %v, %v", name, r, err)
		}
	}
}

func TestHandler(t *testing.T) {
	var events []webhook.Event
	fail := true
	handler := receiver(t, secret).Handler(func(_ context.Context, e webhook.Event) error {
		events = append(events, e)
		if fail {
			return errors.New("the database is away")
		}
		return nil
	})
	answer := func(r *http.Request) (int, string) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if code, text := answer(message(secret, time.Now(), body)); code != 500 || strings.Contains(text, "database") {
		t.Errorf("a failing handler: %d %s", code, text)
	}
	fail = false
	if code, text := answer(message(secret, time.Now(), body)); code != 204 || text != "" {
		t.Errorf("%d %s", code, text)
	}
	if code, _ := answer(message(other, time.Now(), body)); code != 401 {
		t.Errorf("a forged message: %d", code)
	}
	if len(events) != 2 || events[0].ID != events[1].ID {
		t.Errorf("got %+v", events)
	}
}

func ExampleReceiver_Handler() {
	receiver, err := webhook.NewReceiver("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil {
		panic(err)
	}
	delivered := map[string]bool{} // a table of the shop
	handler := receiver.Handler(func(_ context.Context, event webhook.Event) error {
		if event.Type == webhook.PaymentSucceeded && !delivered[event.ID] {
			delivered[event.ID] = true
			fmt.Println("paid:", event.Data.ReferenceOrderID, event.Data.PaymentAmount)
		}
		return nil
	})
	for range 2 { // the Worker may send a message twice
		handler.ServeHTTP(httptest.NewRecorder(), message(secret, time.Now(), body))
	}
	// Output: paid: o1 100 CNY
}
