package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Poll is how a [Client] asks until the end of a payment or a refund is known.
type Poll struct {
	Interval        time.Duration // between two inquiries; 0 means 2 s, which Alipay recommends
	MissingInterval time.Duration // after an ORDER_NOT_EXIST; 0 means 15 s
	Missing         int           // consecutive ORDER_NOT_EXIST answers before giving up; 0 means 3
}

// UndecidedError says that the context ended before a payment or a refund did. It wraps the context's error and the last
// inquiry's, and is an [ErrOutcomeUnknown].
type UndecidedError struct {
	State State // what is known so far, if anything
	Err   error
}

func (e *UndecidedError) Error() string {
	state := e.State
	if state == "" {
		state = "not known"
	}
	return fmt.Sprintf("still undecided (%s): %v", state, e.Err)
}

// Unwrap returns the cause and [ErrOutcomeUnknown].
func (e *UndecidedError) Unwrap() []error { return []error{e.Err, ErrOutcomeUnknown} }

// PayAndWait is for servers that no notification reaches: it starts a payment, hands it to show, which sends the shopper to the
// cashier, and inquires until the payment is paid, failed or cancelled, or the context ends ([*UndecidedError]). Alipay closes
// a payment that nobody pays after 14 minutes, so give the context 15.
//
// A payment that is paid is returned only if its amount is the order's; if it is not, or Alipay does not say, the error is an
// [*UnusableError].
//
// If Pay does not know whether the payment exists, it is asked for; show is not called then. An error of show ends the wait, but
// not the payment.
func (c *Client) PayAndWait(ctx context.Context, order Order, poll Poll, show func(*Payment) error) (*PaymentInquiry, error) {
	payment, err := c.Pay(ctx, order)
	which := PaymentReference{PaymentRequestID: order.PaymentRequestID, MerchantAccountID: order.MerchantAccountID}
	switch {
	case err == nil:
		which.PaymentID = payment.PaymentID
		if payment.Redirect != nil {
			if err := show(payment); err != nil {
				return nil, &UndecidedError{State: payment.State, Err: err}
			}
		}
	case !errors.Is(err, ErrOutcomeUnknown):
		return nil, err
	}
	inquiry, err := c.WaitPayment(ctx, which, poll)
	if err != nil {
		return nil, err
	}
	if err := c.belongs(ctx, inquirePaymentOperation, order.Stored(), inquiry); err != nil {
		return nil, err
	}
	return inquiry, nil
}

// WaitPayment inquires until a payment is paid, failed or cancelled; see [Client.PayAndWait]. It does not know the order: compare
// its amount with PaymentAmount, which every payment that is paid has, before delivering.
func (c *Client) WaitPayment(ctx context.Context, which PaymentReference, poll Poll) (*PaymentInquiry, error) {
	inquiry, err := wait(ctx, poll, func() (*PaymentInquiry, State, error) {
		found, err := c.InquirePayment(ctx, which)
		if err != nil {
			return nil, "", err
		}
		return found, found.State, nil
	})
	if err != nil {
		return nil, err
	}
	if err := inquiry.paidAmount(inquirePaymentOperation); err != nil {
		return nil, err
	}
	return inquiry, nil
}

// WaitRefund inquires until a refund has succeeded or failed. A [*ResultError] with the code ORDER_NOT_EXIST means that it was
// not placed.
func (c *Client) WaitRefund(ctx context.Context, which RefundReference, poll Poll) (*RefundInquiry, error) {
	return wait(ctx, poll, func() (*RefundInquiry, State, error) {
		found, err := c.InquireRefund(ctx, which)
		if err != nil {
			return nil, "", err
		}
		return found, found.State, nil
	})
}

const orderNotExist Code = "ORDER_NOT_EXIST"

func wait[A any](ctx context.Context, poll Poll, inquire func() (A, State, error)) (found A, err error) {
	var state State
	var last error
	for missing := 0; ; {
		interval := poll.interval()
		answer, now, err := inquire()
		switch {
		case err == nil && now.Final():
			return answer, nil
		case err == nil:
			state, last, missing = now, nil, 0
		case errors.Is(err, orderNotExist):
			if missing++; missing >= poll.missing() {
				return found, err
			}
			last, interval = err, poll.missingInterval()
		case ctx.Err() == nil && !worthAsking(err):
			return found, err
		default:
			last = err
		}
		timer := time.NewTimer(interval)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return found, &UndecidedError{State: state, Err: errors.Join(context.Cause(ctx), last)}
		}
	}
}

// worthAsking tells whether the same inquiry may be answered later.
func worthAsking(err error) bool {
	var refused *ResultError
	var unverified *UnverifiedError
	var unusable *UnusableError
	switch {
	case errors.As(err, &refused):
		return refused.Outcome == Repeat || refused.Outcome == Inquire || refused.Outcome == Wait
	case errors.As(err, &unusable): // signed: Alipay will say the same again
		return false
	case errors.As(err, &unverified):
		return !unverified.Configuration()
	}
	return errors.Is(err, ErrOutcomeUnknown)
}

func (p Poll) interval() time.Duration {
	if p.Interval <= 0 {
		return 2 * time.Second
	}
	return p.Interval
}

func (p Poll) missingInterval() time.Duration {
	if p.MissingInterval <= 0 {
		return 15 * time.Second
	}
	return p.MissingInterval
}

func (p Poll) missing() int {
	if p.Missing <= 0 {
		return 3
	}
	return p.Missing
}
