package gateway

import (
	"context"
	"encoding/json"
	"net/http"
)

// Stored is what the merchant has stored about a payment or a refund. What is empty is not compared, except for the ids that
// name it: PaymentRequestID, or RefundRequestID for a refund.
type Stored struct {
	ClientID           string `json:"clientId,omitempty"` // by default the client's
	PaymentRequestID   string `json:"paymentRequestId,omitempty"`
	PaymentID          string `json:"paymentId,omitempty"`
	PaymentAmount      Amount `json:"paymentAmount,omitzero"`
	SettlementCurrency string `json:"settlementCurrency,omitempty"`
	RefundRequestID    string `json:"refundRequestId,omitempty"`
	RefundID           string `json:"refundId,omitempty"`
	RefundAmount       Amount `json:"refundAmount,omitzero"`

	// State is the last state that the merchant has stored, of the refund if there is a RefundRequestID. With it
	// [Client.NotificationHandler] recognises what is old, and a payment that is reported as paid after it was cancelled.
	// "" means that no state is stored.
	State State `json:"state,omitempty"`
}

// Stored returns what an order says of its payment.
func (o Order) Stored() Stored {
	return Stored{PaymentRequestID: o.PaymentRequestID, PaymentAmount: o.PaymentAmount, SettlementCurrency: o.SettlementCurrency}
}

// Match compares a verified notification with what is stored, before anything is delivered. The error is [Problems]: a
// difference of each kind has a code of its own, such as PAYMENT_AMOUNT_MISMATCH, and points into the notification.
func (c *Client) Match(ctx context.Context, stored Stored, n *Notification) error {
	_, err := c.match(ctx, stored, n)
	return err
}

// comparable demands both amounts of a notification that says that money has moved: [Client.Match] compares nothing with nothing.
// What is missing in the books is the merchant's mistake, which no answer but "come again" may hide.
func comparable(stored Stored, n *Notification) error {
	var name string
	var books, told Amount
	switch {
	case n.Paid():
		name, books, told = "paymentAmount", stored.PaymentAmount, n.PaymentAmount
	case n.Refunded():
		name, books, told = "refundAmount", stored.RefundAmount, n.RefundAmount
	default:
		return nil
	}
	switch {
	case !books.whole():
		return Problem{StoredAmountMissing, "/" + name, "Lookup has found no " + name + " to compare the notification with"}
	case !told.whole():
		return refuse(http.StatusConflict, Problem{fieldRequired, "/" + name, "the notification does not say how much"})
	}
	return nil
}

// whole tells whether nothing of an amount is missing.
func (a Amount) whole() bool { return a.Currency != "" && a.Value != "" }

func (c *Client) match(ctx context.Context, stored Stored, message any) (warnings Problems, err error) {
	stored.State = "" // not compared
	input, err := encode(struct {
		Config  json.RawMessage `json:"config"`
		Stored  Stored          `json:"stored"`
		Message any             `json:"message"`
	}{c.identityJSON, stored, message}, "")
	if err != nil {
		return nil, err
	}
	reply, err := ask[report](ctx, c.core, "match", input)
	return reply.Warnings, err
}

// NextState tells what news does to what is known of a payment: the state never moves backwards, whatever comes late, twice or
// out of order. conflict is true when two final states contradict each other, which a person should look at.
func (c *Client) NextState(ctx context.Context, known, news State) (next State, conflict bool, err error) {
	return c.nextState(ctx, "payment", known, news)
}

// NextRefundState is [Client.NextState] for a refund.
func (c *Client) NextRefundState(ctx context.Context, known, news State) (next State, conflict bool, err error) {
	return c.nextState(ctx, "refund", known, news)
}

func (c *Client) nextState(ctx context.Context, kind string, known, news State) (State, bool, error) {
	input, err := json.Marshal(map[string]any{"kind": kind, "state": known, "event": news})
	if err != nil {
		return "", false, err
	}
	reply, err := ask[struct {
		report
		State    State
		Conflict bool
	}](ctx, c.core, "next_state", input)
	return reply.State, reply.Conflict, err
}
