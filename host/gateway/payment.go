package gateway

// Payment is Alipay's verified answer to [Client.Pay]. It is not a proof that anything was paid.
type Payment struct {
	Result
	PaymentRequestID  string    `json:"paymentRequestId"`
	PaymentID         string    `json:"paymentId"` // Alipay's name of the payment; store it
	PaymentAmount     Amount    `json:"paymentAmount"`
	PaymentCreateTime string    `json:"paymentCreateTime"` // ISO 8601 with whatever offset Alipay chose
	Outcome           Outcome   `json:"-"`                 // RedirectShopper or Succeed
	Redirect          *Redirect `json:"-"`                 // nil unless the outcome is RedirectShopper
	Warnings          Problems  `json:"-"`
}

// Redirect is where the shopper pays. Its host was checked: *.alipay.com or one of [Config.RedirectHosts].
//
// With the method GET, answer 303 with Location. With POST, answer an HTML form with the action and a hidden input for every
// field, in this order.
type Redirect struct {
	Method   string  `json:"method"` // GET or POST
	Action   string  `json:"action"`
	Fields   []Field `json:"fields"`
	Location string  `json:"location"` // action and fields in one address; empty for POST
}

// Field is one input of the form that leads to the cashier. All of them have to go with it, also unknown ones.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
