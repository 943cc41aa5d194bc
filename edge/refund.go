package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// refund gives money of a payment back: a row of the ledger. Its status is processing, success or fail.
type refund struct {
	RefundRequestID  string
	PaymentRequestID string
	PaymentID        string
	Status           status
	Amount           gateway.Amount
	Reason           string

	RefundID        string
	ResultCode      string
	RefundTime      string
	GrossSettlement gateway.Amount // zero when Alipay did not say

	CreatedAt       time.Time
	FinalAt         time.Time // zero while open
	InquireAt       time.Time // when Alipay is to be asked next, zero for never
	WebhookQueuedAt time.Time // zero before
	WebhookSentAt   time.Time // zero before
	AskedAt         time.Time // when Alipay was last asked for it

	made bool // by this very request, so that no other one can have asked Alipay before it
}

// errUnknownRefund tells that the ledger has no such refund.
var errUnknownRefund = errors.New("unknown refund")

const refundColumns = `refundRequestId, paymentRequestId, paymentId, refundStatus, currency, value, refundReason, refundId, resultCode,
	refundTime, grossSettlementCurrency, grossSettlementValue, createdAt, finalAt, inquireAt, webhookQueuedAt, webhookSentAt, askedAt`

// refund reads a refund; the error is [errUnknownRefund] when there is none.
func (l *ledger) refund(ctx context.Context, refundRequestID string) (*refund, error) {
	return l.oneRefund(ctx, `SELECT `+refundColumns+` FROM refunds WHERE refundRequestId = ?`, refundRequestID)
}

// refundsOf lists the refunds of a payment, the oldest first.
func (l *ledger) refundsOf(ctx context.Context, paymentRequestID string) ([]*refund, error) {
	rows, err := l.db.QueryContext(ctx, `SELECT `+refundColumns+` FROM refunds WHERE paymentRequestId = ? ORDER BY createdAt LIMIT 100`, paymentRequestID)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer rows.Close()
	var found []*refund
	for rows.Next() {
		f, err := readRefund(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, rows.Err()
}

// errRefundTooLarge tells that a refund would bring the refunds of a payment above what was paid.
var errRefundTooLarge = errors.New("the refunds would exceed the payment")

// otherRefunds sums up what goes back, or may still go back, by the refunds of a payment other than one. Its parameters
// are the two ids. Amounts are texts, and the sums of D1 pass through JavaScript's numbers, so they stay inside of
// statements or become texts.
const otherRefunds = `(SELECT COALESCE(SUM(CAST(value AS INTEGER)), 0) FROM refunds
	WHERE paymentRequestId = ? AND refundRequestId <> ? AND refundStatus <> 'FAIL')`

// refundable is what can still be refunded of a payment, the refund of this id apart: so a repetition is of the same
// amount. The error is [errRefundTooLarge] when nothing is left.
func (l *ledger) refundable(ctx context.Context, p *payment, refundRequestID string) (gateway.Amount, error) {
	var value string
	err := l.db.QueryRowContext(ctx, `SELECT CAST(CAST(? AS INTEGER) - `+otherRefunds+` AS TEXT)`,
		p.Amount.Value, p.PaymentRequestID, refundRequestID).Scan(&value)
	switch {
	case err != nil:
		return gateway.Amount{}, fmt.Errorf("ledger: %w", err)
	case !valuePattern.MatchString(value):
		return gateway.Amount{}, errRefundTooLarge
	}
	return gateway.Amount{Currency: p.Amount.Currency, Value: value}, nil
}

// insertRefund writes a new refund and returns the row that stands: the one that was there, if there was one. The error
// is [errRefundTooLarge] when the refunds of the payment would exceed it, also by another one that is written at the
// same moment.
func (l *ledger) insertRefund(ctx context.Context, f refund) (*refund, error) {
	now := f.CreatedAt.UnixMilli()
	made, err := l.oneRefund(ctx, `INSERT INTO refunds (refundRequestId, paymentRequestId, paymentId, currency, value, refundReason,
			createdAt, updatedAt, askedAt, inquireAt)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
		WHERE CAST(? AS INTEGER) + `+otherRefunds+` <= (SELECT CAST(value AS INTEGER) FROM payments WHERE paymentRequestId = ?)
		ON CONFLICT DO NOTHING
		RETURNING `+refundColumns,
		f.RefundRequestID, f.PaymentRequestID, f.PaymentID, f.Amount.Currency, f.Amount.Value, f.Reason,
		now, now, now, f.CreatedAt.Add(inquiryPause).UnixMilli(),
		f.Amount.Value, f.PaymentRequestID, f.RefundRequestID, f.PaymentRequestID)
	if errors.Is(err, errUnknownRefund) {
		stands, err := l.refund(ctx, f.RefundRequestID)
		if errors.Is(err, errUnknownRefund) {
			err = errRefundTooLarge
		}
		return stands, err
	}
	if err == nil {
		made.made = true
	}
	return made, err
}

// askAgain notes that Alipay is asked for a refund once more.
func (l *ledger) askAgain(ctx context.Context, refundRequestID string, now time.Time) error {
	_, err := l.touches(ctx, `UPDATE refunds SET askedAt = ? WHERE refundRequestId = ? RETURNING 1`, now.UnixMilli(), refundRequestID)
	return err
}

// refundChange is what became known about a refund.
type refundChange struct {
	Status          status
	RefundID        string
	ResultCode      string
	RefundTime      string
	GrossSettlement gateway.Amount
}

// advanceRefund keeps what became known about a refund and returns it as it is now, and whether this call made it final.
// What is final stays as it is.
func (l *ledger) advanceRefund(ctx context.Context, refundRequestID string, c refundChange, now time.Time) (*refund, bool, error) {
	var final, announce any
	if !c.Status.open() {
		final, announce = now.UnixMilli(), now.Add(settleTime).UnixMilli()
	}
	f, err := l.oneRefund(ctx, `UPDATE refunds SET refundStatus = ?, refundId = COALESCE(refundId, ?), resultCode = COALESCE(?, resultCode),
			refundTime = COALESCE(?, refundTime), grossSettlementCurrency = COALESCE(?, grossSettlementCurrency),
			grossSettlementValue = COALESCE(?, grossSettlementValue), updatedAt = ?, finalAt = ?,
			inquireAt = CASE WHEN ? IS NULL THEN inquireAt END, announceAt = ?
		WHERE refundRequestId = ? AND refundStatus = 'PROCESSING' RETURNING `+refundColumns,
		string(c.Status), null(c.RefundID), null(c.ResultCode), null(c.RefundTime), null(c.GrossSettlement.Currency), null(c.GrossSettlement.Value),
		now.UnixMilli(), final, final, announce, refundRequestID)
	if errors.Is(err, errUnknownRefund) {
		f, err = l.refund(ctx, refundRequestID)
		return f, false, err
	}
	return f, err == nil && final != nil, err
}

func (l *ledger) oneRefund(ctx context.Context, query string, args ...any) (*refund, error) {
	return readRefund(l.db.QueryRowContext(ctx, query, args...))
}

func readRefund(row interface{ Scan(...any) error }) (*refund, error) {
	var f refund
	var refundID, resultCode, refundTime, grossCurrency, grossValue sql.NullString
	var created, asked int64
	var final, inquire, queued, sent sql.NullInt64
	err := row.Scan(&f.RefundRequestID, &f.PaymentRequestID, &f.PaymentID, &f.Status, &f.Amount.Currency, &f.Amount.Value, &f.Reason,
		&refundID, &resultCode, &refundTime, &grossCurrency, &grossValue, &created, &final, &inquire, &queued, &sent, &asked)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, errUnknownRefund
	case err != nil:
		return nil, fmt.Errorf("ledger: %w", err)
	}
	f.RefundID, f.ResultCode, f.RefundTime = refundID.String, resultCode.String, refundTime.String
	f.GrossSettlement = gateway.Amount{Currency: grossCurrency.String, Value: grossValue.String}
	f.CreatedAt, f.AskedAt = time.UnixMilli(created).UTC(), time.UnixMilli(asked).UTC()
	f.FinalAt, f.InquireAt, f.WebhookQueuedAt, f.WebhookSentAt = at(final), at(inquire), at(queued), at(sent)
	return &f, nil
}
