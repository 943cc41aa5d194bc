package gateway

import (
	"context"
	"encoding/json"
	"fmt"
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
	ids := attributes("about", about)
	answered, err := logged(ctx, c, o.operation, ids, func() (*rawAnswer, error) {
		return c.callRaw(ctx, o.operation, subject{o.member, request, terminalType})
	})
	if err != nil {
		return nil, err
	}
	return answered.reply, nil
}

// rawAnswer is a verified answer as the core has read it, with what the log says of it.
type rawAnswer struct {
	Answered
	reply json.RawMessage
}

func (c *Client) callRaw(ctx context.Context, o operation, s subject) (*rawAnswer, error) {
	raw, err := c.answer(ctx, o, s)
	if err != nil {
		return nil, err
	}
	read, err := readReply[answer[Answered]](o.read, raw)
	if err != nil {
		return nil, &UnusableError{Operation: o.name, Err: err}
	}
	answered := &rawAnswer{reply: raw}
	if err := json.Unmarshal(read.Raw, &answered.Result); err != nil {
		return nil, &UnusableError{Operation: o.name, Err: err}
	}
	answered.take(read.State, read.Outcome, read.Advice, read.Warnings)
	return answered, nil
}

// Reply is how the core has read the notification: what the core's operation advance wants in its event "notification".
func (n *Notification) Reply() json.RawMessage { return n.reply }
