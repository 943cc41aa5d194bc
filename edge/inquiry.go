package main

import (
	"context"
	"errors"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

const (
	// orderNotExist is Alipay's word for a payment or refund that it has not heard of, or not yet.
	orderNotExist gateway.Code = "ORDER_NOT_EXIST"
	// forgotten is the age at which a payment that Alipay does not know, though it once named a cashier for it, will not be
	// paid any more: a cashier closes after 14 minutes, and a result would have been notified for a day.
	forgotten = 26 * time.Hour
	// unborn is the age at which a payment that Alipay does not know will not be paid any more: nobody was sent to
	// a cashier for it, and one that was made now would expire before.
	unborn = 30 * time.Minute
)

// inquire asks Alipay what became of an open payment and keeps the answer. It returns the payment as it is then, also with
// an error. One at a time asks; whoever comes second returns what is known.
func (w *worker) inquire(ctx context.Context, p *payment) (*payment, error) {
	if !p.Status.open() {
		return p, nil
	}
	age := w.now().Sub(p.CreatedAt)
	claimed, err := w.ledger.claim(ctx, paymentRecord(p.PaymentRequestID), "inquireAt", p.InquireAt, w.now().Add(pause(age)))
	if err != nil || !claimed {
		return p, err
	}
	found, err := w.alipay.InquirePayment(ctx, gateway.PaymentReference{
		PaymentID: p.PaymentID, PaymentRequestID: p.PaymentRequestID, MerchantAccountID: p.Order.MerchantAccountID,
	})
	switch {
	case errors.Is(err, orderNotExist):
		if w.gone(p) {
			return w.giveUp(ctx, p)
		}
		return p, nil
	case err != nil:
		return p, err
	}
	to := status(found.State)
	misfit, err := w.compare(ctx, p.stored(), w.settings.Config.ClientID, found)
	if misfit == "" && to == success && found.PaymentAmount == (gateway.Amount{}) {
		misfit = "it lacks the paymentAmount"
	}
	if misfit != "" || err != nil {
		w.log.ErrorContext(ctx, "inquiry does not fit the payment", "paymentRequestId", p.PaymentRequestID, "reason", misfit)
		return p, err
	}
	switch {
	case to == success || to == fail || to == cancelled || to == pending:
		code := found.PaymentResultCode
		if code == "" && to == success {
			code = found.ResultCode
		}
		return w.learn(ctx, p, change{
			Status: to, PaymentID: found.PaymentID, ResultCode: code, PaymentTime: found.PaymentTime, GrossSettlement: found.GrossSettlementAmount,
		})
	case to == processing && p.Redirect == nil && found.Redirect != nil:
		return w.ledger.setRedirect(ctx, p.PaymentRequestID, found.PaymentID, found.Redirect, w.now())
	}
	return p, nil
}

// giveUp ends a payment that Alipay does not know.
func (w *worker) giveUp(ctx context.Context, p *payment) (*payment, error) {
	to := fail
	if !p.CancelAt.IsZero() {
		to = cancelled
	}
	return w.learn(ctx, p, change{Status: to, ResultCode: string(orderNotExist), Unsent: p.Redirect == nil})
}

// gone tells whether a payment that Alipay does not know can be given up.
func (w *worker) gone(p *payment) bool {
	age := w.now().Sub(p.CreatedAt)
	if p.Redirect != nil {
		return age > forgotten
	}
	return age > unborn || p.expired(w.now().Add(-onItsWay))
}

// expired tells whether the time by which the merchant wants the payment made has passed.
func (p *payment) expired(now time.Time) bool {
	expiry, err := time.Parse(time.RFC3339, p.Order.PaymentExpiryTime)
	return err == nil && !now.Before(expiry)
}

// learn moves a payment forward by what Alipay said of it, and tells the merchant when that makes it final.
func (w *worker) learn(ctx context.Context, p *payment, c change) (*payment, error) {
	was := p.Status
	p, moved, err := w.ledger.advance(ctx, p.PaymentRequestID, c, w.now())
	if err != nil {
		return nil, err
	}
	log := w.log.With("paymentRequestId", p.PaymentRequestID, "paymentId", p.PaymentID, "resultCode", c.ResultCode)
	switch {
	case moved:
		log.InfoContext(ctx, "payment moved", "from", was, "paymentStatus", p.Status)
	case p.Status != c.Status && !c.Status.open() && !c.Unsent:
		log.ErrorContext(ctx, "a result comes too late", "paymentStatus", p.Status, "result", c.Status)
	}
	return p, w.announce(ctx, p)
}
