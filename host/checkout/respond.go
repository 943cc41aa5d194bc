package checkout

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/edgecashier/cashier/host/checkout/pages"
	"github.com/edgecashier/cashier/host/checkout/problem"
	"github.com/edgecashier/cashier/host/gateway"
)

// handler answers a request, or returns an error, and has written nothing then.
type handler func(http.ResponseWriter, *http.Request) error

// json answers errors with problem details.
func (s *Service) json(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.refusal(r, err).Write(w)
		}
	})
}

// page answers errors with a page for people, and with problem details for programs. The page of a payment tries again by
// itself as long as the fault is ours.
func (s *Service) page(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		refused := s.refusal(r, err)
		again := ""
		if r.PathValue("paymentRequestId") != "" && refused.Status >= 500 {
			again = r.URL.EscapedPath()
			refused.With("Retry-After", "5")
		}
		shoppers := r.URL.Path == "/checkout" || strings.HasPrefix(r.URL.Path, "/return/")
		if !wantsPage(r) && (!shoppers || wantsJSON(r) || sentJSON(r)) {
			refused.Write(w)
			return
		}
		p := pages.Problem{Language: languageOf(r), Status: refused.Status, Form: s.set.orderURL != "", Again: again}
		for _, one := range refused.Problems {
			p.Codes = append(p.Codes, string(one.Code))
		}
		for name, values := range refused.Header {
			w.Header()[name] = values
		}
		writePage(w, p.Page())
	})
}

func writePage(w http.ResponseWriter, p pages.Page) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=UTF-8")
	header.Set("Content-Security-Policy", p.Policy)
	if p.Refresh != "" {
		header.Set("Refresh", p.Refresh)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write([]byte(p.HTML)) // the browser may be gone
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(text)
	return nil
}

// secured adds the headers that every answer has.
func (s *Service) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if strings.HasPrefix(s.set.origin, "https:") {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// wantsJSON tells whether a script asks: people's browsers accept HTML.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return (strings.Contains(accept, "application/json") || strings.Contains(accept, "application/problem+json")) && !strings.Contains(accept, "text/html")
}

func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// sentJSON tells whether a script sent it: people's browsers send forms.
func sentJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}

// chosenLanguage is the key under which the field lang of a form is kept with its request.
type chosenLanguage struct{}

func languageOf(r *http.Request) string {
	chosen, _ := r.Context().Value(chosenLanguage{}).(string)
	return pages.Language(chosen, r.Header.Get("Accept-Language"))
}

// view answers where a payment stands, as the one who asks wants it.
func (s *Service) view(w http.ResponseWriter, r *http.Request, v pages.View) error {
	if wantsJSON(r) {
		return writeView(w, v)
	}
	var amount struct{ Text string }
	if err := s.ask(r.Context(), "format_amount", v.PaymentAmount, &amount); err != nil || amount.Text == "" {
		amount.Text = v.PaymentAmount.Value
	}
	writePage(w, pages.Result{Language: languageOf(r), View: v, Figure: amount.Text, RedirectHosts: s.set.hosts}.Page())
	return nil
}

// writeView answers 202 while there is neither a result nor a cashier to go to.
func writeView(w http.ResponseWriter, v pages.View) error {
	status := http.StatusOK
	if v.PaymentStatus == "PROCESSING" && v.Redirect == nil {
		status = http.StatusAccepted
	}
	if v.PollAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt((v.PollAfter+999)/1000, 10))
	}
	return writeJSON(w, status, v)
}

// onward sends a shopper who has checked out to the cashier, or to the page of the payment.
func (s *Service) onward(w http.ResponseWriter, r *http.Request, v pages.View) error {
	switch {
	case v.PaymentStatus == "FAIL" && v.MayPayAgain:
		// A checkout of an order that had failed is another attempt, so it is this one that Alipay refused.
		code := gateway.Code(v.ResultCode)
		return &problem.Refusal{Status: http.StatusPaymentRequired, Problems: gateway.Problems{{Code: code, Message: "Alipay did not take the payment: " + string(code)}}}
	case wantsJSON(r):
		return writeView(w, v)
	case v.Redirect != nil && v.Redirect.Location == "":
		writePage(w, pages.Onward{Language: languageOf(r), Redirect: *v.Redirect, RedirectHosts: s.set.hosts}.Page())
		return nil
	case v.Redirect != nil:
		w.Header().Set("Location", v.Redirect.Location)
	default:
		w.Header().Set("Location", s.returnURL(v))
	}
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// returnURL is the address of the page of a payment.
func (s *Service) returnURL(v pages.View) string {
	return s.set.origin + "/return/" + url.PathEscape(v.PaymentRequestID)
}
