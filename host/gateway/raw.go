package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
)

// calls are the five calls by the names of the core's effects.
var calls = map[string]struct {
	operation
	member string // of the input of the build operation
}{
	"pay":             {payOperation, "order"},
	"inquiry_payment": {inquirePaymentOperation, "request"},
	"cancel":          {cancelOperation, "request"},
	"refund":          {refundOperation, "request"},
	"inquiry_refund":  {inquireRefundOperation, "request"},
}

// Call makes one of the five calls for a program that leaves decisions to the core's operation advance: what it names in
// an effect is what is given here, and the reply is what its event "answer" wants. operation is pay, inquiry_payment,
// cancel, refund or inquiry_refund; request goes to the core's build operation as it is, terminalType ("" for none) to
// read_pay and read_inquiry_payment. Exactly one request is sent, whatever [Options.Retry] says. about names the payment
// or the refund in the log.
//
// Unlike [Client.Pay] and its like, Call does not compare the answer with the request, and a refusal by Alipay is no error:
// advance judges both. Errors are those of [Client.Pay] without [*ResultError]. After an error that is not an [ErrOutcomeUnknown] nothing was sent.
func (c *Client) Call(ctx context.Context, operation string, request json.RawMessage, terminalType, about string) (reply json.RawMessage, err error) {
	o, known := calls[operation]
	if !known {
		return nil, fmt.Errorf("gateway: there is no call %q", operation)
	}
	reply, err = c.callRaw(ctx, o.operation, subject{o.member, request, terminalType})
	c.tell(ctx, o.operation, err, slog.String("about", printable(about)))
	return reply, err
}

// callRaw is converse, with the reply of the core as it is.
func (c *Client) callRaw(ctx context.Context, o operation, s subject) (json.RawMessage, error) {
	request, err := c.build(ctx, o, s)
	if err != nil {
		return nil, err
	}
	body, err := c.exchange(ctx, o.name, request)
	if err != nil {
		return nil, err
	}
	room := borrowScratch()
	defer scratch.Put(room)
	input := append(append(room[:0], `{"config":`...), c.configJSON...)
	if s.terminalType != "" {
		input = appendJSON(append(input, `,"terminalType":`...), s.terminalType)
	}
	raw, err := call(ctx, c.core, o.read, append(append(input, '}', '\n'), body...))
	if err == nil {
		var r report
		if err = json.Unmarshal(raw, &r); err == nil && len(r.Errors) > 0 {
			err = r.Errors
		}
	}
	if err != nil {
		return nil, &UnusableError{Operation: o.name, Err: err}
	}
	return raw, nil
}

// Reply is how the core has read the notification: what the core's operation advance wants in its event "notification".
func (n *Notification) Reply() json.RawMessage { return n.reply }
