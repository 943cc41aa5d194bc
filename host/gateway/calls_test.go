package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/sandbox"
)

// step is how a scripted gateway meets one request: with a signed body, or in a way of its own.
type step struct {
	body  string
	fault func(w http.ResponseWriter, r *http.Request, body string) (done bool)
}

// script is a gateway that goes through a list of steps for each operation; the last one stays.
type script struct {
	steps map[string][]step

	mu       sync.Mutex
	requests []string // operations
	bodies   map[string][]string
	headers  []http.Header
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	operation := path.Base(r.URL.Path)
	s.mu.Lock()
	if s.bodies == nil {
		s.bodies = map[string][]string{}
	}
	steps := s.steps[operation]
	now := steps[min(len(s.bodies[operation]), len(steps)-1)]
	s.requests = append(s.requests, operation)
	s.bodies[operation] = append(s.bodies[operation], string(body))
	s.headers = append(s.headers, r.Header)
	s.mu.Unlock()
	(&fake{body: now.body, fault: now.fault}).ServeHTTP(w, r)
}

func (s *script) start(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

func (s *script) heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.requests, " ")
}

// sent returns the bodies of the requests of an operation.
func (s *script) sent(operation string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies[operation])
}

func (s *script) header(n int) http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.headers[n]
}

func result(status, code string) string {
	return fmt.Sprintf(`{"result":{"resultStatus":%q,"resultCode":%q,"resultMessage":"m"}}`, status, code)
}

func inquired(status string) string {
	return fmt.Sprintf(`{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"m"},"paymentStatus":%q,"paymentResultCode":"CODE",
		"paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_0001","paymentId":"p1","paymentAmount":{"currency":"USD","value":"100"}}`, status)
}

func reset(w http.ResponseWriter, _ *http.Request, _ string) bool {
	conn, _, _ := w.(http.Hijacker).Hijack()
	conn.Close()
	return true
}

// quick is a policy for tests.
func quick(o *gateway.Options) {
	o.Retry = &gateway.Retry{Wait: time.Millisecond, MaxWait: 2 * time.Millisecond}
}

// TestCallsThroughTheSandbox makes all five calls to an Alipay with code of its own, in both wire profiles.
func TestCallsThroughTheSandbox(t *testing.T) {
	for _, profile := range []string{"guide", "current"} {
		t.Run(profile, func(t *testing.T) {
			alipay := hosttest.Start(t, func(o *sandbox.Options) { o.Clock = sandbox.NewClock() })
			options := alipay.Options(core)
			options.Config.WireProfile = profile
			c, err := gateway.New(options)
			if err != nil {
				t.Fatal(err)
			}
			refunded := make(chan *gateway.Notification, 1)
			shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, err := c.VerifyNotification(r)
				if err != nil {
					t.Error(err)
					return
				}
				_ = n.Acknowledge(w)
				if n.Refunded() {
					refunded <- n
				}
			}))
			defer shop.Close()

			order := seedOrder()
			order.PaymentNotifyURL = shop.URL + "/notify"
			payment, err := c.Pay(t.Context(), order)
			if err != nil {
				t.Fatal(err)
			}
			which := gateway.PaymentReference{PaymentRequestID: order.PaymentRequestID}
			if found, err := c.InquirePayment(t.Context(), which); err != nil || found.State != gateway.Processing || found.PaymentID != payment.PaymentID || found.Outcome != gateway.Wait {
				t.Fatalf("before: %+v, %v", found, err)
			}
			if err := alipay.Pay(t.Context(), payment); err != nil {
				t.Fatal(err)
			}
			found, err := c.InquirePayment(t.Context(), gateway.PaymentReference{PaymentID: payment.PaymentID})
			if err != nil || found.State != gateway.Success || found.PaymentAmount != order.PaymentAmount || found.PaymentTime == "" {
				t.Fatalf("after: %+v, %v", found, err)
			}

			request := gateway.RefundRequest{RefundRequestID: "refund1", PaymentID: payment.PaymentID, RefundAmount: gateway.Amount{Currency: "USD", Value: "40"}, RefundNotifyURL: shop.URL + "/refunds"}
			refund, err := c.Refund(t.Context(), request)
			if err != nil || refund.RefundID == "" || refund.RefundAmount != request.RefundAmount {
				t.Fatalf("refund: %+v, %v", refund, err)
			}
			again, err := c.Refund(t.Context(), request)
			if err != nil || again.RefundID != refund.RefundID {
				t.Errorf("the same refund again: %+v, %v", again, err)
			}
			back, err := c.WaitRefund(t.Context(), gateway.RefundReference{RefundRequestID: "refund1"}, gateway.Poll{Interval: 10 * time.Millisecond})
			if err != nil || back.State != gateway.Success || back.RefundID != refund.RefundID {
				t.Errorf("inquiryRefund: %+v, %v", back, err)
			}
			select {
			case n := <-refunded:
				if n.RefundRequestID != "refund1" || n.RefundAmount != request.RefundAmount {
					t.Errorf("notification: %+v", n)
				}
			case <-time.After(10 * time.Second):
				t.Error("no notification of the refund")
			}
			request.RefundRequestID, request.RefundAmount.Value = "refund2", "61"
			if _, err := c.Refund(t.Context(), request); !errors.Is(err, gateway.Code("REFUND_AMOUNT_EXCEED")) || errors.Is(err, gateway.ErrOutcomeUnknown) {
				t.Errorf("too much: %v", err)
			}

			order.PaymentRequestID = "another"
			if _, err := c.Pay(t.Context(), order); err != nil {
				t.Fatal(err)
			}
			which.PaymentRequestID = "another"
			if done, err := c.Cancel(t.Context(), which); err != nil || done.State != gateway.Cancelled || done.PaymentRequestID != "another" {
				t.Errorf("cancel: %+v, %v", done, err)
			}
			if found, err := c.InquirePayment(t.Context(), which); err != nil || found.State != gateway.Cancelled || found.Outcome != gateway.NewAttempt {
				t.Errorf("after cancel: %+v, %v", found, err)
			}
			which.PaymentRequestID = "nothing"
			if _, err := c.InquirePayment(t.Context(), which); !errors.Is(err, gateway.Code("ORDER_NOT_EXIST")) || gateway.Next(err) != gateway.Inquire {
				t.Errorf("no such payment: %v", err)
			}
		})
	}
}

func TestCallsRefuseBadRequests(t *testing.T) {
	c := client(t, "http://127.0.0.1:1")
	for name, call := range map[string]func(context.Context) error{
		"inquiryPayment": func(ctx context.Context) error {
			_, err := c.InquirePayment(ctx, gateway.PaymentReference{})
			return err
		},
		"cancel": func(ctx context.Context) error { _, err := c.Cancel(ctx, gateway.PaymentReference{}); return err },
		"refund": func(ctx context.Context) error { _, err := c.Refund(ctx, gateway.RefundRequest{}); return err },
		"inquiryRefund": func(ctx context.Context) error {
			_, err := c.InquireRefund(ctx, gateway.RefundReference{})
			return err
		},
	} {
		err := call(t.Context())
		var problems gateway.Problems
		if !errors.As(err, &problems) || errors.Is(err, gateway.ErrOutcomeUnknown) || gateway.Next(err) != gateway.FixRequest {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnswersMustBelongToTheQuestion(t *testing.T) {
	ok := `"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"m"}`
	s := &script{steps: map[string][]step{
		"inquiryPayment": {{body: `{` + ok + `,"paymentStatus":"SUCCESS","paymentRequestId":"other","paymentId":"p1","paymentAmount":{"currency":"USD","value":"2"}}`}},
		"cancel":         {{body: `{` + ok + `,"paymentRequestId":"r1","paymentId":"other"}`}},
		"refund":         {{body: `{` + ok + `,"refundRequestId":"f1","refundId":"x","paymentId":"p1","refundAmount":{"currency":"USD","value":"2"}}`}},
		"inquiryRefund":  {{body: `{` + ok + `,"refundStatus":"SUCCESS","refundRequestId":"other","refundAmount":{"currency":"USD","value":"2"}}`}},
	}}
	c := client(t, s.start(t), quick)
	check := func(err error, code gateway.Code) {
		t.Helper()
		var unusable *gateway.UnusableError
		if !errors.As(err, &unusable) || !errors.Is(err, code) || !errors.Is(err, gateway.ErrOutcomeUnknown) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	_, err := c.InquirePayment(t.Context(), gateway.PaymentReference{PaymentRequestID: "r1"})
	check(err, "PAYMENT_REQUEST_ID_MISMATCH")
	_, err = c.Cancel(t.Context(), gateway.PaymentReference{PaymentID: "p1"})
	check(err, "PAYMENT_ID_MISMATCH")
	_, err = c.Refund(t.Context(), gateway.RefundRequest{RefundRequestID: "f1", PaymentID: "p1", RefundAmount: gateway.Amount{Currency: "USD", Value: "1"}})
	check(err, "REFUND_AMOUNT_MISMATCH")
	_, err = c.InquireRefund(t.Context(), gateway.RefundReference{RefundRequestID: "f1"})
	check(err, "REFUND_REQUEST_ID_MISMATCH")
	if got := s.heard(); got != "inquiryPayment cancel refund inquiryRefund" {
		t.Errorf("answers that must not be acted on were asked for again: %s", got)
	}
}

func TestRefundInProcessIsNotSentAgain(t *testing.T) {
	s := &script{steps: map[string][]step{"refund": {{body: `{"result":{"resultStatus":"U","resultCode":"REFUND_IN_PROCESS","resultMessage":"m"},"refundRequestId":"f1","refundId":"x","paymentId":"p1","refundAmount":{"currency":"USD","value":"1"}}`}}}}
	refund, err := client(t, s.start(t), quick).Refund(t.Context(), gateway.RefundRequest{RefundRequestID: "f1", PaymentID: "p1", RefundAmount: gateway.Amount{Currency: "USD", Value: "1"}})
	if err != nil || refund.State != gateway.Processing || refund.Outcome != gateway.Wait || s.heard() != "refund" {
		t.Errorf("got %+v, %v after %s", refund, err, s.heard())
	}
}

func TestConfigReachesTheWire(t *testing.T) {
	f := &fake{body: seedAnswer}
	no := false
	c := client(t, serve(t, f), func(o *gateway.Options) {
		o.Config.AgentToken, o.Config.RequestTime, o.Config.OriginalHost = "token", "epoch-ms", &no
		o.Config.AmountLimits = map[string]gateway.AmountLimit{"USD": {Maximum: "100"}}
	})
	if _, err := c.Pay(t.Context(), seedOrder()); err != nil {
		t.Fatal(err)
	}
	header := f.requests[0].Header
	if header.Get("Agent-Token") != "token" || header.Get("Request-Time") != "1589783936000" || header.Get("Original_host") != "" {
		t.Errorf("got %v", header)
	}
	order := seedOrder()
	order.PaymentAmount.Value = "101"
	if _, err := c.Pay(t.Context(), order); !errors.Is(err, gateway.Code("AMOUNT_ABOVE_MAXIMUM")) {
		t.Errorf("above the limit: %v", err)
	}
}
