package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
)

// Store keeps the records of orders. It must be safe for concurrent use, also by several programs at once. Package
// sqlstore has one on SQLite and PostgreSQL.
//
// The store understands nothing of a record; what it finds and lists by, and when something is due, it is told in a
// [Change].
type Store interface {
	// Update loads the record of an order, nil for an order that is not there, and stores the Change that decide returns.
	// From the load to the end of the transaction nobody else can change this order. A nil Change changes nothing. The
	// error of decide is returned as it is, and nothing is stored then. decide must not use the store.
	Update(ctx context.Context, referenceOrderID string, decide Decide) error

	// UpdateDue does the same with an order that is due at now and that nobody else is at work on. due is false, and
	// decide was not called, when there is none. referenceOrderID is that of the order, also with an error.
	UpdateDue(ctx context.Context, now time.Time, decide Decide) (referenceOrderID string, due bool, err error)

	// Postpone says that the order could not be decided on, and when to try again. The order is shown as stuck after three
	// times, until an Update of it succeeds. With the reason "" it only says when to try again.
	Postpone(ctx context.Context, referenceOrderID string, until time.Time, reason string) error

	// Find returns the orders that have an id: a referenceOrderId, paymentRequestId, paymentId or refundRequestId.
	Find(ctx context.Context, id string) ([]operator.Match, error)

	// Load returns an order with its record, or [ErrUnknownOrder].
	Load(ctx context.Context, referenceOrderID string) (*operator.Detail, error)

	// List returns orders, the newest first.
	List(ctx context.Context, filter operator.Filter) ([]operator.Order, error)

	// Stray keeps a verified notification of Alipay that belongs to no order. The same one is kept once.
	Stray(ctx context.Context, stray operator.Stray) error

	// Strays returns those that nobody has dismissed, the newest first.
	Strays(ctx context.Context, limit int) ([]operator.Stray, error)

	// DismissStray notes that a stray needs nobody any more. known is false when there is no such stray.
	DismissStray(ctx context.Context, id, by, reason string, now time.Time) (known bool, err error)

	// Status counts what is due and what needs a person.
	Status(ctx context.Context, now time.Time) (operator.Counts, error)

	// NextDue is when something is due next, the zero time for never.
	NextDue(ctx context.Context) (time.Time, error)

	// Ping tells whether the database answers.
	Ping(ctx context.Context) error
}

// Decide makes a Change of a record.
type Decide func(record json.RawMessage) (*Change, error)

// Change is what an event makes of a record: the core's reply, as far as it is stored.
type Change struct {
	Record  json.RawMessage
	DueAt   int64 // milliseconds since the epoch, 0 for never
	Summary operator.Summary
}

// ErrUnknownOrder says that there is no such order.
var ErrUnknownOrder = errors.New("checkout: there is no such order")
