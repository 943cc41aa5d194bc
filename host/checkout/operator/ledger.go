package operator

import (
	"context"
	"encoding/json"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// Ledger is what the operator's calls work on: the records of all orders. Both shells have one: package checkout on a
// database, the Worker over the shards of its Durable Objects.
type Ledger interface {
	// List returns orders, the newest first, at most filter.Limit.
	List(ctx context.Context, filter Filter) ([]Order, error)

	// Find returns the orders that have an id: a referenceOrderId, paymentRequestId, paymentId or refundRequestId. There may
	// be more than one, since ids of different kinds may be equal.
	Find(ctx context.Context, id string) ([]Match, error)

	// Show returns an order with its record, or nil if there is none.
	Show(ctx context.Context, referenceOrderID string) (*Detail, error)

	// Submit brings an event of the core's operation advance to an order, does what comes of it, and returns the order as
	// it is then. It waits some seconds for calls to Alipay and not longer. An event that is refused is gateway.Problems
	// with paths under /event.
	Submit(ctx context.Context, referenceOrderID string, event json.RawMessage) (*Detail, error)

	// Retry has an order worked on that is stuck. known is false when there is no such order.
	Retry(ctx context.Context, referenceOrderID, by string) (known bool, err error)

	// Strays returns verified notifications that belong to no order, the newest first.
	Strays(ctx context.Context, limit int) ([]Stray, error)

	// DismissStray notes that a stray needs nobody any more; known is false when there is none.
	DismissStray(ctx context.Context, id, by, reason string) (known bool, err error)

	// Status tells how the service is.
	Status(ctx context.Context) (*Status, error)
}

// Summary is the summary of advance: what lists need of an order. docs/record.md describes it.
type Summary struct {
	ReferenceOrderID  string         `json:"referenceOrderId"`
	CreatedAt         int64          `json:"createdAt"` // milliseconds since the epoch, as all times here
	UpdatedAt         int64          `json:"updatedAt"`
	PaymentStatus     string         `json:"paymentStatus"` // OPEN, PROCESSING, PENDING, SUCCESS, FAIL or CANCELLED
	PaymentAmount     gateway.Amount `json:"paymentAmount"`
	Refunded          string         `json:"refunded"`    // in the smallest unit of the currency
	Attention         int            `json:"attention"`   // entries that need a person
	Undelivered       int            `json:"undelivered"` // messages that the merchant has not taken
	PaymentRequestIDs []string       `json:"paymentRequestIds"`
	PaymentIDs        []string       `json:"paymentIds"`
	RefundRequestIDs  []string       `json:"refundRequestIds"`
}

// Order is an order in a list.
type Order struct {
	Summary
	DueAt int64  `json:"dueAt,omitempty"` // when something is to be done next, 0 for never
	Stuck string `json:"stuck,omitempty"` // why nothing could be done with it, three times and more
}

// Detail is one order with all that is known of it.
type Detail struct {
	Order
	Record json.RawMessage `json:"record"`
}

// Kind is a kind of id.
type Kind string

// The kinds of ids by which an order is found.
const (
	ReferenceOrderID Kind = "referenceOrderId"
	PaymentRequestID Kind = "paymentRequestId"
	PaymentID        Kind = "paymentId"
	RefundRequestID  Kind = "refundRequestId"
)

// Match is an order that has an id.
type Match struct {
	ReferenceOrderID string `json:"referenceOrderId"`
	Kind             Kind   `json:"kind"` // of the id
}

// Filter says which orders a list has. What is zero does not restrict.
type Filter struct {
	Limit         int    `json:"limit"`
	After         Cursor `json:"after"` // where the page before ended
	PaymentStatus string `json:"paymentStatus,omitempty"`
	Attention     bool   `json:"attention,omitempty"`   // only those that need a person
	Undelivered   bool   `json:"undelivered,omitempty"` // only those with a message that was not taken
	Open          bool   `json:"open,omitempty"`        // only those with something outstanding
	CreatedFrom   int64  `json:"createdFrom,omitempty"` // at or after
	CreatedTo     int64  `json:"createdTo,omitempty"`   // before
}

// Cursor is the place of an order in lists, which go from the newest to the oldest.
type Cursor struct {
	CreatedAt        int64  `json:"createdAt,omitempty"`
	ReferenceOrderID string `json:"referenceOrderId,omitempty"`
}

// Stray is a verified notification of Alipay that belongs to no order here.
type Stray struct {
	ID           string          `json:"id"`
	At           int64           `json:"at"`
	Notification json.RawMessage `json:"notification"`
}

// Counts are what is due and what needs a person.
type Counts struct {
	Due         int64 `json:"due"`                   // orders with something to do by now
	OldestDueAt int64 `json:"oldestDueAt,omitempty"` // since when, 0 when nothing is due
	Attention   int64 `json:"attention"`             // orders that need a person
	Undelivered int64 `json:"undelivered"`           // orders with a message that the merchant has not taken
	Stuck       int64 `json:"stuck"`                 // orders that could not be decided on
	Strays      int64 `json:"strays"`                // notifications that belong to no order
}

// Status is how the service is.
type Status struct {
	Counts
	Now                 int64         `json:"now"`
	Core                string        `json:"core"` // SHA-256 of core.wasm
	Alipay              *Reachability `json:"alipay,omitempty"`
	Merchant            *Reachability `json:"merchant,omitempty"`            // deliveries of messages
	RefusedNotification *Refused      `json:"refusedNotification,omitempty"` // genuine, and refused: something is configured wrongly
	Shards              []Shard       `json:"shards,omitempty"`              // of the Worker
}

// Reachability is how calls to the other side have gone, as far as this process knows.
type Reachability struct {
	AnsweredAt int64  `json:"answeredAt,omitempty"` // the last answer
	FailedAt   int64  `json:"failedAt,omitempty"`   // the last failure
	Failures   int64  `json:"failures"`             // since the last answer
	Code       string `json:"code,omitempty"`       // of the last failure
}

// Refused is a notification that Alipay has signed and that was refused all the same.
type Refused struct {
	At   int64  `json:"at"`
	Code string `json:"code"`
}

// Shard is one of the Worker's Durable Objects.
type Shard struct {
	Number  int    `json:"number"`
	Armed   bool   `json:"armed"` // its alarm is set, or nothing is due
	AlarmAt int64  `json:"alarmAt,omitempty"`
	Error   string `json:"error,omitempty"` // it does not answer

	AlarmError string `json:"alarmError,omitempty"` // with which its last alarm failed
	Counts
}

// Add adds up the counts of parts.
func (c *Counts) Add(more Counts) {
	c.Due += more.Due
	c.Attention += more.Attention
	c.Undelivered += more.Undelivered
	c.Stuck += more.Stuck
	c.Strays += more.Strays
	if c.OldestDueAt == 0 || more.OldestDueAt != 0 && more.OldestDueAt < c.OldestDueAt {
		c.OldestDueAt = more.OldestDueAt
	}
}

// Time is a time as milliseconds since the epoch, 0 for the zero time.
func Time(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
