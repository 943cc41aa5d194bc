package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
)

// Pay starts a payment: it checks the order, asks Alipay to create the payment, verifies the answer, and returns where to send
// the shopper. It sends exactly one request; calling it again with the same order is always safe, because Alipay answers the
// same paymentRequestId with the same payment.
//
// Errors:
//   - [Problems]: the order or the config is wrong; nothing was sent.
//   - [*TransportError], [*UnverifiedError], [*UnusableError]: the payment may exist; see [ErrOutcomeUnknown].
//   - [*ResultError]: Alipay's signed answer that the payment does not go on, with what to do next.
//   - any other: the Core, the key or the context failed before anything was sent.
//
// Alipay's page: "pay (Cashier Payment)" on https://docs.antom.com; the result codes and their meaning are there.
func (c *Client) Pay(ctx context.Context, order Order) (*Payment, error) {
	payment, err := c.pay(ctx, order)
	attributes := []slog.Attr{slog.String("operation", "pay"), slog.String("paymentRequestId", printable(order.PaymentRequestID))}
	if err != nil {
		c.log.LogAttrs(ctx, slog.LevelWarn, "payment not started", append(attributes, slog.String("error", err.Error()))...)
		return nil, err
	}
	c.log.LogAttrs(ctx, slog.LevelInfo, "payment started", append(attributes,
		slog.String("paymentId", printable(payment.PaymentID)), slog.String("outcome", string(payment.Outcome)))...)
	return payment, nil
}

func (c *Client) pay(ctx context.Context, order Order) (*Payment, error) {
	input, err := json.Marshal(struct {
		Config json.RawMessage `json:"config"`
		Order  Order           `json:"order"`
		Time   string          `json:"time"`
	}{c.configJSON, order, c.config.requestTime(c.now())})
	if err != nil {
		return nil, err
	}
	r, err := ask[request](ctx, c.core, "build_pay", input)
	if err != nil {
		return nil, err
	}
	body, err := c.exchange(ctx, "pay", &r)
	if err != nil {
		return nil, err
	}
	return c.readPay(ctx, order, body)
}

// readPay understands a verified answer and checks that it is about the order: Alipay signs the answer, but not the question
// that it belongs to.
func (c *Client) readPay(ctx context.Context, order Order, body []byte) (*Payment, error) {
	input, err := rawInput(struct {
		Config       json.RawMessage `json:"config"`
		TerminalType string          `json:"terminalType"`
	}{c.configJSON, order.TerminalType}, body)
	if err != nil {
		return nil, err
	}
	reply, err := ask[struct {
		report
		Response Payment
		Redirect *Redirect
		Outcome  Outcome
	}](ctx, c.core, "read_pay", input)
	if err != nil {
		return nil, &UnusableError{Operation: "pay", Err: err}
	}
	payment := &reply.Response
	payment.Redirect, payment.Outcome, payment.Warnings = reply.Redirect, reply.Outcome, reply.Warnings
	if err := payment.checkBelongsTo(order); err != nil {
		return nil, &UnusableError{Operation: "pay", Err: err}
	}
	if payment.Outcome != RedirectShopper && payment.Outcome != Succeed {
		return nil, &ResultError{Operation: "pay", Result: payment.Result, Outcome: payment.Outcome}
	}
	return payment, nil
}

// checkBelongsTo compares what a refusal may leave out and a payment always has.
func (p *Payment) checkBelongsTo(order Order) error {
	created := p.Outcome == RedirectShopper || p.Outcome == Succeed
	var problems Problems
	if p.PaymentRequestID != order.PaymentRequestID && (created || p.PaymentRequestID != "") {
		problems = append(problems, Problem{PaymentRequestIDMismatch, "/paymentRequestId", "the answer is about another payment request"})
	}
	if p.PaymentAmount != order.PaymentAmount && p.PaymentAmount != (Amount{}) {
		problems = append(problems, Problem{PaymentAmountMismatch, "/paymentAmount", "the answer is about another amount"})
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}
