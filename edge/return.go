package main

import (
	"context"
	"errors"
	"net/http"
	"time"

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
	case !p.Status.open() && p.ResultPage != "":
		page, err := w.signedResultPage(p)
		if err != nil {
			return 0, nil, err
		}
		v.ResultPage = page
	case p.Status == processing && p.CancelAt.IsZero():
		v.Redirect = p.Redirect
	}
	if p.Status == processing && v.Redirect == nil {
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

const (
	// hearsay is how long a shopper who is back waits for the notification, before Alipay is asked.
	hearsay = 4 * time.Second
	// returnPatience is how long one view of the page may take.
	returnPatience = 6 * time.Second
)

// comeBack answers the state to a shopper who returns. That the browser comes back proves nothing: the state is
// that of the ledger, which only verified messages of Alipay change. The page looks again every few seconds; when the
// notification does not come in that time, an inquiry takes its place.
func (w *worker) comeBack(r *http.Request) (int, any, error) {
	p, err := w.find(r)
	if err != nil {
		return 0, nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), returnPatience)
	defer cancel()
	now := w.now()
	switch {
	case p.Status == processing && p.Redirect == nil:
		// Alipay's answer to the payment request was lost. The question what became of it comes first; where that
		// leads nowhere the same request gets the same answer.
		p = w.inquired(ctx, p)
		if p.Status == processing && p.Redirect == nil && p.CancelAt.IsZero() && ctx.Err() == nil {
			after, err := w.pay(ctx, p)
			var refused *gateway.ResultError
			switch {
			case err == nil, errors.As(err, &refused):
				p = after
			case ctx.Err() != nil:
				w.log.WarnContext(ctx, "no time to pay", "paymentRequestId", p.PaymentRequestID, "error", err)
			default:
				return 0, nil, err
			}
		}
	case p.Status.open() && !now.Before(p.InquireAt):
		p = w.inquired(ctx, p)
	}
	if p.Status.open() {
		// The page does not need it: without it the inquiry comes a little later.
		if err := w.ledger.inquireBy(r.Context(), paymentRecord(p.PaymentRequestID), now.Add(hearsay)); err != nil {
			w.log.WarnContext(ctx, "the next inquiry was not brought forward", "paymentRequestId", p.PaymentRequestID, "error", err)
		}
	}
	return w.progress(p)
}

// inquired is the payment after an inquiry, or as it was: a shopper's page need not fail when Alipay does not answer.
func (w *worker) inquired(ctx context.Context, p *payment) *payment {
	after, err := w.inquire(ctx, p)
	if err != nil {
		w.log.WarnContext(ctx, "inquiry failed", "paymentRequestId", p.PaymentRequestID, "error", err)
	}
	if after == nil {
		return p
	}
	return after
}

func (w *worker) find(r *http.Request) (*payment, error) {
	p, err := w.ledger.get(r.Context(), r.PathValue("paymentRequestId"))
	if errors.Is(err, errUnknownPayment) {
		return nil, refuse(http.StatusNotFound, "PAYMENT_UNKNOWN", "", "there is no such payment")
	}
	return p, err
}
