package checkout

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"github.com/edgecashier/cashier"
	"github.com/edgecashier/cashier/host/checkout/pages"
	"github.com/edgecashier/cashier/host/checkout/problem"
	"github.com/edgecashier/cashier/host/gateway"
)

// checkoutHTML is the checkout page as it is written.
var checkoutHTML = func() []byte {
	text, err := cashier.Files.ReadFile("index.html")
	if err != nil {
		panic(err) // it is embedded
	}
	return text
}()

// form is GET /: the checkout page, for shops that make an order of what a shopper enters.
func (s *Service) form(w http.ResponseWriter, r *http.Request) error {
	if s.set.orderURL == "" {
		return problem.New("FORM_NOT_OFFERED", "", "without OrderURL there is no checkout form; post an order token to /checkout")
	}
	key := keptKey(r)
	if key == "" {
		key = rand.Text()
	}
	s.keepKey(w, key, "")
	// The browser may keep it for Back, with its key and what was entered.
	w.Header().Set("Cache-Control", "private, no-cache")
	return s.writeForm(w, languageOf(r), key, nil, nil, http.StatusOK)
}

// formAgain is the page with what was entered and what is wrong with it.
func (s *Service) formAgain(w http.ResponseWriter, r *http.Request, sent fields, problems gateway.Problems) error {
	key := sent["idempotencyKey"]
	s.keepKey(w, key, "")
	return s.writeForm(w, languageOf(r), key, sent, problems, http.StatusUnprocessableEntity)
}

func (s *Service) writeForm(w http.ResponseWriter, language, key string, sent fields, problems gateway.Problems, status int) error {
	var config struct {
		ClientID, MerchantKind string
		SettlementCurrencies   []string
	}
	if err := json.Unmarshal(s.set.config, &config); err != nil {
		return err
	}
	shown, err := json.Marshal(struct {
		MerchantKind         string   `json:"merchantKind,omitempty"`
		SettlementCurrencies []string `json:"settlementCurrencies,omitempty"`
	}{config.MerchantKind, config.SettlementCurrencies})
	if err != nil {
		return err
	}
	f := &formPage{language: language, key: key, sent: sent, problems: problems, config: string(shown), sandbox: strings.HasPrefix(config.ClientID, "SANDBOX_")}
	text, err := f.render()
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=UTF-8")
	header.Set("Content-Security-Policy", pages.FormPolicy(s.set.hosts))
	w.WriteHeader(status)
	_, _ = w.Write(text) // the browser may be gone
	return nil
}

// formPage is the checkout page in the making.
type formPage struct {
	language, key, config string
	sent                  fields
	problems              gateway.Problems
	sandbox               bool

	slots    map[string]bool   // the places for messages, by pointer
	ids      map[string]bool   // of elements
	messages map[string]string // by slot
}

func (f *formPage) render() ([]byte, error) {
	document, err := html.Parse(bytes.NewReader(checkoutHTML))
	if err != nil {
		return nil, err
	}
	f.slots, f.ids, f.messages = map[string]bool{}, map[string]bool{}, map[string]string{}
	for node := range document.Descendants() {
		if slot, has := attribute(node, "data-error"); has {
			f.slots[slot] = true
		}
		if id, has := attribute(node, "id"); has {
			f.ids[id] = true
		}
	}
	for _, p := range f.problems {
		if slot := f.slotFor(p.Path); slot != "" && f.messages[slot] == "" {
			f.messages[slot] = p.Message
		}
	}
	var foot *html.Node
	for node := range document.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		f.element(node)
		if node.Data == "footer" {
			foot = node
		}
	}
	if foot != nil && !f.sandbox { // the way to the playground is for those who try the sandbox
		foot.Parent.RemoveChild(foot)
	}
	var out bytes.Buffer
	err = html.Render(&out, document)
	return out.Bytes(), err
}

// slotFor is the place for a message: that of the pointer, or of what it is in; "" for none.
func (f *formPage) slotFor(pointer string) string {
	for ; pointer != ""; pointer = pointer[:strings.LastIndex(pointer, "/")] {
		if f.slots[pointer] {
			return pointer
		}
		if !strings.Contains(pointer, "/") {
			break
		}
	}
	return ""
}

var laterGoods = regexp.MustCompile(`^/goods/[1-9]`)

// later tells whether there is something in the rows of goods that are folded up.
func (f *formPage) later() bool {
	for name, value := range f.sent {
		if laterGoods.MatchString(name) && strings.HasSuffix(name, "/goodsName") && value != "" {
			return true
		}
	}
	for slot := range f.messages {
		if laterGoods.MatchString(slot) {
			return true
		}
	}
	return false
}

func (f *formPage) element(node *html.Node) {
	name, _ := attribute(node, "name")
	value, given := f.sent[name]
	switch name {
	case "lang":
		value, given = f.language, true
	case "idempotencyKey":
		value, given = f.key, true
	}
	slot, isSlot := attribute(node, "data-error")
	_, isList := attribute(node, "data-errors")
	_, isMore := attribute(node, "data-more")
	id, _ := attribute(node, "id")
	kind, _ := attribute(node, "type")
	own, _ := attribute(node, "value")
	switch {
	case node.Data == "html":
		set(node, "lang", f.language)
	case node.Data == "form" && id == "checkout":
		set(node, "data-config", f.config)
	case node.Data == "input" && name != "" || node.Data == "select" && name != "":
		if f.messages[name] != "" {
			set(node, "aria-invalid", "true")
		}
		if given && node.Data == "input" && kind == "radio" {
			toggle(node, "checked", own == value)
		} else if given && node.Data == "input" {
			set(node, "value", value)
		}
	case node.Data == "option":
		if field, _ := attribute(node.Parent, "name"); field != "" {
			if chosen, given := f.sent[field]; given {
				toggle(node, "selected", own == chosen)
			}
		}
	case isMore:
		toggle(node, "open", f.later())
	case isSlot && f.messages[slot] != "":
		remove(node, "hidden")
		say(node, f.messages[slot])
	case isList && len(f.problems) > 0:
		remove(node, "hidden")
		f.summary(node)
	}
	if text, has := attribute(node, map[string]string{pages.English: "data-en", pages.Chinese: "data-zh"}[f.language]); has {
		if node.Data == "option" {
			text = own + " – " + text
		}
		say(node, text)
	}
}

// summary lists all problems, with links to their fields.
func (f *formPage) summary(node *html.Node) {
	list := &html.Node{Type: html.ElementNode, Data: "ul"}
	for _, p := range f.problems {
		item := &html.Node{Type: html.ElementNode, Data: "li"}
		into := item
		if id := strings.ReplaceAll(strings.TrimPrefix(f.slotFor(p.Path), "/"), "/", "-"); f.ids[id] {
			into = &html.Node{Type: html.ElementNode, Data: "a", Attr: []html.Attribute{{Key: "href", Val: "#" + id}}}
			item.AppendChild(into)
		}
		into.AppendChild(&html.Node{Type: html.TextNode, Data: p.Message})
		list.AppendChild(item)
	}
	node.AppendChild(list)
}

func attribute(node *html.Node, name string) (value string, has bool) {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func set(node *html.Node, name, value string) {
	remove(node, name)
	node.Attr = append(node.Attr, html.Attribute{Key: name, Val: value})
}

func remove(node *html.Node, name string) {
	kept := node.Attr[:0]
	for _, a := range node.Attr {
		if a.Key != name {
			kept = append(kept, a)
		}
	}
	node.Attr = kept
}

func toggle(node *html.Node, name string, on bool) {
	if remove(node, name); on {
		set(node, name, "")
	}
}

// say replaces what is in an element by a text.
func say(node *html.Node, text string) {
	for node.FirstChild != nil {
		node.RemoveChild(node.FirstChild)
	}
	node.AppendChild(&html.Node{Type: html.TextNode, Data: text})
}

// One purchase is one order, however often its form is sent: a cookie keeps the key of the form for the shopper's other
// tabs, Back and reload, with scripts or without. When the purchase has come to its end the next form is another one.
const keyCookie = "checkout"

// keptKey is the key that the shopper's browser keeps, "" for none.
func keptKey(r *http.Request) string {
	cookie, err := r.Cookie(keyCookie)
	if err != nil {
		return ""
	}
	key, _, _ := strings.Cut(cookie.Value, ".")
	if !formKey.MatchString(key) {
		return ""
	}
	return key
}

// keepKey has the browser keep a key, with the payment that was begun with it, "" for none yet.
func (s *Service) keepKey(w http.ResponseWriter, key, paymentRequestID string) {
	value, age := key, 3600
	if paymentRequestID != "" {
		value += "." + paymentRequestID
	}
	if key == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: keyCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(s.set.origin, "https:")})
}

// forgetKey has the browser forget its key when the payment that was begun with it has come to its end. One that failed goes
// on under its key, as another attempt to pay the same order.
func (s *Service) forgetKey(w http.ResponseWriter, r *http.Request, v pages.View) {
	cookie, err := r.Cookie(keyCookie)
	if err != nil || v.PaymentStatus != "SUCCESS" && v.PaymentStatus != "CANCELLED" {
		return
	}
	if _, id, _ := strings.Cut(cookie.Value, "."); id != "" && id == v.PaymentRequestID {
		s.keepKey(w, "", "")
	}
}
