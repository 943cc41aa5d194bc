//go:build !js

package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// aPaidPayment is one of USD 1.00, and a way to ask for refunds of it that Alipay grants.
func aPaidPayment(t *testing.T) (a *alipay, ask func(body string) (int, gateway.Problem)) {
	w, a, _ := testWorker(t)
	p := mustStart(t, w)
	if _, err := w.learn(t.Context(), p, change{Status: success, PaymentID: p.PaymentID}); err != nil {
		t.Fatal(err)
	}
	a.refund = func(r gateway.RefundRequest) (*gateway.Refund, error) {
		return &gateway.Refund{Answered: gateway.Answered{State: gateway.Success}, RefundRequestID: r.RefundRequestID, RefundID: "id-" + r.RefundRequestID, RefundAmount: r.RefundAmount}, nil
	}
	return a, func(body string) (int, gateway.Problem) {
		t.Helper()
		request := httptest.NewRequest("POST", "/", strings.NewReader(body))
		request.SetPathValue("paymentRequestId", p.PaymentRequestID)
		code, _, err := w.refundPayment(request)
		var refused *refusal
		switch {
		case errors.As(err, &refused):
			return refused.Status, refused.Problems[0]
		case err != nil:
			t.Errorf("%s: %v", body, err)
		}
		return code, gateway.Problem{}
	}
}

func TestAMisspeltMemberRefundsNothing(t *testing.T) {
	a, ask := aPaidPayment(t)
	for _, test := range []struct {
		body, path string
		code       gateway.Code
	}{
		{`{"refundRequestId":"r1","amount":{"currency":"USD","value":"40"}}`, "/amount", "FIELD_UNKNOWN"},
		{`{"refundRequestId":"r1","refund_amount":{"currency":"USD","value":"40"}}`, "/refund_amount", "FIELD_UNKNOWN"},
		{`{"refundRequestId":"r1","refundAmount":null}`, "/refundAmount", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":{}}`, "/refundAmount/currency", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":{"value_":"40"}}`, "/refundAmount/value_", "FIELD_UNKNOWN"},
		{`{"refundRequestId":"r1"}`, "/refundAmount", "FIELD_REQUIRED"},
		{`{"refundRequestId":"r1","RefundAmount":{"currency":"USD","value":"40"}}`, "/RefundAmount", "FIELD_UNKNOWN"},
		{`{"refundRequestId":"r1","refundAmount":{"currency":"USD","value":"40","Value":"1"}}`, "/refundAmount/Value", "FIELD_UNKNOWN"},
		{`{"refundRequestId":"r1","refundAmount":{"currency":"USD","value":40}}`, "/refundAmount/value", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":{"currency":"USD","value":"4e1"}}`, "/refundAmount/value", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":{"currency":"USD","value":"-40"}}`, "/refundAmount/value", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":{"currency":"USD","value":"0.40"}}`, "/refundAmount/value", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":{"currency":"usd","value":"40"}}`, "/refundAmount/currency", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":"ALL"}`, "/refundAmount", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":"40"}`, "/refundAmount", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":["all"]}`, "/refundAmount", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":true}`, "/refundAmount", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":"all","refundReason":null}`, "/refundReason", "FIELD_INVALID"},
		{`{"refundRequestId":1,"refundAmount":"all"}`, "/refundRequestId", "FIELD_INVALID"},
		{`{"refundAmount":"all"}`, "/refundRequestId", "FIELD_INVALID"},
		{`{"refundRequestId":"r1","refundAmount":"all","a/b~` + strings.Repeat("x", 100) + `":1}`, "/a~1b~0" + strings.Repeat("x", 60), "FIELD_UNKNOWN"},
		{`{"refundRequestId":"r1","refundAmount":{"currency":"USD","value":"40"},"refundAmount":"all"}`, "", "JSON_MALFORMED"},
		{`{"refundRequestId":"r1","refundAmount":{"currency":"USD","value":"40","value":"90"}}`, "", "JSON_MALFORMED"},
		{`{"refundRequestId":"r1","refundAmount":"all"}{}`, "", "JSON_MALFORMED"},
		{`{"refundRequestId":"r1","refundAmount":"all"} x`, "", "JSON_MALFORMED"},
		{`null`, "", "JSON_MALFORMED"},
		{`[]`, "", "JSON_MALFORMED"},
		{`"all"`, "", "JSON_MALFORMED"},
		{``, "", "JSON_MALFORMED"},
		{strings.Repeat("[", 60_000), "", "JSON_MALFORMED"},
	} {
		status, problem := ask(test.body)
		if status < 400 || status >= 500 || problem.Code != test.code || problem.Path != test.path {
			t.Errorf("%.100s: got %d %s at %q, want %s at %q", test.body, status, problem.Code, problem.Path, test.code, test.path)
		}
	}
	if len(a.refunds) != 0 {
		t.Errorf("Alipay was asked for %+v", a.refunds)
	}
}

func TestRefundsNeverExceedThePayment(t *testing.T) {
	a, ask := aPaidPayment(t)
	part := func(id, value string) string {
		return fmt.Sprintf(`{"refundRequestId":%q,"refundAmount":{"currency":"USD","value":%q}}`, id, value)
	}
	all := func(id string) string { return fmt.Sprintf(`{"refundRequestId":%q,"refundAmount":"all"}`, id) }
	granted := a.refund
	for _, step := range []struct {
		name, body string
		refused    bool // by Alipay
		status     int
		code       gateway.Code
	}{
		{"more than was paid", part("r1", "101"), false, http.StatusConflict, "REFUND_AMOUNT_EXCEED"},
		{"far more", part("r1", "9999999999999999"), false, http.StatusConflict, "REFUND_AMOUNT_EXCEED"},
		{"a part", part("r2", "40"), false, http.StatusOK, ""},
		{"more than is left", part("r3", "61"), false, http.StatusConflict, "REFUND_AMOUNT_EXCEED"},
		{"one that Alipay refuses", part("r4", "60"), true, http.StatusOK, ""},
		{"that one again", part("r4", "60"), false, http.StatusOK, ""},
		{"all that is left", all("r5"), false, http.StatusOK, ""},
		{"all of it again", all("r5"), false, http.StatusOK, ""},
		{"the same by its amount", part("r5", "60"), false, http.StatusOK, ""},
		{"the first again", part("r2", "40"), false, http.StatusOK, ""},
		{"nothing is left", all("r6"), false, http.StatusConflict, "REFUND_AMOUNT_EXCEED"},
		{"not even one cent", part("r6", "1"), false, http.StatusConflict, "REFUND_AMOUNT_EXCEED"},
	} {
		a.refund = granted
		if step.refused {
			a.refund = func(gateway.RefundRequest) (*gateway.Refund, error) {
				return nil, refusedWith("REFUND_WINDOW_EXCEED", gateway.FixRequest)
			}
		}
		if status, problem := ask(step.body); status != step.status || problem.Code != step.code {
			t.Errorf("%s: got %d %s, want %d %s", step.name, status, problem.Code, step.status, step.code)
		}
	}
	var sent []string
	for _, r := range a.refunds {
		sent = append(sent, r.RefundRequestID+" "+r.RefundAmount.Value)
	}
	if want := []string{"r2 40", "r4 60", "r5 60"}; !slices.Equal(sent, want) {
		t.Errorf("Alipay was asked for %v, want %v", sent, want)
	}
}

func TestRefundsAtOnceNeverExceedThePayment(t *testing.T) {
	a, ask := aPaidPayment(t)
	var asked sync.WaitGroup
	for i := range 8 {
		asked.Go(func() {
			ask(fmt.Sprintf(`{"refundRequestId":"r%d","refundAmount":{"currency":"USD","value":"60"}}`, i))
		})
	}
	asked.Wait()
	if len(a.refunds) != 1 {
		t.Errorf("%d refunds of 0.60 for a payment of 1.00", len(a.refunds))
	}
}
