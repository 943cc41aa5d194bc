package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/problem"
	"github.com/edgecashier/cashier/host/gateway"
)

// asker asks a shard of the ledger: its answer with any status, or an error if it did not answer.
type asker func(ctx context.Context, shard int, method, target string, body []byte) (status int, answer []byte, err error)

// shards are the ledger of the Worker: an [operator.Ledger] over all of its objects.
type shards struct {
	number int
	ask    asker
	now    func() time.Time
	core   string // SHA-256 of core.wasm
}

var _ operator.Ledger = (*shards)(nil)

// summary is an order as a shard lists it.
type summary struct {
	operator.Summary
	DueAt    *int64
	SetAside *int64
}

func (s summary) order() operator.Order {
	o := operator.Order{Summary: s.Summary}
	if s.DueAt != nil {
		o.DueAt = *s.DueAt
	}
	if s.SetAside != nil {
		o.Stuck = "set aside at " + time.UnixMilli(*s.SetAside).UTC().Format(time.RFC3339)
	}
	return o
}

// shardOf is the shard of an order.
func (l *shards) shardOf(referenceOrderID string) int {
	sum := sha256.Sum256([]byte(referenceOrderID))
	return int(binary.BigEndian.Uint32(sum[:4]) % uint32(l.number))
}

// ownID is a paymentRequestId that the Worker has made: it begins with its shard, two digits in base 36.
var ownID = regexp.MustCompile(`^([0-9a-z]{2})[A-Za-z0-9]{22}$`)

// get asks a shard and reads its answer. What it refuses is an error: [*problem.Refusal], or gateway.Problems for what
// advance refuses.
func (l *shards) get(ctx context.Context, shard int, target string, into any) error {
	return l.call(ctx, shard, http.MethodGet, target, nil, into)
}

func (l *shards) post(ctx context.Context, shard int, target string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return l.call(ctx, shard, http.MethodPost, target, text, into)
}

func (l *shards) call(ctx context.Context, shard int, method, target string, body []byte, into any) error {
	status, answer, err := l.ask(ctx, shard, method, target, body)
	if err != nil {
		return fmt.Errorf("shard %d: %w", shard, err)
	}
	if status == http.StatusOK {
		if err := json.Unmarshal(answer, into); err != nil {
			return fmt.Errorf("shard %d: %w", shard, err)
		}
		return nil
	}
	var details struct{ Errors gateway.Problems }
	if json.Unmarshal(answer, &details) != nil || len(details.Errors) == 0 {
		return fmt.Errorf("shard %d: HTTP %d", shard, status)
	}
	if status == http.StatusUnprocessableEntity {
		return details.Errors
	}
	return &problem.Refusal{Status: status, Problems: details.Errors}
}

// each asks all shards at once and puts what they answer together. An error of one is an error of all: a list with gaps
// would be taken for the truth.
func each[T any](ctx context.Context, l *shards, ask func(ctx context.Context, shard int) ([]T, error)) ([]T, error) {
	answers, errs := make([][]T, l.number), make([]error, l.number)
	var group sync.WaitGroup
	for shard := range l.number {
		group.Go(func() { answers[shard], errs[shard] = ask(ctx, shard) })
	}
	group.Wait()
	return slices.Concat(answers...), errors.Join(errs...)
}

// newestFirst is the order of lists.
func newestFirst(a, b operator.Order) int {
	if a.CreatedAt != b.CreatedAt {
		return int(max(-1, min(1, b.CreatedAt-a.CreatedAt)))
	}
	return strings.Compare(b.ReferenceOrderID, a.ReferenceOrderID)
}

// List implements [operator.Ledger].
func (l *shards) List(ctx context.Context, f operator.Filter) ([]operator.Order, error) {
	query := url.Values{"limit": {strconv.Itoa(f.Limit)}}
	set := func(name, value string, given bool) {
		if given {
			query.Set(name, value)
		}
	}
	set("before", fmt.Sprint(f.After.CreatedAt, ",", f.After.ReferenceOrderID), f.After != operator.Cursor{})
	set("paymentStatus", f.PaymentStatus, f.PaymentStatus != "")
	set("attention", "true", f.Attention)
	set("undelivered", "true", f.Undelivered)
	set("open", "true", f.Open)
	set("from", strconv.FormatInt(f.CreatedFrom, 10), f.CreatedFrom != 0)
	set("to", strconv.FormatInt(f.CreatedTo, 10), f.CreatedTo != 0)
	orders, err := each(ctx, l, func(ctx context.Context, shard int) ([]operator.Order, error) {
		return l.orders(ctx, shard, "/orders?"+query.Encode())
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(orders, newestFirst)
	return orders[:min(len(orders), f.Limit)], nil
}

func (l *shards) orders(ctx context.Context, shard int, target string) ([]operator.Order, error) {
	var page struct{ Orders []summary }
	if err := l.get(ctx, shard, target, &page); err != nil {
		return nil, err
	}
	orders := make([]operator.Order, len(page.Orders))
	for i, s := range page.Orders {
		orders[i] = s.order()
	}
	return orders, nil
}

// Find implements [operator.Ledger].
func (l *shards) Find(ctx context.Context, id string) (matches []operator.Match, err error) {
	find := func(ctx context.Context, shard int) ([]operator.Order, error) {
		return l.orders(ctx, shard, "/find?"+url.Values{"id": {id}}.Encode())
	}
	var orders []operator.Order
	if own := ownID.FindStringSubmatch(id); own != nil {
		if shard, err := strconv.ParseInt(own[1], 36, 32); err == nil && int(shard) < l.number {
			if orders, err = find(ctx, int(shard)); err != nil {
				return nil, err
			}
		}
	}
	if len(orders) == 0 {
		if orders, err = each(ctx, l, find); err != nil {
			return nil, err
		}
	}
	for _, o := range orders {
		for _, each := range []struct {
			kind operator.Kind
			ids  []string
		}{
			{operator.ReferenceOrderID, []string{o.ReferenceOrderID}}, {operator.PaymentRequestID, o.PaymentRequestIDs},
			{operator.PaymentID, o.PaymentIDs}, {operator.RefundRequestID, o.RefundRequestIDs},
		} {
			if slices.Contains(each.ids, id) {
				matches = append(matches, operator.Match{ReferenceOrderID: o.ReferenceOrderID, Kind: each.kind})
			}
		}
	}
	return matches, nil
}

// stored is an order as a shard shows it.
type stored struct {
	Record  json.RawMessage
	Summary summary
}

func (s *stored) detail() *operator.Detail {
	return &operator.Detail{Order: s.Summary.order(), Record: s.Record}
}

// Show implements [operator.Ledger].
func (l *shards) Show(ctx context.Context, referenceOrderID string) (*operator.Detail, error) {
	var s stored
	err := l.get(ctx, l.shardOf(referenceOrderID), "/order?"+url.Values{"referenceOrderId": {referenceOrderID}}.Encode(), &s)
	var refused *problem.Refusal
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.detail(), nil
}

// patience is how long an operator waits for Alipay's answer, in milliseconds.
const patience = 6000

// Submit implements [operator.Ledger].
func (l *shards) Submit(ctx context.Context, referenceOrderID string, event json.RawMessage) (*operator.Detail, error) {
	var s stored
	err := l.post(ctx, l.shardOf(referenceOrderID), "/submit", map[string]any{"referenceOrderId": referenceOrderID, "event": event, "wait": patience}, &s)
	if err != nil {
		return nil, err
	}
	return s.detail(), nil
}

// Retry implements [operator.Ledger].
func (l *shards) Retry(ctx context.Context, referenceOrderID, by string) (known bool, err error) {
	return l.known(l.post(ctx, l.shardOf(referenceOrderID), "/retry", map[string]string{"referenceOrderId": referenceOrderID, "by": by}, &struct{}{}))
}

// known turns the refusal of what a shard does not know into an answer.
func (l *shards) known(err error) (bool, error) {
	var refused *problem.Refusal
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// Strays implements [operator.Ledger]. The id of a stray is its shard and its number there.
func (l *shards) Strays(ctx context.Context, limit int) ([]operator.Stray, error) {
	list, err := each(ctx, l, func(ctx context.Context, shard int) (strays []operator.Stray, err error) {
		var page struct {
			Strays []struct {
				ID, At       int64
				Notification json.RawMessage
				DismissedAt  *int64
			}
		}
		if err := l.get(ctx, shard, "/strays?limit="+strconv.Itoa(limit), &page); err != nil {
			return nil, err
		}
		for _, s := range page.Strays {
			if s.DismissedAt == nil {
				strays = append(strays, operator.Stray{ID: fmt.Sprint(shard, "-", s.ID), At: s.At, Notification: s.Notification})
			}
		}
		return strays, nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b operator.Stray) int { return int(max(-1, min(1, b.At-a.At))) })
	return list[:min(len(list), limit)], nil
}

var strayID = regexp.MustCompile(`^(\d{1,4})-(\d{1,15})$`)

// DismissStray implements [operator.Ledger].
func (l *shards) DismissStray(ctx context.Context, id, by, reason string) (known bool, err error) {
	parts := strayID.FindStringSubmatch(id)
	if parts == nil {
		return false, nil
	}
	shard, _ := strconv.Atoi(parts[1])
	number, _ := strconv.ParseInt(parts[2], 10, 64)
	if shard >= l.number {
		return false, nil
	}
	body := map[string]any{"id": number, "by": by}
	if reason != "" {
		body["reason"] = reason
	}
	return l.known(l.post(ctx, shard, "/strays/dismiss", body, &struct{}{}))
}
