package gateway_test

import (
	"context"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/sandbox"
)

// TestPayThroughTheSandbox goes the whole way with an Alipay that has signature code of its own: pay, walk through the cashier
// like a shopper, and verify the notification.
func TestPayThroughTheSandbox(t *testing.T) {
	for _, test := range []struct{ terminal, currency, gross, method string }{
		{"WEB", "USD", "100", "GET"}, {"WAP", "USD", "100", "POST"}, {"WEB", "CNY", "14", "POST"}, {"WAP", "CNY", "14", "GET"},
	} {
		t.Run(test.terminal+" "+test.currency+" "+test.method, func(t *testing.T) {
			alipay, err := sandbox.New(sandbox.Options{
				Merchants:      []sandbox.Merchant{{ClientID: clientID, PublicKeys: map[int]*rsa.PublicKey{2: &merchant.PublicKey}}},
				RedirectMethod: test.method,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer alipay.Close()
			at := httptest.NewServer(alipay)
			defer at.Close()
			c := client(t, at.URL, func(o *gateway.Options) {
				o.AlipayKeys, o.Now = ring(t, alipay.PublicKey()), nil
				o.Config.RedirectHosts = []string{strings.TrimPrefix(at.URL, "http://")}
			})

			notified := make(chan *gateway.Notification, 1)
			shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, err := c.VerifyNotification(r)
				if err != nil {
					t.Error(err)
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				_ = n.Acknowledge(w)
				notified <- n
			}))
			defer shop.Close()

			order := seedOrder()
			order.TerminalType, order.PaymentAmount.Currency = test.terminal, test.currency
			order.PaymentNotifyURL, order.PaymentRedirectURL = shop.URL+"/notify?shop=7&x=%2f", shop.URL+"/thanks"
			payment, err := c.Pay(t.Context(), order)
			if err != nil {
				t.Fatal(err)
			}
			again, err := c.Pay(t.Context(), order)
			if err != nil || again.PaymentID != payment.PaymentID {
				t.Errorf("the same order again: %+v, %v", again, err)
			}
			if payment.Redirect.Method != test.method || (payment.Redirect.Location != "") != (test.method == "GET") {
				t.Errorf("got %+v", payment.Redirect)
			}
			if err := (&hosttest.Sandbox{URL: at.URL}).Pay(t.Context(), payment); err != nil {
				t.Fatal(err)
			}

			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, err := alipay.WaitAcknowledged(ctx, payment.PaymentID); err != nil {
				t.Fatal(err)
			}
			n := <-notified
			if !n.Paid() || n.PaymentRequestID != order.PaymentRequestID || n.PaymentID != payment.PaymentID ||
				n.PaymentAmount != order.PaymentAmount || n.GrossSettlementAmount != (gateway.Amount{Currency: "USD", Value: test.gross}) {
				t.Errorf("got %+v", n)
			}
		})
	}
}
