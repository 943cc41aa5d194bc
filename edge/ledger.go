package main

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// ledger keeps the payments. D1 has no transactions for a Worker's statements, so each method is one statement that
// is right on its own, whatever another request does between two of them.
type ledger struct{ db *sql.DB }

// The statements that checkout.mjs makes, too.
var (
	//go:embed statements/insertPayment.sql
	insertPayment string
	//go:embed statements/setRedirect.sql
	setRedirect string
)

// errUnknownPayment tells that the ledger has no such payment.
var errUnknownPayment = errors.New("unknown payment")

const columns = `paymentRequestId, referenceOrderId, attempt, paymentStatus, currency, value, settlementCurrency,
	orderJSON, resultPage, paymentId, redirectJSON, resultCode, paymentTime, grossSettlementCurrency, grossSettlementValue,
	createdAt, updatedAt, finalAt, inquireAt, webhookQueuedAt, webhookSentAt, cancelRequestedAt, cancelAt, cancelResultCode`

// get reads a payment; the error is [errUnknownPayment] when there is none.
func (l *ledger) get(ctx context.Context, paymentRequestID string) (*payment, error) {
	return l.one(ctx, `SELECT `+columns+` FROM payments WHERE paymentRequestId = ?`, paymentRequestID)
}

// latest reads the last attempt to pay an order; the error is [errUnknownPayment] when there is none.
func (l *ledger) latest(ctx context.Context, referenceOrderID string) (*payment, error) {
	return l.one(ctx, `SELECT `+columns+` FROM payments WHERE referenceOrderId = ? ORDER BY attempt DESC LIMIT 1`, referenceOrderID)
}

// insert writes a new payment and returns the row that stands: the one that was there if two requests came at once, else
// one that is made. An attempt has one row, whatever ids are proposed for it.
func (l *ledger) insert(ctx context.Context, p payment) (*payment, error) {
	order, err := json.Marshal(p.Order)
	if err != nil {
		return nil, err
	}
	made, err := l.one(ctx, insertPayment+` RETURNING `+columns,
		p.PaymentRequestID, p.ReferenceOrderID, p.Attempt, p.Amount.Currency, p.Amount.Value, p.SettlementCurrency,
		string(order), p.ResultPage, p.CreatedAt.UnixMilli(), p.CreatedAt.UnixMilli(), p.CreatedAt.Add(inquiryPause).UnixMilli())
	if errors.Is(err, errUnknownPayment) {
		return l.one(ctx, `SELECT `+columns+` FROM payments WHERE referenceOrderId = ? AND attempt = ?`, p.ReferenceOrderID, p.Attempt)
	}
	if err == nil {
		made.made = true
	}
	return made, err
}

// setRedirect keeps where Alipay wants the shopper. The first answer stands.
func (l *ledger) setRedirect(ctx context.Context, paymentRequestID, paymentID string, redirect *gateway.Redirect, now time.Time) (*payment, error) {
	text, err := json.Marshal(redirect)
	if err != nil {
		return nil, err
	}
	return l.one(ctx, setRedirect+` RETURNING `+columns,
		null(paymentID), string(text), now.UnixMilli(), paymentRequestID)
}

// change is what became known about a payment.
type change struct {
	Status          status
	PaymentID       string
	ResultCode      string
	PaymentTime     string
	GrossSettlement gateway.Amount
	Unsent          bool // holds only while nobody can have been sent to a cashier: PROCESSING and without a redirect
}

// before lists the states from which each state can be reached. What is not here is final: a success that arrives
// after CANCELLED changes nothing, and only a cancellation of our own undoes a success.
var before = map[status][]status{
	pending:   {processing},
	success:   {processing, pending},
	fail:      {processing, pending},
	cancelled: {processing, pending, success},
}

// advance moves a payment forward and returns it as it is now, and whether this call moved it.
func (l *ledger) advance(ctx context.Context, paymentRequestID string, c change, now time.Time) (*payment, bool, error) {
	from := before[c.Status]
	keepsCancellation := 0
	if c.Status.cancellable() {
		keepsCancellation = 1
	}
	var final, announce any
	if !c.Status.open() {
		final, announce = now.UnixMilli(), now.Add(settleTime).UnixMilli()
	}
	args := []any{
		string(c.Status), null(c.PaymentID), null(c.ResultCode), null(c.PaymentTime),
		null(c.GrossSettlement.Currency), null(c.GrossSettlement.Value), now.UnixMilli(), final, final, announce, keepsCancellation, paymentRequestID,
	}
	for _, s := range from {
		args = append(args, string(s))
	}
	guard := ""
	if c.Unsent {
		guard = ` AND paymentStatus = 'PROCESSING' AND redirectJSON IS NULL`
	}
	moved, err := l.one(ctx, `UPDATE payments SET paymentStatus = ?, paymentId = COALESCE(paymentId, ?), resultCode = COALESCE(?, resultCode),
			paymentTime = COALESCE(?, paymentTime), grossSettlementCurrency = COALESCE(?, grossSettlementCurrency),
			grossSettlementValue = COALESCE(?, grossSettlementValue), updatedAt = ?, finalAt = ?,
			inquireAt = CASE WHEN ? IS NULL THEN inquireAt END, announceAt = ?, webhookQueuedAt = NULL, webhookSentAt = NULL,
			cancelAt = CASE WHEN ? THEN cancelAt END
		WHERE paymentRequestId = ? AND paymentStatus IN (`+strings.TrimSuffix(strings.Repeat("?, ", len(from)), ", ")+`)`+guard+`
		RETURNING `+columns, args...)
	if errors.Is(err, errUnknownPayment) {
		stands, err := l.get(ctx, paymentRequestID)
		return stands, false, err
	}
	return moved, err == nil, err
}

// schemaVersion is the number of the last migration that this program counts on.
const schemaVersion = 3

// schema reads the number of the last migration that the database has.
func (l *ledger) schema(ctx context.Context) (version int, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT version FROM schema`).Scan(&version)
	return version, err
}

func (l *ledger) one(ctx context.Context, query string, args ...any) (*payment, error) {
	return readPayment(l.db.QueryRowContext(ctx, query, args...))
}

func readPayment(row interface{ Scan(...any) error }) (*payment, error) {
	var p payment
	var order string
	var paymentID, redirect, resultCode, paymentTime, grossCurrency, grossValue, cancelResultCode sql.NullString
	var created, updated int64
	var final, inquire, queued, sent, cancelRequested, cancel sql.NullInt64
	err := row.Scan(
		&p.PaymentRequestID, &p.ReferenceOrderID, &p.Attempt, &p.Status, &p.Amount.Currency, &p.Amount.Value, &p.SettlementCurrency,
		&order, &p.ResultPage, &paymentID, &redirect, &resultCode, &paymentTime, &grossCurrency, &grossValue,
		&created, &updated, &final, &inquire, &queued, &sent, &cancelRequested, &cancel, &cancelResultCode)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, errUnknownPayment
	case err != nil:
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := json.Unmarshal([]byte(order), &p.Order); err != nil {
		return nil, fmt.Errorf("ledger: orderJSON: %w", err)
	}
	p.PaymentID, p.ResultCode, p.PaymentTime = paymentID.String, resultCode.String, paymentTime.String
	p.GrossSettlement = gateway.Amount{Currency: grossCurrency.String, Value: grossValue.String}
	if redirect.Valid {
		if err := json.Unmarshal([]byte(redirect.String), &p.Redirect); err != nil {
			return nil, fmt.Errorf("ledger: redirectJSON: %w", err)
		}
	}
	p.CreatedAt, p.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	p.FinalAt, p.InquireAt, p.WebhookQueuedAt, p.WebhookSentAt = at(final), at(inquire), at(queued), at(sent)
	p.CancelRequestedAt, p.CancelAt, p.CancelResultCode = at(cancelRequested), at(cancel), cancelResultCode.String
	return &p, nil
}

func at(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// null is the text, or NULL for "".
func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}
