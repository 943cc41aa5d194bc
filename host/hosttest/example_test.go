package hosttest_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
	"github.com/edgecashier/cashier/host/idempotency"
)

// A payment from its first call to its refund, as a test of a merchant's server would play it. In a test, t takes the place of life.
func ExampleStart() {
	ctx := context.Background()
	life := &life{}
	defer life.end()
	core, err := host.Open(ctx)
	check(err)
	life.Cleanup(func() { core.Close() })
	alipay := hosttest.Start(life, nil)
	client, err := gateway.New(alipay.Options(core))
	check(err)

	// The merchant's server: it delivers once, whatever Alipay sends.
	books := map[string]gateway.Stored{}
	notify, err := client.NotificationHandler(func(_ context.Context, event gateway.Event) error {
		fmt.Println("deliver", event.PaymentRequestID, event.PaymentAmount)
		return nil
	}, gateway.HandlerOptions{
		Store: &idempotency.Memory{},
		Lookup: func(_ context.Context, n *gateway.Notification) (gateway.Stored, error) {
			if stored, known := books[n.PaymentRequestID]; known {
				return stored, nil
			}
			return gateway.Stored{}, gateway.ErrNoSuchOrder
		},
	})
	check(err)
	server := httptest.NewServer(notify)
	life.Cleanup(server.Close)

	order := order(server.URL)
	books[order.PaymentRequestID] = order.Stored()
	payment, err := client.Pay(ctx, order)
	check(err)
	fmt.Println("pay", payment.Outcome)

	check(alipay.Pay(ctx, payment)) // the shopper
	_, err = alipay.WaitAcknowledged(ctx, order.PaymentRequestID)
	check(err)
	found, err := client.InquirePayment(ctx, gateway.PaymentReference{PaymentRequestID: order.PaymentRequestID})
	check(err)
	fmt.Println("inquire", found.State, found.PaymentAmount)

	refund, err := client.Refund(ctx, gateway.RefundRequest{
		RefundRequestID: order.PaymentRequestID + "-refund-1", PaymentID: found.PaymentID,
		RefundAmount: gateway.Amount{Currency: "USD", Value: "40"},
	})
	check(err)
	fmt.Println("refund", refund.State, refund.RefundAmount)
	_, err = client.Cancel(ctx, gateway.PaymentReference{PaymentID: found.PaymentID})
	fmt.Println("cancel:", err != nil) // not after a refund
	// Output:
	// pay REDIRECT
	// deliver r1 100 USD
	// inquire SUCCESS 100 USD
	// refund SUCCESS 40 USD
	// cancel: true
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// life is the part of a *testing.T that the helpers need.
type life struct{ cleanups []func() }

func (l *life) Helper()           {}
func (l *life) Fatal(args ...any) { panic(fmt.Sprint(args...)) }
func (l *life) Cleanup(f func())  { l.cleanups = append(l.cleanups, f) }

func (l *life) end() {
	for i := len(l.cleanups) - 1; i >= 0; i-- {
		l.cleanups[i]()
	}
}
