package gateway

import "encoding/json"

// Order is what the merchant's server decides before a shopper is sent to pay. Everything is text, money included; what is
// empty counts as absent. The names are those of Alipay's API, https://docs.antom.com (page "pay, Cashier Payment").
type Order struct {
	ReferenceOrderID   string  `json:"referenceOrderId,omitempty"` // the merchant's order number, 1 to 64 characters; may stay over several attempts
	OrderDescription   string  `json:"orderDescription,omitempty"` // shown to the shopper, 1 to 256 characters
	PaymentRequestID   string  `json:"paymentRequestId,omitempty"` // names this attempt, 1 to 64 characters; the same id never charges twice
	PaymentAmount      Amount  `json:"paymentAmount,omitzero"`
	OrderAmount        Amount  `json:"orderAmount,omitzero"`         // if it differs from PaymentAmount
	SettlementCurrency string  `json:"settlementCurrency,omitempty"` // what the merchant receives; equal to the payment currency unless that is CNY
	TerminalType       string  `json:"terminalType,omitempty"`       // WEB (a desktop, pays by QR code), WAP (a phone's browser), APP or MINI_APP
	AppID              string  `json:"appId,omitempty"`              // of the mini program; for MINI_APP
	OSType             string  `json:"osType,omitempty"`             // IOS or ANDROID; for WAP and APP
	Goods              []Goods `json:"goods,omitempty"`              // demanded of direct merchants, optional for acquirers
	BusinessType       string  `json:"businessType,omitempty"`       // "4": trade of goods; the others need members below
	PaymentNotifyURL   string  `json:"paymentNotifyUrl,omitempty"`   // where Alipay POSTs the result; at most 2048 characters
	PaymentRedirectURL string  `json:"paymentRedirectUrl,omitempty"` // where the shopper's browser comes back; at most 2048 characters
	PaymentExpiryTime  string  `json:"paymentExpiryTime,omitempty"`  // ISO 8601 with offset, within ten minutes; without it Alipay takes 14 minutes

	HotelName          string `json:"hotelName,omitempty"`          // businessType 1, with the next two
	CheckinTime        string `json:"checkinTime,omitempty"`        //
	CheckoutTime       string `json:"checkoutTime,omitempty"`       //
	FlightNumber       string `json:"flightNumber,omitempty"`       // businessType 2, with the next
	DepartureTime      string `json:"departureTime,omitempty"`      //
	AdmissionNoticeURL string `json:"admissionNoticeUrl,omitempty"` // businessType 3
	OtherBusinessType  string `json:"otherBusinessType,omitempty"`  // businessType 5: what it is, in words

	// Members that the core checks and passes on; the API page describes them.
	Env        json.RawMessage `json:"env,omitempty"`        // the shopper's device: clientIp, userAgent, browserInfo, …
	Buyer      json.RawMessage `json:"buyer,omitempty"`      // referenceBuyerId, buyerName, …
	Shipping   json.RawMessage `json:"shipping,omitempty"`   // shippingName, shippingAddress, …
	Merchant   json.RawMessage `json:"merchant,omitempty"`   // the seller for whom an acquirer acts, with its store
	ExtendInfo json.RawMessage `json:"extendInfo,omitempty"` // instead of Goods and BusinessType: chinaExtraTransInfo put together by yourself

	MerchantRegion    string `json:"merchantRegion,omitempty"`
	UserRegion        string `json:"userRegion,omitempty"`
	MerchantAccountID string `json:"merchantAccountId,omitempty"` // which site of a client id that has several
	Metadata          string `json:"metadata,omitempty"`
}

// Amount is an amount of money in the smallest unit of its currency, exactly: {"USD", "100"} is one dollar, {"JPY", "100"} are
// a hundred yen.
type Amount struct {
	Currency string `json:"currency,omitempty"` // ISO 4217
	Value    string `json:"value,omitempty"`    // digits, at most 16, no leading zero
}

// String returns the value, a blank and the currency, as in "100 USD" for one dollar. It is for logs, not for shoppers.
func (a Amount) String() string { return a.Value + " " + a.Currency }

// Goods is one line of what is bought. Alipay passes name and quantity to the authorities as "name^quantity". The other members
// describe it further; with any of them, ReferenceGoodsID is needed too.
type Goods struct {
	GoodsName          string `json:"goodsName,omitempty"`        // brand, kind, specification; without "|" and "^"
	GoodsQuantity      string `json:"goodsQuantity,omitempty"`    // a positive integer
	ReferenceGoodsID   string `json:"referenceGoodsId,omitempty"` // the merchant's number of it
	GoodsCategory      string `json:"goodsCategory,omitempty"`    // levels, separated by "/"
	GoodsBrand         string `json:"goodsBrand,omitempty"`
	GoodsUnitAmount    Amount `json:"goodsUnitAmount,omitzero"`
	GoodsSKUName       string `json:"goodsSkuName,omitempty"`
	GoodsImageURL      string `json:"goodsImageUrl,omitempty"`
	GoodsURL           string `json:"goodsUrl,omitempty"`
	DeliveryMethodType string `json:"deliveryMethodType,omitempty"` // PHYSICAL or DIGITAL
}

// appendTo appends the order as JSON. Every payment runs it. Reflection over all these members would take three times as long,
// and ten times as long after the signature of the payment before has emptied the processor's caches.
func (o *Order) appendTo(to []byte) ([]byte, error) {
	begun := len(to)
	m := members{text: append(to, '{')}
	m.add("referenceOrderId", o.ReferenceOrderID)
	m.add("orderDescription", o.OrderDescription)
	m.add("paymentRequestId", o.PaymentRequestID)
	m.addAmount("paymentAmount", o.PaymentAmount)
	m.addAmount("orderAmount", o.OrderAmount)
	m.add("settlementCurrency", o.SettlementCurrency)
	m.add("terminalType", o.TerminalType)
	m.add("appId", o.AppID)
	m.add("osType", o.OSType)
	if len(o.Goods) > 0 {
		m.name("goods")
		m.text = appendGoods(m.text, o.Goods)
	}
	m.add("businessType", o.BusinessType)
	m.add("paymentNotifyUrl", o.PaymentNotifyURL)
	m.add("paymentRedirectUrl", o.PaymentRedirectURL)
	m.add("paymentExpiryTime", o.PaymentExpiryTime)
	m.add("hotelName", o.HotelName)
	m.add("checkinTime", o.CheckinTime)
	m.add("checkoutTime", o.CheckoutTime)
	m.add("flightNumber", o.FlightNumber)
	m.add("departureTime", o.DepartureTime)
	m.add("admissionNoticeUrl", o.AdmissionNoticeURL)
	m.add("otherBusinessType", o.OtherBusinessType)
	m.addRaw("env", o.Env)
	m.addRaw("buyer", o.Buyer)
	m.addRaw("shipping", o.Shipping)
	m.addRaw("merchant", o.Merchant)
	m.addRaw("extendInfo", o.ExtendInfo)
	m.add("merchantRegion", o.MerchantRegion)
	m.add("userRegion", o.UserRegion)
	m.add("merchantAccountId", o.MerchantAccountID)
	m.add("metadata", o.Metadata)
	text := append(m.text, '}')
	if len(m.problems) > 0 {
		return text, m.problems
	}
	return text, checkUTF8(text[begun:], o, "")
}

func appendGoods(to []byte, goods []Goods) []byte {
	for i := range goods {
		g, before := &goods[i], byte(',')
		if i == 0 {
			before = '['
		}
		m := members{text: append(to, before, '{')}
		m.add("goodsName", g.GoodsName)
		m.add("goodsQuantity", g.GoodsQuantity)
		m.add("referenceGoodsId", g.ReferenceGoodsID)
		m.add("goodsCategory", g.GoodsCategory)
		m.add("goodsBrand", g.GoodsBrand)
		m.addAmount("goodsUnitAmount", g.GoodsUnitAmount)
		m.add("goodsSkuName", g.GoodsSKUName)
		m.add("goodsImageUrl", g.GoodsImageURL)
		m.add("goodsUrl", g.GoodsURL)
		m.add("deliveryMethodType", g.DeliveryMethodType)
		to = append(m.text, '}')
	}
	return append(to, ']')
}
