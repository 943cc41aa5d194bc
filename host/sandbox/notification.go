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
	Attempts   []Attempt         `json:"attempts"`
}

// Attempt is one try to deliver a notification.
type Attempt struct {
	Time time.Time `json:"time"`
	// Status is the HTTP status of the merchant's answer, 0 if there was none.
	Status int `json:"status"`
	// Acknowledgement is the beginning of the answer's body.
	Acknowledgement string `json:"acknowledgement"`
	Acknowledged    bool   `json:"acknowledged"`
	// Error says why the attempt does not count.
	Error string `json:"error,omitempty"`
}

func newNotification(p *Payment) Notification {
	return Notification{NotifyType: "PAYMENT_RESULT", NotifyURL: p.PaymentNotifyURL, State: Waiting, Attempts: []Attempt{}}
}

// notificationBody has its members in the order of the guide's.
type notificationBody struct {
	GrossSettlementAmount *Amount `json:"grossSettlementAmount,omitempty"`
	NotifyType            string  `json:"notifyType"`
	NotifyURL             string  `json:"notifyUrl"`
	PaymentAmount         Amount  `json:"paymentAmount"`
	PaymentCreateTime     string  `json:"paymentCreateTime"`
	PaymentID             string  `json:"paymentId"`
	PaymentRequestID      string  `json:"paymentRequestId"`
	PaymentTime           string  `json:"paymentTime,omitempty"`
	Result                Result  `json:"result"`
}

// bodyOf is the text that tells a merchant what became of a payment. Only a paid one has a settlement and a time.
func bodyOf(p *Payment, n *Notification) ([]byte, error) {
	body := notificationBody{
		NotifyType:        n.NotifyType,
		NotifyURL:         n.NotifyURL,
		PaymentAmount:     p.PaymentAmount,
		PaymentCreateTime: zonedTime(p.PaymentCreateTime),
		PaymentID:         p.PaymentID,
		PaymentRequestID:  p.PaymentRequestID,
		Result:            p.Result,
	}
	if p.PaymentStatus == Success {
		body.GrossSettlementAmount = &p.GrossSettlementAmount
		body.PaymentTime = zonedTime(p.PaymentTime)
	}
	return encode(body)
}
