package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// payer is a [gateway.Client] whose Pay has bridge.mjs do what needs no decision of this program: build, sign, send,
// verify and read, with the same core.wasm. Each step that Go took part in would cost more than the core's work.
type payer struct {
	*gateway.Client
	log      *slog.Logger
	patience time.Duration
}

// Pay returns what [gateway.Client.Pay] returns.
func (c payer) Pay(ctx context.Context, order gateway.Order) (*gateway.Payment, error) {
	payment, err := c.pay(ctx, order)
	tellPaid(ctx, c.log, order.PaymentRequestID, payment, err)
	return payment, err
}

func (c payer) pay(ctx context.Context, order gateway.Order) (*gateway.Payment, error) {
	patience := c.patience
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(deadline))
	}
	if err := ctx.Err(); err != nil {
		return nil, err // nothing was sent
	}
	text, err := json.Marshal(order)
	if err != nil {
		return nil, err
	}
	reply, err := service(ctx, payService, toJS(text), patience.Milliseconds())
	if err != nil {
		return nil, &gateway.TransportError{Operation: "pay", Err: err}
	}
	return readPaid(fromJS(reply))
}
