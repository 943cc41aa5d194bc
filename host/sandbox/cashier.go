package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

const (
	pcCashierPath = "/alipaycn/pc/cashier"
	h5CashierPath = "/alipaycn/h5/cashier"
)

// cashierRoutes are the pages that a shopper sees. Of what the browser sends only the ids of a payment or of a session
// are used, and the shopper's choice; amounts and addresses come from the ledger.
func (s *Server) cashierRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+pcCashierPath, s.scanPage)
	mux.HandleFunc("GET "+h5CashierPath, s.loginAtCashier)
	mux.HandleFunc("POST /alipaycn/{device}/cashier", s.enterByPost)
	mux.HandleFunc("GET "+checkoutPath2025, s.checkout2025)
	mux.HandleFunc("GET /alipaycn/{device}/login/{paymentId}", s.loginPage)
	mux.HandleFunc("POST /alipaycn/{device}/login/{paymentId}", s.login)
	mux.HandleFunc("GET /alipaycn/{device}/confirm/{session}", s.confirmPage)
	mux.HandleFunc("POST /alipaycn/{device}/confirm/{session}", s.confirm)
	mux.HandleFunc("GET /alipaycn/{device}/result/{paymentId}", s.resultPage)
	mux.HandleFunc("POST /alipaycn/{device}/outcome/{paymentId}", s.chooseOutcome)
	mux.HandleFunc("GET /alipaycn/{device}/left/{paymentId}", s.leftPage)
	mux.HandleFunc("GET /alipaycn/status/{paymentId}", s.paymentStatus)
	mux.HandleFunc("GET /alipaycn/code/{file}", s.codeImage)
	mux.HandleFunc("GET /alipaycn/assets/{name}", serveAsset)
}

func loginPath(device, paymentID string) string { return "/alipaycn/" + device + "/login/" + paymentID }
func resultPath(device, paymentID string) string {
	return "/alipaycn/" + device + "/result/" + paymentID
}
func confirmPath(device, sessionID string) string {
	return "/alipaycn/" + device + "/confirm/" + sessionID
}
func cashierPath(device, paymentID string) string {
	return "/alipaycn/" + device + "/cashier?" + url.Values{"paymentId": {paymentID}}.Encode()
}

// device is the page family, which decides about nothing but the layout.
func device(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/alipaycn/pc/") {
		return "pc"
	}
	return "h5"
}

// payable finds a payment that can still be paid. For any other it answers with the page that says so.
func (s *Server) payable(w http.ResponseWriter, r *http.Request, paymentID string) (Payment, bool) {
	payment, found := s.ledger.get(paymentID)
	switch {
	case !found:
		s.render(w, r, http.StatusNotFound, "unknown", &view{})
	case payment.PaymentStatus == Success || payment.PaymentStatus == Pending:
		http.Redirect(w, r, resultPath(device(r), paymentID), http.StatusSeeOther)
	case payment.final() || payment.expired(s.options.Clock.Now()):
		v := s.paymentView(&payment)
		v.OutcomePath = outcomePath(device(r), paymentID)
		v.GivenBack = r.URL.Query().Has("given-back")
		s.render(w, r, http.StatusGone, "closed", v)
	default:
		return payment, true
	}
	return payment, false
}

// enterByPost turns a redirectActionForm that is submitted by POST into the page of its own, which can be reloaded.
func (s *Server) enterByPost(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, cashierPath(device(r), formValue(w, r, "paymentId")), http.StatusSeeOther)
}

const maximumForm = 64 << 10

func formValue(w http.ResponseWriter, r *http.Request, name string) string {
	r.Body = http.MaxBytesReader(w, r.Body, maximumForm)
	return strings.TrimSpace(r.PostFormValue(name))
}

// scanPage is the cashier on a computer: a code for the phone, and next to it the way to pay without one.
func (s *Server) scanPage(w http.ResponseWriter, r *http.Request) {
	payment, ok := s.payable(w, r, r.URL.Query().Get("paymentId"))
	if !ok {
		return
	}
	v := s.paymentView(&payment)
	code, err := newQRCode(s.origin(r) + cashierPath("h5", payment.PaymentID))
	if err != nil {
		s.options.Logger.Error("no QR code", "error", err)
		http.Error(w, "The QR code could not be made.", http.StatusInternalServerError)
		return
	}
	v.QRCode = code
	if origin, err := url.Parse(s.origin(r)); err == nil {
		v.ScanLocal = isLoopbackHost(origin.Hostname())
	}
	v.LoginPath = loginPath("pc", payment.PaymentID)
	s.noteStep(payment.PaymentID, "SCAN", true)
	v.follow(&payment, "pc")
	s.render(w, r, http.StatusOK, "scan", v)
}

// loginAtCashier is the cashier on a phone.
func (s *Server) loginAtCashier(w http.ResponseWriter, r *http.Request) {
	s.showLogin(w, r, r.URL.Query().Get("paymentId"))
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) {
	s.showLogin(w, r, r.PathValue("paymentId"))
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request, paymentID string) {
	if payment, ok := s.payable(w, r, paymentID); ok {
		s.noteStep(paymentID, "LOGIN", true)
		s.render(w, r, http.StatusOK, "login", s.loginView(r, &payment))
	}
}

func (s *Server) loginView(r *http.Request, p *Payment) *view {
	v := s.paymentView(p)
	v.LoginPath = loginPath(device(r), p.PaymentID)
	v.follow(p, device(r))
	return v
}

// login accepts every account and password.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	payment, ok := s.payable(w, r, r.PathValue("paymentId"))
	if !ok {
		return
	}
	account, password := formValue(w, r, "account"), formValue(w, r, "password")
	if account == "" || password == "" {
		v := s.loginView(r, &payment)
		v.Account, v.AccountMissing, v.PasswordMissing = account, account == "", password == ""
		s.render(w, r, http.StatusUnprocessableEntity, "login", v)
		return
	}
	http.Redirect(w, r, confirmPath(device(r), s.sessions.open(payment.PaymentID, account)), http.StatusSeeOther)
}

// loggedIn finds the session of a page and its payment.
func (s *Server) loggedIn(w http.ResponseWriter, r *http.Request) (session, Payment, bool) {
	current, found := s.sessions.get(r.PathValue("session"))
	if !found {
		s.render(w, r, http.StatusNotFound, "unknown", &view{})
		return session{}, Payment{}, false
	}
	payment, ok := s.payable(w, r, current.paymentID)
	return current, payment, ok
}

func (s *Server) confirmView(r *http.Request, current session, p *Payment) *view {
	v := s.paymentView(p)
	v.Account = current.account
	v.ConfirmPath = r.URL.Path
	v.follow(p, device(r))
	return v
}

func (s *Server) confirmPage(w http.ResponseWriter, r *http.Request) {
	if current, payment, ok := s.loggedIn(w, r); ok {
		s.noteStep(payment.PaymentID, "CONFIRM", true)
		s.render(w, r, http.StatusOK, "confirm", s.confirmView(r, current, &payment))
	}
}

// confirm pays, with any payment password. However often it is called, a payment is paid once.
func (s *Server) confirm(w http.ResponseWriter, r *http.Request) {
	current, payment, ok := s.loggedIn(w, r)
	if !ok {
		return
	}
	if formValue(w, r, "password") == "" {
		v := s.confirmView(r, current, &payment)
		v.PasswordMissing = true
		s.render(w, r, http.StatusUnprocessableEntity, "confirm", v)
		return
	}
	if s.completePayment(payment.PaymentID) {
		s.noteStep(payment.PaymentID, "PAID", true)
	}
	// The result page shows what became of the payment, also if another window was faster or the time ran out just now.
	http.Redirect(w, r, resultPath(device(r), payment.PaymentID), http.StatusSeeOther)
}

// resultPage says that the payment was made and takes the shopper back to the merchant.
func (s *Server) resultPage(w http.ResponseWriter, r *http.Request) {
	payment, found := s.ledger.get(r.PathValue("paymentId"))
	if !found || payment.PaymentStatus != Success && payment.PaymentStatus != Pending {
		if _, ok := s.payable(w, r, payment.PaymentID); ok {
			http.Redirect(w, r, cashierPath(device(r), payment.PaymentID), http.StatusSeeOther)
		}
		return
	}
	v := s.paymentView(&payment)
	v.Returning = true
	s.noteStep(payment.PaymentID, "RESULT", true)
	s.render(w, r, http.StatusOK, "result", v)
}

// paymentStatus lets an open page notice that the payment was made elsewhere, or is too late, and how many seconds are
// left by the sandbox's clock, which may be moved.
func (s *Server) paymentStatus(w http.ResponseWriter, r *http.Request) {
	payment, found := s.ledger.get(r.PathValue("paymentId"))
	if !found {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "there is no such payment"})
		return
	}
	speed := 1
	if clock, ok := s.options.Clock.(*AdjustableClock); ok {
		speed = clock.Speed()
	}
	writeJSON(w, http.StatusOK, map[string]any{"paymentStatus": payment.PaymentStatus, "remaining": s.remaining(&payment), "speed": speed})
}
