package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/idempotency"
)

// A server without a notification URL asks until the payment is over.
func ExampleClient_WaitPayment() {
	client, alipay, end := merchantAndAlipay()
	defer end()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	payment, err := client.Pay(ctx, pencils("order-1-attempt-1"))
	if err != nil {
		panic(err)
	}
	if err := alipay.Pay(ctx, payment); err != nil { // the shopper, at the cashier
		panic(err)
	}
	found, err := client.WaitPayment(ctx, gateway.PaymentReference{PaymentRequestID: "order-1-attempt-1"}, gateway.Poll{})
	if err != nil {
		panic(err) // not known yet: ask again, and never with a new paymentRequestId
	}
	fmt.Println(found.State, found.PaymentAmount)
	// Output: SUCCESS 700 CNY
}

// Money goes back in parts, each with a refundRequestId of its own, which makes a repetition harmless.
func ExampleClient_Refund() {
	client, alipay, end := merchantAndAlipay()
	defer end()
	ctx := context.Background()
	payment, err := client.Pay(ctx, pencils("order-1-attempt-1"))
	if err != nil {
		panic(err)
	}
	if err := alipay.Pay(ctx, payment); err != nil {
		panic(err)
	}

	part := gateway.RefundRequest{RefundRequestID: "order-1-refund-1", PaymentID: payment.PaymentID, RefundAmount: gateway.Amount{Currency: "CNY", Value: "300"}}
	for range 2 {
		refund, err := client.Refund(ctx, part)
		if err != nil {
			panic(err)
		}
		fmt.Println(refund.State, refund.RefundAmount)
	}
	_, err = client.Refund(ctx, gateway.RefundRequest{RefundRequestID: "order-1-refund-2", PaymentID: payment.PaymentID, RefundAmount: gateway.Amount{Currency: "CNY", Value: "500"}})
	var refused *gateway.ResultError
	if errors.As(err, &refused) {
		fmt.Println(refused.Result.ResultCode, gateway.Next(err))
	}
	found, err := client.InquireRefund(ctx, gateway.RefundReference{RefundRequestID: "order-1-refund-1"})
	if err != nil {
		panic(err)
	}
	fmt.Println(found.State, found.RefundAmount)
	// Output:
	// SUCCESS 300 CNY
	// SUCCESS 300 CNY
	// REFUND_AMOUNT_EXCEED FIX_REQUEST
	// SUCCESS 300 CNY
}

// Alipay sends a notification until it is acknowledged, so it comes more than once; the order is delivered once.
func ExampleClient_NotificationHandler() {
	core, err := host.Open(context.Background())
	if err != nil {
		panic(err)
	}
	defer core.Close()
	keys, err := gateway.NewKeyRing(map[string]string{"1": hosttest.PublicKey(&alipay.PublicKey)})
	if err != nil {
		panic(err)
	}
	client, err := gateway.New(gateway.Options{Core: core, Config: gateway.Config{ClientID: "SANDBOX_5Y055A2Y2F6K05235"}, AlipayKeys: keys})
	if err != nil {
		panic(err)
	}
	orders := map[string]gateway.Stored{"order-1-attempt-1": pencils("order-1-attempt-1").Stored()}

	handler, err := client.NotificationHandler(func(_ context.Context, event gateway.Event) error {
		if event.Paid() {
			fmt.Println("deliver", event.PaymentRequestID)
		}
		return nil // an error, and the notification comes again
	}, gateway.HandlerOptions{
		Store: &idempotency.Memory{}, // in production sqlstore, which outlives the process
		Lookup: func(_ context.Context, n *gateway.Notification) (gateway.Stored, error) {
			if stored, known := orders[n.PaymentRequestID]; known {
				return stored, nil
			}
			return gateway.Stored{}, gateway.ErrNoSuchOrder
		},
	})
	if err != nil {
		panic(err)
	}

	for _, amount := range []string{"1", "700", "700"} {
		message := hosttest.Message{PaymentRequestID: "order-1-attempt-1", PaymentAmount: gateway.Amount{Currency: "CNY", Value: amount}, GrossSettlement: gateway.Amount{Currency: "USD", Value: "97"}}
		request, err := message.Request(context.Background(), core, alipay, "https://shop.example/notify")
		if err != nil {
			panic(err)
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		fmt.Println(answer.Code, http.StatusText(answer.Code))
	}
	// Output:
	// 409 Conflict
	// deliver order-1-attempt-1
	// 200 OK
	// 200 OK
}

func pencils(paymentRequestID string) gateway.Order {
	return gateway.Order{
		ReferenceOrderID: "order-1", PaymentRequestID: paymentRequestID, OrderDescription: "Two pencils",
		PaymentAmount: gateway.Amount{Currency: "CNY", Value: "700"}, SettlementCurrency: "USD",
		TerminalType: "WEB", Goods: []gateway.Goods{{GoodsName: "pencil", GoodsQuantity: "2"}}, BusinessType: "4",
		PaymentNotifyURL: "https://127.0.0.1:1/notify", PaymentRedirectURL: "https://shop.example/thanks",
	}
}

// merchantAndAlipay are a client and a sandbox in the same program.
func merchantAndAlipay() (client *gateway.Client, alipay *hosttest.Sandbox, end func()) {
	core, err := host.Open(context.Background())
	if err != nil {
		panic(err)
	}
	open := &opened{func() { core.Close() }}
	alipay = hosttest.Start(open, nil)
	if client, err = gateway.New(alipay.Options(core)); err != nil {
		panic(err)
	}
	return client, alipay, open.close
}

// opened is for an example what a *testing.T is for a test.
type opened []func()

func (o *opened) Helper()           {}
func (o *opened) Fatal(args ...any) { panic(fmt.Sprint(args...)) }
func (o *opened) Cleanup(f func())  { *o = append(*o, f) }

func (o *opened) close() {
	for i := len(*o) - 1; i >= 0; i-- {
		(*o)[i]()
	}
}
