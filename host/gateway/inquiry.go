package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
)

var (
	inquirePaymentOperation = operation{"inquiryPayment", "build_inquiry_payment", "read_inquiry_payment"}
	inquireRefundOperation  = operation{"inquiryRefund", "build_inquiry_refund", "read_inquiry_refund"}
)

// PaymentReference names a payment by one of its ids, or both; Alipay goes by PaymentID then. After an unknown outcome of
// [Client.Pay] only PaymentRequestID is known.
type PaymentReference struct {
	PaymentID         string `json:"paymentId,omitempty"`
	PaymentRequestID  string `json:"paymentRequestId,omitempty"`
	MerchantAccountID string `json:"merchantAccountId,omitempty"`
}

func (r PaymentReference) attributes() []slog.Attr {
	return attributes("paymentId", r.PaymentID, "paymentRequestId", r.PaymentRequestID)
}

// PaymentInquiry is Alipay's verified answer to the question what became of a payment. State has the answer.
type PaymentInquiry struct {
	Answered
	PaymentStatus            string          `json:"paymentStatus,omitempty"`
	PaymentResultCode        string          `json:"paymentResultCode,omitempty"` // why it failed
	PaymentResultMessage     string          `json:"paymentResultMessage,omitempty"`
	PaymentRequestID         string          `json:"paymentRequestId,omitempty"`
	PaymentID                string          `json:"paymentId,omitempty"`
	PaymentAmount            Amount          `json:"paymentAmount,omitzero"` // compare it with the order before delivering
	ActualPaymentAmount      Amount          `json:"actualPaymentAmount,omitzero"`
	GrossSettlementAmount    Amount          `json:"grossSettlementAmount,omitzero"`
	SettlementQuote          Quote           `json:"settlementQuote,omitzero"`
	CustomsDeclarationAmount Amount          `json:"customsDeclarationAmount,omitzero"` // only of paid ones
	AcquirerReferenceNo      string          `json:"acquirerReferenceNo,omitempty"`
	AuthReviewStatus         string          `json:"authReviewStatus,omitempty"`
	AuthReviewSource         string          `json:"authReviewSource,omitempty"`
	PaymentCreateTime        string          `json:"paymentCreateTime,omitempty"`
	PaymentTime              string          `json:"paymentTime,omitempty"` // only of paid ones
	Transactions             json.RawMessage `json:"transactions,omitempty"`
	Redirect                 *Redirect       `json:"-"` // while it can still be paid, if Alipay says so
}

// paidAmount demands of an answer that says "paid" that it says how much, so that it can be compared.
func (i *PaymentInquiry) paidAmount(o operation) error {
	if i.State != Success || i.PaymentAmount.whole() {
		return nil
	}
	return &UnusableError{Operation: o.name, Err: Problems{{fieldRequired, "/paymentAmount", "the payment is paid, but the answer does not say how much"}}}
}

// InquirePayment asks Alipay what became of a payment. Asking changes nothing, so it may be asked at any time.
//
// A [*ResultError] with the code ORDER_NOT_EXIST means that Alipay does not know the payment (yet: a request on its way may
// still arrive). Every error but [Problems] leaves open what became of the payment, and is an [ErrOutcomeUnknown] in that sense.
//
// Alipay's page: "inquiryPayment" on https://docs.antom.com.
func (c *Client) InquirePayment(ctx context.Context, which PaymentReference) (*PaymentInquiry, error) {
	return retry(ctx, c, func() (*PaymentInquiry, error) {
		return logged(ctx, c, inquirePaymentOperation, which.attributes(), func() (*PaymentInquiry, error) {
			return c.inquirePaymentOnce(ctx, which)
		})
	})
}

func (c *Client) inquirePaymentOnce(ctx context.Context, which PaymentReference) (*PaymentInquiry, error) {
	o := inquirePaymentOperation
	reply, err := converse[PaymentInquiry](ctx, c, o, subject{member: "request", value: which})
	if err != nil {
		return nil, err
	}
	found := &reply.Response
	found.take(reply.State, reply.Outcome, reply.Advice, reply.Warnings)
	found.Redirect = reply.Redirect
	if found.ResultStatus != "S" {
		return nil, reply.refusal(o, found.Result)
	}
	stored := Stored{PaymentID: which.PaymentID, PaymentRequestID: which.PaymentRequestID}
	if stored.PaymentRequestID == "" { // it names the payment for the core; only the paymentId was asked for
		stored.PaymentRequestID = found.PaymentRequestID
	}
	if err := c.belongs(ctx, o, stored, found); err != nil {
		return nil, err
	}
	return found, nil
}

// RefundReference names a refund by one of its ids, or both; Alipay goes by RefundID then.
type RefundReference struct {
	RefundID          string `json:"refundId,omitempty"`
	RefundRequestID   string `json:"refundRequestId,omitempty"`
	MerchantAccountID string `json:"merchantAccountId,omitempty"`
}

// RefundInquiry is Alipay's verified answer to the question what became of a refund. State has the answer.
type RefundInquiry struct {
	Answered
	RefundStatus          string `json:"refundStatus,omitempty"`
	RefundRequestID       string `json:"refundRequestId,omitempty"`
	RefundID              string `json:"refundId,omitempty"`
	RefundAmount          Amount `json:"refundAmount,omitzero"`
	ActualRefundAmount    Amount `json:"actualRefundAmount,omitzero"`
	GrossSettlementAmount Amount `json:"grossSettlementAmount,omitzero"`
	SettlementQuote       Quote  `json:"settlementQuote,omitzero"`
	AcquirerReferenceNo   string `json:"acquirerReferenceNo,omitempty"`
	RefundTime            string `json:"refundTime,omitempty"` // only of those that succeeded
}

// InquireRefund asks Alipay what became of a refund, as [Client.InquirePayment] does of a payment. When ORDER_NOT_EXIST comes
// three times, 15 seconds apart, the refund was not placed.
//
// Alipay's page: "inquiryRefund" on https://docs.antom.com.
func (c *Client) InquireRefund(ctx context.Context, which RefundReference) (*RefundInquiry, error) {
	ids := attributes("refundRequestId", which.RefundRequestID, "refundId", which.RefundID)
	return retry(ctx, c, func() (*RefundInquiry, error) {
		return logged(ctx, c, inquireRefundOperation, ids, func() (*RefundInquiry, error) { return c.inquireRefundOnce(ctx, which) })
	})
}

func (c *Client) inquireRefundOnce(ctx context.Context, which RefundReference) (*RefundInquiry, error) {
	o := inquireRefundOperation
	reply, err := converse[RefundInquiry](ctx, c, o, subject{member: "request", value: which})
	if err != nil {
		return nil, err
	}
	found := &reply.Response
	found.take(reply.State, reply.Outcome, reply.Advice, reply.Warnings)
	if found.ResultStatus != "S" {
		return nil, reply.refusal(o, found.Result)
	}
	stored := Stored{RefundID: which.RefundID, RefundRequestID: which.RefundRequestID}
	if stored.RefundRequestID == "" {
		stored.RefundRequestID = found.RefundRequestID
	}
	if err := c.belongs(ctx, o, stored, found); err != nil {
		return nil, err
	}
	return found, nil
}
