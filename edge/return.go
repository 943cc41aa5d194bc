package main

import (
	"errors"
	"net/http"

	"github.com/edgecashier/cashier/host/gateway"
)

// view is what a shopper's browser may know of a payment.
type view struct {
	PaymentRequestID string            `json:"paymentRequestId"`
	ReferenceOrderID string            `json:"referenceOrderId"`
	PaymentStatus    status            `json:"paymentStatus"`
	PaymentAmount    gateway.Amount    `json:"paymentAmount"`
	ResultCode       string            `json:"resultCode,omitempty"`
	ResultPage       string            `json:"resultPage,omitempty"` // the merchant's, once the result is there
	Redirect         *gateway.Redirect `json:"redirect,omitempty"`   // to the cashier, while the shopper may pay
}

// progress answers where a payment stands: 202 while there is neither a result nor a cashier to go to.
func (w *worker) progress(p *payment) (int, any, error) {
	v := view{
		PaymentRequestID: p.PaymentRequestID,
		ReferenceOrderID: p.ReferenceOrderID,
		PaymentStatus:    p.Status,
		PaymentAmount:    p.Amount,
		ResultCode:       p.ResultCode,
	}
	switch {
	case !p.Status.open():
		v.ResultPage = p.ResultPage
	case p.Status == processing:
		v.Redirect = p.Redirect
	}
	if p.Status == processing && p.Redirect == nil {
		return http.StatusAccepted, v, nil
	}
	return http.StatusOK, v, nil
}

// payment answers the state in the ledger, and nothing else: it never asks Alipay.
func (w *worker) payment(r *http.Request) (int, any, error) {
	p, err := w.find(r)
	if err != nil {
		return 0, nil, err
	}
	return w.progress(p)
}

// comeBack answers the state to a shopper who returns. That the browser comes back proves nothing: the state is
// that of the ledger, which only verified messages of Alipay change.
func (w *worker) comeBack(r *http.Request) (int, any, error) {
	p, err := w.find(r)
	if err != nil {
		return 0, nil, err
	}
	if p.Status == processing && p.Redirect == nil {
		// Alipay's answer to the payment request was lost. The same request gets the same answer.
		var refused *gateway.ResultError
		if p, err = w.pay(r.Context(), p); err != nil && !errors.As(err, &refused) {
			return 0, nil, err
		}
	}
	return w.progress(p)
}

func (w *worker) find(r *http.Request) (*payment, error) {
	p, err := w.ledger.get(r.Context(), r.PathValue("paymentRequestId"))
	if errors.Is(err, errUnknownPayment) {
		return nil, refuse(http.StatusNotFound, "PAYMENT_UNKNOWN", "", "there is no such payment")
	}
	return p, err
}
