package sandbox

import "time"

type cancelAnswer struct {
	CancelTime       string `json:"cancelTime"`
	PaymentID        string `json:"paymentId"`
	PaymentRequestID string `json:"paymentRequestId"`
	Result           Result `json:"result"`
}

func (a cancelAnswer) result() *Result { return &a.Result }

// cancel answers /v1/payments/cancel. No notification follows it.
func (s *Server) cancel(c *call) answer {
	named, problem := s.named(c)
	if problem != nil {
		return refused{problem}
	}
	now := s.options.Clock.Now()
	cancelled := now
	payment, changed := s.ledger.update(named.PaymentID, func(p *Payment) bool {
		if problem = checkCancel(p, now); problem != nil || p.PaymentStatus == Cancelled || p.PaymentStatus == Fail {
			cancelled = p.CancelTime
			return false
		}
		p.PaymentStatus, p.CancelTime = Cancelled, now
		p.Result = *failure("ORDER_IS_CANCELED", "The merchant has cancelled the payment.")
		return true
	})
	if problem != nil {
		return refused{problem}
	}
	if changed {
		s.options.Logger.Info("payment cancelled", "paymentId", payment.PaymentID)
	}
	if cancelled.IsZero() {
		cancelled = now // one that failed: there was nothing to cancel, and it stays failed
	}
	return cancelAnswer{CancelTime: zonedTime(cancelled), PaymentID: named.PaymentID, PaymentRequestID: named.PaymentRequestID, Result: callDone}
}

// checkCancel tells why a payment cannot be cancelled.
func checkCancel(p *Payment, now time.Time) *Result {
	switch {
	case p.PaymentStatus == Success && len(p.Refunds) > 0:
		return failure("PROCESS_FAIL", "the payment has been refunded, wholly or in part, and cannot be cancelled any more")
	case p.PaymentStatus == Success && now.After(cancelDeadline(p.PaymentTime)):
		return failure("CANCEL_WINDOW_EXCEED", "a payment can be cancelled until 00:15 (UTC+8) of the next day; refund it instead")
	}
	return nil
}

// cancelDeadline is 00:15 of the day after, in UTC+8.
func cancelDeadline(paid time.Time) time.Time {
	year, month, day := paid.In(beijing).Date()
	return time.Date(year, month, day+1, 0, 15, 0, 0, beijing)
}
