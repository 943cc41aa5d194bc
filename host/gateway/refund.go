package gateway

import "context"

var refundOperation = operation{"refund", "build_refund", "read_refund"}

// RefundRequest gives a paid payment back, in whole or in part. RefundRequestID names the refund: the same id never refunds
// twice, another one does.
type RefundRequest struct {
	RefundRequestID   string `json:"refundRequestId,omitempty"`   // 1 to 64 letters, digits, "-" and "_"
	PaymentID         string `json:"paymentId,omitempty"`         // Alipay's name of the payment
	RefundAmount      Amount `json:"refundAmount,omitzero"`       // in the currency of the payment, at most what is left of it
	ReferenceRefundID string `json:"referenceRefundId,omitempty"` // the merchant's number of it
	RefundReason      string `json:"refundReason,omitempty"`      // at most 256 characters
	RefundNotifyURL   string `json:"refundNotifyUrl,omitempty"`   // where Alipay POSTs the result; at most 1024 characters
	Metadata          string `json:"metadata,omitempty"`
}

// Refund is Alipay's verified answer that a refund is done (State [Success]) or accepted (State [Processing], Outcome [Wait]):
// then the notification or an inquiry tells the end, and it must not be sent again.
type Refund struct {
	Answered
	RefundRequestID       string `json:"refundRequestId,omitempty"`
	RefundID              string `json:"refundId,omitempty"` // Alipay's name of the refund; store it
	PaymentID             string `json:"paymentId,omitempty"`
	RefundAmount          Amount `json:"refundAmount,omitzero"`
	ActualRefundAmount    Amount `json:"actualRefundAmount,omitzero"`
	GrossSettlementAmount Amount `json:"grossSettlementAmount,omitzero"`
	SettlementQuote       Quote  `json:"settlementQuote,omitzero"`
	AcquirerReferenceNo   string `json:"acquirerReferenceNo,omitempty"`
	RefundTime            string `json:"refundTime,omitempty"`
}

// Refund gives money back. Errors are those of [Client.Pay]; after an [ErrOutcomeUnknown] send the same request again, or
// inquire, and never take another RefundRequestID before it is known what became of this one.
//
// Alipay's page: "refund" on https://docs.antom.com.
func (c *Client) Refund(ctx context.Context, r RefundRequest) (*Refund, error) {
	return retry(ctx, c, func() (*Refund, error) {
		return logged(ctx, c, refundOperation, attributes("refundRequestId", r.RefundRequestID, "paymentId", r.PaymentID), func() (*Refund, error) {
			return c.refundOnce(ctx, r)
		})
	})
}

func (c *Client) refundOnce(ctx context.Context, r RefundRequest) (*Refund, error) {
	o := refundOperation
	reply, err := converse[Refund](ctx, c, o, subject{member: "request", value: r})
	if err != nil {
		return nil, err
	}
	done := &reply.Response
	done.take(reply.State, reply.Outcome, reply.Advice, reply.Warnings)
	accepted := done.State == Success || done.State == Processing
	if done.RefundRequestID != "" || done.State == Success {
		stored := Stored{RefundRequestID: r.RefundRequestID, PaymentID: r.PaymentID, RefundAmount: r.RefundAmount}
		if err := c.belongs(ctx, o, stored, done); err != nil {
			return nil, err
		}
	}
	if !accepted {
		return nil, reply.refusal(o, done.Result)
	}
	return done, nil
}
