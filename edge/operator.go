package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// operatorView is what the merchant's people may know of a payment: all but where the shopper pays.
type operatorView struct {
	PaymentRequestID      string         `json:"paymentRequestId"`
	ReferenceOrderID      string         `json:"referenceOrderId"`
	Attempt               int            `json:"attempt"`
	PaymentStatus         status         `json:"paymentStatus"`
	PaymentAmount         gateway.Amount `json:"paymentAmount"`
	SettlementCurrency    string         `json:"settlementCurrency"`
	PaymentID             string         `json:"paymentId,omitempty"`
	ResultCode            string         `json:"resultCode,omitempty"`
	PaymentTime           string         `json:"paymentTime,omitempty"`
	GrossSettlementAmount gateway.Amount `json:"grossSettlementAmount,omitzero"`
	CreatedAt             time.Time      `json:"createdAt"`
	UpdatedAt             time.Time      `json:"updatedAt"`
	FinalAt               time.Time      `json:"finalAt,omitzero"`
	InquireAt             time.Time      `json:"inquireAt,omitzero"`
	WebhookQueuedAt       time.Time      `json:"webhookQueuedAt,omitzero"`
	WebhookSentAt         time.Time      `json:"webhookSentAt,omitzero"`
	CancelRequestedAt     time.Time      `json:"cancelRequestedAt,omitzero"`
	CancelAt              time.Time      `json:"cancelAt,omitzero"` // when Alipay is asked for it again
	CancelResultCode      string         `json:"cancelResultCode,omitempty"`
	Refunds               []refundView   `json:"refunds,omitempty"`
}

type refundView struct {
	RefundRequestID       string         `json:"refundRequestId"`
	PaymentRequestID      string         `json:"paymentRequestId"`
	RefundStatus          status         `json:"refundStatus"`
	RefundAmount          gateway.Amount `json:"refundAmount"`
	RefundReason          string         `json:"refundReason,omitempty"`
	RefundID              string         `json:"refundId,omitempty"`
	ResultCode            string         `json:"resultCode,omitempty"`
	RefundTime            string         `json:"refundTime,omitempty"`
	GrossSettlementAmount gateway.Amount `json:"grossSettlementAmount,omitzero"`
	CreatedAt             time.Time      `json:"createdAt"`
	FinalAt               time.Time      `json:"finalAt,omitzero"`
	WebhookSentAt         time.Time      `json:"webhookSentAt,omitzero"`
}

func newOperatorView(p *payment, refunds []*refund) operatorView {
	v := operatorView{
		p.PaymentRequestID, p.ReferenceOrderID, p.Attempt, p.Status, p.Amount, p.SettlementCurrency, p.PaymentID, p.ResultCode, p.PaymentTime,
		p.GrossSettlement, p.CreatedAt, p.UpdatedAt, p.FinalAt, p.InquireAt, p.WebhookQueuedAt, p.WebhookSentAt,
		p.CancelRequestedAt, p.CancelAt, p.CancelResultCode, nil,
	}
	for _, f := range refunds {
		v.Refunds = append(v.Refunds, newRefundView(f))
	}
	return v
}

func newRefundView(f *refund) refundView {
	return refundView{
		f.RefundRequestID, f.PaymentRequestID, f.Status, f.Amount, f.Reason, f.RefundID, f.ResultCode, f.RefundTime,
		f.GrossSettlement, f.CreatedAt, f.FinalAt, f.WebhookSentAt,
	}
}

const (
	usualList = 50
	longList  = 200
)

// listPayments answers payments, the newest first: ?paymentStatus=, ?referenceOrderId=, ?limit=, and ?before=, the createdAt of the
// last one of the page before.
func (w *worker) listPayments(r *http.Request) (int, any, error) {
	query := r.URL.Query()
	limit, err := listLimit(query.Get("limit"))
	if err != nil {
		return 0, nil, err
	}
	wanted := status(query.Get("paymentStatus"))
	if wanted != "" && !slices.Contains([]status{processing, pending, success, fail, cancelled}, wanted) {
		return 0, nil, refuse(http.StatusBadRequest, "FIELD_INVALID", "/query/paymentStatus", "there is no such paymentStatus")
	}
	before := w.now().Add(time.Hour)
	if text := query.Get("before"); text != "" {
		if before, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return 0, nil, refuse(http.StatusBadRequest, "FIELD_INVALID", "/query/before", "before must be a time such as 2026-04-01T12:00:00.123Z")
		}
	}
	payments, err := w.ledger.list(r.Context(), string(wanted), query.Get("referenceOrderId"), before, limit)
	if err != nil {
		return 0, nil, err
	}
	views := []operatorView{}
	for _, p := range payments {
		views = append(views, newOperatorView(p, nil))
	}
	return http.StatusOK, map[string]any{"payments": views}, nil
}

func listLimit(text string) (int, error) {
	if text == "" {
		return usualList, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > longList {
		return 0, refuse(http.StatusBadRequest, "FIELD_INVALID", "/query/limit", fmt.Sprintf("limit must be from 1 to %d", longList))
	}
	return limit, nil
}

// list reads payments, the newest first. What is "" is not asked for.
func (l *ledger) list(ctx context.Context, paymentStatus, referenceOrderID string, before time.Time, limit int) ([]*payment, error) {
	rows, err := l.db.QueryContext(ctx, `SELECT `+columns+` FROM payments
		WHERE createdAt < ? AND (? = '' OR paymentStatus = ?) AND (? = '' OR referenceOrderId = ?) ORDER BY createdAt DESC LIMIT ?`,
		before.UnixMilli(), paymentStatus, paymentStatus, referenceOrderID, referenceOrderID, limit)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer rows.Close()
	var payments []*payment
	for rows.Next() {
		p, err := readPayment(rows)
		if err != nil {
			return nil, err
		}
		payments = append(payments, p)
	}
	return payments, rows.Err()
}

func (w *worker) showPayment(r *http.Request) (int, any, error) {
	p, err := w.find(r)
	if err != nil {
		return 0, nil, err
	}
	refunds, err := w.ledger.refundsOf(r.Context(), p.PaymentRequestID)
	return http.StatusOK, newOperatorView(p, refunds), err
}

// cancelPayment calls a payment off, or gives a paid one back in full. Doing it again changes nothing. The wish is in the ledger
// before Alipay is asked: 202 means that Alipay gave no clear answer and the reconciliation goes on until there is one.
func (w *worker) cancelPayment(r *http.Request) (int, any, error) {
	ctx := r.Context()
	p, err := w.find(r)
	if err != nil {
		return 0, nil, err
	}
	switch p.Status {
	case cancelled:
		return http.StatusOK, newOperatorView(p, nil), nil
	case fail:
		return 0, nil, refuse(http.StatusConflict, "PAYMENT_STATUS_INVALID", "", "the payment has failed; there is nothing to cancel")
	}
	p, first, err := w.ledger.wantCancellation(ctx, p.PaymentRequestID, w.now())
	if err != nil {
		return 0, nil, err
	}
	if p.Status.cancellable() {
		p, err = w.cancel(ctx, p, first || w.now().Sub(p.CancelRequestedAt) > onItsWay)
	}
	var refused *cancellationError
	switch {
	case errors.As(err, &refused):
		return 0, nil, refuse(http.StatusConflict, gateway.Code(refused.refused.Result.ResultCode), "", refused.refused.Advice.Operator)
	case err != nil && !errors.Is(err, gateway.ErrOutcomeUnknown):
		return 0, nil, err
	case p.Status.cancellable():
		return http.StatusAccepted, newOperatorView(p, nil), nil
	}
	return http.StatusOK, newOperatorView(p, nil), nil
}

// refundPayment gives money back. The same refundRequestId is the same refund, however often it is asked for.
func (w *worker) refundPayment(r *http.Request) (int, any, error) {
	ctx := r.Context()
	p, err := w.find(r)
	if err != nil {
		return 0, nil, err
	}
	body, err := readAll(r.Body, maxReply)
	if err != nil {
		return 0, nil, refuse(http.StatusRequestEntityTooLarge, "INPUT_TOO_LARGE", "", "a request has at most 64 KiB")
	}
	wanted, err := readRefundRequest(body, p.Amount.Currency)
	switch {
	case err != nil:
		return 0, nil, err
	case p.Status != success || p.PaymentID == "":
		return 0, nil, refuse(http.StatusConflict, "PAYMENT_STATUS_INVALID", "", "only a payment that was paid can be refunded")
	}
	f, err := w.newRefund(ctx, p, wanted)
	switch {
	case errors.Is(err, errRefundTooLarge):
		return 0, nil, refuse(http.StatusConflict, "REFUND_AMOUNT_EXCEED", "/refundAmount", "the refunds of this payment would exceed what was paid")
	case err != nil:
		return 0, nil, err
	case f == nil:
		return 0, nil, refuse(http.StatusConflict, "REFUND_CHANGED", "/refundRequestId", "this refundRequestId belongs to another refund")
	}
	switch {
	case f.made:
		f, err = w.giveBack(ctx, f, true)
	case f.RefundID == "":
		// What became of the request before this one, the answer to which was lost, comes first.
		f, err = w.inquireRefund(ctx, f)
	}
	if err != nil && !errors.Is(err, gateway.ErrOutcomeUnknown) {
		return 0, nil, err
	}
	if f.Status == processing {
		return http.StatusAccepted, newRefundView(f), nil
	}
	return http.StatusOK, newRefundView(f), nil
}

// newRefund writes a refund into the ledger, or finds the one that was asked for before. It is nil when that one is of
// another payment or another amount.
func (w *worker) newRefund(ctx context.Context, p *payment, wanted wantedRefund) (f *refund, err error) {
	amount := wanted.RefundAmount
	if wanted.All {
		if amount, err = w.ledger.refundable(ctx, p, wanted.RefundRequestID); err != nil {
			return nil, err
		}
	}
	f, err = w.ledger.insertRefund(ctx, refund{
		RefundRequestID: wanted.RefundRequestID, PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID,
		Amount: amount, Reason: wanted.RefundReason, CreatedAt: w.now(),
	})
	if err != nil || f.PaymentRequestID != p.PaymentRequestID || f.Amount != amount {
		return nil, err
	}
	return f, nil
}

func (w *worker) listDeadLetters(r *http.Request) (int, any, error) {
	limit, err := listLimit(r.URL.Query().Get("limit"))
	if err != nil {
		return 0, nil, err
	}
	letters, err := w.ledger.deadLetters(r.Context(), limit)
	return http.StatusOK, map[string]any{"deadLetters": letters}, err
}

func (w *worker) requeueDeadLetter(r *http.Request) (int, any, error) {
	letter, err := w.exhume(r.Context(), r.PathValue("id"))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, refuse(http.StatusNotFound, "NOT_FOUND", "", "there is no such dead letter")
	}
	return http.StatusOK, letter, err
}
