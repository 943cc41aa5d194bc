package gateway

// Order is what the merchant's server decides before a shopper is sent to pay. Everything is text, money included; what is
// empty counts as absent. The names are those of Alipay's API, https://docs.antom.com (page "pay, Cashier Payment").
type Order struct {
	ReferenceOrderID   string  `json:"referenceOrderId,omitempty"` // the merchant's order number, 1 to 64 characters; may stay over several attempts
	OrderDescription   string  `json:"orderDescription,omitempty"` // shown to the shopper, 1 to 256 characters
	PaymentRequestID   string  `json:"paymentRequestId,omitempty"` // names this attempt, 1 to 64 characters; the same id never charges twice
	PaymentAmount      Amount  `json:"paymentAmount,omitzero"`
	SettlementCurrency string  `json:"settlementCurrency,omitempty"` // what the merchant receives; equal to the payment currency unless that is CNY
	TerminalType       string  `json:"terminalType,omitempty"`       // WEB (a desktop, pays by QR code) or WAP (a phone's browser)
	Goods              []Goods `json:"goods,omitempty"`              // demanded of direct merchants, optional for acquirers
	BusinessType       string  `json:"businessType,omitempty"`       // "4": trade of goods
	PaymentNotifyURL   string  `json:"paymentNotifyUrl,omitempty"`   // where Alipay POSTs the result; at most 2048 characters
	PaymentRedirectURL string  `json:"paymentRedirectUrl,omitempty"` // where the shopper's browser comes back; at most 2048 characters
}

// Amount is an amount of money in the smallest unit of its currency, exactly: {"USD", "100"} is one dollar, {"JPY", "100"} are
// a hundred yen.
type Amount struct {
	Currency string `json:"currency,omitempty"` // ISO 4217
	Value    string `json:"value,omitempty"`    // digits, at most 16, no leading zero
}

// String returns the value, a blank and the currency, as in "100 USD" for one dollar. It is for logs, not for shoppers.
func (a Amount) String() string { return a.Value + " " + a.Currency }

// Goods is one line of what is bought. Alipay passes it to the authorities as "name^quantity".
type Goods struct {
	GoodsName     string `json:"goodsName,omitempty"`     // brand, kind, specification; without "|" and "^"
	GoodsQuantity string `json:"goodsQuantity,omitempty"` // a positive integer
}
