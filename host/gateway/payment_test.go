package gateway_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// TestRedirectTo: nothing falls over without an address, and both methods lead to the cashier.
func TestRedirectTo(t *testing.T) {
	get := &gateway.Redirect{Method: "GET", Action: "https://x.alipay.com/c", Location: "https://x.alipay.com/c?a=1"}
	app := &gateway.Redirect{Method: "GET", Action: "alipays://platformapi/startApp", Location: "alipays://platformapi/startApp?appId=1"}
	post := &gateway.Redirect{Method: "POST", Action: "https://x.alipay.com/c", HTML: `<form method="post" action="https://x.alipay.com/c"><button>Pay</button></form>`}
	for name, test := range map[string]struct {
		payment  *gateway.Payment
		code     int
		location string
		body     string
		err      error
	}{
		"GET":         {&gateway.Payment{Redirect: get}, 303, get.Location, "", nil},
		"app":         {&gateway.Payment{Redirect: app}, 303, app.Location, "", nil},
		"POST":        {&gateway.Payment{Redirect: post}, 200, "", post.HTML, nil},
		"no redirect": {&gateway.Payment{}, 0, "", "", gateway.ErrNoRedirect},
		"no payment":  {nil, 0, "", "", gateway.ErrNoRedirect},
	} {
		t.Run(name, func(t *testing.T) {
			answer := httptest.NewRecorder()
			answer.Code = 0
			err := test.payment.RedirectTo(answer, httptest.NewRequest(http.MethodPost, "/checkout", nil))
			if !errors.Is(err, test.err) || answer.Header().Get("Location") != test.location || !strings.Contains(answer.Body.String(), test.body) {
				t.Errorf("got %v, %d %v %s", err, answer.Code, answer.Header(), answer.Body)
			}
			if test.err == nil && (answer.Code != test.code || answer.Header().Get("Cache-Control") != "no-store") || test.err != nil && len(answer.Header()) > 0 {
				t.Errorf("got %d %v", answer.Code, answer.Header())
			}
			if test.body != "" && !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
				t.Errorf("got %v", answer.Header())
			}
		})
	}
}

// TestPaidAlreadyHasNoRedirect: after an S there is nowhere to send the shopper, and no pointer to fall over.
func TestPaidAlreadyHasNoRedirect(t *testing.T) {
	f := &fake{body: strings.Replace(strings.Replace(seedAnswer, `"PAYMENT_IN_PROCESS"`, `"SUCCESS"`, 1), `"U"`, `"S"`, 1)}
	payment, err := client(t, serve(t, f)).Pay(t.Context(), seedOrder())
	if err != nil || payment.Outcome != gateway.Inquire {
		t.Fatalf("got %+v, %v", payment, err)
	}
	answer := httptest.NewRecorder()
	if err := payment.RedirectTo(answer, httptest.NewRequest(http.MethodGet, "/", nil)); !errors.Is(err, gateway.ErrNoRedirect) {
		t.Errorf("got %v, %d", err, answer.Code)
	}
}

// signedMembers are members of messages that were once dropped, and some that nobody knows.
const signedMembers = `"settlementQuote":{"quoteId":"q1","quoteCurrencyPair":"392/156","quotePrice":0.0523,"guaranteed":true,"quoteUnit":{"a":1}},
	"acquirerReferenceNo":"arn-1","actualPaymentAmount":{"currency":"USD","value":"99"},"customsDeclarationAmount":{"currency":"CNY","value":"690"},
	"actualRefundAmount":{"currency":"USD","value":"98"},"cancelTime":"2026-11-01T00:00:00Z","authReviewStatus":"PASS","authReviewSource":"X","memberOfTomorrow":"PASS","splitDetails":[{"x":1.50}]`

// TestNothingSignedIsLost: what Alipay has signed is in a field or in Other, with its digits.
func TestNothingSignedIsLost(t *testing.T) {
	amount := func(currency, value string) gateway.Amount { return gateway.Amount{Currency: currency, Value: value} }
	quote := func(t *testing.T, q gateway.Quote) {
		t.Helper()
		if q.QuoteID != "q1" || q.QuoteCurrencyPair != "392/156" || q.QuotePrice != "0.0523" || q.Guaranteed != "true" || string(q.Other["quoteUnit"]) != `{"a":1}` {
			t.Errorf("quote: %+v", q)
		}
	}
	others := func(t *testing.T, got map[string]json.RawMessage, names ...string) {
		t.Helper()
		want := map[string]string{"memberOfTomorrow": `"PASS"`, "splitDetails": `[{"x":1.50}]`, "cancelTime": `"2026-11-01T00:00:00Z"`,
			"actualRefundAmount": `{"currency":"USD","value":"98"}`, "actualPaymentAmount": `{"currency":"USD","value":"99"}`,
			"customsDeclarationAmount": `{"currency":"CNY","value":"690"}`}
		for _, name := range names {
			if string(got[name]) != want[name] {
				t.Errorf("%s: got %s, want %s", name, got[name], want[name])
			}
		}
	}
	ok := `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"m"},` + signedMembers
	s := &script{steps: map[string][]step{
		"pay":            {{body: strings.Replace(seedAnswer, "{", "{"+signedMembers+",", 1)}},
		"inquiryPayment": {{body: ok + `,"paymentStatus":"SUCCESS","paymentRequestId":"r1","paymentId":"p1","paymentAmount":{"currency":"USD","value":"100"}}`}},
		"refund":         {{body: ok + `,"refundRequestId":"f1","refundId":"x","paymentId":"p1","refundAmount":{"currency":"USD","value":"100"}}`}},
		"inquiryRefund":  {{body: ok + `,"refundStatus":"SUCCESS","refundRequestId":"f1","refundId":"x","refundAmount":{"currency":"USD","value":"100"}}`}},
		"cancel":         {{body: ok + `,"paymentRequestId":"r1","paymentId":"p1"}`}},
	}}
	c := client(t, s.start(t))

	payment, err := c.Pay(t.Context(), seedOrder())
	if err != nil {
		t.Fatal(err)
	}
	quote(t, payment.SettlementQuote)
	if payment.AcquirerReferenceNo != "arn-1" || payment.ActualPaymentAmount != amount("USD", "99") || payment.Redirect == nil {
		t.Errorf("payment: %+v", payment)
	}
	others(t, payment.Other, "memberOfTomorrow", "splitDetails", "cancelTime", "actualRefundAmount", "customsDeclarationAmount")

	inquiry, err := c.InquirePayment(t.Context(), gateway.PaymentReference{PaymentRequestID: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	quote(t, inquiry.SettlementQuote)
	if inquiry.AcquirerReferenceNo != "arn-1" || inquiry.ActualPaymentAmount != amount("USD", "99") || inquiry.CustomsDeclarationAmount != amount("CNY", "690") ||
		inquiry.AuthReviewStatus != "PASS" || inquiry.AuthReviewSource != "X" {
		t.Errorf("inquiry: %+v", inquiry)
	}
	others(t, inquiry.Other, "memberOfTomorrow", "splitDetails", "cancelTime", "actualRefundAmount")

	refund, err := c.Refund(t.Context(), gateway.RefundRequest{RefundRequestID: "f1", PaymentID: "p1", RefundAmount: usd100})
	if err != nil {
		t.Fatal(err)
	}
	quote(t, refund.SettlementQuote)
	if refund.AcquirerReferenceNo != "arn-1" || refund.ActualRefundAmount != amount("USD", "98") {
		t.Errorf("refund: %+v", refund)
	}
	others(t, refund.Other, "memberOfTomorrow", "splitDetails", "cancelTime", "actualPaymentAmount", "customsDeclarationAmount")

	refunded, err := c.InquireRefund(t.Context(), gateway.RefundReference{RefundRequestID: "f1"})
	if err != nil {
		t.Fatal(err)
	}
	quote(t, refunded.SettlementQuote)
	if refunded.AcquirerReferenceNo != "arn-1" || refunded.ActualRefundAmount != amount("USD", "98") {
		t.Errorf("refund inquiry: %+v", refunded)
	}

	cancelled, err := c.Cancel(t.Context(), gateway.PaymentReference{PaymentRequestID: "r1"})
	if err != nil || cancelled.CancelTime == "" || string(cancelled.Other["acquirerReferenceNo"]) != `"arn-1"` || cancelled.Other["settlementQuote"] == nil {
		t.Errorf("cancel: %+v, %v", cancelled, err)
	}

	n, err := c.VerifyNotification(signed("/", sentAt, strings.Replace(paidBody, "{", "{"+signedMembers+",", 1)))
	if err != nil {
		t.Fatal(err)
	}
	quote(t, n.SettlementQuote)
	if n.AcquirerReferenceNo != "arn-1" || n.ActualPaymentAmount != amount("USD", "99") || n.ActualRefundAmount != amount("USD", "98") || n.CustomsDeclarationAmount != amount("CNY", "690") ||
		n.AuthReviewStatus != "PASS" || n.AuthReviewSource != "X" {
		t.Errorf("notification: %+v", n)
	}
	others(t, n.Other, "memberOfTomorrow", "splitDetails", "cancelTime")
	if err := c.Match(t.Context(), gateway.Stored{PaymentRequestID: "r1", PaymentAmount: usd100}, n); err != nil {
		t.Errorf("a notification with everything in it does not match: %v", err)
	}
}
