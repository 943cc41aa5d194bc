package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

const payPath = "/ams/sandbox/api/v1/payments/pay"

// faults is every way in which a gateway can fail without having said anything that counts.
func faults() map[string]func(http.ResponseWriter, *http.Request, string) bool {
	return map[string]func(http.ResponseWriter, *http.Request, string) bool{
		"reset":     reset,
		"429":       write(429, ""),
		"500":       write(500, `{"result":{"resultCode":"SYSTEM_ERROR","resultStatus":"F"}}`),
		"HTML":      write(200, "<html>We'll be back soon</html>"),
		"unsigned":  header("signature", ""),
		"truncated": write(200, seedAnswer[:100]),
		"empty":     write(200, ""),
		"6 MiB":     write(200, strings.Repeat("x", 6<<20)),
		"other client": func(w http.ResponseWriter, r *http.Request, body string) bool {
			return resigned(w, body, "SANDBOX_OTHER", "1")
		},
		"other key": func(w http.ResponseWriter, r *http.Request, body string) bool {
			return resigned(w, body, clientID, "2")
		},
	}
}

func resigned(w http.ResponseWriter, body, client, version string) bool {
	w.Header().Set("client-id", client)
	w.Header().Set("signature", signature(alipay, version, payPath, client, w.Header().Get("response-time"), body))
	return false
}

// TestFaultyGatewayOnce: whatever goes wrong the first time, the payment is found or made by the repetition, with the same bytes.
func TestFaultyGatewayOnce(t *testing.T) {
	for name, fault := range faults() {
		t.Run(name, func(t *testing.T) {
			s := &script{steps: map[string][]step{
				"pay":            {{body: seedAnswer, fault: fault}, {body: seedAnswer}},
				"inquiryPayment": {{body: inquired("PROCESSING")}},
			}}
			var clock time.Duration
			c := client(t, s.start(t), quick, func(o *gateway.Options) {
				o.Now = func() time.Time { clock += time.Second; return now().Add(clock) }
			})
			payment, err := c.Pay(t.Context(), seedOrder())
			if strings.HasPrefix(name, "other") { // the configuration is to blame
				if gateway.Next(err) != gateway.FixConfiguration || s.heard() != "pay" {
					t.Errorf("got %v after %s", err, s.heard())
				}
				return
			}
			if err != nil || payment.Redirect == nil || s.heard() != "pay inquiryPayment pay" {
				t.Fatalf("got %+v, %v after %s", payment, err, s.heard())
			}
			if bodies := s.sent("pay"); bodies[0] != bodies[1] {
				t.Errorf("the repetition is another request:\n%s\n%s", bodies[0], bodies[1])
			}
			first, last := s.header(0), s.header(2)
			if first.Get("Request-Time") == last.Get("Request-Time") || first.Get("Signature") == last.Get("Signature") {
				t.Error("time and signature are not fresh")
			}
		})
	}
}

// TestFaultyGatewayAlways: each fault ends in its documented error, all requests have the same id and bytes, and nothing goes on
// longer than it may.
func TestFaultyGatewayAlways(t *testing.T) {
	for name, fault := range faults() {
		t.Run(name, func(t *testing.T) {
			s := &script{steps: map[string][]step{"pay": {{body: seedAnswer, fault: fault}}, "inquiryPayment": {{fault: write(503, "busy")}}}}
			_, err := client(t, s.start(t), quick).Pay(t.Context(), seedOrder())
			var transport *gateway.TransportError
			var unverified *gateway.UnverifiedError
			if !errors.Is(err, gateway.ErrOutcomeUnknown) || errors.As(err, &transport) != (name == "reset") || errors.As(err, &unverified) == (name == "reset") {
				t.Errorf("got %v", err)
			}
			want := 4
			if strings.HasPrefix(name, "other") {
				want = 1
			}
			if got := len(s.sent("pay")); got != want {
				t.Errorf("%d pay requests", got)
			}
			for _, body := range s.sent("pay") {
				if body != s.sent("pay")[0] {
					t.Error("the requests differ")
				}
			}
		})
	}
}

// TestSlowGateway: nothing hangs past the context, and the error says that the outcome is unknown.
func TestSlowGateway(t *testing.T) {
	release := make(chan struct{})
	slow := step{fault: func(http.ResponseWriter, *http.Request, string) bool { <-release; return true }}
	s := &script{steps: map[string][]step{"pay": {{fault: write(500, "busy")}, slow}, "inquiryPayment": {slow}, "refund": {slow}, "cancel": {slow}, "inquiryRefund": {slow}}}
	c := client(t, s.start(t), quick)
	t.Cleanup(func() { close(release) })
	for name, call := range map[string]func(context.Context) error{
		"pay": func(ctx context.Context) error { _, err := c.Pay(ctx, seedOrder()); return err },
		"inquiryPayment": func(ctx context.Context) error {
			_, err := c.InquirePayment(ctx, gateway.PaymentReference{PaymentID: "p"})
			return err
		},
		"cancel": func(ctx context.Context) error {
			_, err := c.Cancel(ctx, gateway.PaymentReference{PaymentID: "p"})
			return err
		},
		"refund": func(ctx context.Context) error {
			_, err := c.Refund(ctx, gateway.RefundRequest{RefundRequestID: "f", PaymentID: "p", RefundAmount: gateway.Amount{Currency: "USD", Value: "1"}})
			return err
		},
		"inquiryRefund": func(ctx context.Context) error {
			_, err := c.InquireRefund(ctx, gateway.RefundReference{RefundID: "f"})
			return err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		start := time.Now()
		err := call(ctx)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, gateway.ErrOutcomeUnknown) || took > 5*time.Second {
			t.Errorf("%s: got %v after %v", name, err, took)
		}
		cancel()
	}
}

// TestContextEndsBetweenRequests: what the first request has left open is not forgotten.
func TestContextEndsBetweenRequests(t *testing.T) {
	s := &script{steps: map[string][]step{"pay": {{fault: write(500, "busy")}}}}
	c := client(t, s.start(t), func(o *gateway.Options) { o.Retry = &gateway.Retry{Wait: time.Minute, Budget: time.Hour} })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := c.Pay(ctx, seedOrder())
	var unverified *gateway.UnverifiedError
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, gateway.ErrOutcomeUnknown) || !errors.As(err, &unverified) {
		t.Errorf("got %v", err)
	}
}

func TestBudget(t *testing.T) {
	s := &script{steps: map[string][]step{"cancel": {{body: result("U", "UNKNOWN_EXCEPTION")}}}}
	c := client(t, s.start(t), func(o *gateway.Options) {
		o.Retry = &gateway.Retry{Attempts: 1000, Wait: 20 * time.Millisecond, MaxWait: 20 * time.Millisecond, Budget: 100 * time.Millisecond}
	})
	start := time.Now()
	_, err := c.Cancel(t.Context(), gateway.PaymentReference{PaymentID: "p"})
	if n := len(s.sent("cancel")); gateway.Next(err) != gateway.Repeat || n < 2 || n > 12 || time.Since(start) > 5*time.Second {
		t.Errorf("got %v after %d requests", err, n)
	}
}

// TestWhatIsRepeated goes through the signed answers.
func TestWhatIsRepeated(t *testing.T) {
	for name, test := range map[string]struct {
		pay, inquiry string
		heard        string
		next         gateway.Outcome // "" for a payment
	}{
		"throttled, then fine":    {result("U", "REQUEST_TRAFFIC_EXCEED_LIMIT"), inquired("PROCESSING"), "pay inquiryPayment pay", ""},
		"unknown, was not made":   {result("U", "UNKNOWN_EXCEPTION"), result("F", "ORDER_NOT_EXIST"), "pay inquiryPayment pay", ""},
		"unknown, but paid":       {result("U", "UNKNOWN_EXCEPTION"), inquired("SUCCESS"), "pay inquiryPayment", ""},
		"unknown, dead":           {result("U", "UNKNOWN_EXCEPTION"), inquired("FAIL"), "pay inquiryPayment", gateway.NewAttempt},
		"unknown, cancelled":      {result("U", "UNKNOWN_EXCEPTION"), inquired("CANCELLED"), "pay inquiryPayment", gateway.NewAttempt},
		"unknown, paid what?":     {result("U", "UNKNOWN_EXCEPTION"), withoutAmount(inquired("SUCCESS")), "pay inquiryPayment", gateway.Inquire},
		"unknown, dead, no sum":   {result("U", "UNKNOWN_EXCEPTION"), withoutAmount(inquired("FAIL")), "pay inquiryPayment", gateway.NewAttempt},
		"unknown, another amount": {result("U", "UNKNOWN_EXCEPTION"), strings.Replace(inquired("PROCESSING"), `"100"`, `"1"`, 1), "pay inquiryPayment", gateway.Inquire},
		"refused":                 {result("F", "PARAM_ILLEGAL"), "", "pay", gateway.FixRequest},
		"closed":                  {result("F", "ORDER_IS_CLOSED"), "", "pay", gateway.NewAttempt},
		"contract":                {result("F", "INVALID_CONTRACT"), "", "pay", gateway.FixConfiguration},
		"shopper":                 {result("F", "RISK_REJECT"), "", "pay", gateway.TellShopper},
		"inconsistent":            {result("F", "REPEAT_REQ_INCONSISTENT"), "", "pay", gateway.FixRequest},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{steps: map[string][]step{"pay": {{body: test.pay}, {body: seedAnswer}}, "inquiryPayment": {{body: test.inquiry}}}}
			payment, err := client(t, s.start(t), quick).Pay(t.Context(), seedOrder())
			if gateway.Next(err) != test.next || (payment != nil) != (test.next == "") || s.heard() != test.heard {
				t.Errorf("got %+v, %v after %s", payment, err, s.heard())
			}
			if name == "unknown, but paid" && (payment.Outcome != gateway.Succeed || payment.PaymentID != "p1") {
				t.Errorf("got %+v", payment)
			}
		})
	}
}

func TestWithoutPolicyNothingIsRepeated(t *testing.T) {
	s := &script{steps: map[string][]step{"pay": {{fault: write(500, "busy")}}}}
	if _, err := client(t, s.start(t)).Pay(t.Context(), seedOrder()); !errors.Is(err, gateway.ErrOutcomeUnknown) || s.heard() != "pay" {
		t.Errorf("got %v after %s", err, s.heard())
	}
}

func TestPayAndWait(t *testing.T) {
	poll := gateway.Poll{Interval: time.Millisecond, MissingInterval: time.Millisecond}
	for name, test := range map[string]struct {
		pay       step
		inquiries []step
		want      gateway.State
		shown     int
		code      gateway.Code
	}{
		"paid":               {step{body: seedAnswer}, []step{{body: inquired("PROCESSING")}, {body: inquired("PENDING")}, {fault: write(500, "busy")}, {body: inquired("SUCCESS")}}, gateway.Success, 1, ""},
		"not paid":           {step{body: seedAnswer}, []step{{body: inquired("PROCESSING")}, {body: inquired("FAIL")}}, gateway.Fail, 1, ""},
		"unknown, but made":  {step{fault: write(500, "busy")}, []step{{body: result("F", "ORDER_NOT_EXIST")}, {body: inquired("PROCESSING")}, {body: inquired("SUCCESS")}}, gateway.Success, 0, ""},
		"unknown, not made":  {step{fault: write(500, "busy")}, []step{{body: result("F", "ORDER_NOT_EXIST")}}, "", 0, "ORDER_NOT_EXIST"},
		"refused":            {step{body: result("F", "PARAM_ILLEGAL")}, []step{{}}, "", 0, "PARAM_ILLEGAL"},
		"inquiry is refused": {step{body: seedAnswer}, []step{{body: result("F", "ACCESS_DENIED")}}, "", 1, "ACCESS_DENIED"},
		"another amount":     {step{body: seedAnswer}, []step{{body: strings.Replace(inquired("SUCCESS"), `"100"`, `"1"`, 1)}}, "", 1, "PAYMENT_AMOUNT_MISMATCH"},
		"no amount":          {step{body: seedAnswer}, []step{{body: withoutAmount(inquired("SUCCESS"))}}, "", 1, "FIELD_REQUIRED"},
		"not paid, no sum":   {step{body: seedAnswer}, []step{{body: withoutAmount(inquired("FAIL"))}}, gateway.Fail, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range test.inquiries { // the answer to pay has this paymentId
				test.inquiries[i].body = strings.Replace(test.inquiries[i].body, `"p1"`, `"109251015910035106387585550135231999cwdeaACbLn202005310001917517"`, 1)
			}
			s := &script{steps: map[string][]step{"pay": {test.pay}, "inquiryPayment": test.inquiries}}
			shown := 0
			found, err := client(t, s.start(t)).PayAndWait(t.Context(), seedOrder(), poll, func(p *gateway.Payment) error { shown++; return nil })
			if test.code != "" {
				if !errors.Is(err, test.code) {
					t.Errorf("got %+v, %v", found, err)
				}
			} else if err != nil || found.State != test.want {
				t.Errorf("got %+v, %v", found, err)
			}
			if shown != test.shown {
				t.Errorf("shown %d times", shown)
			}
		})
	}
}

// withoutAmount takes the amount out of an answer.
func withoutAmount(answer string) string {
	return strings.Replace(answer, `,"paymentAmount":{"currency":"USD","value":"100"}`, "", 1)
}

func TestWaitPaymentDemandsAnAmount(t *testing.T) {
	for name, body := range map[string]string{"none": withoutAmount(inquired("SUCCESS")), "empty": strings.Replace(inquired("SUCCESS"), `{"currency":"USD","value":"100"}`, `{}`, 1)} {
		s := &script{steps: map[string][]step{"inquiryPayment": {{body: body}}}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		found, err := client(t, s.start(t)).WaitPayment(ctx, gateway.PaymentReference{PaymentID: "p1"}, gateway.Poll{Interval: time.Millisecond})
		cancel()
		var unusable *gateway.UnusableError
		if found != nil || !errors.As(err, &unusable) || !errors.Is(err, gateway.Code("FIELD_REQUIRED")) || !errors.Is(err, gateway.ErrOutcomeUnknown) {
			t.Errorf("%s: got %+v, %v", name, found, err)
		}
	}
}

func TestPayAndWaitGivesUp(t *testing.T) {
	s := &script{steps: map[string][]step{"pay": {{body: seedAnswer}}, "inquiryPayment": {{body: strings.Replace(inquired("PENDING"), `"p1"`, `"109251015910035106387585550135231999cwdeaACbLn202005310001917517"`, 1)}}}}
	c := client(t, s.start(t))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := c.PayAndWait(ctx, seedOrder(), gateway.Poll{Interval: 5 * time.Millisecond}, func(*gateway.Payment) error { return nil })
	var undecided *gateway.UndecidedError
	if !errors.As(err, &undecided) || undecided.State != gateway.Pending || !errors.Is(err, context.DeadlineExceeded) || gateway.Next(err) != gateway.Inquire {
		t.Errorf("got %v", err)
	}
	gone := errors.New("the shopper has gone")
	if _, err := c.PayAndWait(t.Context(), seedOrder(), gateway.Poll{}, func(*gateway.Payment) error { return gone }); !errors.Is(err, gone) || !errors.Is(err, gateway.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
}
