package sandbox

import "time"

// NotificationState is how far a notification has come.
type NotificationState string

// The states of a notification.
const (
	Waiting      NotificationState = "WAITING"      // another attempt will follow
	Acknowledged NotificationState = "ACKNOWLEDGED" // the merchant has it
	GivenUp      NotificationState = "GIVEN_UP"     // the last attempt has failed
	Refused      NotificationState = "REFUSED"      // the sandbox does not send to this URL
)

// Notification is a message to a merchant and the attempts to deliver it.
type Notification struct {
	NotifyType string            `json:"notifyType"`
	NotifyURL  string            `json:"notifyUrl"`
	State      NotificationState `json:"state"`
	// Body stays the same from attempt to attempt; time and signature do not.
	Body     string    `json:"body"`
	Attempts []Attempt `json:"attempts"`
	// Tries is how many of the attempts belong to the schedule, NextAttempt when it goes on.
	Tries       int       `json:"tries"`
	NextAttempt time.Time `json:"nextAttempt,omitzero"`
}

// Attempt is one try to deliver a notification. What was on the wire is in the payment's events.
type Attempt struct {
	Time time.Time `json:"time"`
	// Status is the HTTP status of the merchant's answer, 0 if there was none.
	Status int `json:"status"`
	// Acknowledgement is the beginning of the answer's body.
	Acknowledgement string `json:"acknowledgement"`
	Acknowledged    bool   `json:"acknowledged"`
	// Error says why the attempt does not count.
	Error string `json:"error,omitempty"`
	// Faults are what went wrong on purpose.
	Faults []string `json:"faults,omitempty"`
}

// notificationBody has its members in the order of the guide's.
type notificationBody struct {
	CustomsDeclarationAmount *Amount `json:"customsDeclarationAmount,omitempty"`
	GrossSettlementAmount    *Amount `json:"grossSettlementAmount,omitempty"`
	NotifyType               string  `json:"notifyType"`
	NotifyURL                string  `json:"notifyUrl"`
	PaymentAmount            Amount  `json:"paymentAmount"`
	PaymentCreateTime        string  `json:"paymentCreateTime"`
	PaymentID                string  `json:"paymentId"`
	PaymentRequestID         string  `json:"paymentRequestId"`
	PaymentTime              string  `json:"paymentTime,omitempty"`
	Result                   Result  `json:"result"`
}

// newNotification tells a merchant what became of a payment. Only a paid one has a settlement and a time.
func newNotification(p *Payment) Notification {
	body := notificationBody{
		NotifyType:        "PAYMENT_RESULT",
		NotifyURL:         p.PaymentNotifyURL,
		PaymentAmount:     p.PaymentAmount,
		PaymentCreateTime: zonedTime(p.PaymentCreateTime),
		PaymentID:         p.PaymentID,
		PaymentRequestID:  p.PaymentRequestID,
		Result:            p.Result,
	}
	switch p.PaymentStatus {
	case Success:
		body.GrossSettlementAmount = &p.GrossSettlementAmount
		body.PaymentTime = zonedTime(p.PaymentTime)
		if p.WireProfile == profileCurrent || p.WireProfile == profile2025 {
			body.CustomsDeclarationAmount = &p.PaymentAmount // the guide of 2020 does not have it
		}
	case Pending:
		// The S of a pending payment says that the shopper has done their part, not that there is money.
		body.NotifyType, body.Result = "PAYMENT_PENDING", callDone
	}
	return toMerchant(body.NotifyType, body.NotifyURL, body)
}

// refundNotificationBody tells what became of a refund.
type refundNotificationBody struct {
	GrossSettlementAmount Amount       `json:"grossSettlementAmount"`
	NotifyType            string       `json:"notifyType"`
	RefundAmount          Amount       `json:"refundAmount"`
	RefundID              string       `json:"refundId"`
	RefundRequestID       string       `json:"refundRequestId"`
	RefundStatus          RefundStatus `json:"refundStatus"`
	RefundTime            string       `json:"refundTime"`
	Result                Result       `json:"result"`
}

// newRefundNotification tells a merchant what became of a refund.
func newRefundNotification(p *Payment, r *Refund) Notification {
	return toMerchant("REFUND_RESULT", r.notifyURL(p), refundNotificationBody{
		GrossSettlementAmount: r.GrossSettlementAmount,
		NotifyType:            "REFUND_RESULT",
		RefundAmount:          r.RefundAmount,
		RefundID:              r.RefundID,
		RefundRequestID:       r.RefundRequestID,
		RefundStatus:          r.RefundStatus,
		RefundTime:            zonedTime(r.RefundTime),
		Result:                r.Result,
	})
}

func toMerchant(notifyType, target string, body any) Notification {
	text, err := encode(body)
	if err != nil {
		panic(err) // strings and amounts
	}
	return Notification{NotifyType: notifyType, NotifyURL: target, State: Waiting, Body: string(text), Attempts: []Attempt{}}
}
