package webhook_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/webhook"
)

// TestPayloads reads what the Worker sends about payments and refunds, with every member that it has.
func TestPayloads(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)
	usd := gateway.Amount{Currency: "USD", Value: "14"}
	for _, test := range []struct {
		body string
		want webhook.Event
	}{
		{`{"type":"payment.cancelled","timestamp":"2026-03-01T12:00:00.123Z","data":{"referenceOrderId":"o1","paymentRequestId":"r1","paymentId":"p1",
			"paymentStatus":"CANCELLED","paymentAmount":{"currency":"CNY","value":"100"},"grossSettlementAmount":{"currency":"USD","value":"14"},
			"paymentTime":"2026-03-01T20:00:00+08:00","resultCode":"SUCCESS"}}`,
			webhook.Event{Type: webhook.PaymentCancelled, Timestamp: at, Data: webhook.Data{ReferenceOrderID: "o1", PaymentRequestID: "r1", PaymentID: "p1",
				PaymentStatus: "CANCELLED", PaymentAmount: gateway.Amount{Currency: "CNY", Value: "100"}, GrossSettlementAmount: usd,
				PaymentTime: "2026-03-01T20:00:00+08:00", ResultCode: "SUCCESS"}}},
		{`{"type":"refund.succeeded","timestamp":"2026-03-01T12:00:00.123Z","data":{"referenceOrderId":"o1","paymentRequestId":"r1","paymentId":"p1",
			"refundRequestId":"f1","refundId":"x1","refundStatus":"SUCCESS","refundAmount":{"currency":"CNY","value":"40"},
			"grossSettlementAmount":{"currency":"USD","value":"14"},"refundTime":"2026-03-02T20:00:00+08:00","resultCode":"SUCCESS"}}`,
			webhook.Event{Type: webhook.RefundSucceeded, Timestamp: at, Data: webhook.Data{ReferenceOrderID: "o1", PaymentRequestID: "r1", PaymentID: "p1",
				RefundRequestID: "f1", RefundID: "x1", RefundStatus: "SUCCESS", RefundAmount: gateway.Amount{Currency: "CNY", Value: "40"},
				GrossSettlementAmount: usd, RefundTime: "2026-03-02T20:00:00+08:00", ResultCode: "SUCCESS"}}},
		{`{"type":"refund.failed","timestamp":"2026-03-01T12:00:00.123Z","data":{"referenceOrderId":"o1","paymentRequestId":"r1","paymentId":"p1",
			"refundRequestId":"f1","refundStatus":"FAIL","refundAmount":{"currency":"CNY","value":"40"}}}`,
			webhook.Event{Type: webhook.RefundFailed, Timestamp: at, Data: webhook.Data{ReferenceOrderID: "o1", PaymentRequestID: "r1", PaymentID: "p1",
				RefundRequestID: "f1", RefundStatus: "FAIL", RefundAmount: gateway.Amount{Currency: "CNY", Value: "40"}}}},
	} {
		var got webhook.Event
		decoder := json.NewDecoder(bytes.NewReader([]byte(test.body)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&got); err != nil || got != test.want {
			t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
		}
	}
}

// TestDataHasWhatIsSent compares the members of Data with those that docs/record.md lists.
func TestDataHasWhatIsSent(t *testing.T) {
	text, err := os.ReadFile("../../docs/record.md")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile("(?s)`data` of a payment: (.*?)\\n\\n").FindSubmatch(text)
	if list == nil {
		t.Fatal("docs/record.md does not list the members of data")
	}
	sent, known := map[string]bool{}, map[string]bool{}
	for _, name := range regexp.MustCompile("`([a-zA-Z]+)`").FindAllSubmatch(list[1], -1) {
		sent[string(name[1])] = true
	}
	for i := range reflect.TypeFor[webhook.Data]().NumField() {
		known[reflect.TypeFor[webhook.Data]().Field(i).Tag.Get("json")] = true
	}
	if !reflect.DeepEqual(sent, known) {
		t.Errorf("sent are %v, Data has %v", sent, known)
	}
}
