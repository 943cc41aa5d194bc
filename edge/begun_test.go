//go:build !js

package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// TestGoOn has this program go on with what checkout.mjs began: the row is there, and Alipay was asked once.
func TestGoOn(t *testing.T) {
	advice := `"advice":{"operator":"o","shopper":"s"},"warnings":[]`
	refusal := func(outcome string) string {
		return `{"response":{"resultStatus":"F","resultCode":"X"},"outcome":"` + outcome + `",` + advice + `}`
	}
	for name, test := range map[string]struct {
		answer   string
		code     int    // of the answer to the shopper
		status   status // of the row that was made
		attempts int    // requests to Alipay by this program
	}{
		"no answer":           {`{"failed":[{"code":"GATEWAY_UNREACHABLE","path":"","message":"m"}],"sent":true}`, 202, processing, 0},
		"unverified":          {`{"failed":[{"code":"HEADER_MISSING","path":"","message":"m"}],"sent":true,"unverified":{"httpStatus":200,"contentType":"a","resultCode":"SIGNATURE_INVALID"}}`, 202, processing, 0},
		"of another payment":  {`{"failed":[{"code":"PAYMENT_REQUEST_ID_MISMATCH","path":"","message":"m"}],"sent":true}`, 202, processing, 0},
		"not sent":            {`{"failed":[{"code":"KEY_MALFORMED","path":"","message":"m"}],"sent":false}`, 500, processing, 0},
		"refused":             {refusal("FIX_REQUEST"), 502, fail, 0},
		"refused the shopper": {refusal("TELL_SHOPPER"), 402, fail, 0},
		"asks for another":    {refusal("NEW_ATTEMPT"), 200, fail, 1},
		"not known":           {refusal("INQUIRE"), 202, processing, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w, a, _ := testWorker(t)
			order := testOrder()
			id := paymentRequestID(w.settings, order.ReferenceOrderID, 1)
			if _, err := w.ledger.insert(context.Background(), payment{
				PaymentRequestID: id, ReferenceOrderID: order.ReferenceOrderID, Attempt: 1, Amount: order.PaymentAmount,
				SettlementCurrency: order.SettlementCurrency, Order: order, CreatedAt: testTime,
			}); err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(order)
			body := `{"order":` + string(text) + `,"made":"` + id + `","answer":` + test.answer + `}`
			answered := httptest.NewRecorder()
			w.routes().ServeHTTP(answered, httptest.NewRequest(http.MethodPost, "/order", strings.NewReader(body)))
			p, err := w.ledger.get(context.Background(), id)
			if answered.Code != test.code || err != nil || p.Status != test.status || len(a.orders) != test.attempts {
				t.Errorf("got %d %s, the row is %s (%v), Alipay was asked %d times", answered.Code, answered.Body, p.Status, err, len(a.orders))
			}
		})
	}
}

// TestGoOnWithUnknownMembers has nothing paid that is not all of what was signed.
func TestGoOnWithUnknownMembers(t *testing.T) {
	w, a, _ := testWorker(t)
	answered := httptest.NewRecorder()
	w.routes().ServeHTTP(answered, httptest.NewRequest(http.MethodPost, "/order", strings.NewReader(`{"order":{"discount":"50"}}`)))
	if answered.Code != http.StatusUnauthorized || !strings.Contains(answered.Body.String(), "TOKEN_ORDER") || len(a.orders) != 0 {
		t.Errorf("got %d %s", answered.Code, answered.Body)
	}
}

// TestReadPaid has the kinds of errors that gateway.Client.Pay has.
func TestReadPaid(t *testing.T) {
	var transport *gateway.TransportError
	var unverified *gateway.UnverifiedError
	var unusable *gateway.UnusableError
	_, err := readPaid([]byte(`{"failed":[{"code":"RESPONSE_TOO_LARGE"}],"sent":true}`))
	if !errors.As(err, &transport) || !errors.Is(err, gateway.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	_, err = readPaid([]byte(`{"failed":[{"code":"HEADER_MISSING"}],"sent":true,"unverified":{"httpStatus":403,"contentType":"text/html","resultCode":"CLIENT_INVALID"}}`))
	if !errors.As(err, &unverified) || unverified.HTTPStatus != 403 || unverified.Unverified.ResultCode != "CLIENT_INVALID" || unverified.ContentType != "text/html" {
		t.Errorf("got %v", err)
	}
	_, err = readPaid([]byte(`{"failed":[{"code":"REDIRECT_HOST"}],"sent":true}`))
	if !errors.As(err, &unusable) {
		t.Errorf("got %v", err)
	}
	_, err = readPaid([]byte(`{"failed":[{"code":"KEY_IS_YOUR_OWN"}],"sent":false}`))
	if !errors.Is(err, gateway.KeyIsYourOwn) || errors.Is(err, gateway.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	p, err := readPaid([]byte(`{"response":{"paymentId":"1","resultStatus":"U"},"redirect":{"method":"GET","location":"https://x"},"state":"PROCESSING","outcome":"REDIRECT"}`))
	if err != nil || p.PaymentID != "1" || p.Redirect.Location != "https://x" || p.State != gateway.Processing || p.ResultStatus != "U" {
		t.Errorf("got %+v, %v", p, err)
	}
	if _, err = readPaid([]byte(`[`)); err == nil {
		t.Error("half an answer was read")
	}
}
