package core

import "github.com/valyala/fastjson"

// order is the public input of every payment: what a merchant's server decides
// before a shopper is sent to pay. Members that are only passed on are kept as JSON.
type order struct {
	referenceOrderID   string
	orderDescription   string
	paymentRequestID   string
	orderAmount        amount
	paymentAmount      amount
	settlementCurrency string
	terminalType       string
	appID              string
	osType             string
	trade              tradeFacts
	goodsDetail        []string
	buyer              string
	shipping           string
	merchant           string
	env                string
	paymentExpiryTime  string
	paymentNotifyURL   string
	paymentRedirectURL string
	merchantRegion     string
	userRegion         string
	merchantAccountID  string
	metadata           string
}

// Lengths that the API page of pay gives, in characters.
const (
	maxID          = 64
	maxDescription = 256
	maxMetadata    = 2048
)

// orderMembers are the members that readOrder knows, divided by blanks.
const orderMembers = "referenceOrderId orderDescription paymentRequestId orderAmount paymentAmount settlementCurrency " +
	"terminalType appId osType env goods extendInfo businessType hotelName checkinTime checkoutTime " +
	"flightNumber departureTime admissionNoticeUrl otherBusinessType buyer shipping merchant " +
	"paymentExpiryTime paymentNotifyUrl paymentRedirectUrl merchantRegion userRegion " +
	"merchantAccountId metadata"

// readOrder reads and checks an order. draft leaves out what a merchant's server
// adds to a shopper's form: the ids, the description and the URLs. now, the time of
// the request in milliseconds, is 0 when it is not known.
func readOrder(o object, c *config, draft bool, now int64) *order {
	n := mandatory
	if draft {
		n = optional
	}
	o.unknown(orderMembers)
	r := &order{}
	r.referenceOrderID, _ = o.str("referenceOrderId", n, maxID)
	r.orderDescription, _ = o.str("orderDescription", n, maxDescription)
	r.paymentRequestID, _ = o.str("paymentRequestId", n, maxID)
	r.readAmounts(o, c)
	r.settlementCurrency = settlementCurrency(o, "settlementCurrency")
	checkCurrencyPair(r.paymentAmount.currency, r.settlementCurrency, o.at("settlementCurrency"), c, o.p)
	r.readTerminal(o)
	r.readGoods(o, c)
	r.buyer = passed(o, "buyer", buyer[:])
	r.shipping = passed(o, "shipping", shipping[:])
	r.merchant = passed(o, "merchant", merchant[:])
	if r.merchant != "" && !c.acquirer {
		o.fail(MerchantOnlyForAcquirers, "merchant")
	}
	r.readExpiry(o, now)
	r.paymentNotifyURL = webAddress(o, "paymentNotifyUrl", optional)
	warnOfNotifyURL(o, "paymentNotifyUrl", r.paymentNotifyURL, c)
	r.paymentRedirectURL = r.redirectAddress(o, n)
	r.merchantRegion = region(o, "merchantRegion")
	r.userRegion = region(o, "userRegion")
	r.merchantAccountID, _ = o.str("merchantAccountId", optional, 32)
	r.metadata, _ = o.str("metadata", optional, maxMetadata)
	return r
}

func (r *order) readAmounts(o object, c *config) {
	r.paymentAmount = readPaymentAmount(o, "paymentAmount")
	c.checkLimits(r.paymentAmount, o.at("paymentAmount")+"/value", o.p)
	r.orderAmount = r.paymentAmount
	if o.has("orderAmount") {
		r.orderAmount = readPaymentAmount(o, "orderAmount")
		if r.orderAmount != r.paymentAmount && r.orderAmount.value != "" && r.paymentAmount.value != "" {
			o.p.warn(OrderAmountDiffers, o.at("orderAmount"))
		}
	}
}

// readTerminal reads where the shopper pays. The documentation asks for osType on
// phones, while the guide's own example has none, so its absence is a warning. A mini
// program is named by its appId.
func (r *order) readTerminal(o object) {
	r.terminalType = terminalType(o, "terminalType")
	if os, ok := o.str("osType", optional, maxID); ok {
		if !inSet("osType", os) {
			o.fail(FieldNotInSet, "osType", setText("osType"))
		}
		r.osType = os
	} else if r.terminalType == "WAP" || r.terminalType == "APP" {
		o.p.warn(OSTypeMissing, o.at("osType"))
	}
	r.appID, _ = o.str("appId", r.terminalType == "MINI_APP", 32)
	r.env = passed(o, "env", env[:])
}

func terminalType(o object, name string) string {
	s, ok := o.str(name, mandatory, maxID)
	if ok && s != "WEB" && s != "WAP" && s != "APP" && s != "MINI_APP" {
		o.fail(TerminalTypeUnknown, name, s)
		return ""
	}
	return s
}

// redirectAddress reads where the shopper comes back to. On phones that may be an app's
// own scheme.
func (r *order) redirectAddress(o object, n need) string {
	if r.terminalType != "WEB" {
		if s, ok := o.text("paymentRedirectUrl"); ok && appScheme(s) {
			s, _ = o.str("paymentRedirectUrl", n, maxURL)
			return s
		}
	}
	return webAddress(o, "paymentRedirectUrl", n)
}

func region(o object, name string) string {
	s, ok := o.str(name, optional, maxID)
	if ok && (len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z') {
		o.fail(RegionMalformed, name)
		return ""
	}
	return s
}

// longestExpiry is how far paymentExpiryTime may lie behind the request, by the API
// page of pay. Without one the gateway closes a payment after 14 minutes.
const longestExpiry = 10 * 60 * 1000

func (r *order) readExpiry(o object, now int64) {
	if v := o.value("paymentExpiryTime"); v != nil && v.Type() == fastjson.TypeNull {
		o.fail(TimeNotISO, "paymentExpiryTime") // what JavaScript makes of an invalid Date
	}
	s, ok := o.str("paymentExpiryTime", optional, maxID)
	if !ok {
		return
	}
	at, iso := parseISOTime(s)
	switch {
	case !iso:
		reportTime(s, o.at("paymentExpiryTime"), o.p)
	case now != 0 && at <= now:
		o.fail(ExpiryPassed, "paymentExpiryTime")
	case now != 0 && at > now+longestExpiry:
		o.fail(ExpiryTooLate, "paymentExpiryTime")
	}
	r.paymentExpiryTime = s
}

// ValidateOrder checks an order against the rules and the merchant's contract:
//
//	{"config":{…},"order":{…},"time":"…","language":"en"|"zh-CN"} → {"valid":true,"errors":[],"warnings":[]}
//
// time, optional, is when the request would be sent; paymentExpiryTime is measured
// against it. All problems are reported at once, each with a JSON pointer into the
// order (or into "/config").
func ValidateOrder(reply, input []byte) []byte {
	var p problems
	if head, ok := parseHead(input, &p); ok {
		readHeadOrder(head, func(c *config) string {
			if head.value("time") != nil { // null is an error, because nothing would be measured against it
				return readRequestTime(head, c)
			}
			return ""
		})
	}
	w := newReply(reply)
	w.boolean("valid", p.ok())
	return p.finish(w)
}

// readHeadOrder reads what all operations on an order begin with. time tells the
// time of the request.
func readHeadOrder(head object, time func(*config) string) (c *config, r *order, at string) {
	readLanguage(head)
	c = readConfig(head)
	at = time(c)
	now, _ := parseTime(at)
	if !head.has("order") {
		head.p.fail(OrderRequired, "")
		return c, &order{}, at
	}
	child, ok := head.child("order")
	if !ok {
		return c, &order{}, at
	}
	child.path = "" // pointers lead into the order itself
	return c, readOrder(child, c, false, now), at
}
