package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/pages"
	"github.com/edgecashier/cashier/host/checkout/problem"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

// fields are what a checkout was sent: an order token, or what a shopper typed, by JSON pointers into the order.
type fields map[string]string

func readFields(contentType string, body []byte) (fields, error) {
	f := fields{}
	switch kind, _, _ := mime.ParseMediaType(contentType); kind {
	case "application/json":
		members, err := problem.ReadObject(body)
		if err != nil {
			return nil, err
		}
		for name, value := range members {
			var text string
			if json.Unmarshal(value, &text) != nil {
				return nil, problem.New("JSON_MALFORMED", pointer(name), "this must be a text")
			}
			f[name] = text
		}
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, problem.New("FORM_MALFORMED", "", "the body is no form")
		}
		for name, values := range form {
			if len(values) > 1 {
				return nil, problem.New("FIELD_REPEATED", pointer(name), "this field was sent twice")
			}
			f[name] = values[0]
		}
	default:
		return nil, problem.New("MEDIA_TYPE_NOT_ACCEPTABLE", "/headers/content-type", "send a form or JSON")
	}
	return f, nil
}

// pointer is the JSON pointer of a member; the fields of the checkout form are named by pointers already.
func pointer(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return problem.Pointer(name)
}

// checkout is POST /checkout: it starts the payment of an order, or finds the one that was started before, and sends the
// shopper on.
func (s *Service) checkout(w http.ResponseWriter, r *http.Request) error {
	body, err := s.read(w, r, maxCheckout)
	if err != nil {
		return err
	}
	sent, err := readFields(r.Header.Get("Content-Type"), body)
	if err != nil {
		return err
	}
	*r = *r.WithContext(context.WithValue(r.Context(), chosenLanguage{}, sent["lang"]))
	text := sent["token"]
	if text == "" {
		if err := s.count(r); err != nil {
			return err
		}
		if text, err = s.requestToken(r, sent); err != nil {
			return s.entryRefused(w, r, sent, err)
		}
	}
	view, err := s.startToken(r, text)
	if err != nil && sent["token"] == "" {
		return s.entryRefused(w, r, sent, err)
	}
	if err != nil {
		return err
	}
	if key := sent["idempotencyKey"]; key != "" && sent["token"] == "" && !wantsJSON(r) {
		s.keepKey(w, key, view.PaymentRequestID)
	}
	return s.onward(w, r, view)
}

// entryRefused shows the form again, with what is wrong with a shopper's entries.
func (s *Service) entryRefused(w http.ResponseWriter, r *http.Request, sent fields, err error) error {
	refused := s.refusal(r, err)
	if refused.Status != http.StatusUnprocessableEntity || wantsJSON(r) || sentJSON(r) || s.set.orderURL == "" {
		return refused
	}
	return s.formAgain(w, r, sent, refused.Problems)
}

// order is POST /orders: the same for the merchant's server, which sends the shopper to the address that it gets.
func (s *Service) order(w http.ResponseWriter, r *http.Request) error {
	body, err := s.read(w, r, maxCheckout)
	if err != nil {
		return err
	}
	members, err := problem.ReadObject(body)
	if err != nil {
		return err
	}
	if err := problem.Only(members, "token"); err != nil {
		return err
	}
	var text string
	if json.Unmarshal(members["token"], &text) != nil || text == "" {
		return problem.New("FIELD_REQUIRED", "/token", "the order token is missing")
	}
	view, err := s.startToken(r, text)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		URL  string     `json:"url"`
		View pages.View `json:"view"`
	}{s.returnURL(view), view})
}

// count counts a request that carries no valid order token. A shop that orders by its own server has one address for all
// of its shoppers, so valid tokens are not counted.
func (s *Service) count(r *http.Request) error {
	if s.limit.allow(s.address(r), s.now()) {
		return nil
	}
	return problem.New("TOO_MANY_REQUESTS", "", "too many checkouts from this address; please wait a minute").With("Retry-After", "60")
}

// startToken starts the payment of a token.
func (s *Service) startToken(r *http.Request, text string) (pages.View, error) {
	token, err := s.tokens.Verify(text, s.now())
	var refused gateway.Problem
	switch {
	case errors.As(err, &refused):
		if err := s.count(r); err != nil {
			return pages.View{}, err
		}
		return pages.View{}, problem.New(refused.Code, "/token", refused.Message)
	case err != nil:
		return pages.View{}, err
	}
	return s.startOrder(r, token)
}

// startOrder brings the payment of an order as far as it can be brought now.
func (s *Service) startOrder(r *http.Request, token *ordertoken.Token) (v pages.View, err error) {
	ctx := r.Context()
	if page := token.Order.PaymentRedirectURL; page != "" && !s.set.allowsResultPage(page) {
		return v, problem.New("URL_NOT_ALLOWED", "/paymentRedirectUrl", "the result page must be an https URL at one of the merchant's hosts")
	}
	order := token.Order.ReferenceOrderID
	id, err := newPaymentRequestID(s.random)
	if err != nil {
		return v, err
	}
	after, err := s.submit(ctx, order, event{
		"type": "order", "order": token.Order, "issuedAt": token.IssuedAt.UnixMilli(), "paymentRequestId": id,
	}, languageOf(r))
	if err != nil {
		return v, relative(err, "/event/order")
	}
	if after.View.PaymentStatus == "PROCESSING" && after.View.Redirect == nil {
		if after, err = s.settled(ctx, order, after, payPatience); err != nil {
			return v, err
		}
	}
	return s.shown(after)
}

// relative makes paths of problems, which are pointers into the input of advance, pointers into what was sent.
func relative(err error, prefix string) error {
	var problems gateway.Problems
	if !errors.As(err, &problems) {
		return err
	}
	own := make(gateway.Problems, len(problems))
	for i, one := range problems {
		one.Path = strings.TrimPrefix(strings.TrimPrefix(one.Path, prefix), "/event")
		own[i] = one
	}
	return own
}

// shown is the view of a reply, with the result signed for the merchant's page.
func (s *Service) shown(r *reply) (pages.View, error) {
	v := r.View
	if v.ResultPage == "" {
		return v, nil
	}
	if !s.set.allowsResultPage(v.ResultPage) { // any more
		v.ResultPage = ""
		return v, nil
	}
	var err error
	v.ResultPage, err = s.signedResultPage(r)
	return v, err
}

// comeBack is GET /return/{paymentRequestId}. That the browser comes back proves nothing; it brings the inquiry forward.
func (s *Service) comeBack(w http.ResponseWriter, r *http.Request) error {
	order, err := s.orderOf(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		return nil
	}
	after, err := s.look(r.Context(), order, true)
	if err != nil {
		return err
	}
	if after, err = s.settled(r.Context(), order, after, viewPatience); err != nil {
		return err
	}
	v, err := s.shown(after)
	if err != nil {
		return err
	}
	s.forgetKey(w, r, v)
	return s.view(w, r, v)
}

// betweenLooks is between two looks at an order that another program makes a call for.
const betweenLooks = 150 * time.Millisecond

// settled is the order once no call to Alipay about it is under way, here or in another program, or after so long.
func (s *Service) settled(ctx context.Context, order string, r *reply, patience time.Duration) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for calling(r.Record) && ctx.Err() == nil {
		if !s.flights.wait(ctx, order) {
			if s.alone {
				return r, nil // the call was that of a program that has died
			}
			select {
			case <-time.After(betweenLooks):
			case <-ctx.Done():
			}
		}
		var err error
		if r, err = s.look(context.WithoutCancel(ctx), order, false); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// calling tells whether the record of an order says that a call about a payment is under way.
func calling(record json.RawMessage) bool {
	var r struct{ Attempts []struct{ Call string } }
	if json.Unmarshal(record, &r) != nil {
		return false
	}
	return slices.ContainsFunc(r.Attempts, func(attempt struct{ Call string }) bool { return attempt.Call != "" })
}

// payment is GET /payments/{paymentRequestId}.
func (s *Service) payment(w http.ResponseWriter, r *http.Request) error {
	order, err := s.orderOf(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		return nil
	}
	after, err := s.look(r.Context(), order, false)
	if err != nil {
		return err
	}
	v, err := s.shown(after)
	if err != nil {
		return err
	}
	return writeView(w, v)
}

// orderOf finds the order of the payment in a path.
func (s *Service) orderOf(r *http.Request) (string, error) {
	id := r.PathValue("paymentRequestId")
	if paymentRequestIDForm.MatchString(id) {
		ctx, cancel := context.WithTimeout(r.Context(), storePatience)
		defer cancel()
		if order, err := s.find(ctx, id, operator.PaymentRequestID); order != "" || err != nil {
			return order, err
		}
	}
	return "", problem.New("PAYMENT_UNKNOWN", "", "there is no such payment")
}
