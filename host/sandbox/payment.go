package sandbox

import (
	"math/big"
	"slices"
	"time"
)

// PaymentStatus is what became of a payment, in the words of inquiryPayment.
type PaymentStatus string

// The states of a payment. SUCCESS can still become CANCELLED, by the merchant's own cancel; FAIL and CANCELLED are final.
const (
	Processing PaymentStatus = "PROCESSING"
	Pending    PaymentStatus = "PENDING" // the shopper has done their part, the money is on its way
	Success    PaymentStatus = "SUCCESS"
	Fail       PaymentStatus = "FAIL"
	Cancelled  PaymentStatus = "CANCELLED"
)

// Payment is one payment as the sandbox knows it.
type Payment struct {
	PaymentID             string         `json:"paymentId"`
	PaymentRequestID      string         `json:"paymentRequestId"`
	ClientID              string         `json:"clientId"`
	ReferenceOrderID      string         `json:"referenceOrderId"`
	OrderDescription      string         `json:"orderDescription"`
	TerminalType          string         `json:"terminalType"`
	WireProfile           string         `json:"wireProfile"`
	PaymentMethodType     string         `json:"paymentMethodType"`
	PaymentMethodID       string         `json:"paymentMethodId,omitempty"`
	PaymentAmount         Amount         `json:"paymentAmount"`
	GrossSettlementAmount Amount         `json:"grossSettlementAmount"`
	PaymentNotifyURL      string         `json:"paymentNotifyUrl"`
	PaymentRedirectURL    string         `json:"paymentRedirectUrl"`
	PaymentStatus         PaymentStatus  `json:"paymentStatus"`
	Result                Result         `json:"result"`
	PaymentCreateTime     time.Time      `json:"paymentCreateTime"`
	PaymentExpireTime     time.Time      `json:"paymentExpireTime"`
	PaymentTime           time.Time      `json:"paymentTime,omitzero"`
	CancelTime            time.Time      `json:"cancelTime,omitzero"`
	Refunds               []Refund       `json:"refunds,omitempty"`
	Notifications         []Notification `json:"notifications"`
}

// final tells that the payment will not be paid any more, whether it was or not.
func (p *Payment) final() bool { return p.PaymentStatus != Processing && p.PaymentStatus != Pending }

// expired tells that the payment was not paid in time, whether or not it is closed yet.
func (p *Payment) expired(now time.Time) bool {
	return p.PaymentStatus == Fail || p.PaymentStatus == Processing && !now.Before(p.PaymentExpireTime)
}

// succeed pays the payment, once and in time.
func (p *Payment) succeed(now time.Time) bool {
	if p.final() || p.expired(now) {
		return false
	}
	p.PaymentStatus, p.PaymentTime = Success, now
	p.Result = Result{ResultCode: "SUCCESS", ResultMessage: "success.", ResultStatus: "S"}
	return true
}

// pend is the shopper's yes to a payment whose money takes its time.
func (p *Payment) pend(now time.Time) bool {
	if p.PaymentStatus != Processing || p.expired(now) {
		return false
	}
	p.PaymentStatus = Pending
	return true
}

// decline ends a payment that the shopper cannot make.
func (p *Payment) decline(now time.Time) bool {
	if p.PaymentStatus != Processing || p.expired(now) {
		return false
	}
	p.fail("USER_BALANCE_NOT_ENOUGH", "The shopper's balance is not enough.")
	return true
}

// close ends a payment that nobody paid in time.
func (p *Payment) close(now time.Time) bool {
	if p.PaymentStatus != Processing || !p.expired(now) {
		return false
	}
	p.fail("ORDER_IS_CLOSED", "The payment was not made in time.")
	return true
}

func (p *Payment) fail(code, message string) {
	p.PaymentStatus = Fail
	p.Result = *failure(code, message)
}

// refundable is what has not been given back yet, in minor units.
func (p *Payment) refundable() *big.Int {
	return remainder(p.PaymentAmount, p.Refunds, func(r *Refund) Amount { return r.RefundAmount })
}

func remainder(whole Amount, refunds []Refund, part func(*Refund) Amount) *big.Int {
	left := units(whole)
	for i := range refunds {
		left.Sub(left, units(part(&refunds[i])))
	}
	return left
}

// units is the value of a checked amount.
func units(a Amount) *big.Int {
	value, ok := new(big.Int).SetString(a.Value, 10)
	if !ok {
		panic("sandbox: amount " + a.Value)
	}
	return value
}

func (p *Payment) clone() Payment {
	copied := *p
	copied.Refunds = slices.Clone(p.Refunds)
	copied.Notifications = slices.Clone(p.Notifications)
	for i := range copied.Notifications {
		copied.Notifications[i].Attempts = slices.Clone(p.Notifications[i].Attempts)
	}
	return copied
}
