package gateway

// Payment is Alipay's verified answer to [Client.Pay]. It is not a proof that anything was paid. Its outcome is
// [RedirectShopper], or [Succeed] when an earlier request with the same id has been paid meanwhile: inquire then.
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
	HTML     string  `json:"html"`     // a form with a button, for either method; everything in it is escaped
}

// Field is one input of the form that leads to the cashier. All of them have to go with it, also unknown ones.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
