package sandbox

import (
	"net/http"
	"net/url"
)

// payAnswer has its members in the order of the guide's. Which of them lead to the cashier depends on the wire profile.
type payAnswer struct {
	AppIdentifier      string              `json:"appIdentifier,omitempty"`
	ApplinkURL         string              `json:"applinkUrl,omitempty"`
	NormalURL          string              `json:"normalUrl,omitempty"`
	OrderCodeForm      *orderCodeForm      `json:"orderCodeForm,omitempty"`
	PaymentActionForm  string              `json:"paymentActionForm,omitempty"` // actionForm as JSON text
	PaymentAmount      Amount              `json:"paymentAmount"`
	PaymentCreateTime  string              `json:"paymentCreateTime"`
	PaymentID          string              `json:"paymentId"`
	PaymentRequestID   string              `json:"paymentRequestId"`
	RedirectActionForm *redirectActionForm `json:"redirectActionForm,omitempty"`
	Result             Result              `json:"result"`
	SchemeURL          string              `json:"schemeUrl,omitempty"`
}

func (a payAnswer) result() *Result { return &a.Result }

// withoutURL is the answer with no way to the cashier in it.
func (a payAnswer) withoutURL() payAnswer {
	a.AppIdentifier, a.ApplinkURL, a.NormalURL, a.SchemeURL = "", "", "", ""
	a.OrderCodeForm, a.RedirectActionForm, a.PaymentActionForm = nil, nil, ""
	return a
}

type redirectActionForm struct {
	Method      string `json:"method"`
	Parameters  string `json:"parameters,omitempty"` // cashierParameters as JSON text
	RedirectURL string `json:"redirectUrl"`
}

// cashierParameters are the fields of the form that takes a shopper to the cashier. The cashier trusts paymentId alone.
type cashierParameters struct {
	PaymentExpireTime int64  `json:"paymentExpireTime"`
	AmountValue       string `json:"amountValue"`
	PaymentID         string `json:"paymentId"`
	County            string `json:"county"` // Alipay's spelling
	Callback          string `json:"callback"`
	PaymentMethodType string `json:"paymentMethodType"`
	AmountCurrency    string `json:"amountCurrency"`
}

// orderCodeForm is a code for merchants who draw it themselves.
type orderCodeForm struct {
	CodeDetails []codeDetail `json:"codeDetails"`
	ExpireTime  string       `json:"expireTime"`
}

type codeDetail struct {
	CodeValue   string `json:"codeValue"`
	DisplayType string `json:"displayType"`
}

func (s *Server) payAnswer(origin string, p *Payment) payAnswer {
	answer := payAnswer{
		PaymentAmount:     p.PaymentAmount,
		PaymentCreateTime: zonedTime(p.PaymentCreateTime),
		PaymentID:         p.PaymentID,
		PaymentRequestID:  p.PaymentRequestID,
		Result:            p.Result,
	}
	if p.WireProfile == profile2025 {
		answer.addForms2025(origin, p)
		return answer
	}
	if p.WireProfile != profileCurrent {
		form := s.redirectForm(origin, p)
		answer.RedirectActionForm = &form
	}
	if p.WireProfile != profileGuide {
		answer.addLinks(origin, p)
	}
	return answer
}

// addLinks adds what today's documentation lists for each terminal.
func (a *payAnswer) addLinks(origin string, p *Payment) {
	phone := origin + cashierPath("h5", p.PaymentID)
	a.NormalURL = phone
	if p.TerminalType == "WEB" {
		a.NormalURL = origin + cashierPath("pc", p.PaymentID)
	} else {
		a.AppIdentifier = "com.eg.android.AlipayGphone"
	}
	if p.TerminalType == "APP" {
		a.ApplinkURL = phone
		a.SchemeURL = "alipays://platformapi/startApp?" + url.Values{"saId": {"10000007"}, "qrcode": {phone}}.Encode()
	}
	if p.TerminalType != "WAP" {
		a.OrderCodeForm = &orderCodeForm{ExpireTime: zonedTime(p.PaymentExpireTime), CodeDetails: []codeDetail{
			{CodeValue: phone, DisplayType: "TEXT"},
			{CodeValue: origin + codePath(p.PaymentID, "small"), DisplayType: "SMALLIMAGE"},
			{CodeValue: origin + codePath(p.PaymentID, "middle"), DisplayType: "MIDDLEIMAGE"},
			{CodeValue: origin + codePath(p.PaymentID, "big"), DisplayType: "BIGIMAGE"},
		}}
	}
}

func (s *Server) redirectForm(origin string, p *Payment) redirectActionForm {
	if p.WireProfile == profile2025 {
		return redirectActionForm{Method: http.MethodGet, RedirectURL: checkoutURL2025(origin, p)}
	}
	parameters, err := encode(cashierParameters{
		PaymentExpireTime: p.PaymentExpireTime.UnixMilli(),
		AmountValue:       p.PaymentAmount.Value,
		PaymentID:         p.PaymentID,
		County:            "US",
		Callback:          p.PaymentRedirectURL,
		PaymentMethodType: p.PaymentMethodType,
		AmountCurrency:    p.PaymentAmount.Currency,
	})
	if err != nil {
		panic(err) // strings and a number
	}
	method := s.options.RedirectMethod
	if wish := triggers(p.OrderDescription)["redirect"]; wish == http.MethodGet || wish == http.MethodPost {
		method = wish
	}
	path := h5CashierPath
	if p.TerminalType == "WEB" {
		path = pcCashierPath
	}
	return redirectActionForm{Method: method, Parameters: string(parameters), RedirectURL: origin + path}
}
