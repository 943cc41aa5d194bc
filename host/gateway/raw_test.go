package gateway_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
)

// TestCall makes the calls of effects: a refusal of Alipay is a reply, and only what is no answer is an error.
func TestCall(t *testing.T) {
	core, err := host.Open(t.Context(), host.PoolSize(1))
	if err != nil {
		t.Fatal(err)
	}
	defer core.Close()
	alipay := hosttest.Start(t, nil)
	client, err := gateway.New(alipay.Options(core))
	if err != nil {
		t.Fatal(err)
	}
	order := func(description string) json.RawMessage {
		text, err := json.Marshal(gateway.Order{
			ReferenceOrderID: "o", PaymentRequestID: "r-" + description[len(description)-5:], OrderDescription: description, PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"},
			SettlementCurrency: "USD", TerminalType: "WEB", BusinessType: "4", Goods: []gateway.Goods{{GoodsName: "Pencil", GoodsQuantity: "1"}},
			PaymentNotifyURL: "http://127.0.0.1:9/notify", PaymentRedirectURL: "http://127.0.0.1:9/thanks",
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, test := range map[string]struct {
		operation string
		request   json.RawMessage
		want      string // in the reply
		unknown   bool
		code      error
	}{
		"pay":               {"pay", order("Pencil"), `"outcome":"REDIRECT"`, false, nil},
		"not there":         {"inquiry_payment", json.RawMessage(`{"paymentRequestId":"nobody"}`), `"ORDER_NOT_EXIST"`, false, nil},
		"a wrong request":   {"refund", json.RawMessage(`{"refundRequestId":"f"}`), "", false, gateway.Code("FIELD_REQUIRED")},
		"a tampered answer": {"pay", order("Pencil #sandbox:pay.answer-tampered"), "", true, gateway.SignatureMismatch},
		"no call":           {"payout", json.RawMessage(`{}`), "", false, nil},
	} {
		reply, err := client.Call(t.Context(), test.operation, test.request, "WEB", "x")
		if (test.want != "") != (err == nil) || !strings.Contains(string(reply), test.want) || errors.Is(err, gateway.ErrOutcomeUnknown) != test.unknown || test.code != nil && !errors.Is(err, test.code) {
			t.Errorf("%s: got %s, %v", name, reply, err)
		}
	}
}
