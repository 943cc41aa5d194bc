package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// record names a row with a state that is asked about and announced: a payment or a refund. The names go into
// statements, so they come from here only.
type record struct {
	table, key, status string // the table and two of its columns
	id                 string
}

func paymentRecord(id string) record {
	return record{"payments", "paymentRequestId", "paymentStatus", id}
}
func refundRecord(id string) record { return record{"refunds", "refundRequestId", "refundStatus", id} }

// claim takes it upon the caller to do what a row is due for by a column, unless somebody else has done so since the row
// was read. The next time for it is `next`.
func (l *ledger) claim(ctx context.Context, r record, column string, read, next time.Time) (claimed bool, err error) {
	return l.touches(ctx, `UPDATE `+r.table+` SET `+column+` = ? WHERE `+r.key+` = ? AND `+column+` = ? RETURNING 1`,
		next.UnixMilli(), r.id, read.UnixMilli())
}

// inquireBy brings the next inquiry about a row forward, if it is later than that.
func (l *ledger) inquireBy(ctx context.Context, r record, by time.Time) error {
	_, err := l.touches(ctx, `UPDATE `+r.table+` SET inquireAt = ? WHERE `+r.key+` = ? AND inquireAt > ? RETURNING 1`,
		by.UnixMilli(), r.id, by.UnixMilli())
	return err
}

// announced notes that the WEBHOOKS queue has the message about a row's state. If nothing is heard of it until then,
// it was lost.
func (l *ledger) announced(ctx context.Context, r record, now time.Time) error {
	_, err := l.touches(ctx, `UPDATE `+r.table+` SET webhookQueuedAt = ?, announceAt = CASE WHEN webhookSentAt IS NULL THEN ? END
		WHERE `+r.key+` = ? RETURNING 1`, now.UnixMilli(), now.Add(lostAfter).UnixMilli(), r.id)
	return err
}

// told notes that the merchant took the message about a state. By then the row may be in another, of which it did not.
func (l *ledger) told(ctx context.Context, r record, of string, now time.Time) error {
	_, err := l.touches(ctx, `UPDATE `+r.table+` SET webhookSentAt = ?, announceAt = NULL WHERE `+r.key+` = ? AND `+r.status+` = ? RETURNING 1`,
		now.UnixMilli(), r.id, of)
	return err
}

// superseded tells whether a row is in another state by now.
func (l *ledger) superseded(ctx context.Context, r record, state string) (bool, error) {
	return l.touches(ctx, `SELECT 1 FROM `+r.table+` WHERE `+r.key+` = ? AND `+r.status+` <> ?`, r.id, state)
}

// announceLater notes when the message about a state is to be put on the queue again; the zero time is never.
func (l *ledger) announceLater(ctx context.Context, r record, of string, at time.Time) error {
	var when any
	if !at.IsZero() {
		when = at.UnixMilli()
	}
	_, err := l.touches(ctx, `UPDATE `+r.table+` SET announceAt = ? WHERE `+r.key+` = ? AND `+r.status+` = ? AND webhookSentAt IS NULL RETURNING 1`,
		when, r.id, of)
	return err
}

// due lists rows whose time has come, in the order in which it came.
func (l *ledger) due(ctx context.Context, r record, column string, now time.Time, limit int) ([]string, error) {
	rows, err := l.db.QueryContext(ctx, `SELECT `+r.key+` FROM `+r.table+` WHERE `+column+` <= ? ORDER BY `+column+` LIMIT ?`, now.UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// touches runs a statement that returns 1 for a row that it changed, or found.
func (l *ledger) touches(ctx context.Context, query string, args ...any) (bool, error) {
	var one int
	err := l.db.QueryRowContext(ctx, query, args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	return true, nil
}
