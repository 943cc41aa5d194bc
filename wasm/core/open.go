package core

import (
	"strings"

	"github.com/valyala/fastjson"
)

// OpenNotification takes the signed parts of a notification as it came in, before
// anything in its body is believed:
//
//	{"config":{"clientId":"…"},"path":"/notify","headers":{…},"now":1589804460000} LF raw body →
//	{"contentPrefix":"POST …","contentPrefixWithoutQuery":"POST …","keyVersion":"1","signature":"<base64>","errors":[],"warnings":[]}
//
// path is the request target with its query, as on the wire; headers are
// client-id, request-time and signature, their names in any case. The caller
// verifies the signature, RSASSA-PKCS1-v1_5 with SHA-256, over contentPrefix and
// the raw body with the key of exactly that version. With now, in milliseconds
// since 1970, request-time must lie in the time window: "window":{"past":90000000,
// "future":300000} in milliseconds replaces the default of 25 hours into the past and 5
// minutes ahead. A side that is left out keeps its default, and a negative one does not
// bound. Leave now out to accept a message of any time: null is an error. The body is
// not read.
//
// A path with a query has a second prefix in the reply, "contentPrefixWithoutQuery".
// Alipay's documentation says that the query is signed, and shops report notifications
// that verify only without it. So a caller whose first check fails tries the same
// signature and key over contentPrefixWithoutQuery and the raw body. Paths without a
// query have no such member, and a forgery sent to one costs a single check.
func OpenNotification(reply, input []byte) []byte {
	return open(reply, input, "request-time")
}

// OpenResponse is [OpenNotification] for the answer to a request: path is that of
// the request, and the time is in the header response-time.
func OpenResponse(reply, input []byte) []byte {
	return open(reply, input, "response-time")
}

func open(reply, input []byte, timeHeader string) []byte {
	var p problems
	var prefix, withoutQuery string
	var signature signatureHeader
	headText, _ := splitRaw(input)
	if head, ok := parseHead(headText, &p); ok {
		readLanguage(head)
		c := readConfig(head)
		c.requireClientID(&p)
		path := readPath(head)
		h := readHeaders(head, timeHeader)
		if h.clientID != "" && c.clientID != "" && h.clientID != c.clientID {
			p.fail(ClientIDMismatch, "/headers/client-id")
		}
		checkWindow(head, h.time, "/headers/"+timeHeader)
		if h.signature != "" {
			signature, _ = parseSignatureHeader(h.signature, "/headers/signature", &p)
		}
		prefix = contentPrefix(path, h.clientID, h.time)
		if alone, _, hasQuery := strings.Cut(path, "?"); hasQuery && timeHeader == "request-time" {
			withoutQuery = contentPrefix(alone, h.clientID, h.time)
		}
	}
	w := newReply(reply)
	if p.ok() {
		w.member("contentPrefix", prefix)
		w.given("contentPrefixWithoutQuery", withoutQuery)
		w.member("keyVersion", signature.keyVersion)
		w.member("signature", signature.signature)
	}
	return p.finish(w)
}

// readPath reads a request target: what stands between method and version in the
// request line.
func readPath(head object) string {
	path, ok := head.str("path", mandatory, maxHeader)
	if !ok {
		return ""
	}
	if path[0] != '/' || strings.IndexByte(path, ' ') >= 0 {
		head.fail(PathMalformed, "path")
		return ""
	}
	return path
}

type signedHeaders struct{ clientID, time, signature string }

func readHeaders(head object, timeHeader string) (h signedHeaders) {
	o, present := head.required("headers")
	if !present {
		return h
	}
	before := len(o.p.errors)
	var seen [3]bool
	o.o.Visit(func(key []byte, v *fastjson.Value) {
		name := lower(string(key))
		var to *string
		at := 0
		switch name {
		case "client-id":
			to = &h.clientID
		case timeHeader:
			to, at = &h.time, 1
		case "signature":
			to, at = &h.signature, 2
		default:
			return
		}
		twice := seen[at]
		seen[at] = true
		switch {
		case twice:
			o.p.fail(HeaderTwice, o.at(name), name)
		case v.Type() != fastjson.TypeString:
			o.p.fail(FieldNotAString, o.at(name))
		default:
			value := string(v.GetStringBytes())
			switch {
			case hasControl(value) || len(value) > maxHeader:
				o.p.fail(HeaderMalformed, o.at(name))
			case isDoubled(value):
				o.p.fail(HeaderTwice, o.at(name), name)
			default:
				*to = value
			}
		}
	})
	if len(o.p.errors) > before {
		return h
	}
	for _, missing := range [...]struct{ name, value string }{
		{"client-id", h.clientID}, {timeHeader, h.time}, {"signature", h.signature},
	} {
		if missing.value == "" {
			o.p.fail(HeaderMissing, "/headers/"+missing.name, missing.name)
		}
	}
	return h
}

// isDoubled tells whether a value is that of a header that came twice, which servers join
// with a comma.
func isDoubled(value string) bool {
	half := len(value) / 2
	for comma := half; comma >= half-1 && comma > 0; comma-- {
		if value[comma] == ',' && value[:comma] == strings.TrimLeft(value[comma+1:], " ") {
			return true
		}
	}
	return false
}

// The window for the time of a notification. A notification that is not
// acknowledged is sent again over 24 hours and 22 minutes, and whether a new time
// is signed then is not documented, so the past is that long and a margin. A clock
// that runs ahead is forgiven five minutes.
const (
	windowPast   = 25 * 60 * 60 * 1000
	windowFuture = 5 * 60 * 1000
)

func checkWindow(head object, time, path string) {
	now, present := milliseconds(head, "now", 0)
	past, future := int64(windowPast), int64(windowFuture)
	if window, given := head.child("window"); given {
		window.unknown("past future")
		past, _ = milliseconds(window, "past", past)
		future, _ = milliseconds(window, "future", future)
	}
	if !present || time == "" {
		return
	}
	if full, short := withSeconds(time); short {
		time = full
	}
	at, ok := parseTime(time)
	switch {
	case !ok:
		head.p.fail(TimeMalformed, path)
	case past >= 0 && at < now-past:
		head.p.fail(TimeTooOld, path)
	case future >= 0 && at > now+future:
		head.p.fail(TimeInFuture, path)
	}
}

// milliseconds reads a whole number, or the default when there is none. What is no number
// is an error, null as well: JavaScript writes NaN so, and a clock that does not work must
// not switch a check off.
func milliseconds(o object, name string, otherwise int64) (ms int64, present bool) {
	v := o.value(name)
	if v == nil {
		return otherwise, false
	}
	text, ok := scalarText(v)
	if ok {
		ms, ok = atoiSigned(text)
	}
	if !ok {
		o.fail(MillisecondsMalformed, name)
		return otherwise, false
	}
	return ms, true
}
