package gateway

import (
	"errors"
	"io"
	"net/http"
)

// Payment is Alipay's verified answer to [Client.Pay]. It is not a proof that anything was paid. Its outcome is
// [RedirectShopper]; or [Inquire] when Alipay answers that it is paid already, by an earlier request with the same id, which only an
// inquiry proves; or [Succeed] when an inquiry between two attempts has proved it.
type Payment struct {
	Answered
	PaymentRequestID      string    `json:"paymentRequestId,omitempty"`
	PaymentID             string    `json:"paymentId,omitempty"` // Alipay's name of the payment; store it
	PaymentAmount         Amount    `json:"paymentAmount,omitzero"`
	ActualPaymentAmount   Amount    `json:"actualPaymentAmount,omitzero"`
	GrossSettlementAmount Amount    `json:"grossSettlementAmount,omitzero"` // only when the rate is fixed already
	SettlementQuote       Quote     `json:"settlementQuote,omitzero"`       // likewise
	AcquirerReferenceNo   string    `json:"acquirerReferenceNo,omitempty"`
	PaymentCreateTime     string    `json:"paymentCreateTime,omitempty"`
	Redirect              *Redirect `json:"-"` // nil unless the outcome is RedirectShopper: use RedirectTo
}

// ErrNoRedirect is the error of [Payment.RedirectTo] for a payment that the shopper cannot make any more: it is paid already, or
// an inquiry has to tell ([Answered.Outcome] says which).
var ErrNoRedirect = errors.New("the answer has no address to send the shopper to")

// RedirectTo sends the shopper to the cashier: with a 303 where the address takes GET, with a page that has a form where it takes
// POST. If there is nowhere to send the shopper it writes nothing and returns [ErrNoRedirect]; any other error is that of the
// connection.
func (p *Payment) RedirectTo(w http.ResponseWriter, r *http.Request) error {
	if p == nil {
		return ErrNoRedirect
	}
	return p.Redirect.serve(w, r)
}

func (d *Redirect) serve(w http.ResponseWriter, r *http.Request) error {
	if d == nil {
		return ErrNoRedirect
	}
	w.Header().Set("Cache-Control", "no-store") // the address may be good for one shopper and one visit
	if d.Location != "" {
		http.Redirect(w, r, d.Location, http.StatusSeeOther)
		return nil
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := io.WriteString(w, `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Alipay</title>`+d.HTML)
	return err
}

// Redirect is where the shopper pays. Its host was checked: *.alipay.com, *.alipayplus.com or one of [Config.RedirectHosts].
//
// [Payment.RedirectTo] is the easy way. Otherwise: with the method GET, answer 303 with Location. With POST, answer a page with
// HTML, or a form of your own with the action and a hidden input for every field, in this order.
type Redirect struct {
	Method   string  `json:"method"` // GET or POST
	Action   string  `json:"action"`
	Fields   []Field `json:"fields"`
	Location string  `json:"location"` // action and fields in one address; empty for POST
	HTML     string  `json:"html"`     // a form with a button, or a link where a form would not keep the query; everything in it is escaped

	// Fallbacks are where to go instead, one after the other, when Location opens an app that is not on the phone.
	Fallbacks []string `json:"fallbacks,omitempty"`
}

// Field is one input of the form that leads to the cashier. All of them have to go with it, also unknown ones.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
