package gateway

import "context"

var cancelOperation = operation{"cancel", "build_cancel", "read_cancel"}

// Cancellation is Alipay's verified answer that a payment is called off.
type Cancellation struct {
	Answered
	PaymentID        string `json:"paymentId,omitempty"`
	PaymentRequestID string `json:"paymentRequestId,omitempty"`
	CancelTime       string `json:"cancelTime,omitempty"`
}

// Cancel calls off a payment that was not paid, or gives a paid one back in full, until 00:15 of the next day in China (UTC+8);
// later, refund. No notification follows. A payment that had failed before stays failed, though Alipay says SUCCESS.
//
// Errors are those of [Client.Pay]; after an [ErrOutcomeUnknown] cancel again, or inquire.
//
// Alipay's page: "cancel" on https://docs.antom.com.
func (c *Client) Cancel(ctx context.Context, which PaymentReference) (*Cancellation, error) {
	return retry(ctx, c, func() (*Cancellation, error) {
		return logged(ctx, c, cancelOperation, which.attributes(), func() (*Cancellation, error) { return c.cancelOnce(ctx, which) })
	})
}

func (c *Client) cancelOnce(ctx context.Context, which PaymentReference) (*Cancellation, error) {
	o := cancelOperation
	reply, err := converse[Cancellation](ctx, c, o, subject{member: "request", value: which})
	if err != nil {
		return nil, err
	}
	done := &reply.Response
	done.take(reply.State, reply.Outcome, reply.Advice, reply.Warnings)
	if done.ResultStatus != "S" {
		return nil, reply.refusal(o, done.Result)
	}
	stored := Stored{PaymentID: which.PaymentID, PaymentRequestID: which.PaymentRequestID}
	if stored.PaymentRequestID == "" {
		stored.PaymentRequestID = done.PaymentRequestID
	}
	if err := c.belongs(ctx, o, stored, done); err != nil {
		return nil, err
	}
	return done, nil
}
