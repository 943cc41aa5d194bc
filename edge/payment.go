package main

import (
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// status is a paymentStatus, in Alipay's words for it.
type status string

const (
	processing status = "PROCESSING" // created here, perhaps at Alipay, not paid as far as is known
	pending    status = "PENDING"    // the shopper did their part, the result is still to come
	success    status = "SUCCESS"
	fail       status = "FAIL"
	cancelled  status = "CANCELLED"
)

// open tells that the result is still to come.
func (s status) open() bool { return s == processing || s == pending }

// cancellable tells that a cancellation can still change something.
func (s status) cancellable() bool { return s.open() || s == success }

// payment is one attempt to pay an order: a row of the ledger.
type payment struct {
	PaymentRequestID   string
	ReferenceOrderID   string
	Attempt            int
	Status             status
	Amount             gateway.Amount
	SettlementCurrency string
	Order              gateway.Order // exactly as it is sent to Alipay, so that a repetition has the same bytes
	ResultPage         string        // the merchant's own page, "" for none

	PaymentID       string
	Redirect        *gateway.Redirect // where to send the shopper, nil before Alipay said so
	ResultCode      string
	PaymentTime     string
	GrossSettlement gateway.Amount // zero when Alipay did not say

	CreatedAt       time.Time
	UpdatedAt       time.Time
	FinalAt         time.Time // zero while open
	InquireAt       time.Time // when Alipay is to be asked next, zero for never
	WebhookQueuedAt time.Time // zero before
	WebhookSentAt   time.Time // zero before

	CancelRequestedAt time.Time // since when the operator wants it cancelled, zero for never
	CancelAt          time.Time // when Alipay is to be asked for that (again), zero for never
	CancelResultCode  string    // with which Alipay refused it

	made bool // by this very request, so that no other one can have asked Alipay before it
}
