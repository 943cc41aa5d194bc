package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/edgecashier/cashier/host/gateway"
)

// notified is a message on the NOTIFICATIONS queue: a notification that worker.mjs verified and read.
type notified struct {
	ClientID     string               `json:"clientId"`
	Notification gateway.Notification `json:"notification"`
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
	log := w.log.With("paymentRequestId", n.PaymentRequestID, "notifyType", n.NotifyType, "resultStatus", n.ResultStatus, "resultCode", n.ResultCode)
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
	p, moved, err := w.ledger.advance(ctx, p.PaymentRequestID, change{
		Status:          to,
		PaymentID:       n.PaymentID,
		ResultCode:      n.ResultCode,
		PaymentTime:     n.PaymentTime,
		GrossSettlement: n.GrossSettlementAmount,
	}, w.now())
	switch {
	case err != nil:
		return err
	case moved:
		log.InfoContext(ctx, "payment moved", "paymentStatus", p.Status)
	case p.Status != to && !to.open():
		log.ErrorContext(ctx, "notification comes too late", "paymentStatus", p.Status)
	}
	return w.announce(ctx, p)
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
	case n.NotifyType == "PAYMENT_PENDING":
		return pending, true
	}
	return "", false
}
