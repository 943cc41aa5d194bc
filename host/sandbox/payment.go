package sandbox

import (
	"slices"
	"time"
)

// PaymentStatus is what became of a payment, in the words of inquiryPayment.
type PaymentStatus string

// The states of a payment. It leaves PROCESSING once and for good.
const (
	Processing PaymentStatus = "PROCESSING"
	Success    PaymentStatus = "SUCCESS"
	Fail       PaymentStatus = "FAIL"
)

// Payment is one payment as the sandbox knows it.
type Payment struct {
	PaymentID             string         `json:"paymentId"`
	PaymentRequestID      string         `json:"paymentRequestId"`
	ClientID              string         `json:"clientId"`
	ReferenceOrderID      string         `json:"referenceOrderId"`
	OrderDescription      string         `json:"orderDescription"`
	TerminalType          string         `json:"terminalType"`
	PaymentMethodType     string         `json:"paymentMethodType"`
	PaymentAmount         Amount         `json:"paymentAmount"`
	GrossSettlementAmount Amount         `json:"grossSettlementAmount"`
	PaymentNotifyURL      string         `json:"paymentNotifyUrl"`
	PaymentRedirectURL    string         `json:"paymentRedirectUrl"`
	PaymentStatus         PaymentStatus  `json:"paymentStatus"`
	Result                Result         `json:"result"`
	PaymentCreateTime     time.Time      `json:"paymentCreateTime"`
	PaymentExpireTime     time.Time      `json:"paymentExpireTime"`
	PaymentTime           time.Time      `json:"paymentTime,omitzero"`
	Notifications         []Notification `json:"notifications"`
}

// expired tells that the payment was not paid in time, whether or not it is closed yet.
func (p *Payment) expired(now time.Time) bool {
	return p.PaymentStatus == Fail || p.PaymentStatus == Processing && !now.Before(p.PaymentExpireTime)
}

// succeed pays the payment, once and in time.
func (p *Payment) succeed(now time.Time) bool {
	if p.PaymentStatus != Processing || p.expired(now) {
		return false
	}
	p.PaymentStatus, p.PaymentTime = Success, now
	p.Result = Result{ResultCode: "SUCCESS", ResultMessage: "success.", ResultStatus: "S"}
	return true
}

// close ends a payment that nobody paid in time.
func (p *Payment) close(now time.Time) bool {
	if p.PaymentStatus != Processing || !p.expired(now) {
		return false
	}
	p.PaymentStatus = Fail
	p.Result = Result{ResultCode: "ORDER_IS_CLOSED", ResultMessage: "The payment was not made in time.", ResultStatus: "F"}
	return true
}

func (p *Payment) clone() Payment {
	copied := *p
	copied.Notifications = slices.Clone(p.Notifications)
	for i := range copied.Notifications {
		copied.Notifications[i].Attempts = slices.Clone(p.Notifications[i].Attempts)
	}
	return copied
}
