package sandbox

import "time"

// beijing is the zone of the times in answers and notifications.
var beijing = time.FixedZone("+08:00", 8*60*60)

// zonedTime is a time as answers and notifications carry it: "2020-06-01T17:25:10+08:00".
func zonedTime(t time.Time) string { return t.In(beijing).Format(time.RFC3339) }

// payRequest is what the sandbox keeps of a request for payment.
type payRequest struct {
	paymentRequestID, referenceOrderID, orderDescription string
	paymentAmount                                        Amount
	settlementCurrency, terminalType                     string
	paymentMethodType, paymentMethodID                   string
	paymentNotifyURL, paymentRedirectURL                 string
	wireProfile                                          string
	lifetime                                             time.Duration // 0: as the sandbox has it
}

// The wire profiles: where env was found decides how the answer leads to the cashier.
const (
	profileGuide   = "guide"   // order.env: redirectActionForm
	profileCurrent = "current" // env at the top: normalUrl and its kin
	profileBoth    = "both"
	profile2025    = "2025" // as asked for, wherever env is: see AnswerForm2025
)

// longestOwnLifetime bounds the paymentExpiryTime of a merchant's own choice.
const longestOwnLifetime = 10 * time.Minute

// readPayRequest checks everything a request for payment must say; problem names the first field that is wrong.
func readPayRequest(m *Merchant, body object, sent string) (request payRequest, problem *Result) {
	f := &fields{root: body}
	f.choice("productCode", "CASHIER_PAYMENT")
	request.paymentRequestID = f.text("paymentRequestId", 64)
	request.paymentAmount = f.amount("paymentAmount")
	request.paymentMethodType = f.choice("paymentMethod.paymentMethodType", "ALIPAY_CN")
	request.paymentMethodID = f.optional("paymentMethod.paymentMethodId", 128)
	request.referenceOrderID = f.text("order.referenceOrderId", 64)
	request.orderDescription = f.text("order.orderDescription", 256)
	f.amount("order.orderAmount")
	// The guide has env inside order, today's documentation at the top.
	terminal := "order.env.terminalType"
	request.wireProfile = profileGuide
	if f.has("env") {
		request.wireProfile = profileBoth
		if !f.has("order.env") {
			terminal, request.wireProfile = "env.terminalType", profileCurrent
		}
	}
	request.terminalType = f.choice(terminal, "WEB", "WAP", "APP", miniApp)
	if request.terminalType == miniApp {
		f.text("appId", 32)
	}
	request.settlementCurrency = f.text("settlementStrategy.settlementCurrency", 3)
	request.paymentRedirectURL = f.returnURL("paymentRedirectUrl")
	request.paymentNotifyURL = m.NotifyURL
	if f.has("paymentNotifyUrl") {
		request.paymentNotifyURL = f.webURL("paymentNotifyUrl")
	}
	request.lifetime = f.lifetime("paymentExpiryTime", sent)
	checkTransInfo(f, m)
	checkMinimum(f, request.paymentAmount)
	if f.problem != nil {
		return request, f.problem
	}
	if problem := checkCurrencies(m, request.paymentAmount.Currency, request.settlementCurrency); problem != nil {
		return request, problem
	}
	return request, checkMaximum(request.paymentAmount)
}

// miniApp is the terminalType of a mini program, which appId names.
const miniApp = "MINI_APP"

// pay answers /v1/payments/pay.
func (s *Server) pay(c *call) answer {
	request, problem := readPayRequest(c.merchant, c.body, c.sent)
	key := requestKey{c.merchant.ClientID, request.paymentRequestID}
	if _, paid := s.ledger.byMerchant(key.clientID, "", key.requestID); !paid {
		asked := refusedRequest{request.paymentAmount, request.paymentMethodType + " " + request.paymentMethodID, problem}
		if problem := s.payRefusals.repeat(key, asked); problem != nil {
			return refused{problem}
		}
	}
	if problem != nil {
		return refused{problem}
	}
	if request.lifetime == 0 {
		request.lifetime = s.options.Expiry
	}
	payment, answer, created, full := s.ledger.open(key, func(sequence int) *record {
		return s.newRecord(c, request, sequence)
	})
	switch {
	case full:
		return refused{&Result{ResultCode: "REQUEST_TRAFFIC_EXCEED_LIMIT", ResultMessage: "the sandbox's memory is full of open payments", ResultStatus: "U"}}
	case created:
		s.planExpiry(payment.PaymentID, request.lifetime)
	case payment.PaymentAmount != request.paymentAmount || payment.PaymentMethodType != request.paymentMethodType || payment.PaymentMethodID != request.paymentMethodID:
		return refused{failure("REPEAT_REQ_INCONSISTENT", "paymentRequestId was used before with another amount, currency or payment method")}
	case payment.PaymentStatus == Cancelled:
		return refused{failure("ORDER_IS_CANCELED", "the payment of this paymentRequestId was cancelled")}
	case payment.expired(s.options.Clock.Now()):
		return refused{failure("ORDER_IS_CLOSED", "the payment of this paymentRequestId was not made in time or has failed")}
	}
	return answer
}

func (s *Server) newRecord(c *call, request payRequest, sequence int) *record {
	now := s.options.Clock.Now()
	id := newPaymentID(now, sequence, s.chance("paymentId", c.merchant.ClientID, request.paymentRequestID))
	if s.options.AnswerForm == AnswerForm2025 || triggers(request.orderDescription)["answer"] == AnswerForm2025 {
		request.wireProfile, id = profile2025, newPaymentID2025(now, sequence)
	}
	payment := Payment{
		PaymentID:             id,
		PaymentRequestID:      request.paymentRequestID,
		ClientID:              c.merchant.ClientID,
		ReferenceOrderID:      request.referenceOrderID,
		OrderDescription:      request.orderDescription,
		TerminalType:          request.terminalType,
		WireProfile:           request.wireProfile,
		PaymentMethodType:     request.paymentMethodType,
		PaymentMethodID:       request.paymentMethodID,
		PaymentAmount:         request.paymentAmount,
		GrossSettlementAmount: s.options.Rates.settle(request.paymentAmount, request.settlementCurrency),
		PaymentNotifyURL:      request.paymentNotifyURL,
		PaymentRedirectURL:    request.paymentRedirectURL,
		PaymentStatus:         Processing,
		Result:                Result{ResultCode: "PAYMENT_IN_PROCESS", ResultMessage: "payment in process", ResultStatus: "U"},
		PaymentCreateTime:     now,
		PaymentExpireTime:     now.Add(request.lifetime),
	}
	return &record{sequence: sequence, payment: payment, answer: s.payAnswer(c.origin, &payment)}
}
