package gateway

// Payment is Alipay's verified answer to [Client.Pay]. It is not a proof that anything was paid. Its outcome is
// [RedirectShopper]; or [Inquire] when Alipay answers that it is paid already, by an earlier request with the same id, which only an
// inquiry proves; or [Succeed] when an inquiry between two attempts has proved it.
type Payment struct {
	Answered
	PaymentRequestID      string    `json:"paymentRequestId,omitempty"`
	PaymentID             string    `json:"paymentId,omitempty"` // Alipay's name of the payment; store it
	PaymentAmount         Amount    `json:"paymentAmount,omitzero"`
	GrossSettlementAmount Amount    `json:"grossSettlementAmount,omitzero"` // only when the rate is fixed already
	PaymentCreateTime     string    `json:"paymentCreateTime,omitempty"`
	Redirect              *Redirect `json:"-"` // nil unless the outcome is RedirectShopper
}

// Redirect is where the shopper pays. Its host was checked: *.alipay.com or one of [Config.RedirectHosts].
//
// With the method GET, answer 303 with Location. With POST, answer a page with HTML, or a form of your own with the action and a
// hidden input for every field, in this order.
type Redirect struct {
	Method   string  `json:"method"` // GET or POST
	Action   string  `json:"action"`
	Fields   []Field `json:"fields"`
	Location string  `json:"location"` // action and fields in one address; empty for POST
	HTML     string  `json:"html"`     // a form with a button, or a link where a form would not keep the query; everything in it is escaped

	// Fallbacks are where to go instead, one after the other, when Location opens an app that is not on the phone.
	Fallbacks []string `json:"fallbacks,omitempty"`
}

// Field is one input of the form that leads to the cashier. All of them have to go with it, also unknown ones.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
