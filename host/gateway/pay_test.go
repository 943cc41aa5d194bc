package gateway_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

func TestPaySeed(t *testing.T) {
	f := &fake{body: seedAnswer}
	address := serve(t, f)
	payment, err := client(t, address).Pay(t.Context(), seedOrder())
	if err != nil {
		t.Fatal(err)
	}
	if payment.Outcome != gateway.RedirectShopper || payment.PaymentID != "109251015910035106387585550135231999cwdeaACbLn202005310001917517" ||
		payment.PaymentRequestID != "ams_alipaycn_cashier_pay_sandbox_request_0001" || payment.PaymentAmount.String() != "100 USD" ||
		payment.ResultCode != "PAYMENT_IN_PROCESS" || payment.PaymentCreateTime != "2020-06-01T17:25:10+08:00" {
		t.Errorf("got %+v", payment)
	}
	redirect := payment.Redirect
	if redirect.Method != "GET" || redirect.Action != "https://iopensandbox.alipay.com/alipaycn/pc/cashier" ||
		!slices.Contains(redirect.Fields, gateway.Field{Name: "paymentExpireTime", Value: "1591046710000"}) ||
		!slices.Contains(redirect.Fields, gateway.Field{Name: "county", Value: "US"}) ||
		!strings.HasPrefix(redirect.Location, redirect.Action+"?paymentExpireTime=1591046710000&amountValue=100&") {
		t.Errorf("got %+v", redirect)
	}

	request := f.requests[0]
	if request.Method != http.MethodPost || request.RequestURI != "/ams/sandbox/api/v1/payments/pay" {
		t.Errorf("%s %s", request.Method, request.RequestURI)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=UTF-8",
		"Client-Id":    clientID,
		"Request-Time": "2020-05-18T12:08:56+05:30",
		"Signature":    signature(merchant, "2", "/ams/sandbox/api/v1/payments/pay", clientID, "2020-05-18T12:08:56+05:30", f.bodies[0]),
	} {
		if got := request.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	jsonEqual(t, f.bodies[0], `{"order":{"env":{"terminalType":"WEB"},
		"extendInfo":"{\"chinaExtraTransInfo\":{\"totalQuantity\":\"2\",\"businessType\":\"4\",\"goodsInfo\":\"Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1\"}}",
		"orderAmount":{"currency":"USD","value":"100"},"orderDescription":"Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1","referenceOrderId":"alipayCNOrder12345"},
		"paymentAmount":{"currency":"USD","value":"100"},"paymentMethod":{"paymentMethodType":"ALIPAY_CN"},"paymentNotifyUrl":"http://af927046.ngrok.io",
		"paymentRedirectUrl":"https://www.taobao.com?param1=sl","paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_0001",
		"productCode":"CASHIER_PAYMENT","settlementStrategy":{"settlementCurrency":"USD"}}`)
}

func TestPayCurrentProfileSendsMilliseconds(t *testing.T) {
	f := &fake{body: seedAnswer}
	c := client(t, serve(t, f), func(o *gateway.Options) { o.Config.WireProfile = "current" })
	if _, err := c.Pay(t.Context(), seedOrder()); err != nil {
		t.Fatal(err)
	}
	if got := f.requests[0].Header.Get("Request-Time"); got != "1589783936000" {
		t.Errorf("got %q", got)
	}
}

func TestPayRepeatsTheSameBytes(t *testing.T) {
	f := &fake{body: seedAnswer}
	c := client(t, serve(t, f))
	for range 3 {
		if _, err := c.Pay(t.Context(), seedOrder()); err != nil {
			t.Fatal(err)
		}
	}
	if f.bodies[0] != f.bodies[1] || f.bodies[1] != f.bodies[2] {
		t.Errorf("different bodies: %q", f.bodies)
	}
}

func TestPayInvalidOrderListsAllProblemsAndSendsNothing(t *testing.T) {
	f := &fake{body: seedAnswer}
	order := seedOrder()
	order.PaymentAmount = gateway.Amount{Currency: "USD", Value: "1.5"}
	order.SettlementCurrency = "EUR"
	order.ReferenceOrderID = ""
	_, err := client(t, serve(t, f)).Pay(t.Context(), order)
	var problems gateway.Problems
	if !errors.As(err, &problems) || errors.Is(err, gateway.ErrOutcomeUnknown) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []gateway.Code{"AMOUNT_MALFORMED", "SETTLEMENT_CURRENCY_MISMATCH", "FIELD_REQUIRED"} {
		if !errors.Is(err, want) || !strings.Contains(err.Error(), string(want)) {
			t.Errorf("no %s in %v", want, err)
		}
	}
	var problem gateway.Problem
	if !errors.As(err, &problem) || problem.Path == "" || problem.Message == "" {
		t.Errorf("got %+v", problem)
	}
	if len(f.requests) != 0 {
		t.Errorf("%d requests were sent", len(f.requests))
	}
}

func TestPayOversizedOrder(t *testing.T) {
	order := seedOrder()
	order.OrderDescription = strings.Repeat("x", 2<<20)
	_, err := client(t, "http://127.0.0.1:1").Pay(t.Context(), order)
	if !errors.Is(err, gateway.Code("INPUT_TOO_LARGE")) {
		t.Errorf("got %.200v", err)
	}
}

func TestPayResults(t *testing.T) {
	for name, test := range map[string]struct {
		body    string
		outcome gateway.Outcome
		unknown bool
	}{
		"bad field":      {`{"result":{"resultStatus":"F","resultCode":"PARAM_ILLEGAL","resultMessage":"illegal"}}`, gateway.FixRequest, false},
		"contract":       {`{"result":{"resultStatus":"F","resultCode":"SETTLE_CONTRACT_NOT_MATCH","resultMessage":"x"}}`, gateway.FixConfiguration, false},
		"closed":         {`{"result":{"resultStatus":"F","resultCode":"ORDER_IS_CLOSED","resultMessage":"x"}}`, gateway.NewAttempt, false},
		"balance":        {`{"result":{"resultStatus":"F","resultCode":"USER_BALANCE_NOT_ENOUGH","resultMessage":"x"}}`, gateway.TellShopper, false},
		"throttled":      {`{"result":{"resultStatus":"U","resultCode":"REQUEST_TRAFFIC_EXCEED_LIMIT","resultMessage":"x"}}`, gateway.Repeat, true},
		"unknown":        {`{"result":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION","resultMessage":"x"}}`, gateway.Inquire, true},
		"without a form": {`{"paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_0001","result":{"resultStatus":"U","resultCode":"PAYMENT_IN_PROCESS","resultMessage":"x"}}`, gateway.Inquire, true},
	} {
		t.Run(name, func(t *testing.T) {
			payment, err := client(t, serve(t, &fake{body: test.body})).Pay(t.Context(), seedOrder())
			var refused *gateway.ResultError
			if payment != nil || !errors.As(err, &refused) || refused.Outcome != test.outcome || errors.Is(err, gateway.ErrOutcomeUnknown) != test.unknown {
				t.Fatalf("got %+v, %v", payment, err)
			}
			if code := gateway.Code(refused.Result.ResultCode); !errors.Is(err, code) || refused.Advice.Operator == "" || !strings.Contains(err.Error(), refused.Advice.Operator) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// write returns a fault that answers something else.
func write(status int, body string) func(http.ResponseWriter, *http.Request, string) bool {
	return func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
		return true
	}
}

func header(name, value string) func(http.ResponseWriter, *http.Request, string) bool {
	return func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		if w.Header().Del(name); value != "" {
			w.Header().Set(name, value)
		}
		return false
	}
}

func TestPayUnverifiedAnswers(t *testing.T) {
	resign := func(key *rsa.PrivateKey, version, path, client string) func(http.ResponseWriter, *http.Request, string) bool {
		return func(w http.ResponseWriter, r *http.Request, body string) bool {
			w.Header().Set("client-id", client)
			w.Header().Set("signature", signature(key, version, path, client, w.Header().Get("response-time"), body))
			return false
		}
	}
	const path = "/ams/sandbox/api/v1/payments/pay"
	for name, test := range map[string]struct {
		fault func(http.ResponseWriter, *http.Request, string) bool
		code  gateway.Code // in the error, "" for any
		claim string       // the unverified result code
	}{
		"no signature":      {header("signature", ""), "HEADER_MISSING", "PAYMENT_IN_PROCESS"},
		"no time":           {header("response-time", ""), "HEADER_MISSING", "PAYMENT_IN_PROCESS"},
		"no client":         {header("client-id", ""), "HEADER_MISSING", "PAYMENT_IN_PROCESS"},
		"other time":        {header("response-time", "2020-06-01T17:25:12+08:00"), gateway.SignatureMismatch, "PAYMENT_IN_PROCESS"},
		"other body":        {write(200, strings.Replace(seedAnswer, "iopensandbox", "evil", 1)), gateway.SignatureMismatch, "PAYMENT_IN_PROCESS"},
		"truncated":         {write(200, seedAnswer[:100]), gateway.SignatureMismatch, ""},
		"pretty":            {write(200, seedAnswer+"\n"), gateway.SignatureMismatch, "PAYMENT_IN_PROCESS"},
		"other client":      {resign(alipay, "1", path, "SANDBOX_OTHER"), "CLIENT_ID_MISMATCH", "PAYMENT_IN_PROCESS"},
		"other key":         {resign(merchant, "1", path, clientID), gateway.SignatureMismatch, "PAYMENT_IN_PROCESS"},
		"other key version": {resign(alipay, "2", path, clientID), gateway.KeyVersionUnknown, "PAYMENT_IN_PROCESS"},
		"other path":        {resign(alipay, "1", "/ams/sandbox/api/v1/payments/cancel", clientID), gateway.SignatureMismatch, "PAYMENT_IN_PROCESS"},
		"HTML": {func(w http.ResponseWriter, r *http.Request, b string) bool {
			return write(502, "<html>Bad Gateway</html>")(w, r, b)
		}, "", ""},
		"429": {write(429, ""), "", ""},
		"500": {write(500, `{"result":{"resultCode":"SYSTEM_ERROR","resultStatus":"F"}}`), "", "SYSTEM_ERROR"},
		"redirect": {func(w http.ResponseWriter, r *http.Request, b string) bool {
			w.Header().Set("Location", "/ams/sandbox/api/v1/payments/pay")
			return write(307, "")(w, r, b)
		}, "", ""},
		"6 MiB": {write(200, strings.Repeat("x", 6<<20)), gateway.BodyTooLarge, ""},
		"unsigned error": {func(w http.ResponseWriter, r *http.Request, b string) bool {
			w.Header().Del("signature")
			return write(200, `{"result":{"resultCode":"INVALID_SIGNATURE\u001b[31m","resultStatus":"F","resultMessage":"bad"}}`)(w, r, b)
		}, "HEADER_MISSING", "INVALID_SIGNATURE?[31m"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{body: seedAnswer, fault: test.fault}
			payment, err := client(t, serve(t, f)).Pay(t.Context(), seedOrder())
			var unverified *gateway.UnverifiedError
			if payment != nil || !errors.As(err, &unverified) || !errors.Is(err, gateway.ErrOutcomeUnknown) {
				t.Fatalf("got %+v, %v", payment, err)
			}
			if test.code != "" && !errors.Is(err, test.code) {
				t.Errorf("got %v, want %s", err, test.code)
			}
			if unverified.Unverified.ResultCode != test.claim || !strings.Contains(err.Error(), test.claim) {
				t.Errorf("got %+v", unverified.Unverified)
			}
			if errors.Is(err, gateway.Code(test.claim)) && test.claim != "" {
				t.Error("an unverified code counts as a code")
			}
			if len(f.requests) != 1 {
				t.Errorf("%d requests", len(f.requests))
			}
		})
	}
}

func TestPayUnusableAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		code gateway.Code
	}{
		"other host":    {strings.Replace(seedAnswer, "iopensandbox.alipay.com", "alipay.com.evil.example", 1), "REDIRECT_HOST"},
		"script":        {strings.Replace(seedAnswer, "https://iopensandbox.alipay.com", "javascript:alert(1)//", 1), ""},
		"other payment": {strings.Replace(seedAnswer, "request_0001", "request_0002", 1), gateway.PaymentRequestIDMismatch},
		"other amount":  {strings.Replace(seedAnswer, `"value": "100"`, `"value": "1"`, 1), gateway.PaymentAmountMismatch},
		"no id":         {strings.Replace(seedAnswer, `"paymentRequestId": "ams_alipaycn_cashier_pay_sandbox_request_0001",`, "", 1), "FIELD_REQUIRED"},
		"no JSON":       {"OK", "JSON_MALFORMED"},
		"twice":         {strings.Replace(seedAnswer, `"paymentId"`, `"paymentRequestId":"x","paymentId"`, 1), "JSON_DUPLICATE_KEY"},
		"no result":     {`{}`, "FIELD_REQUIRED"},
	} {
		t.Run(name, func(t *testing.T) {
			payment, err := client(t, serve(t, &fake{body: test.body})).Pay(t.Context(), seedOrder())
			var unusable *gateway.UnusableError
			if payment != nil || !errors.As(err, &unusable) || !errors.Is(err, gateway.ErrOutcomeUnknown) || test.code != "" && !errors.Is(err, test.code) {
				t.Errorf("got %+v, %v", payment, err)
			}
		})
	}
}

func TestPayTransport(t *testing.T) {
	var transport *gateway.TransportError
	_, err := client(t, "http://127.0.0.1:1").Pay(t.Context(), seedOrder())
	if !errors.As(err, &transport) || !errors.Is(err, gateway.ErrOutcomeUnknown) {
		t.Errorf("refused connection: got %v", err)
	}

	reset := &fake{fault: func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
		return true
	}}
	if _, err := client(t, serve(t, reset)).Pay(t.Context(), seedOrder()); !errors.As(err, &transport) {
		t.Errorf("reset: got %v", err)
	}

	cut := &fake{body: seedAnswer, fault: func(w http.ResponseWriter, _ *http.Request, body string) bool {
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, body)
		return true
	}}
	if _, err := client(t, serve(t, cut)).Pay(t.Context(), seedOrder()); !errors.As(err, &transport) {
		t.Errorf("cut off: got %v", err)
	}
}

func TestPayContext(t *testing.T) {
	release := make(chan struct{})
	slow := &fake{fault: func(http.ResponseWriter, *http.Request, string) bool { <-release; return true }}
	address := serve(t, slow)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := client(t, address).Pay(ctx, seedOrder())
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, gateway.ErrOutcomeUnknown) || time.Since(start) > 5*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if _, err := client(t, address).Pay(ctx, seedOrder()); !errors.Is(err, context.Canceled) || errors.Is(err, gateway.ErrOutcomeUnknown) {
		t.Errorf("cancelled before: got %v", err)
	}
}

// opaque is a key as in a key service: it can sign and not be looked at.
type opaque struct{ key *rsa.PrivateKey }

func (o opaque) Public() crypto.PublicKey { return nil }
func (o opaque) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("wants the message")
}
func (o opaque) SignMessage(r io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return crypto.SignMessage(o.key, r, message, opts)
}

func TestPayWithKeyService(t *testing.T) {
	f := &fake{body: seedAnswer}
	address := serve(t, f)
	if _, err := client(t, address, func(o *gateway.Options) { o.Key = opaque{merchant} }).Pay(t.Context(), seedOrder()); err != nil {
		t.Fatal(err)
	}
	want := signature(merchant, "2", "/ams/sandbox/api/v1/payments/pay", clientID, "2020-05-18T12:08:56+05:30", f.bodies[0])
	if got := f.requests[0].Header.Get("Signature"); got != want {
		t.Errorf("got %s", got)
	}
	if _, err := client(t, address, func(o *gateway.Options) { o.Key = nil }).Pay(t.Context(), seedOrder()); err == nil || errors.Is(err, gateway.ErrOutcomeUnknown) {
		t.Errorf("without a key: got %v", err)
	}
}

func TestCallersHTTPClientIsUsedAndNotChanged(t *testing.T) {
	used := 0
	own := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		used++
		return http.DefaultTransport.RoundTrip(r)
	})}
	c := client(t, serve(t, &fake{body: seedAnswer}), func(o *gateway.Options) { o.HTTPClient = own })
	if _, err := c.Pay(t.Context(), seedOrder()); err != nil || used != 1 || own.CheckRedirect != nil {
		t.Errorf("used %d times, %v", used, err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestLogHasNoBodyAndNoSignature(t *testing.T) {
	var log bytes.Buffer
	f := &fake{body: seedAnswer}
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := client(t, serve(t, f), func(o *gateway.Options) { o.Logger = logger })
	if _, err := c.Pay(t.Context(), seedOrder()); err != nil {
		t.Fatal(err)
	}
	f.fault = header("signature", "")
	if _, err := c.Pay(t.Context(), seedOrder()); err == nil {
		t.Fatal("an unsigned answer was believed")
	}
	text := log.String()
	for _, want := range []string{"alipay answered", "resultCode=PAYMENT_IN_PROCESS", "alipay gave no usable answer", "ams_alipaycn_cashier_pay_sandbox_request_0001", "HEADER_MISSING"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	for _, secret := range []string{"Macbook", "taobao", "algorithm=", "redirectUrl"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q in %s", secret, text)
		}
	}
	if lines := strings.Count(text, "\n"); lines != 2 {
		t.Errorf("%d lines for 2 exchanges: %s", lines, text)
	}
}

func TestClientIsSafeForConcurrentUse(t *testing.T) {
	c := client(t, "http://127.0.0.1:1", func(o *gateway.Options) {
		o.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) { return nil, errors.New("offline") })}
	})
	done := make(chan error)
	for range 16 {
		go func() {
			_, err := c.Pay(context.Background(), seedOrder())
			done <- err
		}()
	}
	for range 16 {
		if err := <-done; !errors.Is(err, gateway.ErrOutcomeUnknown) {
			t.Error(err)
		}
	}
}
