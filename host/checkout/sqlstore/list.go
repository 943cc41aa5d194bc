package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
)

// stuckAfter is how often an order must have failed to be shown as stuck.
const stuckAfter = 3

const orderColumns = "summary, due_at, failures, failure"

// readOrder reads the orderColumns of a row, and what comes after them.
func readOrder(rows *sql.Rows, more ...any) (o operator.Order, err error) {
	var summary, failure string
	var due sql.NullInt64
	var failures int64
	if err := rows.Scan(append([]any{&summary, &due, &failures, &failure}, more...)...); err != nil {
		return o, err
	}
	o.DueAt = due.Int64
	if failures >= stuckAfter {
		o.Stuck = failure
	}
	return o, json.Unmarshal([]byte(summary), &o.Summary)
}

// List implements [checkout.Store].
func (s *Store) List(ctx context.Context, f operator.Filter) (orders []operator.Order, err error) {
	var where []string
	var args []any
	condition := func(text string, values ...any) {
		for _, value := range values {
			args = append(args, value)
			text = strings.Replace(text, "?", fmt.Sprint("$", len(args)), 1)
		}
		where = append(where, text)
	}
	if f.After != (operator.Cursor{}) {
		condition("(created_at, reference_order_id) < (?, ?)", f.After.CreatedAt, f.After.ReferenceOrderID)
	}
	if f.PaymentStatus != "" {
		condition("payment_status = ?", f.PaymentStatus)
	}
	if f.Attention {
		condition("attention > 0")
	}
	if f.Undelivered {
		condition("undelivered > 0")
	}
	if f.Open {
		condition("due_at IS NOT NULL")
	}
	if f.CreatedFrom != 0 {
		condition("created_at >= ?", f.CreatedFrom)
	}
	if f.CreatedTo != 0 {
		condition("created_at < ?", f.CreatedTo)
	}
	query := "SELECT " + orderColumns + " FROM cashier_orders"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, f.Limit)
	query += fmt.Sprint(" ORDER BY created_at DESC, reference_order_id DESC LIMIT $", len(args))
	err = s.each(ctx, func(rows *sql.Rows) error {
		o, err := readOrder(rows)
		orders = append(orders, o)
		return err
	}, query, args...)
	return orders, err
}

// Status implements [checkout.Store].
func (s *Store) Status(ctx context.Context, now time.Time) (c operator.Counts, err error) {
	var oldest sql.NullInt64
	for _, count := range []struct {
		into  []any
		query string
		args  []any
	}{
		{[]any{&c.Due, &oldest}, "SELECT COUNT(*), MIN(due_at) FROM cashier_orders WHERE due_at <= $1", []any{now.UnixMilli()}},
		{[]any{&c.Attention}, "SELECT COUNT(*) FROM cashier_orders WHERE attention > 0", nil},
		{[]any{&c.Undelivered}, "SELECT COUNT(*) FROM cashier_orders WHERE undelivered > 0", nil},
		{[]any{&c.Stuck}, "SELECT COUNT(*) FROM cashier_orders WHERE failures > 2", nil},
		{[]any{&c.Strays}, "SELECT COUNT(*) FROM cashier_strays WHERE dismissed_at IS NULL", nil},
	} {
		if err := s.read.QueryRowContext(ctx, count.query, count.args...).Scan(count.into...); err != nil {
			return c, named(err)
		}
	}
	c.OldestDueAt = oldest.Int64
	return c, nil
}

// Stray implements [checkout.Store].
func (s *Store) Stray(ctx context.Context, stray operator.Stray) error {
	_, err := s.write.ExecContext(ctx, "INSERT INTO cashier_strays (id, at, notification) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		stray.ID, stray.At, string(stray.Notification))
	return named(err)
}

// Strays implements [checkout.Store].
func (s *Store) Strays(ctx context.Context, limit int) (strays []operator.Stray, err error) {
	err = s.each(ctx, func(rows *sql.Rows) error {
		var stray operator.Stray
		var notification string
		if err := rows.Scan(&stray.ID, &stray.At, &notification); err != nil {
			return err
		}
		stray.Notification = json.RawMessage(notification)
		strays = append(strays, stray)
		return nil
	}, "SELECT id, at, notification FROM cashier_strays WHERE dismissed_at IS NULL ORDER BY at DESC, id DESC LIMIT $1", limit)
	return strays, err
}

// DismissStray implements [checkout.Store].
func (s *Store) DismissStray(ctx context.Context, id, by, reason string, now time.Time) (known bool, err error) {
	if !searchable(id) || !searchable(reason) {
		return false, nil
	}
	result, err := s.write.ExecContext(ctx, "UPDATE cashier_strays SET dismissed_at = COALESCE(dismissed_at, $1), dismissed_by = COALESCE(dismissed_by, $2), reason = COALESCE(reason, $3) WHERE id = $4",
		now.UnixMilli(), by, reason, id)
	if err != nil {
		return false, named(err)
	}
	rows, err := result.RowsAffected()
	return rows > 0, named(err)
}
