package gateway

import (
	"context"
	"errors"
)

var payOperation = operation{"pay", "build_pay", "read_pay"}

// Pay starts a payment: it checks the order, asks Alipay to create the payment, verifies the answer, and returns where to send
// the shopper. Without [Options.Retry] it sends exactly one request. Calling it again with the same order is always safe,
// because Alipay answers the same paymentRequestId with the same payment.
//
// Errors:
//   - [Problems]: the order or the config is wrong; nothing was sent.
//   - [*TransportError], [*UnverifiedError], [*UnusableError]: the payment may exist; see [ErrOutcomeUnknown].
//   - [*ResultError]: Alipay's signed answer that the payment does not go on, with what to do next.
//   - any other: the Core, the key or the context failed before anything was sent.
//
// Alipay's page: "pay (Cashier Payment)" on https://docs.antom.com; the result codes and their meaning are there.
func (c *Client) Pay(ctx context.Context, order Order) (*Payment, error) {
	attempt := 0
	return retry(ctx, c, func() (*Payment, error) {
		if attempt++; attempt > 1 {
			if payment, err := c.paidOrDead(ctx, &order); payment != nil || err != nil {
				return payment, err
			}
		}
		return logged(ctx, c, payOperation, attributes("paymentRequestId", order.PaymentRequestID), func() (*Payment, error) {
			return c.payOnce(ctx, &order)
		})
	})
}

// Validate checks an order without sending anything: the error of an order that cannot be paid is [Problems], as from
// [Client.Pay]. warnings are what may be meant or may be a mistake, such as a member that does not exist, or a notification
// address with a query.
func (c *Client) Validate(ctx context.Context, order Order) (warnings Problems, err error) {
	input := append(append([]byte(`{"config":`), c.configJSON...), `,"order":`...)
	if input, err = order.appendTo(input); err != nil {
		return nil, err
	}
	input = append(appendJSON(append(input, `,"time":`...), c.config.requestTime(c.now())), '}')
	reply, err := ask[report](ctx, c.core, "validate_order", input)
	return reply.Warnings, err
}

func (c *Client) payOnce(ctx context.Context, order *Order) (*Payment, error) {
	reply, err := converse[Payment](ctx, c, payOperation, subject{"order", order, order.TerminalType})
	if err != nil {
		return nil, err
	}
	payment := &reply.Response
	payment.take(reply.State, reply.Outcome, reply.Advice, reply.Warnings)
	payment.Redirect = reply.Redirect
	created := payment.Outcome == RedirectShopper || payment.Result.ResultStatus == "S"
	if created || payment.PaymentRequestID != "" { // a refusal may leave out what it is about
		if err := c.belongs(ctx, payOperation, order.Stored(), payment); err != nil {
			return nil, err
		}
	}
	if !created {
		return nil, reply.refusal(payOperation, payment.Result)
	}
	return payment, nil
}

// paidOrDead asks about a payment of unknown outcome before it is sent again. It answers with a payment if it is paid, an error if
// it is dead, and neither if to send it again is the thing to do: then Alipay answers with the same addresses, or creates it.
func (c *Client) paidOrDead(ctx context.Context, order *Order) (*Payment, error) {
	which := PaymentReference{PaymentRequestID: order.PaymentRequestID, MerchantAccountID: order.MerchantAccountID}
	found, err := logged(ctx, c, inquirePaymentOperation, which.attributes(), func() (*PaymentInquiry, error) {
		return c.inquirePaymentOnce(ctx, which)
	})
	var unusable *UnusableError
	switch {
	case errors.As(err, &unusable):
		return nil, err // signed: there is something wrong with the payment that a repetition would only hide
	case err != nil:
		return nil, nil // the request itself will tell
	}
	if found.PaymentAmount != order.PaymentAmount && found.PaymentAmount != (Amount{}) {
		return nil, &UnusableError{Operation: "pay", Err: Problems{{PaymentAmountMismatch, "/paymentAmount", "this paymentRequestId belongs to a payment of another amount"}}}
	}
	if err := found.paidAmount(payOperation); err != nil {
		return nil, err
	}
	switch found.State {
	case Success:
		return &Payment{
			Answered:         found.Answered,
			PaymentRequestID: found.PaymentRequestID, PaymentID: found.PaymentID, PaymentAmount: found.PaymentAmount,
			ActualPaymentAmount: found.ActualPaymentAmount, GrossSettlementAmount: found.GrossSettlementAmount,
			SettlementQuote: found.SettlementQuote, AcquirerReferenceNo: found.AcquirerReferenceNo, PaymentCreateTime: found.PaymentCreateTime,
		}, nil
	case Fail, Cancelled:
		result := found.Result
		if found.PaymentResultCode != "" {
			result.ResultStatus, result.ResultCode, result.ResultMessage = "F", found.PaymentResultCode, found.PaymentResultMessage
		}
		return nil, &ResultError{Operation: "pay", Result: result, Outcome: found.Outcome, Advice: found.Advice}
	}
	return nil, nil
}
