package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// consoleRoutes are the pages for developers: what happened, drawn in time, and how to steer the sandbox.
func (s *Server) consoleRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox", localOnly(s.inspectorPage))
	mux.HandleFunc("GET /sandbox/payments/{id}", localOnly(s.storyPage))
	mux.HandleFunc("GET /sandbox/calls", localOnly(s.strayPage))
	mux.HandleFunc("GET /sandbox/control", localOnly(s.controlPage))
	mux.HandleFunc("POST /sandbox/clock", localOnly(s.clockButton))
	mux.HandleFunc("POST /sandbox/faults", localOnly(s.faultButton))
	mux.HandleFunc("POST /sandbox/faults/add", localOnly(s.addFaultButton))
	mux.HandleFunc("POST /sandbox/faults/remove", localOnly(s.removeFaultButton))
	mux.HandleFunc("POST /sandbox/calls/forget", localOnly(s.forgetCallsButton))
	mux.HandleFunc("POST /sandbox/reset", localOnly(s.resetButton))
	mux.HandleFunc("POST /sandbox/payments/{id}/complete", localOnly(s.completeButton))
	mux.HandleFunc("POST /sandbox/payments/{id}/resend", localOnly(s.resendButton))
	mux.HandleFunc("POST /sandbox/payments/{id}/refund", localOnly(s.refundButton))
	mux.HandleFunc("POST /sandbox/payments/{id}/cancel", localOnly(s.cancelButton))
}

var consolePages = parseConsole("inspector", "story", "stray", "control")

func parseConsole(names ...string) map[string]*template.Template {
	parsed := map[string]*template.Template{}
	for _, name := range names {
		parsed[name] = template.Must(template.ParseFS(pageFiles, "pages/console.html", "pages/exchange.html", "pages/"+name+".html"))
	}
	return parsed
}

// console is what a page for developers shows.
type console struct {
	Page      string
	Language  language
	Languages []languageLink
	State     State
	Time      string // of the sandbox's clock
	Return    string // where buttons lead back to
	Problem   string // of the latest button
	Stream    string // where news comes from

	Search   string
	Payments []Payment
	More     bool
	Strays   int
	Refused  []Event // the newest of the calls that were refused and belong to no payment
	refused  int     // all of them
	Typed    string  // faults as text that could not be read

	Story   *Payment
	Moments []moment
	Strip   *strip
	Cashier string // the page to pay at
	Resends []string
	// What the merchant can still do: give back so much, as a number in the currency's unit, or cancel.
	Refundable  string
	Cancellable bool
	Origin      string
	Merchant    landingMerchant
	Kinds       []*faultKind
}

// Say is a text of the pages in their language.
func (c *console) Say(key string) (string, error) {
	words, found := consoleWords[key]
	if !found {
		return "", fmt.Errorf("there is no text %q", key)
	}
	if c.Language == chinese {
		return words.zh, nil
	}
	return words.en, nil
}

// Explain is what a moment means, for somebody who sees it for the first time; of a refused call it is the reason.
func (c *console) Explain(e *Event) string {
	if e.Reason != "" {
		return c.Diagnosis(e.Reason)
	}
	text, err := c.Say("explain." + e.Name)
	if err != nil {
		return ""
	}
	return text
}

// Title is a moment in a few words.
func (c *console) Title(e *Event) string {
	if text, err := c.Say("title." + e.Name); err == nil {
		return text
	}
	return e.Name
}

// Clock is a time of day as the pages show it.
func (c *console) Clock(t time.Time) string { return t.In(beijing).Format("15:04:05.000") }

// Date is a point in time as the pages show it.
func (c *console) Date(t time.Time) string { return t.In(beijing).Format("2006-01-02 15:04:05") }

func (s *Server) newConsole(r *http.Request, stream string) *console {
	state := s.State()
	c := &console{State: state, Return: r.URL.RequestURI(), Stream: "/sandbox/api/events", Problem: r.URL.Query().Get("problem"), Typed: r.URL.Query().Get("typed")}
	c.Time = c.Date(state.Time)
	if stream != "" {
		c.Stream += "?" + url.Values{"payment": {stream}}.Encode()
	}
	return c
}

func (s *Server) showConsole(w http.ResponseWriter, r *http.Request, status int, page string, c *console) {
	c.Page, c.Language = page, chooseLanguage(w, r)
	c.Languages = languageLinks(r, c.Language)
	var body bytes.Buffer
	if err := consolePages[page].ExecuteTemplate(&body, "layout", c); err != nil {
		s.options.Logger.Error("page not rendered", "page", page, "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	writePage(w, status, c.Language, body.Bytes())
}

const (
	shownPayments = 100
	shownRefusals = 5
)

func (s *Server) inspectorPage(w http.ResponseWriter, r *http.Request) {
	c := s.newConsole(r, "")
	c.Search = r.URL.Query().Get("search")
	found := s.ledger.search(c.Search, shownPayments+1)
	c.More = len(found) > shownPayments
	for i := len(found) - 1; i >= 0 && len(c.Payments) < shownPayments; i-- {
		c.Payments = append(c.Payments, found[i])
	}
	strays := s.ledger.strayEvents()
	c.Strays, c.Kinds = len(strays), faultKinds
	for i := len(strays) - 1; i >= 0; i-- {
		if strays[i].Good {
			continue
		}
		if c.refused++; c.refused <= shownRefusals {
			c.Refused = append(c.Refused, strays[i])
		}
	}
	s.showConsole(w, r, http.StatusOK, "inspector", c)
}

func (s *Server) storyPage(w http.ResponseWriter, r *http.Request) {
	payment, events, found := s.ledger.story(r.PathValue("id"))
	if !found {
		s.render(w, r, http.StatusNotFound, "unknown", &view{})
		return
	}
	c := s.newConsole(r, payment.PaymentID)
	c.Story = &payment
	c.Moments = newMoments(events)
	c.Strip = newStrip(&payment, events)
	c.Resends = resendFaults
	if left := payment.refundable(); payment.PaymentStatus == Success && left.Sign() > 0 {
		c.Refundable = strings.ReplaceAll(Amount{payment.PaymentAmount.Currency, left.String()}.Text(), ",", "")
	}
	c.Cancellable = payment.PaymentStatus != Cancelled && payment.PaymentStatus != Fail && checkCancel(&payment, s.options.Clock.Now()) == nil
	device := "h5"
	if payment.TerminalType == "WEB" {
		device = "pc"
	}
	c.Cashier = cashierPath(device, payment.PaymentID)
	s.showConsole(w, r, http.StatusOK, "story", c)
}

func (s *Server) strayPage(w http.ResponseWriter, r *http.Request) {
	c := s.newConsole(r, "")
	c.Moments = newMoments(s.ledger.strayEvents())
	s.showConsole(w, r, http.StatusOK, "stray", c)
}

func (s *Server) controlPage(w http.ResponseWriter, r *http.Request) {
	c := s.newConsole(r, "")
	c.Origin, c.Kinds = s.origin(r), faultKinds
	m := &s.options.Merchants[0]
	c.Merchant = landingMerchant{ClientID: m.ClientID, KeyVersion: m.newestKeyVersion()}
	if m.PrivateKey != nil {
		c.Merchant.KeyPath = "/sandbox/api/merchants/" + m.ClientID + "/private.pem"
	}
	s.showConsole(w, r, http.StatusOK, "control", c)
}

// pressed leads back to the page of a button, with what was wrong with it.
func pressed(w http.ResponseWriter, r *http.Request, err error) {
	back, parseError := url.Parse(formValue(w, r, "return"))
	if parseError != nil || back.Host != "" || !strings.HasPrefix(back.Path, "/sandbox") {
		back = &url.URL{Path: "/sandbox"}
	}
	query := back.Query()
	query.Del("problem")
	query.Del("typed")
	if err != nil {
		query.Set("problem", strings.TrimPrefix(err.Error(), "sandbox: "))
		if typed := formValue(w, r, "faults"); typed != "" {
			query.Set("typed", typed)
		}
	}
	http.Redirect(w, r, (&url.URL{Path: back.Path, RawQuery: query.Encode()}).String(), http.StatusSeeOther)
}

func (s *Server) clockButton(w http.ResponseWriter, r *http.Request) {
	wish := clockWish{Advance: formValue(w, r, "advance")}
	if text := formValue(w, r, "speed"); text != "" {
		var speed int
		if _, err := fmt.Sscanf(text, "%d", &speed); err != nil {
			speed = -1
		}
		wish.Speed = &speed
	}
	_, err := s.moveClock(r, wish)
	pressed(w, r, err)
}

func (s *Server) faultButton(w http.ResponseWriter, r *http.Request) {
	_, err := s.setFaults(r, faultWish{Faults: strings.Fields(formValue(w, r, "faults"))})
	pressed(w, r, err)
}

// addFaultButton puts a fault together out of its parts, with the grammar of parseFault.
func (s *Server) addFaultButton(w http.ResponseWriter, r *http.Request) {
	text := formValue(w, r, "fault")
	if duration := formValue(w, r, "duration"); duration != "" {
		text += "=" + duration
	}
	if percent := formValue(w, r, "percent"); percent != "" && percent != "100" {
		text += "@" + percent + "%"
	}
	if times := formValue(w, r, "times"); times != "" && times != "1" {
		text += "*" + times
	}
	_, names := s.faults.current()
	_, err := s.setFaults(r, faultWish{Faults: append(names, text)})
	pressed(w, r, err)
}

func (s *Server) removeFaultButton(w http.ResponseWriter, r *http.Request) {
	_, names := s.faults.current()
	number, err := strconv.Atoi(formValue(w, r, "number"))
	if err == nil && number >= 0 && number < len(names) {
		_, err = s.setFaults(r, faultWish{Faults: slices.Delete(names, number, number+1)})
	}
	pressed(w, r, err)
}

func (s *Server) forgetCallsButton(w http.ResponseWriter, r *http.Request) {
	s.ledger.forgetStrays()
	pressed(w, r, nil)
}

// refundButton gives back what the form says, as the merchant's server could with the call refund.
func (s *Server) refundButton(w http.ResponseWriter, r *http.Request) {
	payment, found := s.Payment(r.PathValue("id"))
	if !found {
		pressed(w, r, noSuchPayment)
		return
	}
	amount, err := parseAmount(payment.PaymentAmount.Currency, formValue(w, r, "amount"))
	if err == nil {
		body := object{"refundRequestId": "console-" + newSessionID(), "paymentId": payment.PaymentID,
			"refundAmount": object{"currency": amount.Currency, "value": amount.Value}}
		err = s.asMerchant(&payment, "CONSOLE_REFUND", body, (*Server).refund)
	}
	pressed(w, r, err)
}

// cancelButton cancels the payment, as the merchant's server could with the call cancel.
func (s *Server) cancelButton(w http.ResponseWriter, r *http.Request) {
	payment, found := s.Payment(r.PathValue("id"))
	if !found {
		pressed(w, r, noSuchPayment)
		return
	}
	pressed(w, r, s.asMerchant(&payment, "CONSOLE_CANCEL", object{"paymentId": payment.PaymentID}, (*Server).cancel))
}

// asMerchant does what a call of the payment's merchant would do, and notes it under a name of its own.
func (s *Server) asMerchant(p *Payment, name string, body object, do func(*Server, *call) answer) error {
	now := s.options.Clock.Now()
	result := do(s, &call{merchant: s.merchants[p.ClientID], body: body, description: p.OrderDescription}).result()
	if result.ResultStatus == "F" {
		return errors.New(result.ResultMessage)
	}
	s.ledger.note(p.PaymentID, Event{Time: now, Kind: StateMove, Name: name, Outcome: result.ResultCode, Good: true})
	return nil
}

func (s *Server) resetButton(w http.ResponseWriter, r *http.Request) {
	s.Reset()
	pressed(w, r, nil)
}

func (s *Server) completeButton(w http.ResponseWriter, r *http.Request) {
	_, err := s.completeByControl(r, completion{Outcome: formValue(w, r, "outcome")})
	pressed(w, r, err)
}

func (s *Server) resendButton(w http.ResponseWriter, r *http.Request) {
	var index int
	wish := resending{Notification: &index, Faults: strings.Fields(formValue(w, r, "fault"))}
	_, err := fmt.Sscanf(formValue(w, r, "notification"), "%d", &index)
	if err == nil {
		_, err = s.resendByControl(r, wish)
	}
	pressed(w, r, err)
}

// Delivery is how far a notification has come, in a word.
func (c *console) Delivery(n Notification) (string, error) {
	return c.Say(map[NotificationState]string{Waiting: "waiting", Acknowledged: "acknowledged", GivenUp: "givenUp", Refused: "refusedToSend"}[n.State])
}

// Effect is what a fault does.
func (c *console) Effect(k *faultKind) (string, error) {
	return c.Say("effect." + strings.TrimPrefix(strings.TrimPrefix(k.name, "answer-"), "notify-"))
}

// Megabytes is what the records take up.
func (c *console) Megabytes() string {
	m := c.State.Memory
	return fmt.Sprintf("%.1f / %d MiB, %d × %.1f KiB", float64(m.Bytes)/(1<<20), m.Limit>>20, m.Payments, float64(m.BytesPerPayment)/1024)
}

// RefusedTitle says how many calls were refused.
func (c *console) RefusedTitle() (string, error) {
	if c.refused == 1 {
		return c.Say("refusedOne")
	}
	text, err := c.Say("refusedMany")
	return fmt.Sprintf(text, c.refused), err
}

// Cause is why a call was refused, the likeliest mistake where its signature does not hold.
func (c *console) Cause(e Event) string {
	if e.Exchange != nil && e.Exchange.Request.Signature != nil {
		if problem := e.Exchange.Request.Signature.Problem; problem != "" && !strings.HasPrefix(problem, notChecked) {
			return c.Diagnosis(problem)
		}
	}
	return c.Diagnosis(e.Reason)
}

// Name is what a fault is asked for by.
func (k *faultKind) Name() string { return k.name }

// momentView is a moment with the texts to show it.
type momentView struct {
	Console *console
	Moment  moment
}

// With joins a moment to the texts.
func (c *console) With(m moment) momentView { return momentView{c, m} }

// sealView is whether the signature of one half of an exchange holds.
type sealView struct {
	Console *console
	Name    string
	Check   *SignatureCheck
}

// Seal names the half that a signature belongs to.
func (c *console) Seal(key string, m Message) (sealView, error) {
	name, err := c.Say(key)
	return sealView{c, name, m.Signature}, err
}

// halfView is one half of an exchange.
type halfView struct {
	Console *console
	Message Message
	URL     string
	Cut     bool
}

// Half joins one half of an exchange to the texts.
func (c *console) Half(m Message, address string) halfView {
	return halfView{c, m, address, m.BodyLength > keptBody}
}
