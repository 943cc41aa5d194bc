package sandbox

import "time"

// EventKind says what sort of thing happened.
type EventKind string

// The kinds of events.
const (
	Call      EventKind = "CALL"         // the merchant called the gateway
	Cashier   EventKind = "CASHIER"      // the shopper did something
	Delivery  EventKind = "NOTIFICATION" // the sandbox tried to tell the merchant something
	StateMove EventKind = "STATE"        // something happened by itself, for example by the clock
)

// Event is one thing that happened, in the order of its Number.
type Event struct {
	Number int       `json:"number"`
	Time   time.Time `json:"time"` // by the sandbox's clock
	Kind   EventKind `json:"kind"`
	// Name is the operation, the cashier's step, the notifyType or the change.
	Name string `json:"name"`
	// Outcome is the resultCode, the paymentStatus, or whether a notification was acknowledged.
	Outcome string `json:"outcome,omitempty"`
	Good    bool   `json:"good"`
	// Reason says why a call was refused.
	Reason string `json:"reason,omitempty"`
	// Milliseconds is how long the exchange took by the machine's clock.
	Milliseconds int64 `json:"milliseconds"`
	// Faults are what went wrong on purpose.
	Faults   []string  `json:"faults,omitempty"`
	Exchange *Exchange `json:"exchange,omitempty"`
}

const (
	eventOverhead  = 320
	headerOverhead = 32
)

// size is about the number of bytes that an event takes up in memory.
func (e *Event) size() int {
	size := eventOverhead + len(e.Outcome) + len(e.Reason)
	for _, fault := range e.Faults {
		size += len(fault) + 16
	}
	if e.Exchange != nil {
		size += len(e.Exchange.URL) + e.Exchange.Request.size() + e.Exchange.Response.size() + len(e.Exchange.Error) + 64
	}
	return size
}
