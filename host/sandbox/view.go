package sandbox

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"time"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = parsePages("scan", "login", "confirm", "result", "left", "closed", "unknown", "landing")

func parsePages(names ...string) map[string]*template.Template {
	parsed := map[string]*template.Template{}
	for _, name := range names {
		parsed[name] = template.Must(template.ParseFS(pageFiles, "pages/layout.html", "pages/parts.html", "pages/"+name+".html"))
	}
	return parsed
}

// view is what a page shows.
type view struct {
	Page      string
	Device    string
	Language  language
	Languages []languageLink
	T         *phrases

	Payment   *Payment
	Payee     string
	Goods     []goods // instead of the description, if that is a list of goods
	Amount    string  // for people, without the currency
	Remaining int     // seconds
	Countdown string
	PaidAt    string
	Back      template.URL // the merchant's page

	QRCode                          qrCode
	ScanLocal                       bool // no phone can open what the code holds
	LoginPath, ConfirmPath          string
	OutcomePath, LeftPath           string // instead of paying
	GivenBack                       bool   // the money of a payment that came too late
	Account                         string
	AccountMissing, PasswordMissing bool
	Returning                       bool   // the page leads back by itself
	StatusPath, NextPath            string // where a script looks for news, and where it then goes

	Landing *landing
}

// paymentView fills in what every page about a payment shows.
func (s *Server) paymentView(p *Payment) *view {
	v := &view{
		Payment:   p,
		Payee:     s.merchants[p.ClientID].displayName(),
		Amount:    p.PaymentAmount.Text(),
		Remaining: s.remaining(p),
		// Checked when the payment was made; html/template itself would let no app link pass.
		Back: template.URL(p.PaymentRedirectURL),
	}
	v.Goods, _ = parseGoods(p.OrderDescription)
	v.Countdown = countdown(v.Remaining)
	if !p.PaymentTime.IsZero() {
		v.PaidAt = p.PaymentTime.In(beijing).Format("2006-01-02 15:04:05 (UTC+8)")
	}
	return v
}

// remaining is the time to pay that is left, in seconds.
func (s *Server) remaining(p *Payment) int {
	return int(max(0, p.PaymentExpireTime.Sub(s.options.Clock.Now())) / time.Second)
}

// follow makes the page look for news of its payment.
func (v *view) follow(p *Payment, device string) {
	v.StatusPath = "/alipaycn/status/" + p.PaymentID
	v.NextPath = resultPath(device, p.PaymentID)
	v.OutcomePath, v.LeftPath = outcomePath(device, p.PaymentID), leftPath(device, p.PaymentID)
}

// countdown is a number of seconds as 13:59 or 1:02:03.
func countdown(seconds int) string {
	if hours := seconds / 3600; hours > 0 {
		return fmt.Sprintf("%d:%02d:%02d", hours, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

// pagePolicy allows a page its own files and forms, and nothing else.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, page string, v *view) {
	v.Page, v.Device = page, device(r)
	v.Language = chooseLanguage(w, r)
	v.Languages = languageLinks(r, v.Language)
	v.T = phrasesIn[v.Language]
	var body bytes.Buffer
	if err := pages[page].ExecuteTemplate(&body, "layout", v); err != nil {
		s.options.Logger.Error("page not rendered", "page", page, "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	writePage(w, status, v.Language, body.Bytes())
}

func writePage(w http.ResponseWriter, status int, language language, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", string(language))
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body)
}
