package core

// order is the public input of every payment: what a merchant's server decides
// before a shopper is sent to pay.
type order struct {
	referenceOrderID   string
	orderDescription   string
	paymentRequestID   string
	paymentAmount      amount
	settlementCurrency string
	terminalType       string
	goods              []goods
	businessType       string
	paymentNotifyURL   string
	paymentRedirectURL string
}

// Lengths that the API page of pay gives, in characters.
const (
	maxID          = 64
	maxDescription = 256
)

// readOrder reads and checks an order. draft leaves out what a merchant's server
// adds to a shopper's form: the ids, the description and the URLs.
func readOrder(o object, c *config, draft bool) *order {
	n := mandatory
	if draft {
		n = optional
	}
	o.unknown("referenceOrderId", "orderDescription", "paymentRequestId", "paymentAmount",
		"settlementCurrency", "terminalType", "goods", "businessType",
		"paymentNotifyUrl", "paymentRedirectUrl")
	r := &order{}
	r.referenceOrderID, _ = o.str("referenceOrderId", n, maxID)
	r.orderDescription, _ = o.str("orderDescription", n, maxDescription)
	r.paymentRequestID, _ = o.str("paymentRequestId", n, maxID)
	r.paymentAmount = readPaymentAmount(o, "paymentAmount")
	r.settlementCurrency = settlementCurrency(o, "settlementCurrency")
	checkCurrencyPair(r.paymentAmount.currency, r.settlementCurrency, o.at("settlementCurrency"), c, o.p)
	r.terminalType = terminalType(o, "terminalType")
	readTradeFacts(r, o, c)
	r.paymentNotifyURL = webAddress(o, "paymentNotifyUrl", optional)
	r.paymentRedirectURL = webAddress(o, "paymentRedirectUrl", n)
	return r
}

func terminalType(o object, name string) string {
	s, ok := o.str(name, mandatory, maxID)
	if ok && s != "WEB" && s != "WAP" {
		o.p.fail(TerminalTypeUnknown, o.at(name), s)
		return ""
	}
	return s
}

// ValidateOrder checks an order against the rules and the merchant's contract:
//
//	{"config":{…},"order":{…},"language":"en"|"zh-CN"} → {"valid":true,"errors":[],"warnings":[]}
//
// All problems are reported at once, each with a JSON pointer into the order
// (or into "/config").
func ValidateOrder(reply, input []byte) []byte {
	var p problems
	if head, ok := parseObject(input, "", &p); ok {
		readHeadOrder(head)
	}
	return p.reply(reply, func(w *writer) { w.boolean("valid", p.ok()) })
}

// readHeadOrder reads what all operations on an order begin with.
func readHeadOrder(head object) (*config, *order) {
	readLanguage(head)
	c := readConfig(head)
	if !head.has("order") {
		head.p.fail(OrderRequired, "")
		return c, &order{}
	}
	child, ok := head.child("order")
	if !ok {
		return c, &order{}
	}
	child.path = "" // pointers lead into the order itself
	return c, readOrder(child, c, false)
}
