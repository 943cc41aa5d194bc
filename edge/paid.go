package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/edgecashier/cashier/host/gateway"
)

// paid is what bridge.mjs answers to a payment request: Alipay's verified answer as the core reads it, or what failed.
type paid struct {
	Response gateway.Payment
	Redirect *gateway.Redirect
	State    gateway.State
	Outcome  gateway.Outcome
	Advice   gateway.Advice
	Warnings gateway.Problems

	Failed     gateway.Problems
	Sent       bool // so that the payment may exist
	Unverified *struct {
		HTTPStatus  int
		ContentType string
		gateway.Result
	}
}

// readPaid turns it into what [gateway.Client.Pay] returns.
func readPaid(reply []byte) (*gateway.Payment, error) {
	const operation = "pay"
	var r paid
	if err := json.Unmarshal(reply, &r); err != nil {
		return nil, fmt.Errorf("pay: the reply is another one than expected: %w", err)
	}
	switch {
	case len(r.Failed) > 0 && !r.Sent:
		return nil, r.Failed
	case r.Unverified != nil:
		u := r.Unverified
		return nil, &gateway.UnverifiedError{Operation: operation, HTTPStatus: u.HTTPStatus, ContentType: u.ContentType, Unverified: u.Result, Err: r.Failed}
	case len(r.Failed) > 0 && (r.Failed[0].Code == "GATEWAY_UNREACHABLE" || r.Failed[0].Code == "RESPONSE_TOO_LARGE"):
		return nil, &gateway.TransportError{Operation: operation, Err: r.Failed}
	case len(r.Failed) > 0:
		return nil, &gateway.UnusableError{Operation: operation, Err: r.Failed}
	}
	p := &r.Response
	p.State, p.Outcome, p.Advice, p.Warnings, p.Redirect = r.State, r.Outcome, r.Advice, r.Warnings, r.Redirect
	if p.Outcome != gateway.RedirectShopper && p.Result.ResultStatus != "S" {
		return nil, &gateway.ResultError{Operation: operation, Result: p.Result, Outcome: p.Outcome, Advice: p.Advice}
	}
	return p, nil
}

// tellPaid logs what came of a payment request, as the [gateway.Client] does.
func tellPaid(ctx context.Context, log *slog.Logger, paymentRequestID string, p *gateway.Payment, err error) {
	attributes := []slog.Attr{slog.String("operation", "pay"), slog.String("paymentRequestId", paymentRequestID)}
	if err != nil {
		log.LogAttrs(ctx, slog.LevelWarn, "payment not started", append(attributes, slog.String("error", err.Error()))...)
		return
	}
	log.LogAttrs(ctx, slog.LevelInfo, "payment started", append(attributes,
		slog.String("paymentId", p.PaymentID), slog.String("outcome", string(p.Outcome)))...)
}
