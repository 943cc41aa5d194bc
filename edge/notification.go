package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

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
// not fit the ledger is kept for a person.
func (w *worker) settle(ctx context.Context, message []byte) error {
	var m notified
	if err := json.Unmarshal(message, &m); err != nil {
		return fmt.Errorf("the message is no notification: %w", err)
	}
	misfit, err := w.take(ctx, &m)
	if err != nil || misfit == "" {
		return err
	}
	n := &m.Notification
	w.log.ErrorContext(ctx, "a notification does not fit the ledger", "reason", misfit, "paymentRequestId", n.PaymentRequestID,
		"refundRequestId", n.RefundRequestID, "notifyType", n.NotifyType, "resultStatus", n.ResultStatus, "resultCode", n.ResultCode)
	// The same notification is the same dead letter, however often it comes.
	id := sha256.Sum256(message)
	return w.ledger.bury(ctx, deadLetter{ID: "notification-" + hex.EncodeToString(id[:16]), Queue: "NOTIFICATIONS", Body: string(message), Reason: misfit, DiedAt: w.now()})
}

// take is settle for a notification that was read. It returns why nothing can be done with it, if so.
func (w *worker) take(ctx context.Context, m *notified) (misfit string, err error) {
	n := &m.Notification
	if n.NotifyType == gateway.RefundResult {
		return w.takeRefund(ctx, m)
	}
	p, err := w.ledger.get(ctx, n.PaymentRequestID)
	if errors.Is(err, errUnknownPayment) {
		return "the ledger has no such payment", nil
	}
	if err != nil {
		return "", err
	}
	to, known := nextStatus(n)
	switch {
	case !known:
		return "it tells no result", nil
	case to != fail && (n.PaymentID == "" || n.PaymentAmount == gateway.Amount{}):
		return "it lacks the paymentId or the paymentAmount", nil
	}
	if misfit, err := w.compare(ctx, p.stored(), m.ClientID, n); misfit != "" || err != nil {
		return misfit, err
	}
	p, err = w.learn(ctx, p, change{
		Status:          to,
		PaymentID:       n.PaymentID,
		ResultCode:      n.ResultCode,
		PaymentTime:     n.PaymentTime,
		GrossSettlement: n.GrossSettlementAmount,
	})
	if err == nil && contradicts(p, to) {
		misfit = fmt.Sprintf("the payment is %s already", p.Status)
	}
	return misfit, err
}

// contradicts tells whether a result comes to a payment that has another one for good. A result that was on its way when
// the payment was cancelled does not: what was paid is given back.
func contradicts(p *payment, to status) bool {
	switch p.Status {
	case success:
		return to == fail
	case fail:
		return to == success
	case cancelled:
		return to == success && p.ResultCode == string(orderNotExist) // Alipay was not asked to give it back
	}
	return false
}

// takeRefund is take for a notification of a refund.
func (w *worker) takeRefund(ctx context.Context, m *notified) (misfit string, err error) {
	n := &m.Notification
	f, err := w.ledger.refund(ctx, n.RefundRequestID)
	if errors.Is(err, errUnknownRefund) {
		// It was asked for elsewhere, at Alipay's dashboard for one.
		return "the ledger has no such refund", nil
	}
	if err != nil {
		return "", err
	}
	to := status(m.State)
	switch {
	case to != success && to != fail:
		return "it tells no result", nil
	case to == success && n.RefundAmount == gateway.Amount{}:
		return "it lacks the refundAmount", nil
	}
	stored, err := w.storedRefund(ctx, f)
	if err != nil {
		return "", err
	}
	if misfit, err := w.compare(ctx, stored, m.ClientID, n); misfit != "" || err != nil {
		return misfit, err
	}
	f, err = w.learnRefund(ctx, f, refundChange{
		Status:          to,
		RefundID:        n.RefundID,
		ResultCode:      n.ResultCode,
		RefundTime:      n.RefundTime,
		GrossSettlement: n.GrossSettlementAmount,
	})
	if err == nil && f.Status != to {
		misfit = fmt.Sprintf("the refund is %s already", f.Status)
	}
	return misfit, err
}

// stored is what the ledger says of a payment, for comparison with what Alipay says.
func (p *payment) stored() gateway.Stored {
	return gateway.Stored{PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID, PaymentAmount: p.Amount, SettlementCurrency: p.SettlementCurrency}
}

// storedRefund is what the ledger says of a refund, which is settled as its payment was.
func (w *worker) storedRefund(ctx context.Context, f *refund) (gateway.Stored, error) {
	p, err := w.ledger.get(ctx, f.PaymentRequestID)
	if err != nil {
		return gateway.Stored{}, err
	}
	return gateway.Stored{RefundRequestID: f.RefundRequestID, PaymentID: f.PaymentID, RefundID: f.RefundID, RefundAmount: f.Amount, SettlementCurrency: p.SettlementCurrency}, nil
}

// compare tells in what a message of Alipay and the ledger differ, "" if in nothing.
func (w *worker) compare(ctx context.Context, stored gateway.Stored, clientID string, message any) (misfit string, err error) {
	text, err := json.Marshal(message)
	if err != nil {
		return "", err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return "", err
	}
	if members["clientId"], err = json.Marshal(clientID); err != nil {
		return "", err
	}
	stored.ClientID = w.settings.Config.ClientID
	reply, err := ask[struct{ Errors gateway.Problems }](ctx, w.core, "match", map[string]any{"stored": stored, "message": members})
	if err != nil || len(reply.Errors) == 0 {
		return "", err
	}
	return reply.Errors.Error(), nil
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
