package gateway_test

import (
	"context"
	"crypto/rsa"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
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
			walk(t, at.URL, payment)

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

var formAction = regexp.MustCompile(`<form method="post" action="([^"]+)"`)

// walk is the shopper: open the cashier, log in, pay.
func walk(t *testing.T, origin string, payment *gateway.Payment) {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	read := func(answer *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		page, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", answer.Request.URL, answer.Status)
		}
		return string(page)
	}
	var page string
	if redirect := payment.Redirect; redirect.Method == http.MethodGet {
		page = read(browser.Get(redirect.Location))
	} else {
		form := url.Values{}
		for _, field := range redirect.Fields {
			form.Set(field.Name, field.Value)
		}
		page = read(browser.PostForm(redirect.Action, form))
	}
	if !formAction.MatchString(page) { // the page with the QR code; its button leads on
		page = read(browser.Get(origin + "/alipaycn/pc/login/" + payment.PaymentID))
	}
	for _, form := range []url.Values{{"account": {"anybody"}, "password": {"anything"}}, {"password": {"123456"}}} {
		found := formAction.FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("there is no form in %s", page)
		}
		page = read(browser.PostForm(origin+html.UnescapeString(found[1]), form))
	}
}
