package sandbox

// callDone is the result of a call that did what it was asked for.
var callDone = Result{ResultCode: "SUCCESS", ResultMessage: "success.", ResultStatus: "S"}

// inquiryAnswer tells what became of a payment. Its result is about the call alone.
type inquiryAnswer struct {
	CustomsDeclarationAmount *Amount             `json:"customsDeclarationAmount,omitempty"`
	GrossSettlementAmount    *Amount             `json:"grossSettlementAmount,omitempty"`
	PaymentAmount            Amount              `json:"paymentAmount"`
	PaymentCreateTime        string              `json:"paymentCreateTime"`
	PaymentID                string              `json:"paymentId"`
	PaymentRequestID         string              `json:"paymentRequestId"`
	PaymentResultCode        string              `json:"paymentResultCode"`
	PaymentResultMessage     string              `json:"paymentResultMessage"`
	PaymentStatus            PaymentStatus       `json:"paymentStatus"`
	PaymentTime              string              `json:"paymentTime,omitempty"`
	RedirectActionForm       *redirectActionForm `json:"redirectActionForm,omitempty"`
	Result                   Result              `json:"result"`
	Transactions             []transaction       `json:"transactions,omitempty"`
}

func (a inquiryAnswer) result() *Result { return &a.Result }

// transaction is a refund in the answer to an inquiry about its payment.
type transaction struct {
	TransactionAmount    Amount       `json:"transactionAmount"`
	TransactionID        string       `json:"transactionId"`
	TransactionRequestID string       `json:"transactionRequestId"`
	TransactionResult    Result       `json:"transactionResult"`
	TransactionStatus    RefundStatus `json:"transactionStatus"`
	TransactionTime      string       `json:"transactionTime,omitempty"`
	TransactionType      string       `json:"transactionType"`
}

// inquirePayment answers /v1/payments/inquiryPayment.
func (s *Server) inquirePayment(c *call) answer {
	payment, problem := s.named(c)
	if problem != nil {
		return refused{problem}
	}
	if payment.expired(s.options.Clock.Now()) && payment.PaymentStatus == Processing {
		s.closeExpired(payment.PaymentID)
		payment, _ = s.ledger.get(payment.PaymentID)
	}
	answer := inquiryAnswer{
		PaymentAmount:        payment.PaymentAmount,
		PaymentCreateTime:    zonedTime(payment.PaymentCreateTime),
		PaymentID:            payment.PaymentID,
		PaymentRequestID:     payment.PaymentRequestID,
		PaymentResultCode:    payment.Result.ResultCode,
		PaymentResultMessage: payment.Result.ResultMessage,
		PaymentStatus:        payment.PaymentStatus,
		Result:               callDone,
	}
	switch {
	case !payment.PaymentTime.IsZero():
		answer.GrossSettlementAmount, answer.PaymentTime = &payment.GrossSettlementAmount, zonedTime(payment.PaymentTime)
		if payment.PaymentStatus == Success {
			answer.CustomsDeclarationAmount = &payment.PaymentAmount
		}
	case payment.PaymentStatus == Processing && payment.WireProfile != profileCurrent:
		form := s.redirectForm(c.origin, &payment)
		answer.RedirectActionForm = &form
	}
	for _, r := range payment.Refunds {
		t := transaction{TransactionAmount: r.RefundAmount, TransactionID: r.RefundID, TransactionRequestID: r.RefundRequestID,
			TransactionResult: r.Result, TransactionStatus: r.RefundStatus, TransactionType: "REFUND"}
		if !r.RefundTime.IsZero() {
			t.TransactionTime = zonedTime(r.RefundTime)
		}
		answer.Transactions = append(answer.Transactions, t)
	}
	return answer
}

// named is the payment that a call is about.
func (s *Server) named(c *call) (Payment, *Result) {
	f := &fields{root: c.body}
	paymentID, requestID := f.either("paymentId", "paymentRequestId")
	if f.problem != nil {
		return Payment{}, f.problem
	}
	payment, found := s.ledger.byMerchant(c.merchant.ClientID, paymentID, requestID)
	if !found {
		return Payment{}, failure("ORDER_NOT_EXIST", "there is no such payment of this client-id")
	}
	return payment, nil
}
