package core

import (
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// redirect is where the shopper pays: a form to submit, or an address to go to.
// fallbacks are the addresses to try next, in this order, when nothing opens the first
// one: it may be that of an app that is not there.
type redirect struct {
	method    string
	action    string
	fields    []header
	fallbacks []string
}

// readRedirect finds the cashier's address in an answer. Today's documentation
// gives whole addresses, best one first for the terminal; the guide gives a form,
// which stays the fallback. Every browser opens a normalUrl, so nothing behind one is
// looked at.
func readRedirect(o object, terminal string, c *config) (r redirect) {
	names := []string{"normalUrl", "applinkUrl", "schemeUrl"}
	if terminal == "APP" {
		names = []string{"applinkUrl", "schemeUrl", "normalUrl"}
	}
	// What is wrong with an address that another one stands in for is a warning.
	bad := problems{language: o.p.language}
	quiet := object{o.o, o.path, &bad}
	for _, name := range names {
		address, ok := quiet.lenient(name)
		if !ok || address == "" {
			continue
		}
		if address = payAddress(address, name, quiet, c); address == "" {
			continue
		}
		if r.method == "" {
			r = redirect{method: "GET", action: address}
		} else {
			r.fallbacks = append(r.fallbacks, address)
		}
		if name == "normalUrl" {
			o.p.soften(&bad)
			return r
		}
	}
	wrong := len(bad.errors)
	form := readForms(quiet, c)
	switch formIsGood := form.method != "" && len(bad.errors) == wrong; {
	case r.method == "" && !formIsGood:
		o.p.errors = append(o.p.errors, bad.errors...)
		return r
	case r.method == "":
		r = form
	case formIsGood && form.method == "GET":
		r.fallbacks = append(r.fallbacks, form.location())
	}
	o.p.soften(&bad)
	return r
}

// payAddress checks one of the whole addresses; a schemeUrl may open the Alipay app.
func payAddress(address, name string, o object, c *config) string {
	if name == "schemeUrl" && alipayApp(address) {
		return address
	}
	return cashierAddress(address, o.at(name), c, o.p)
}

// readForms finds the form of the guide, or the JSON text of today's that says the same.
func readForms(o object, c *config) (r redirect) {
	form, present := o.child("redirectActionForm")
	text, hasText := o.lenient("paymentActionForm")
	hasText = hasText && text != ""
	if address, _ := form.lenient("redirectUrl"); present && (address != "" || !hasText) {
		return readActionForm(form, c)
	}
	if hasText {
		if form, ok := parseObject([]byte(text), o.at("paymentActionForm"), o.p); ok {
			return readActionForm(form, c)
		}
	}
	return r
}

// maxParameters is four times what the API page gives for parameters.
const maxParameters = 8192

// readActionForm reads {method, redirectUrl, parameters}. parameters is a JSON text
// whose members become the form's fields, unknown ones and the gateway's own
// "county" included, and numbers digit by digit.
func readActionForm(o object, c *config) (r redirect) {
	r.method, _ = o.lenient("method")
	if r.method == "" {
		r.method = "GET"
	}
	if r.method != "GET" && r.method != "POST" {
		o.p.fail(RedirectMethod, o.at("method"))
	}
	address, ok := o.lenient("redirectUrl")
	if !ok || address == "" {
		o.p.fail(FieldRequired, o.at("redirectUrl"))
		return redirect{}
	}
	r.action = cashierAddress(address, o.at("redirectUrl"), c, o.p)
	text, ok := o.lenient("parameters")
	if !ok || text == "" {
		return r
	}
	if longer(text, maxParameters) {
		o.p.fail(FieldTooLong, o.at("parameters"), itoa(maxParameters))
		return r
	}
	parameters, ok := parseObject([]byte(text), o.at("parameters"), o.p)
	if !ok {
		return r
	}
	parameters.o.Visit(func(key []byte, v *fastjson.Value) {
		if v.Type() == fastjson.TypeNull {
			return
		}
		value, ok := scalarText(v)
		if !ok {
			o.p.fail(RedirectParameter, o.at("parameters")+"/"+escapePointer(string(key)))
			return
		}
		r.fields = append(r.fields, header{string(key), value})
	})
	return r
}

// alipayApp tells whether an address opens the Alipay app itself.
func alipayApp(address string) bool {
	return (strings.HasPrefix(address, "alipays://") || strings.HasPrefix(address, "alipay://")) &&
		len(address) <= maxURL && appScheme(address)
}

// cashierAddress lets a shopper be sent only to https addresses of alipay.com and
// to the hosts that the config names, loopback ones without TLS among these. An
// address that is none of those is reported and comes back empty.
func cashierAddress(address, path string, c *config, p *problems) string {
	u, ok := parseURL(address)
	if !ok || u.userinfo || len(address) > maxURL {
		p.fail(URLMalformed, path)
		return ""
	}
	host := lower(u.host)
	if u.scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	allowed := false
	for _, h := range c.redirectHosts {
		allowed = allowed || h == host
	}
	if u.scheme == "https" {
		allowed = allowed || host == "alipay.com" || strings.HasSuffix(host, ".alipay.com")
	} else {
		allowed = allowed && loopback(u.hostname())
	}
	if !allowed {
		p.fail(RedirectHost, path, u.scheme+"://"+host)
		return ""
	}
	return address
}

func (r redirect) write(w *writer, l language) {
	w.name("redirect")
	w.open('{')
	w.member("method", r.method)
	w.member("action", r.action)
	writePairs(w, "fields", r.fields)
	if r.method == "GET" {
		w.member("location", r.location())
	}
	w.member("html", r.html(l))
	if len(r.fallbacks) > 0 {
		w.name("fallbacks")
		w.open('[')
		for _, address := range r.fallbacks {
			w.str(address)
		}
		w.close(']')
	}
	w.close('}')
}

// html is a form with a button that leads to the cashier, safe to put into a page. A
// GET form drops the query of its action, so that becomes fields as well. Browsers send
// fields as UTF-8: a query that is none becomes a link, to keep it as it is.
func (r redirect) html(l language) string {
	label := "Continue to Alipay"
	if l == simplifiedChinese {
		label = "前往支付宝付款"
	}
	action, fields := r.action, r.fields
	if r.method == "GET" {
		address, fragment := cutFragment(action)
		path, query, _ := strings.Cut(address, "?")
		if decoded, ok := percentDecode(query); !ok || !utf8.ValidString(decoded) {
			return string(appendHTML([]byte(`<a href="`), r.location())) + `">` + label + `</a>`
		}
		action, fields = path+fragment, append(queryFields(query), fields...)
	}
	out := append([]byte(nil), `<form method="`...)
	out = append(out, lower(r.method)...)
	// The page around it may be written in another encoding than location is.
	out = append(out, `" accept-charset="UTF-8" action="`...)
	out = appendHTML(out, action)
	out = append(out, `">`...)
	for _, f := range fields {
		out = append(out, `<input type="hidden" name="`...)
		out = appendHTML(out, f.name)
		out = append(out, `" value="`...)
		out = appendHTML(out, f.value)
		out = append(out, `">`...)
	}
	return string(out) + `<button type="submit">` + label + `</button></form>`
}

// cutFragment cuts an address before its "#".
func cutFragment(address string) (rest, fragment string) {
	if hash := strings.IndexByte(address, '#'); hash >= 0 {
		return address[:hash], address[hash:]
	}
	return address, ""
}

// queryFields takes apart a query that can be decoded.
func queryFields(query string) (fields []header) {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		fields = append(fields, header{decodeQuery(name), decodeQuery(value)})
	}
	return fields
}

func decodeQuery(s string) string {
	decoded, _ := percentDecode(strings.ReplaceAll(s, "+", " "))
	return decoded
}

// appendHTML escapes text for an attribute in double quotes.
func appendHTML(out []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '&':
			out = append(out, "&amp;"...)
		case '<':
			out = append(out, "&lt;"...)
		case '>':
			out = append(out, "&gt;"...)
		case '"':
			out = append(out, "&quot;"...)
		case '\'':
			out = append(out, "&#39;"...)
		default:
			out = append(out, c)
		}
	}
	return out
}

// location is the address that a GET form with these fields leads to. A form drops
// the query of its action; an address with both keeps both.
func (r redirect) location() string {
	address, fragment := cutFragment(r.action)
	out := []byte(address)
	separator := byte('?')
	if q := strings.IndexByte(address, '?'); q >= 0 {
		separator = '&'
		if q == len(address)-1 || address[len(address)-1] == '&' {
			separator = 0
		}
	}
	for _, f := range r.fields {
		if separator != 0 {
			out = append(out, separator)
		}
		separator = '&'
		out = appendQuery(out, f.name)
		out = append(out, '=')
		out = appendQuery(out, f.value)
	}
	return string(append(out, fragment...))
}

// appendQuery percent-encodes all but the unreserved characters of RFC 3986.
func appendQuery(out []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '.' || c == '_' || c == '~' {
			out = append(out, c)
		} else {
			out = append(out, '%', upperHexDigits[c>>4], upperHexDigits[c&15])
		}
	}
	return out
}
