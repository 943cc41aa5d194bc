package main

import (
	"container/heap"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/edgecashier/cashier/host/checkout"
	"github.com/edgecashier/cashier/host/checkout/operator"
)

// memory is a [checkout.Store] in memory, for one goroutine. Programs die around it, and it stays.
type memory struct {
	orders map[string]*order
	ids    map[string][]operator.Match
	due    agenda
	strays map[string]operator.Stray

	before, after func(order string) // a commit; they may panic, as a program dies
	spoil         func(order string, old *order, c *checkout.Change) *checkout.Change
}

type order struct {
	operator.Detail
	dueAt int64
}

// agenda is a heap of what is due. Entries that are out of date are left out when they come up.
type agenda []entry

type entry struct {
	at    int64
	order string
}

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].order < a[j].order
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push is for package heap.
func (a *agenda) Push(x any) { *a = append(*a, x.(entry)) }

// Pop is for package heap.
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func newMemory() *memory {
	return &memory{orders: map[string]*order{}, ids: map[string][]operator.Match{}, strays: map[string]operator.Stray{}}
}

func (m *memory) Update(_ context.Context, id string, decide checkout.Decide) error {
	var record json.RawMessage
	old := m.orders[id]
	if old != nil {
		record = old.Record
	}
	change, err := decide(record)
	if err != nil || change == nil {
		return err
	}
	m.before(id)
	if change = m.spoil(id, old, change); change != nil {
		m.store(id, change)
	}
	m.after(id)
	return nil
}

func (m *memory) store(id string, c *checkout.Change) {
	o := &order{Detail: operator.Detail{Order: operator.Order{Summary: c.Summary, DueAt: c.DueAt}, Record: slices.Clone(c.Record)}, dueAt: c.DueAt}
	m.orders[id] = o
	if c.DueAt != 0 {
		heap.Push(&m.due, entry{c.DueAt, id})
	}
	note := func(own string, kind operator.Kind) {
		match := operator.Match{ReferenceOrderID: id, Kind: kind}
		if !slices.Contains(m.ids[own], match) {
			m.ids[own] = append(m.ids[own], match)
		}
	}
	for _, each := range c.Summary.PaymentRequestIDs {
		note(each, operator.PaymentRequestID)
	}
	for _, each := range c.Summary.RefundRequestIDs {
		note(each, operator.RefundRequestID)
	}
}

// next is the first entry that is not out of date.
func (m *memory) next() (entry, bool) {
	for len(m.due) > 0 {
		first := m.due[0]
		if o := m.orders[first.order]; o != nil && o.dueAt == first.at {
			return first, true
		}
		heap.Pop(&m.due)
	}
	return entry{}, false
}

func (m *memory) UpdateDue(ctx context.Context, now time.Time, decide checkout.Decide) (string, bool, error) {
	first, found := m.next()
	if !found || first.at > now.UnixMilli() {
		return "", false, nil
	}
	return first.order, true, m.Update(ctx, first.order, decide)
}

func (m *memory) NextDue(context.Context) (time.Time, error) {
	first, found := m.next()
	if !found {
		return time.Time{}, nil
	}
	return time.UnixMilli(first.at), nil
}

func (m *memory) Postpone(_ context.Context, id string, until time.Time, reason string) error {
	if o := m.orders[id]; o != nil {
		o.dueAt, o.Stuck = until.UnixMilli(), reason
		heap.Push(&m.due, entry{o.dueAt, id})
	}
	return nil
}

func (m *memory) Find(_ context.Context, id string) ([]operator.Match, error) {
	list := slices.Clone(m.ids[id])
	if m.orders[id] != nil {
		list = append(list, operator.Match{ReferenceOrderID: id, Kind: operator.ReferenceOrderID})
	}
	return list, nil
}

func (m *memory) Load(_ context.Context, id string) (*operator.Detail, error) {
	o := m.orders[id]
	if o == nil {
		return nil, checkout.ErrUnknownOrder
	}
	detail := o.Detail
	return &detail, nil
}

func (m *memory) List(context.Context, operator.Filter) ([]operator.Order, error) { return nil, nil }

func (m *memory) Stray(_ context.Context, s operator.Stray) error {
	m.strays[s.ID] = s
	return nil
}

func (m *memory) Strays(context.Context, int) ([]operator.Stray, error) { return nil, nil }

func (m *memory) DismissStray(context.Context, string, string, string, time.Time) (bool, error) {
	return false, nil
}

func (m *memory) Status(context.Context, time.Time) (c operator.Counts, err error) { return c, nil }

func (m *memory) Ping(context.Context) error { return nil }
