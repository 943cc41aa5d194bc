package main

import (
	"context"
	"errors"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// onItsWay is how long a request to Alipay whose answer was lost may still arrive there.
const onItsWay = time.Minute

// giveBack asks Alipay for a refund and keeps its answer. When nothing is known afterwards the refund is returned as it
// was: the same refundRequestId never gives back twice. A refusal ends the refund only if it is `alone`, with no earlier
// request for it that Alipay may have heeded: it says nothing of those.
func (w *worker) giveBack(ctx context.Context, f *refund, alone bool) (*refund, error) {
	answer, err := w.alipay.Refund(ctx, gateway.RefundRequest{
		RefundRequestID: f.RefundRequestID,
		PaymentID:       f.PaymentID,
		RefundAmount:    f.Amount,
		RefundReason:    f.Reason,
		RefundNotifyURL: w.settings.Origin + "/notify",
	})
	var refused *gateway.ResultError
	var problems gateway.Problems
	code := ""
	switch {
	case errors.Is(err, gateway.ErrOutcomeUnknown):
		return f, nil
	case errors.As(err, &refused):
		code = refused.Result.ResultCode
	case errors.As(err, &problems): // nothing was sent
		code = string(problems[0].Code)
	case err != nil:
		return nil, err
	}
	switch {
	case code != "" && !alone:
		w.log.WarnContext(ctx, "a repeated refund was refused", "refundRequestId", f.RefundRequestID, "resultCode", code)
		return f, nil
	case code != "":
		return w.learnRefund(ctx, f, refundChange{Status: fail, ResultCode: code})
	}
	return w.learnRefund(ctx, f, refundChange{
		Status: status(answer.State), RefundID: answer.RefundID, ResultCode: answer.ResultCode,
		RefundTime: answer.RefundTime, GrossSettlement: answer.GrossSettlementAmount,
	})
}

// inquireRefund asks Alipay what became of an open refund. One that Alipay does not know was lost on its way and is asked
// for again, under its own id.
func (w *worker) inquireRefund(ctx context.Context, f *refund) (*refund, error) {
	if !f.Status.open() {
		return f, nil
	}
	now := w.now()
	claimed, err := w.ledger.claim(ctx, refundRecord(f.RefundRequestID), "inquireAt", f.InquireAt, now.Add(pause(now.Sub(f.CreatedAt))))
	if err != nil || !claimed {
		return f, err
	}
	found, err := w.alipay.InquireRefund(ctx, gateway.RefundReference{RefundRequestID: f.RefundRequestID})
	switch {
	case errors.Is(err, orderNotExist):
		if err := w.ledger.askAgain(ctx, f.RefundRequestID, now); err != nil {
			return f, err
		}
		return w.giveBack(ctx, f, now.Sub(f.AskedAt) > onItsWay)
	case err != nil:
		return f, err
	case found.State != gateway.Success && found.State != gateway.Fail:
		return f, nil
	}
	stored, err := w.storedRefund(ctx, f)
	if err != nil {
		return f, err
	}
	misfit, err := w.compare(ctx, stored, w.settings.Config.ClientID, found)
	if misfit == "" && found.State == gateway.Success && found.RefundAmount == (gateway.Amount{}) {
		misfit = "it lacks the refundAmount"
	}
	if misfit != "" || err != nil {
		w.log.ErrorContext(ctx, "inquiry does not fit the refund", "refundRequestId", f.RefundRequestID, "reason", misfit)
		return f, err
	}
	return w.learnRefund(ctx, f, refundChange{
		Status: status(found.State), RefundID: found.RefundID, ResultCode: found.ResultCode,
		RefundTime: found.RefundTime, GrossSettlement: found.GrossSettlementAmount,
	})
}

// learnRefund keeps what Alipay said of a refund, and tells the merchant when that makes it final.
func (w *worker) learnRefund(ctx context.Context, f *refund, c refundChange) (*refund, error) {
	f, moved, err := w.ledger.advanceRefund(ctx, f.RefundRequestID, c, w.now())
	if err != nil {
		return nil, err
	}
	log := w.log.With("refundRequestId", f.RefundRequestID, "paymentRequestId", f.PaymentRequestID, "resultCode", c.ResultCode)
	switch {
	case moved:
		log.InfoContext(ctx, "refund moved", "refundStatus", f.Status)
	case f.Status != c.Status && !c.Status.open():
		log.ErrorContext(ctx, "a result comes too late", "refundStatus", f.Status, "result", c.Status)
	}
	return f, w.announceRefund(ctx, f)
}
