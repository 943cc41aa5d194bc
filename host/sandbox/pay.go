package sandbox

import (
	"context"
	"net/http"
	"time"
)

// beijing is the zone of the times in answers and notifications.
var beijing = time.FixedZone("+08:00", 8*60*60)

// zonedTime is a time as answers and notifications carry it: "2020-06-01T17:25:10+08:00".
func zonedTime(t time.Time) string { return t.In(beijing).Format(time.RFC3339) }

// payAnswer has its members in the order of the guide's.
type payAnswer struct {
	PaymentAmount      Amount             `json:"paymentAmount"`
	PaymentCreateTime  string             `json:"paymentCreateTime"`
	PaymentID          string             `json:"paymentId"`
	PaymentRequestID   string             `json:"paymentRequestId"`
	RedirectActionForm redirectActionForm `json:"redirectActionForm"`
	Result             Result             `json:"result"`
}

func (a payAnswer) result() *Result { return &a.Result }

type redirectActionForm struct {
	Method      string `json:"method"`
	Parameters  string `json:"parameters"` // cashierParameters as JSON text
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

// payRequest is what the sandbox keeps of a request for payment.
type payRequest struct {
	paymentRequestID, referenceOrderID, orderDescription string
	paymentAmount                                        Amount
	settlementCurrency, terminalType, paymentMethodType  string
	paymentNotifyURL, paymentRedirectURL                 string
}

// readPayRequest checks everything a request for payment must say; problem names the first field that is wrong.
func readPayRequest(m *Merchant, body object) (request payRequest, problem *Result) {
	f := &fields{root: body}
	f.choice("productCode", "CASHIER_PAYMENT")
	request.paymentRequestID = f.text("paymentRequestId", 64)
	request.paymentAmount = f.amount("paymentAmount")
	request.paymentMethodType = f.choice("paymentMethod.paymentMethodType", "ALIPAY_CN")
	request.referenceOrderID = f.text("order.referenceOrderId", 64)
	request.orderDescription = f.text("order.orderDescription", 256)
	f.amount("order.orderAmount")
	// The guide has env inside order, today's documentation at the top.
	terminal := "order.env.terminalType"
	if !f.has("order.env") && f.has("env") {
		terminal = "env.terminalType"
	}
	request.terminalType = f.choice(terminal, "WEB", "WAP")
	request.settlementCurrency = f.text("settlementStrategy.settlementCurrency", 3)
	request.paymentRedirectURL = f.returnURL("paymentRedirectUrl")
	request.paymentNotifyURL = m.NotifyURL
	if m.NotifyURL == "" || f.has("paymentNotifyUrl") {
		request.paymentNotifyURL = f.webURL("paymentNotifyUrl")
	}
	checkTransInfo(f, m)
	if f.problem != nil {
		return request, f.problem
	}
	return request, checkCurrencies(m, request.paymentAmount.Currency, request.settlementCurrency)
}

// pay answers /v1/payments/pay.
func (s *Server) pay(c *call) answer {
	request, problem := readPayRequest(c.merchant, c.body)
	if problem != nil {
		return refused{problem}
	}
	key := requestKey{c.merchant.ClientID, request.paymentRequestID}
	payment, answer, created := s.ledger.open(key, func(sequence int) *record {
		return s.newRecord(c, request, sequence)
	})
	switch {
	case created:
		s.agenda.after(s.options.Expiry, func(context.Context) { s.closeExpired(payment.PaymentID) })
	case payment.PaymentAmount != request.paymentAmount || payment.PaymentMethodType != request.paymentMethodType:
		return refused{failure("REPEAT_REQ_INCONSISTENT", "paymentRequestId was used before with another amount, currency or payment method")}
	case payment.expired(s.options.Clock.Now()):
		return refused{failure("ORDER_IS_CLOSED", "the payment of this paymentRequestId was not made in time")}
	}
	return answer
}

func (s *Server) newRecord(c *call, request payRequest, sequence int) *record {
	now := s.options.Clock.Now()
	payment := Payment{
		PaymentID:             newPaymentID(now, sequence),
		PaymentRequestID:      request.paymentRequestID,
		ClientID:              c.merchant.ClientID,
		ReferenceOrderID:      request.referenceOrderID,
		OrderDescription:      request.orderDescription,
		TerminalType:          request.terminalType,
		PaymentMethodType:     request.paymentMethodType,
		PaymentAmount:         request.paymentAmount,
		GrossSettlementAmount: s.options.Rates.settle(request.paymentAmount, request.settlementCurrency),
		PaymentNotifyURL:      request.paymentNotifyURL,
		PaymentRedirectURL:    request.paymentRedirectURL,
		PaymentStatus:         Processing,
		Result:                Result{ResultCode: "PAYMENT_IN_PROCESS", ResultMessage: "payment in process", ResultStatus: "U"},
		PaymentCreateTime:     now,
		PaymentExpireTime:     now.Add(s.options.Expiry),
	}
	return &record{payment: payment, answer: payAnswer{
		PaymentAmount:      payment.PaymentAmount,
		PaymentCreateTime:  zonedTime(payment.PaymentCreateTime),
		PaymentID:          payment.PaymentID,
		PaymentRequestID:   payment.PaymentRequestID,
		RedirectActionForm: s.redirectForm(c, &payment),
		Result:             payment.Result,
	}}
}

func (s *Server) redirectForm(c *call, p *Payment) redirectActionForm {
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
	path := pcCashierPath
	if p.TerminalType == "WAP" {
		path = h5CashierPath
	}
	return redirectActionForm{Method: method, Parameters: string(parameters), RedirectURL: c.origin + path}
}

// completePayment is the shopper's yes. It tells whether this very call paid.
func (s *Server) completePayment(paymentID string) bool {
	return s.finish(paymentID, (*Payment).succeed)
}

// closeExpired ends a payment whose time is over.
func (s *Server) closeExpired(paymentID string) { s.finish(paymentID, (*Payment).close) }

// finish moves a payment to a final state and has the merchant notified of it.
func (s *Server) finish(paymentID string, step func(*Payment, time.Time) bool) bool {
	payment, finished := s.ledger.update(paymentID, func(p *Payment) bool {
		if !step(p, s.options.Clock.Now()) {
			return false
		}
		p.Notifications = append(p.Notifications, newNotification(p))
		return true
	})
	if finished {
		s.options.Logger.Info("payment finished", "paymentId", paymentID, "paymentStatus", payment.PaymentStatus)
		s.courier.send(payment, len(payment.Notifications)-1)
	}
	return finished
}
