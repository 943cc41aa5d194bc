package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/edgecashier/cashier/host/gateway"
)

// notified is a message on the NOTIFICATIONS queue: a notification that worker.mjs verified and read.
type notified struct {
	ClientID     string               `json:"clientId"`
	Notification gateway.Notification `json:"notification"`
	State        gateway.State        `json:"state,omitempty"` // what it says of the payment or the refund
}

// settle brings a notification into the ledger and, when that makes the payment final, tells the merchant. The same
// notification may come any number of times. The error is for what may go better later; a notification that does
// not fit the ledger never will, so it is logged for a person and done with.
func (w *worker) settle(ctx context.Context, message []byte) error {
	var m notified
	if err := json.Unmarshal(message, &m); err != nil {
		return fmt.Errorf("the message is no notification: %w", err)
	}
	n := &m.Notification
	log := w.log.With("paymentRequestId", n.PaymentRequestID, "refundRequestId", n.RefundRequestID, "notifyType", n.NotifyType,
		"resultStatus", n.ResultStatus, "resultCode", n.ResultCode)
	if n.NotifyType == gateway.RefundResult {
		return w.settleRefund(ctx, log, &m)
	}
	p, err := w.ledger.get(ctx, n.PaymentRequestID)
	if errors.Is(err, errUnknownPayment) {
		log.ErrorContext(ctx, "notification of an unknown payment")
		return nil
	}
	if err != nil {
		return err
	}
	if mismatch := compare(w.settings.Config.ClientID, &m, p); mismatch != "" {
		log.ErrorContext(ctx, "notification does not fit the payment", "mismatch", mismatch)
		return nil
	}
	to, known := nextStatus(n)
	if !known {
		log.WarnContext(ctx, "notification of an unknown kind")
		return nil
	}
	_, err = w.learn(ctx, p, change{
		Status:          to,
		PaymentID:       n.PaymentID,
		ResultCode:      n.ResultCode,
		PaymentTime:     n.PaymentTime,
		GrossSettlement: n.GrossSettlementAmount,
	})
	return err
}

// settleRefund is settle for a notification of a refund.
func (w *worker) settleRefund(ctx context.Context, log *slog.Logger, m *notified) error {
	n := &m.Notification
	f, err := w.ledger.refund(ctx, n.RefundRequestID)
	if errors.Is(err, errUnknownRefund) {
		// It was asked for elsewhere, at Alipay's dashboard for one.
		log.ErrorContext(ctx, "notification of an unknown refund")
		return nil
	}
	if err != nil {
		return err
	}
	to := status(m.State)
	mismatch := ""
	switch {
	case m.ClientID != w.settings.Config.ClientID:
		mismatch = "client-id"
	case n.PaymentID != "" && n.PaymentID != f.PaymentID:
		mismatch = "paymentId"
	case n.RefundID != "" && f.RefundID != "" && n.RefundID != f.RefundID:
		mismatch = "refundId"
	case n.RefundAmount != f.Amount && !(to == fail && n.RefundAmount == gateway.Amount{}):
		mismatch = "refundAmount"
	case to != success && to != fail:
		mismatch = "refundStatus"
	}
	if mismatch != "" {
		log.ErrorContext(ctx, "notification does not fit the refund", "mismatch", mismatch)
		return nil
	}
	_, err = w.learnRefund(ctx, f, refundChange{
		Status:          to,
		RefundID:        n.RefundID,
		ResultCode:      n.ResultCode,
		RefundTime:      n.RefundTime,
		GrossSettlement: n.GrossSettlementAmount,
	})
	return err
}

// compare names the first thing in which a notification and the payment it names differ, "" if they agree. Failures
// may come without an amount or an id.
func compare(clientID string, m *notified, p *payment) string {
	n := &m.Notification
	failed := n.Failed()
	switch {
	case m.ClientID != clientID:
		return "client-id"
	case n.PaymentID == "" && !failed, n.PaymentID != "" && p.PaymentID != "" && n.PaymentID != p.PaymentID:
		return "paymentId"
	case n.PaymentAmount != p.Amount && !(failed && n.PaymentAmount == gateway.Amount{}):
		return "paymentAmount"
	}
	return ""
}

// nextStatus is the state that a notification reports.
func nextStatus(n *gateway.Notification) (to status, known bool) {
	switch {
	case n.Paid():
		return success, true
	case n.Failed():
		return fail, true
	case n.NotifyType == gateway.PaymentPending:
		return pending, true
	}
	return "", false
}
