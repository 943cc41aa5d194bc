package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/sandbox"
)

// A merchant's server, with a sandbox in the same program in Alipay's place.
func Example() {
	ctx := context.Background()
	account, err := sandbox.NewMerchant("SANDBOX_5Y055A2Y2F6K05235")
	if err != nil {
		panic(err)
	}
	alipay, err := sandbox.New(sandbox.Options{Merchants: []sandbox.Merchant{account}})
	if err != nil {
		panic(err)
	}
	defer alipay.Close()
	gatewayServer := httptest.NewServer(alipay)
	defer gatewayServer.Close()

	core, err := host.Open(ctx)
	if err != nil {
		panic(err)
	}
	defer core.Close()
	keys, err := gateway.NewKeyRing(map[string]string{"1": publicKeyOf(alipay)})
	if err != nil {
		panic(err)
	}
	client, err := gateway.New(gateway.Options{
		Core: core,
		Config: gateway.Config{
			ClientID:      "SANDBOX_5Y055A2Y2F6K05235",
			KeyVersion:    2,
			GatewayURL:    gatewayServer.URL,
			RedirectHosts: []string{gatewayServer.Listener.Addr().String()},
		},
		Key:        account.PrivateKey,
		AlipayKeys: keys,
	})
	if err != nil {
		panic(err)
	}

	checkout := func(w http.ResponseWriter, r *http.Request) {
		payment, err := client.Pay(r.Context(), gateway.Order{
			ReferenceOrderID:   "order-1",
			PaymentRequestID:   "order-1-attempt-1",
			OrderDescription:   "Two pencils",
			PaymentAmount:      gateway.Amount{Currency: "CNY", Value: "700"},
			SettlementCurrency: "USD",
			TerminalType:       "WEB",
			Goods:              []gateway.Goods{{GoodsName: "pencil", GoodsQuantity: "2"}},
			BusinessType:       "4",
			PaymentNotifyURL:   "https://shop.example/notify",
			PaymentRedirectURL: "https://shop.example/thanks",
		})
		if err == nil {
			err = payment.RedirectTo(w, r) // to the cashier
		}
		switch {
		case err == nil:
		case errors.Is(err, gateway.ErrOutcomeUnknown):
			http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable) // with the same paymentRequestId
		case errors.Is(err, gateway.ErrNoRedirect):
			http.Error(w, "This order may be paid already. Please do not pay again.", http.StatusConflict) // inquire
		default:
			http.Error(w, "This order cannot be paid.", http.StatusInternalServerError)
		}
	}
	answer := httptest.NewRecorder()
	checkout(answer, httptest.NewRequest(http.MethodPost, "/checkout", nil))
	location, err := answer.Result().Location()
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Code, location.Path, location.Query().Get("amountValue"), location.Query().Get("amountCurrency"))

	notify := func(w http.ResponseWriter, r *http.Request) {
		notification, err := client.VerifyNotification(r)
		var refused *gateway.NotificationError
		if errors.As(err, &refused) {
			w.WriteHeader(refused.StatusCode)
			return
		}
		if notification.Paid() {
			// Compare notification.PaymentAmount with the order, and store that it is paid, once.
		}
		_ = notification.Acknowledge(w)
	}
	answer = httptest.NewRecorder()
	notify(answer, httptest.NewRequest(http.MethodPost, "/notify", nil))
	fmt.Println(answer.Code, answer.Body.Len())
	// Output:
	// 303 /alipaycn/pc/cashier 700 CNY
	// 400 0
}

func ExampleProblems() {
	core, err := host.Open(context.Background())
	if err != nil {
		panic(err)
	}
	defer core.Close()
	keys, err := gateway.NewKeyRing(map[string]string{"1": publicKeyOfAlipay})
	if err != nil {
		panic(err)
	}
	client, err := gateway.New(gateway.Options{Core: core, Config: gateway.Config{ClientID: "SANDBOX_5Y055A2Y2F6K05235"}, Key: merchant, AlipayKeys: keys})
	if err != nil {
		panic(err)
	}
	order := seedOrder()
	order.SettlementCurrency = "EUR"
	order.Goods[1].GoodsQuantity = "0"

	_, err = client.Pay(context.Background(), order)
	var problems gateway.Problems
	if errors.As(err, &problems) {
		for _, problem := range problems {
			fmt.Println(problem.Path, problem.Code)
		}
	}
	fmt.Println(errors.Is(err, gateway.Code("SETTLEMENT_CURRENCY_MISMATCH")))
	// Output:
	// /settlementCurrency SETTLEMENT_CURRENCY_MISMATCH
	// /goods/1/goodsQuantity GOODS_QUANTITY_MALFORMED
	// true
}
