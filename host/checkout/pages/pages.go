// Package pages makes the pages that shoppers see after the checkout: where a payment stands, what is wrong, and the
// way to a cashier that wants a POST. One Mustache template and one catalogue of texts are the source of both shells:
// package checkout reads them here, the Worker in JavaScript. vectors.json holds pages that both must make to the
// byte; README.md says how a page comes about.
package pages

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cbroglie/mustache"

	"github.com/edgecashier/cashier/host/gateway"
)

//go:embed page.mustache
var pageText string

//go:embed catalogue.json
var catalogueText []byte

//go:embed static
var static embed.FS

// Static holds the files that the pages load from /pages/.
func Static() fs.FS {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

// catalogue is what the pages say.
type catalogue struct {
	Signs      map[string]string // a drawing for each sign, as the d of an SVG path
	StateSigns map[string]string // the sign of each state
	Languages  map[string]words
}

type words struct {
	Words    map[string]string
	Prices   map[string]string // how an amount of a currency is written; {} stands for the figure
	States   map[string]struct{ Title, Lead string }
	Problems map[string]string // by code, or by status for codes that have no sentence of their own
}

var (
	template = must(mustache.ParseString(pageText))
	texts    = func() (c catalogue) {
		if err := json.Unmarshal(catalogueText, &c); err != nil {
			panic(err)
		}
		return c
	}()
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err) // what is embedded was tested
	}
	return value
}

// The languages that there are texts in.
const (
	English = "en"
	Chinese = "zh-CN"
)

// Language is the first of the wishes that there are texts in: a choice of the shopper, then Accept-Language. Without
// one it is English.
func Language(wishes ...string) string {
	for _, wish := range strings.Split(strings.Join(wishes, ","), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(wish)), ";")
		primary, _, _ := strings.Cut(tag, "-")
		switch primary {
		case "zh":
			return Chinese
		case "en":
			return English
		}
	}
	return English
}

// Page is a page that is ready to be sent.
type Page struct {
	Status  int    `json:"status"`
	Refresh string `json:"refresh,omitempty"` // the header Refresh, empty for a page that stays
	Policy  string `json:"policy"`            // the header Content-Security-Policy
	HTML    string `json:"html"`
}

// View is the view of advance, as far as pages show it; docs/record.md describes it.
type View struct {
	ReferenceOrderID string            `json:"referenceOrderId"`
	PaymentRequestID string            `json:"paymentRequestId,omitempty"`
	PaymentStatus    string            `json:"paymentStatus"`
	PaymentAmount    gateway.Amount    `json:"paymentAmount"`
	ResultCode       string            `json:"resultCode,omitempty"`
	Redirect         *gateway.Redirect `json:"redirect,omitempty"`
	ResultPage       string            `json:"resultPage,omitempty"` // with the signed result, ready to be followed
	Conflict         bool              `json:"conflict,omitempty"`
	MayPayAgain      bool              `json:"mayPayAgain"`
	PollAfter        int64             `json:"pollAfter,omitempty"` // milliseconds
	ExpiresAt        int64             `json:"expiresAt,omitempty"` // milliseconds since the epoch
}

// Result shows where a payment stands. While it is open the page looks again by itself; then it leads on to the
// merchant's.
type Result struct {
	Language      string   `json:"language"`
	View          View     `json:"view"`
	Figure        string   `json:"figure"`                  // the amount as format_amount writes it
	RedirectHosts []string `json:"redirectHosts,omitempty"` // of the config
}

// Page makes the page.
func (r Result) Page() Page {
	t := texts.Languages[r.Language]
	v := r.View
	state := v.PaymentStatus
	switch {
	case v.Conflict:
		state = "CONFLICT"
	case state == "PROCESSING" && v.Redirect == nil && v.ExpiresAt > 0:
		state = "STARTING" // it may be paid, and where is not known yet
	}
	m := model(r.Language, t.States[state].Title, texts.StateSigns[state])
	m["lead"] = t.States[state].Lead
	m["hasDetails"] = true
	m["details"] = []map[string]string{
		{"name": t.Words["order"], "value": v.ReferenceOrderID},
		{"name": t.Words["amount"], "value": price(t, v.PaymentAmount.Currency, r.Figure)},
	}
	page := Page{Status: http.StatusOK, Policy: policy(cashierForms(r.RedirectHosts))}
	if v.Redirect != nil {
		onward(m, v.Redirect, t.Words["pay"])
	}
	// In a conflict the merchant's page would tell of a result that is in doubt.
	if v.ResultPage != "" && !v.Conflict {
		link(m, v.ResultPage, t.Words["back"])
		page.Refresh = "5; url=" + v.ResultPage
	}
	if v.PollAfter > 0 {
		page.Refresh = strconv.FormatInt((v.PollAfter+999)/1000, 10)
	}
	return page.with(m)
}

// Problem says what is wrong when no field of the checkout page is to blame. It never says what became of the shopper's
// money: nothing is known of it here.
type Problem struct {
	Language string   `json:"language"`
	Status   int      `json:"status"`
	Codes    []string `json:"codes"`           // of the problems, the first one's first
	Form     bool     `json:"form,omitempty"`  // there is a checkout page to go back to
	Again    string   `json:"again,omitempty"` // the address that the page tries again by itself
}

// retryAfter is how many seconds the page of a problem waits before it tries again.
const retryAfter = 5

// Page makes the page.
func (p Problem) Page() Page {
	t := texts.Languages[p.Language]
	title := t.Words["refused"]
	switch {
	case p.Status == http.StatusNotFound:
		title = t.Words["missing"]
	case p.Status >= 500:
		title = t.Words["trouble"]
	}
	m := model(p.Language, title, "stopped")
	var sentences, codes []string
	for _, code := range p.Codes {
		if s := sentence(t, code, p.Status); !slices.Contains(sentences, s) {
			sentences = append(sentences, s)
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	if p.Status >= 500 {
		sentences = append(sentences, t.Words["payOnce"])
	}
	problems := make([]map[string]string, len(sentences))
	for i, s := range sentences {
		problems[i] = map[string]string{"text": s}
	}
	m["hasProblems"], m["problems"] = true, problems
	m["hint"] = t.Words["code"] + ": " + strings.Join(codes, ", ")
	page := Page{Status: p.Status, Policy: policy("")}
	switch {
	case p.Again != "":
		m["text"] = t.Words["triesAgain"]
		link(m, p.Again, t.Words["lookAgain"])
		page.Refresh = strconv.Itoa(retryAfter)
	case p.Form:
		link(m, "/", t.Words["again"])
	}
	return page.with(m)
}

// Onward is the way to a cashier that wants a POST: a form that sends itself, with a button for browsers without
// scripts.
type Onward struct {
	Language      string           `json:"language"`
	Redirect      gateway.Redirect `json:"redirect"`
	RedirectHosts []string         `json:"redirectHosts,omitempty"` // of the config
}

// Page makes the page.
func (o Onward) Page() Page {
	t := texts.Languages[o.Language]
	m := model(o.Language, t.Words["toCashier"], "waiting")
	m["text"] = t.Words["onTheWay"]
	onward(m, &o.Redirect, t.Words["pay"])
	m["submits"] = o.Redirect.Location == ""
	return Page{Status: http.StatusOK, Policy: policy("script-src 'self'; " + cashierForms(o.RedirectHosts))}.with(m)
}

func model(language, title, sign string) map[string]any {
	return map[string]any{"language": language, "title": title, "sign": sign, "drawing": texts.Signs[sign]}
}

func link(m map[string]any, href, text string) {
	links, _ := m["links"].([]map[string]string)
	m["links"] = append(links, map[string]string{"href": href, "text": text})
}

// onward leads to the cashier. A form sent by GET would drop the query that its address may have, so what a link can
// reach is a link.
func onward(m map[string]any, to *gateway.Redirect, text string) {
	if to.Location != "" {
		link(m, to.Location, text)
		return
	}
	fields := make([]map[string]string, len(to.Fields))
	for i, field := range to.Fields {
		fields[i] = map[string]string{"name": field.Name, "value": field.Value}
	}
	m["form"] = map[string]any{"action": to.Action, "fields": fields, "button": text}
}

func (p Page) with(m map[string]any) Page {
	p.HTML = must(template.Render(m))
	return p
}

// price writes an amount as people of a language do. The figure stays as core.wasm wrote it.
func price(t words, currency, figure string) string {
	form, known := t.Prices[currency]
	if !known {
		form = currency + "\u00a0{}"
	}
	return strings.Replace(form, "{}", figure, 1)
}

// sentence is what a shopper is told of a problem. The message that comes with its code is for developers: a code that
// has no sentence of its own is told by the status of the answer.
func sentence(t words, code string, status int) string {
	if s, own := t.Problems[code]; own {
		return s
	}
	switch {
	case strings.HasPrefix(code, "TOKEN_"):
		return t.Problems["TOKEN"]
	case status == http.StatusPaymentRequired:
		return t.Problems["402"]
	case status < 500:
		return t.Problems["400"]
	}
	return t.Problems["500"]
}

// cashierForms allows forms to lead to the cashier's hosts. Browsers apply form-action to the redirect that answers a
// form as well.
func cashierForms(hosts []string) string {
	own := ""
	for _, host := range hosts {
		scheme := "https://"
		if strings.HasPrefix(host, "localhost") || strings.HasPrefix(host, "127.") || strings.HasPrefix(host, "[::1]") {
			scheme = "http://"
		}
		own += " " + scheme + host
	}
	return "form-action 'self' https://*.alipay.com https://*.alipayplus.com" + own
}

// FormPolicy is the Content-Security-Policy of the checkout page.
func FormPolicy(redirectHosts []string) string {
	return policy("script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; " + cashierForms(redirectHosts))
}

func policy(more string) string {
	return strings.TrimSuffix("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "+more, "; ")
}

// Render makes the page of an entry of vectors.json.
func Render(kind string, input json.RawMessage) (Page, error) {
	var page interface{ Page() Page }
	switch kind {
	case "result":
		page = &Result{}
	case "problem":
		page = &Problem{}
	case "onward":
		page = &Onward{}
	default:
		return Page{}, fmt.Errorf("there is no page %q", kind)
	}
	if err := json.Unmarshal(input, page); err != nil {
		return Page{}, err
	}
	return page.Page(), nil
}
