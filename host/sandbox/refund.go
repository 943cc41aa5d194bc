package sandbox

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// RefundStatus is what became of a refund, in the words of inquiryRefund.
type RefundStatus string

// The states of a refund.
const (
	RefundProcessing RefundStatus = "PROCESSING"
	RefundSuccess    RefundStatus = "SUCCESS"
)

// Refund gives a part of a payment back, or all of it.
type Refund struct {
	RefundID              string       `json:"refundId"`
	RefundRequestID       string       `json:"refundRequestId"`
	RefundAmount          Amount       `json:"refundAmount"`
	GrossSettlementAmount Amount       `json:"grossSettlementAmount"`
	RefundReason          string       `json:"refundReason,omitempty"`
	RefundNotifyURL       string       `json:"refundNotifyUrl,omitempty"`
	RefundStatus          RefundStatus `json:"refundStatus"`
	RefundTime            time.Time    `json:"refundTime,omitzero"`
	Result                Result       `json:"result"` // what the request was answered with
}

// refundAnswer answers refund and, with a status, inquiryRefund.
type refundAnswer struct {
	GrossSettlementAmount *Amount      `json:"grossSettlementAmount,omitempty"`
	PaymentID             string       `json:"paymentId,omitempty"`
	RefundAmount          *Amount      `json:"refundAmount,omitempty"`
	RefundID              string       `json:"refundId,omitempty"`
	RefundRequestID       string       `json:"refundRequestId,omitempty"`
	RefundStatus          RefundStatus `json:"refundStatus,omitempty"`
	RefundTime            string       `json:"refundTime,omitempty"`
	Result                Result       `json:"result"`
}

func (a refundAnswer) result() *Result { return &a.Result }

func newRefundAnswer(p *Payment, r *Refund) refundAnswer {
	answer := refundAnswer{
		PaymentID:       p.PaymentID,
		RefundAmount:    &r.RefundAmount,
		RefundID:        r.RefundID,
		RefundRequestID: r.RefundRequestID,
		Result:          r.Result,
	}
	if r.RefundStatus == RefundSuccess {
		answer.GrossSettlementAmount, answer.RefundTime = &r.GrossSettlementAmount, zonedTime(r.RefundTime)
	}
	return answer
}

const (
	refundWindow = 365 * 24 * time.Hour
	slowRefund   = time.Minute
)

// refund answers /v1/payments/refund.
func (s *Server) refund(c *call) answer {
	f := &fields{root: c.body}
	wanted := Refund{RefundRequestID: f.text("refundRequestId", 64)}
	paymentID := f.text("paymentId", 64)
	wanted.RefundAmount = f.amount("refundAmount")
	wanted.RefundReason = f.optional("refundReason", 256)
	wanted.RefundNotifyURL = c.merchant.NotifyURL
	if f.has("refundNotifyUrl") {
		wanted.RefundNotifyURL = f.limitedWebURL("refundNotifyUrl", 1024)
	}
	if f.problem != nil {
		return refused{f.problem}
	}
	if payment, before, found := s.ledger.refund(c.merchant.ClientID, "", wanted.RefundRequestID); found {
		if before.RefundAmount != wanted.RefundAmount || payment.PaymentID != paymentID {
			return refused{failure("REPEAT_REQ_INCONSISTENT", "refundRequestId was used before with another payment, amount or currency")}
		}
		return newRefundAnswer(&payment, &before)
	}
	key, asked := requestKey{c.merchant.ClientID, wanted.RefundRequestID}, refusedRequest{amount: wanted.RefundAmount, about: paymentID}
	if problem := s.refundRefusals.repeat(key, asked); problem != nil {
		return refused{problem}
	}
	var problem *Result
	slow := triggers(c.description)["refund"] == "slow"
	payment, made := s.ledger.update(paymentID, func(p *Payment) bool {
		if problem = s.checkRefund(c, p, &wanted); problem != nil {
			return false
		}
		s.makeRefund(p, &wanted, slow)
		return true
	})
	if problem == nil && !made {
		problem = failure("ORDER_NOT_EXIST", "paymentId names no payment of this client-id")
	}
	if problem != nil {
		asked.result = problem
		return refused{s.refundRefusals.repeat(key, asked)}
	}
	switch {
	case slow:
		s.agenda.after(slowRefund, func(context.Context) { s.completeRefund(paymentID, wanted.RefundRequestID) })
	case payment.Refunds[len(payment.Refunds)-1].notifyURL(&payment) != "":
		s.notify(payment, len(payment.Notifications)-1)
	}
	return newRefundAnswer(&payment, &payment.Refunds[len(payment.Refunds)-1])
}

// checkRefund tells why a payment cannot be refunded as wanted.
func (s *Server) checkRefund(c *call, p *Payment, wanted *Refund) *Result {
	again := func(r Refund) bool { return r.RefundRequestID == wanted.RefundRequestID }
	switch left := p.refundable(); {
	case p.ClientID != c.merchant.ClientID:
		return failure("ORDER_NOT_EXIST", "paymentId names no payment of this client-id")
	case slices.ContainsFunc(p.Refunds, again):
		return &Result{ResultCode: "REQUEST_TRAFFIC_EXCEED_LIMIT", ResultMessage: "this refund is being made", ResultStatus: "U"}
	case p.PaymentStatus == Cancelled:
		return failure("ORDER_IS_CANCELED", "the payment was cancelled, its money is back already")
	case p.PaymentStatus == Fail:
		return failure("ORDER_IS_CLOSED", "the payment was never made")
	case p.PaymentStatus != Success:
		return failure("ORDER_STATUS_INVALID", "the payment is "+string(p.PaymentStatus)+", only one that is SUCCESS can be refunded")
	case wanted.RefundAmount.Currency != p.PaymentAmount.Currency:
		return failure("CURRENCY_NOT_SUPPORT", "refundAmount.currency must be "+p.PaymentAmount.Currency+", that of the payment")
	case units(wanted.RefundAmount).Cmp(left) > 0:
		return failure("REFUND_AMOUNT_EXCEED", fmt.Sprintf("refundAmount.value is more than the %s that are left of the payment", left))
	case s.options.Clock.Now().Sub(p.PaymentTime) > refundWindow:
		return failure("REFUND_WINDOW_EXCEED", "the payment is more than 365 days old")
	}
	return nil
}

// makeRefund adds a refund to a payment and, unless it takes its time, its notification.
func (s *Server) makeRefund(p *Payment, wanted *Refund, slow bool) {
	settled := s.options.Rates.settle(wanted.RefundAmount, p.GrossSettlementAmount.Currency)
	left := remainder(p.GrossSettlementAmount, p.Refunds, func(r *Refund) Amount { return r.GrossSettlementAmount })
	if units(wanted.RefundAmount).Cmp(p.refundable()) == 0 || units(settled).Cmp(left) > 0 {
		settled.Value = left.String() // rounding must not leave anything over
	}
	refund := *wanted
	refund.GrossSettlementAmount = settled
	refund.RefundID = s.newID("2", p.PaymentID+refund.RefundRequestID)
	refund.RefundStatus = RefundProcessing
	refund.Result = Result{ResultCode: "REFUND_IN_PROCESS", ResultMessage: "refund in process", ResultStatus: "U"}
	p.Refunds = append(p.Refunds, refund)
	if !slow {
		s.settleRefund(p, &p.Refunds[len(p.Refunds)-1])
	}
}

func (s *Server) settleRefund(p *Payment, r *Refund) {
	r.RefundStatus, r.RefundTime = RefundSuccess, s.options.Clock.Now()
	r.Result = Result{ResultCode: "SUCCESS", ResultMessage: "success.", ResultStatus: "S"}
	if r.notifyURL(p) != "" {
		p.Notifications = append(p.Notifications, newRefundNotification(p, r))
	}
}

// notifyURL is where the refund's result goes: where it asks for, or else where the payment's results go; "" for
// nowhere.
func (r *Refund) notifyURL(p *Payment) string {
	if r.RefundNotifyURL != "" {
		return r.RefundNotifyURL
	}
	return p.PaymentNotifyURL
}

// completeRefund ends a refund that took its time.
func (s *Server) completeRefund(paymentID, refundRequestID string) {
	var notified bool
	payment, done := s.ledger.update(paymentID, func(p *Payment) bool {
		i := slices.IndexFunc(p.Refunds, func(r Refund) bool { return r.RefundRequestID == refundRequestID })
		if i < 0 || p.Refunds[i].RefundStatus != RefundProcessing {
			return false
		}
		s.settleRefund(p, &p.Refunds[i])
		notified = p.Refunds[i].notifyURL(p) != ""
		return true
	})
	if done {
		s.noteChange(paymentID, "REFUNDED", string(RefundSuccess), true)
	}
	if notified {
		s.notify(payment, len(payment.Notifications)-1)
	}
}

// inquireRefund answers /v1/payments/inquiryRefund.
func (s *Server) inquireRefund(c *call) answer {
	f := &fields{root: c.body}
	refundID, requestID := f.either("refundId", "refundRequestId")
	if f.problem != nil {
		return refused{f.problem}
	}
	payment, refund, found := s.ledger.refund(c.merchant.ClientID, refundID, requestID)
	if !found {
		return refused{failure("ORDER_NOT_EXIST", "there is no such refund of this client-id")}
	}
	answer := newRefundAnswer(&payment, &refund)
	answer.RefundStatus = refund.RefundStatus
	answer.Result = callDone
	return answer
}
