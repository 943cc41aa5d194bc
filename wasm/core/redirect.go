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
	quiet := o.reporting(&bad)
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
	switch form := readForms(quiet, c); {
	case r.method == "" && form.method == "":
		o.p.errors = append(o.p.errors, bad.errors...)
		return r
	case r.method == "":
		r = form
	case form.method == "GET":
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

// readForms finds the form of the guide, or the JSON text of today's that says the same:
// the first one that leads somewhere. Its method is empty where there is none.
func readForms(o object, c *config) redirect {
	for _, name := range [...]string{"redirectActionForm", "paymentActionForm"} {
		before := len(o.p.errors)
		form, present := o.packed(name)
		if address, _ := form.lenient("redirectUrl"); !present || address == "" && name[0] == 'r' && o.has("paymentActionForm") {
			continue
		}
		if r := readActionForm(form, c); len(o.p.errors) == before {
			return r
		}
	}
	return redirect{}
}

// packed returns a member that is an object, or one as JSON text: the gateway's messages
// have both. An empty text counts as absent.
func (o object) packed(name string) (child object, present bool) {
	v := o.get(name)
	if v == nil || v.Type() != fastjson.TypeString {
		return o.child(name)
	}
	text := v.GetStringBytes()
	if len(text) == 0 {
		return &located{nil, o.at(name), o.p}, false
	}
	return parseObject(text, o.at(name), o.p)
}

// maxParameters is four times what the API page gives for parameters.
const maxParameters = 8192

// readActionForm reads {method, redirectUrl, parameters}. The members of parameters become
// the form's fields, unknown ones and the gateway's own "county" included, and numbers
// digit by digit.
func readActionForm(o object, c *config) (r redirect) {
	switch method, _ := o.lenient("method"); lower(method) {
	case "get", "":
		r.method = "GET"
	case "post":
		r.method = "POST"
	default:
		o.fail(RedirectMethod, "method")
	}
	address, ok := o.lenient("redirectUrl")
	if !ok || address == "" {
		o.fail(FieldRequired, "redirectUrl")
		return redirect{}
	}
	r.action = cashierAddress(address, o.at("redirectUrl"), c, o.p)
	if text := o.get("parameters"); text != nil && longer(string(text.GetStringBytes()), maxParameters) {
		o.fail(FieldTooLong, "parameters", itoa(maxParameters))
		return r
	}
	parameters, present := o.packed("parameters")
	if !present {
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

// cashierHosts are Alipay's own: answers to Web payments lead to alipayplus.com.
var cashierHosts = [...]string{"alipay.com", ".alipay.com", "alipayplus.com", ".alipayplus.com"}

// maxCashierAddress is four times what the API page gives, as maxParameters.
const maxCashierAddress = 8192

// cashierAddress lets a shopper be sent only to https addresses of Alipay's hosts and
// to the hosts that the config names, loopback ones without TLS among these. An
// address that is none of those is reported and comes back empty.
func cashierAddress(address, path string, c *config, p *problems) string {
	u, ok := parseURL(address)
	if !ok || u.userinfo || len(address) > maxCashierAddress {
		p.fail(URLMalformed, path)
		return ""
	}
	host := lower(u.host)
	if u.scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	allowed := hostIn(host, c.redirectHosts)
	if u.scheme == "https" {
		allowed = allowed || hostIn(host, cashierHosts[:])
	} else {
		allowed = allowed && loopback(u.hostname())
	}
	if !allowed {
		p.fail(RedirectHost, path, u.scheme+"://"+host)
		return ""
	}
	return address
}

// hostIn looks a host up among others, of which ".example.com" stands for all subdomains.
func hostIn(host string, list []string) bool {
	for _, h := range list {
		if h == host || h[0] == '.' && strings.HasSuffix(host, h) {
			return true
		}
	}
	return false
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
// fields as UTF-8, write line ends as CR LF and fill in a field named _charset_: a link
// takes the place of a GET form that would not arrive as it is.
func (r redirect) html(l language) string {
	label := "Continue to Alipay"
	if l == simplifiedChinese {
		label = "前往支付宝付款"
	}
	action, fields := r.action, r.fields
	if r.method == "GET" {
		address, fragment := cutFragment(action)
		path, query, _ := strings.Cut(address, "?")
		decoded, ok := percentDecode(query)
		for _, f := range append(queryFields(query), fields...) {
			ok = ok && !hasControl(f.name) && !hasControl(f.value) && lower(f.name) != "_charset_"
		}
		if !ok || !utf8.ValidString(decoded) {
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
