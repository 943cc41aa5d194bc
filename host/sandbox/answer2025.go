package sandbox

import (
	"net/http"
	"net/url"
	"time"
)

// The form of the answer to pay that Alipay's own sandbox gave in May 2025, with this sandbox's addresses in place of
// https://open-sea-global.alipayplus.com and https://global.alipay.com.

// checkoutPath2025 is the path that its addresses lead to.
const checkoutPath2025 = "/api/open/v1/ac/cashier/self/codevalue/checkout.htm"

// zone2025 is the zone of its times.
var zone2025 = time.FixedZone("-07:00", -7*60*60)

// actionForm is what paymentActionForm holds.
type actionForm struct {
	Method                string `json:"method"`
	PaymentActionFormType string `json:"paymentActionFormType"`
	RedirectURL           string `json:"redirectUrl"`
}

// checkoutURL2025 leads to the cashier by way of the text of the payment's QR code.
func checkoutURL2025(origin string, p *Payment) string {
	return origin + checkoutPath2025 + "?codeValue=" + url.QueryEscape(origin+cashierPath("h5", p.PaymentID)) + "&loadMode=2"
}

func (a *payAnswer) addForms2025(origin string, p *Payment) {
	checkout := checkoutURL2025(origin, p)
	form, err := encode(actionForm{Method: http.MethodGet, PaymentActionFormType: "RedirectActionForm", RedirectURL: checkout})
	if err != nil {
		panic(err) // strings
	}
	a.NormalURL, a.PaymentActionForm = checkout, string(form)
	a.RedirectActionForm = &redirectActionForm{Method: http.MethodGet, RedirectURL: checkout}
	a.PaymentCreateTime = p.PaymentCreateTime.In(zone2025).Format(time.RFC3339)
	a.OrderCodeForm = &orderCodeForm{ExpireTime: p.PaymentExpireTime.In(zone2025).Format(time.RFC3339), CodeDetails: []codeDetail{
		{CodeValue: origin + cashierPath("h5", p.PaymentID), DisplayType: "TEXT"},
		{CodeValue: origin + codePath(p.PaymentID, "big"), DisplayType: "BIGIMAGE"},
		{CodeValue: origin + codePath(p.PaymentID, "middle"), DisplayType: "MIDDLEIMAGE"},
		{CodeValue: origin + codePath(p.PaymentID, "small"), DisplayType: "SMALLIMAGE"},
	}}
}

// checkout2025 sends a shopper on to the page for the device that the payment was made for.
func (s *Server) checkout2025(w http.ResponseWriter, r *http.Request) {
	code, err := url.Parse(r.URL.Query().Get("codeValue"))
	if err != nil {
		code = &url.URL{}
	}
	id := code.Query().Get("paymentId")
	device := "h5"
	if payment, found := s.ledger.get(id); found && payment.TerminalType == "WEB" {
		device = "pc"
	}
	http.Redirect(w, r, cashierPath(device, id), http.StatusSeeOther)
}
