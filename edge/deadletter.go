package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// handle works on one message of any queue. The error is for what may go better later.
func (w *worker) handle(ctx context.Context, queue, id, body string, attempts int) error {
	binding := "NOTIFICATIONS"
	if strings.Contains(queue, "webhooks") {
		binding = "WEBHOOKS"
	}
	switch {
	case strings.HasSuffix(queue, "-dead"):
		return w.bury(ctx, id, binding, body)
	case binding == "NOTIFICATIONS":
		return w.settle(ctx, []byte(body))
	}
	err := w.deliver(ctx, []byte(body))
	var hook webhook
	if err != nil && json.Unmarshal([]byte(body), &hook) == nil {
		// The queue brings it again; until then the reconciliation has no reason to.
		later := w.now().Add(backoff(attempts) + lostAfter)
		err = errors.Join(err, w.ledger.announceLater(ctx, hook.record(), string(hook.Status), later))
	}
	return err
}

// deadLetter is a message that no retry could bring through, or a notification that does not fit the ledger.
type deadLetter struct {
	ID         string     `json:"id"`
	Queue      string     `json:"queue"` // the binding of the queue that it was on
	Body       string     `json:"body"`
	Reason     string     `json:"reason,omitempty"` // why it does not fit
	DiedAt     time.Time  `json:"diedAt"`
	RequeuedAt *time.Time `json:"requeuedAt,omitempty"`
}

// bury keeps a message for a person. The reconciliation does not send it again.
func (w *worker) bury(ctx context.Context, id, binding, body string) error {
	w.log.ErrorContext(ctx, "a message is dead", "queue", binding, "id", id)
	var hook webhook
	if binding == "WEBHOOKS" && json.Unmarshal([]byte(body), &hook) == nil {
		if err := w.ledger.announceLater(ctx, hook.record(), string(hook.Status), time.Time{}); err != nil {
			return err
		}
	}
	return w.ledger.bury(ctx, deadLetter{ID: id, Queue: binding, Body: body, DiedAt: w.now()})
}

// exhume puts a dead letter on its queue again; the error is [sql.ErrNoRows] when there is none.
func (w *worker) exhume(ctx context.Context, id string) (*deadLetter, error) {
	letter, err := w.ledger.deadLetter(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := w.send(ctx, letter.Queue, letter.Body); err != nil {
		return nil, fmt.Errorf("queue %s: %w", letter.Queue, err)
	}
	var hook webhook
	if letter.Queue == "WEBHOOKS" && json.Unmarshal([]byte(letter.Body), &hook) == nil {
		if err := w.ledger.announceLater(ctx, hook.record(), string(hook.Status), w.now().Add(lostAfter)); err != nil {
			return nil, err
		}
	}
	now := w.now()
	letter.RequeuedAt = &now
	// By now it may have been handled, and be dead once more.
	_, err = w.ledger.touches(ctx, `UPDATE deadLetters SET requeuedAt = ? WHERE id = ? AND diedAt = ? RETURNING 1`, now.UnixMilli(), id, letter.DiedAt.UnixMilli())
	return letter, err
}

func (l *ledger) bury(ctx context.Context, d deadLetter) error {
	// One that was put on its queue again and still does not fit is back; one that the queue brings twice is not.
	_, err := l.touches(ctx, `INSERT INTO deadLetters (id, queue, body, reason, diedAt) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET diedAt = CASE WHEN excluded.reason IS NULL THEN diedAt ELSE excluded.diedAt END,
			requeuedAt = CASE WHEN excluded.reason IS NULL THEN requeuedAt END, reason = excluded.reason RETURNING 1`,
		d.ID, d.Queue, d.Body, null(d.Reason), d.DiedAt.UnixMilli())
	return err
}

func (l *ledger) deadLetter(ctx context.Context, id string) (*deadLetter, error) {
	return readDeadLetter(l.db.QueryRowContext(ctx, `SELECT id, queue, body, reason, diedAt, requeuedAt FROM deadLetters WHERE id = ?`, id))
}

// deadLetters lists those that nobody has put on a queue again, the oldest first.
func (l *ledger) deadLetters(ctx context.Context, limit int) ([]*deadLetter, error) {
	rows, err := l.db.QueryContext(ctx, `SELECT id, queue, body, reason, diedAt, requeuedAt FROM deadLetters WHERE requeuedAt IS NULL ORDER BY diedAt LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer rows.Close()
	letters := []*deadLetter{}
	for rows.Next() {
		d, err := readDeadLetter(rows)
		if err != nil {
			return nil, err
		}
		letters = append(letters, d)
	}
	return letters, rows.Err()
}

func readDeadLetter(row interface{ Scan(...any) error }) (*deadLetter, error) {
	var d deadLetter
	var died int64
	var reason sql.NullString
	var requeued sql.NullInt64
	if err := row.Scan(&d.ID, &d.Queue, &d.Body, &reason, &died, &requeued); err != nil {
		return nil, err
	}
	d.Reason, d.DiedAt = reason.String, time.UnixMilli(died).UTC()
	if requeued.Valid {
		then := at(requeued)
		d.RequeuedAt = &then
	}
	return &d, nil
}
