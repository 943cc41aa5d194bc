package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

// checkout starts the payment of an order, or finds the one that was started before, and answers where it stands. An
// order comes as the merchant's token, or as what a shopper typed, which the merchant then makes a token of.
func (w *worker) checkout(r *http.Request) (int, any, error) {
	ctx := r.Context()
	input, err := readCheckout(r)
	if err != nil {
		return 0, nil, err
	}
	if input.Token == "" {
		if input.Token, err = w.requestToken(ctx, input); err != nil {
			return 0, nil, err
		}
	}
	token, err := w.tokens.Verify(input.Token, w.now())
	var problem gateway.Problem
	switch {
	case errors.As(err, &problem):
		return 0, nil, refuse(http.StatusUnauthorized, problem.Code, "/token", problem.Message)
	case err != nil:
		return 0, nil, err
	}
	p, err := w.start(ctx, token.Order, token.IssuedAt)
	if err != nil {
		return 0, nil, err
	}
	return w.progress(p)
}

// begun is what checkout.mjs has done for an order before it left the rest to this program.
type begun struct {
	Order  json.RawMessage // of a token that was verified
	Issued int64           // when the merchant signed it, in seconds since the epoch
	Made   string          // the paymentRequestId of the ledger's row, if this very request made it, and:
	Answer json.RawMessage // what came of asking Alipay, for readPaid
}

// goOn is the checkout of such an order.
func (w *worker) goOn(r *http.Request) (int, any, error) {
	ctx := r.Context()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, nil, err
	}
	var b begun
	if err := json.Unmarshal(body, &b); err != nil {
		return 0, nil, err
	}
	order, err := ordertoken.ReadOrder(b.Order)
	var problem gateway.Problem
	switch {
	case errors.As(err, &problem):
		return 0, nil, refuse(http.StatusUnauthorized, problem.Code, "/token", problem.Message)
	case err != nil:
		return 0, nil, err
	}
	var p *payment
	if b.Made == "" {
		p, err = w.start(ctx, order, time.Unix(b.Issued, 0))
	} else {
		p, err = w.startAfter(ctx, order, b)
	}
	if err != nil {
		return 0, nil, err
	}
	return w.progress(p)
}

// start brings the payment of an order as far as it can be brought now. issued is when the merchant signed the order.
func (w *worker) start(ctx context.Context, order gateway.Order, issued time.Time) (*payment, error) {
	// An attempt that Alipay says is over makes room for one more.
	return w.startWithin(ctx, order, issued, 2)
}

func (w *worker) startWithin(ctx context.Context, order gateway.Order, issued time.Time, attempts int) (*payment, error) {
	for range attempts {
		p, err := w.attempt(ctx, order, issued)
		if err != nil {
			return nil, err
		}
		if p.Redirect != nil || !p.Status.open() || !p.CancelAt.IsZero() {
			return p, nil
		}
		p, again, err := startable(w.pay(ctx, p))
		if !again {
			return p, err
		}
	}
	return nil, refuse(http.StatusConflict, "ORDER_IS_CLOSED", "/referenceOrderId", "Alipay has closed this order")
}

// startAfter is start after the first request to Alipay.
func (w *worker) startAfter(ctx context.Context, order gateway.Order, b begun) (*payment, error) {
	p, err := w.ledger.get(ctx, b.Made)
	if err != nil {
		return nil, err
	}
	p.made = true
	answer, err := readPaid(b.Answer)
	tellPaid(ctx, w.log, p.PaymentRequestID, answer, err)
	p, again, err := startable(w.paid(ctx, p, answer, err))
	if again {
		return w.startWithin(ctx, order, time.Unix(b.Issued, 0), 1)
	}
	return p, err
}

// startable tells whether a refusal leaves room for another attempt; any other is an answer to the shopper.
func startable(p *payment, err error) (_ *payment, again bool, _ error) {
	var refused *gateway.ResultError
	switch {
	case !errors.As(err, &refused):
		return p, false, err
	case refused.Outcome != gateway.NewAttempt:
		return nil, false, refusedByAlipay(refused)
	}
	return nil, true, nil
}

// attempt finds or makes the ledger's row for an order. The row is there before Alipay is asked, and its id follows
// from the order, so that whatever stops this program, the next request meets the same payment. A cancelled order
// stays cancelled, unless the merchant signs it anew.
func (w *worker) attempt(ctx context.Context, order gateway.Order, issued time.Time) (*payment, error) {
	number := 1
	switch last, err := w.ledger.latest(ctx, order.ReferenceOrderID); {
	case errors.Is(err, errUnknownPayment):
	case err != nil:
		return nil, err
	case !last.pays(order):
		return nil, errOrderChanged
	case last.Status != fail && last.Status != cancelled, last.Status == cancelled && !issued.After(last.FinalAt):
		return last, nil
	default:
		number = last.Attempt + 1
	}
	id := paymentRequestID(w.settings, order.ReferenceOrderID, number)
	resultPage := order.PaymentRedirectURL
	order.PaymentRequestID = id
	order.PaymentNotifyURL = w.settings.Origin + "/notify"
	order.PaymentRedirectURL = w.settings.Origin + "/return/" + id
	if err := w.validate(ctx, order); err != nil {
		return nil, err
	}
	if resultPage != "" && !w.settings.allowsResultPage(resultPage) {
		return nil, refuse(http.StatusUnprocessableEntity, "URL_NOT_ALLOWED", "/paymentRedirectUrl", "the result page must be an https URL at one of the merchant's hosts")
	}
	stands, err := w.ledger.insert(ctx, payment{
		PaymentRequestID:   id,
		ReferenceOrderID:   order.ReferenceOrderID,
		Attempt:            number,
		Amount:             order.PaymentAmount,
		SettlementCurrency: order.SettlementCurrency,
		Order:              order,
		ResultPage:         resultPage,
		CreatedAt:          w.now(),
	})
	if err == nil && !stands.pays(order) {
		return nil, errOrderChanged
	}
	return stands, err
}

var errOrderChanged = refuse(http.StatusConflict, "ORDER_CHANGED", "/paymentAmount",
	"a payment of this order was started with another amount; a changed order needs a new referenceOrderId")

// pays tells whether the payment is of what the order costs.
func (p *payment) pays(order gateway.Order) bool {
	return p.Amount == order.PaymentAmount && p.SettlementCurrency == order.SettlementCurrency
}

// pay asks Alipay for the payment and keeps its answer. When nothing is known afterwards the payment is returned as it
// was: the same request may be sent again at any time and never charges twice. The error is a [*gateway.ResultError]
// when Alipay refused, unless another request has brought the payment further meanwhile.
func (w *worker) pay(ctx context.Context, p *payment) (*payment, error) {
	answer, err := w.alipay.Pay(ctx, p.Order)
	return w.paid(ctx, p, answer, err)
}

// paid is the rest of pay, once Alipay was asked.
func (w *worker) paid(ctx context.Context, p *payment, answer *gateway.Payment, err error) (*payment, error) {
	var refused *gateway.ResultError
	var problems gateway.Problems
	switch {
	case errors.Is(err, gateway.ErrOutcomeUnknown):
		return p, nil
	case errors.As(err, &refused):
		return w.refused(ctx, p, refused)
	case errors.Is(err, expiryPassed) && errors.As(err, &problems):
		return w.unsent(ctx, p, problems)
	case err != nil:
		return nil, err
	case answer.Redirect == nil:
		// It says that the payment is paid, which only an inquiry or a notification proves.
		return w.inquired(ctx, p), nil
	}
	return w.ledger.setRedirect(ctx, p.PaymentRequestID, answer.PaymentID, answer.Redirect, w.now())
}

// expiryPassed is the core's word for a paymentExpiryTime that has passed.
const expiryPassed gateway.Code = "EXPIRY_PASSED"

// unsent is for a payment that cannot be asked for any more, because its paymentExpiryTime has passed: all else in its order
// was right when the row was made. Where an earlier request may have reached Alipay, an inquiry tells what became of it.
func (w *worker) unsent(ctx context.Context, p *payment, problems gateway.Problems) (*payment, error) {
	if !p.made {
		return w.inquired(ctx, p), nil
	}
	if _, err := w.learn(ctx, p, change{Status: fail, ResultCode: string(problems[0].Code), Unsent: true}); err != nil {
		return nil, err
	}
	return nil, &refusal{http.StatusUnprocessableEntity, problems}
}

// orderIsCanceled is Alipay's word for an id under which a payment was cancelled.
const orderIsCanceled gateway.Code = "ORDER_IS_CANCELED"

// refused keeps a refusal, which says nothing about a payment that an earlier request brought to a cashier.
func (w *worker) refused(ctx context.Context, p *payment, answer *gateway.ResultError) (stands *payment, err error) {
	if !p.made && (answer.Outcome == gateway.FixConfiguration || answer.Outcome == gateway.FixRequest) {
		// It is this request that Alipay does not take; what became of the one before it, an inquiry tells.
		w.inquired(ctx, p)
		stands, err = w.ledger.get(ctx, p.PaymentRequestID)
	} else {
		to := fail
		if errors.Is(answer, orderIsCanceled) {
			to = cancelled
		}
		stands, err = w.learn(ctx, p, change{Status: to, ResultCode: answer.Result.ResultCode, Unsent: true})
	}
	switch {
	case err != nil:
		return nil, err
	case stands.Status == fail, stands.Status == processing && stands.Redirect == nil:
		return stands, answer
	}
	return stands, nil
}

// refusedByAlipay tells a shopper apart from a merchant: only the first can do something about a refusal.
func refusedByAlipay(e *gateway.ResultError) error {
	status, message := http.StatusBadGateway, "this shop cannot take payments by Alipay at the moment"
	if e.Outcome == gateway.TellShopper {
		status, message = http.StatusPaymentRequired, "Alipay cannot take this payment; please choose another way to pay"
	}
	return refuse(status, gateway.Code(e.Result.ResultCode), "", message)
}

// validate checks an order as one that is sent now, so that a paymentExpiryTime that has passed is refused.
func (w *worker) validate(ctx context.Context, order gateway.Order) error {
	config := w.settings.Config
	config.RequestTime = "iso8601" // the form of the time below
	reply, err := ask[struct{ Errors gateway.Problems }](ctx, w.core, "validate_order", map[string]any{
		"config": config, "order": order, "time": w.now().UTC().Format("2006-01-02T15:04:05-07:00"),
	})
	if err == nil && len(reply.Errors) > 0 {
		err = &refusal{http.StatusUnprocessableEntity, reply.Errors}
	}
	return err
}

// paymentRequestID proposes the name of an attempt to pay an order. It is the same for the same attempt, wherever it is
// made, and nobody who merely knows or guesses an order number can find the payment's page by it. Another secret proposes
// another name; the ledger has one row for an attempt and keeps the name that came first.
func paymentRequestID(s settings, referenceOrderID string, attempt int) string {
	mac := hmac.New(sha256.New, []byte(s.WebhookSecret))
	fmt.Fprintf(mac, "paymentRequestId\n%s\n%d\n%s", s.Config.ClientID, attempt, referenceOrderID)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
