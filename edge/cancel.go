package main

import (
	"context"
	"errors"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// wantCancellation notes that a payment is to be cancelled, before Alipay is asked for it. It returns the payment as it is then,
// and whether this is the first wish, so that Alipay was not asked before.
func (l *ledger) wantCancellation(ctx context.Context, paymentRequestID string, now time.Time) (p *payment, first bool, err error) {
	again := now.Add(settleTime).UnixMilli()
	p, err = l.one(ctx, `UPDATE payments SET cancelRequestedAt = ?, cancelAt = ?, cancelResultCode = NULL
		WHERE paymentRequestId = ? AND cancelAt IS NULL AND paymentStatus IN ('PROCESSING', 'PENDING', 'SUCCESS') RETURNING `+columns,
		now.UnixMilli(), again, paymentRequestID)
	if errors.Is(err, errUnknownPayment) {
		p, err = l.get(ctx, paymentRequestID)
		return p, false, err
	}
	return p, err == nil, err
}

// cancellationRefused notes that Alipay does not cancel a payment, which ends the wish.
func (l *ledger) cancellationRefused(ctx context.Context, paymentRequestID, resultCode string) error {
	_, err := l.touches(ctx, `UPDATE payments SET cancelAt = NULL, cancelResultCode = ? WHERE paymentRequestId = ? RETURNING 1`, resultCode, paymentRequestID)
	return err
}

// cancel asks Alipay for a cancellation that is noted in the ledger, and keeps what came of it. It returns the payment as it
// is then, also with an error. The error is a [*cancellationError] when Alipay refused; after any other the reconciliation goes
// on. A refusal counts only if it is `alone`, with no earlier request that Alipay may
// have heeded.
func (w *worker) cancel(ctx context.Context, p *payment, alone bool) (*payment, error) {
	which := gateway.PaymentReference{PaymentID: p.PaymentID, PaymentRequestID: p.PaymentRequestID, MerchantAccountID: p.Order.MerchantAccountID}
	_, err := w.alipay.Cancel(ctx, which)
	var refused *gateway.ResultError
	switch {
	case err == nil && p.Status == success:
		return w.learn(ctx, p, change{Status: cancelled})
	case err != nil && (!errors.As(err, &refused) || refused.Result.ResultStatus != "F"):
		return p, err
	}
	// Alipay says yes to the cancellation of a payment that has failed, and may say no to that of one that it has cancelled.
	found, unknown := w.alipay.InquirePayment(ctx, which)
	switch {
	case unknown == nil && found.State == gateway.Fail:
		return w.learn(ctx, p, change{Status: fail, PaymentID: found.PaymentID, ResultCode: found.PaymentResultCode})
	case err == nil, unknown == nil && found.State == gateway.Cancelled:
		return w.learn(ctx, p, change{Status: cancelled})
	case errors.Is(unknown, orderNotExist) && w.gone(p):
		return w.giveUp(ctx, p)
	case unknown != nil || errors.Is(err, orderNotExist) || !alone:
		return p, errors.Join(unknown, gateway.ErrOutcomeUnknown)
	}
	w.log.ErrorContext(ctx, "Alipay does not cancel the payment", "paymentRequestId", p.PaymentRequestID, "resultCode", refused.Result.ResultCode)
	if err := w.ledger.cancellationRefused(ctx, p.PaymentRequestID, refused.Result.ResultCode); err != nil {
		return p, err
	}
	return p, &cancellationError{refused}
}

// cancellationError is Alipay's last word that a payment is not cancelled.
type cancellationError struct{ refused *gateway.ResultError }

func (e *cancellationError) Error() string { return e.refused.Error() }

// cancelAgain goes on with a cancellation that came to no end.
func (w *worker) cancelAgain(ctx context.Context, p *payment) error {
	if p.CancelAt.IsZero() || !p.Status.cancellable() {
		return nil
	}
	now := w.now()
	wanted := now.Sub(p.CancelRequestedAt)
	claimed, err := w.ledger.claim(ctx, paymentRecord(p.PaymentRequestID), "cancelAt", p.CancelAt, now.Add(pause(wanted)))
	if err != nil || !claimed {
		return err
	}
	_, err = w.cancel(ctx, p, wanted > onItsWay)
	var refused *cancellationError
	if errors.As(err, &refused) {
		return nil // it is noted
	}
	return err
}
