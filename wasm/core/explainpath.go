package core

import (
	"strings"
	"unicode/utf8"
)

// target guesses for which request target a message was signed, when it is not the
// one that arrived.
type target struct {
	*explanation
	headers signedHeaders
	path    string
}

// maxGivenPaths is how many of the caller's paths are tried.
const maxGivenPaths = 16

// guess fills in the prefixes, the likeliest first: what was received, the path
// without its query, what the caller has named, then what proxies, frameworks and
// people make of a request target.
func (t *target) guess(head object, isNotification bool, ownClientID string) {
	path := t.path
	bare, query, hasQuery := strings.Cut(path, "?")
	t.add(0, path)
	if hasQuery {
		t.add(PathQueryAdded, bare)
		if len(t.prefixes) == 2 { // verifiers accept both texts of a notification
			t.prefixes[1].accepted = isNotification
		}
	}
	if ownClientID != "" && ownClientID != t.headers.clientID {
		g := prefixGuess{cause: ClientIDMismatch, prefix: contentPrefix(path, ownClientID, t.headers.time)}
		if t.headers.clientID == "" {
			g.cause, g.about = t.wrongHeader("client-id"), "client-id"
		}
		t.prefixes = append(t.prefixes, g)
	}
	t.addGiven(head, bare, query, hasQuery)

	other := func(path string) { t.add(PathOther, path) }
	with := func(bare string) string {
		if hasQuery {
			return bare + "?" + query
		}
		return bare
	}
	if bare != "/" {
		if trimmed, found := strings.CutSuffix(bare, "/"); found {
			other(with(trimmed))
		} else {
			other(with(bare + "/"))
		}
		other("/") // the path of a notify URL that has none
	}
	if decoded, ok := percentDecode(path); ok {
		other(decoded)
	}
	for strings.Contains(bare, "//") {
		bare = strings.ReplaceAll(bare, "//", "/")
	}
	other(with(bare))
	other("/" + path) // a notify URL such as https://shop.example//notify
	other(recase(path, 'A', 'F'))
	other(recase(path, 'a', 'f'))
	if hasQuery {
		other(bare + "?" + strings.ReplaceAll(query, "+", "%20"))
		other(bare + "?" + strings.ReplaceAll(query, "%20", "+"))
		t.addRewrittenQuery(bare, query)
	} else {
		other(path + "?")
	}
	// A prefix that a proxy has put before the path, and one that it has taken away.
	for rest, n := bare, 0; n < 3; n++ {
		slash := strings.IndexByte(strings.TrimPrefix(rest, "/"), '/')
		if slash < 0 {
			break
		}
		rest = rest[slash+1:]
		other(with(rest))
	}
	other("/api" + path)
}

// wrongHeader is what the checks have found to be wrong with a header.
func (t *target) wrongHeader(name string) Code {
	for i := range t.checks {
		if args := t.checks[i].args; len(args) > 0 && args[0] == name {
			return t.checks[i].code
		}
	}
	return HeaderMissing
}

// add appends a prefix unless it is there already, or cannot be a request target.
func (t *target) add(cause Code, path string) {
	if len(t.prefixes) == maxPrefixes || len(path) > maxHeader || !utf8.ValidString(path) {
		return
	}
	if cause != 0 && (path == "" || hasControl(path)) {
		return
	}
	prefix := contentPrefix(path, t.headers.clientID, t.headers.time)
	for i := range t.prefixes {
		if t.prefixes[i].prefix == prefix {
			return
		}
	}
	t.prefixes = append(t.prefixes, prefixGuess{cause: cause, about: path, prefix: prefix})
}

// addGiven adds the paths that the caller has named; one without a query also with
// the query that was received.
func (t *target) addGiven(head object, bare, query string, hasQuery bool) {
	items, _ := head.array("paths")
	for _, item := range items[:min(len(items), maxGivenPaths)] {
		text, ok := scalarText(item)
		if !ok {
			continue
		}
		text = requestTarget(text)
		theirs, theirQuery, found := strings.Cut(text, "?")
		if found && theirs == bare && theirQuery != query {
			t.add(PathQueryMissing, text)
			continue
		}
		t.add(PathOther, text)
		if hasQuery && !found {
			t.add(PathOther, text+"?"+query)
		}
	}
}

// addRewrittenQuery adds what frameworks make of a query that they have parsed and
// written again: "a" and "a=" are one to them, and some sort by name.
func (t *target) addRewrittenQuery(bare, query string) {
	pairs := strings.Split(query, "&")
	if len(pairs) > maxPairs {
		return
	}
	without, with := make([]string, len(pairs)), make([]string, len(pairs))
	for i, pair := range pairs {
		without[i] = strings.TrimSuffix(pair, "=")
		with[i] = pair
		if strings.IndexByte(pair, '=') < 0 {
			with[i] += "="
		}
	}
	t.add(PathOther, bare+"?"+strings.Join(without, "&"))
	t.add(PathOther, bare+"?"+strings.Join(with, "&"))
	sortNames(pairs)
	t.add(PathOther, bare+"?"+strings.Join(pairs, "&"))
}

// requestTarget cuts an absolute URL, as it stands in the request line that a proxy
// gets, to path and query.
func requestTarget(url string) string {
	scheme := strings.Index(url, "://")
	if scheme < 0 || strings.IndexByte(url[:scheme], '/') >= 0 {
		return url
	}
	rest := url[scheme+len("://"):]
	at := strings.IndexAny(rest, "/?")
	switch {
	case at < 0:
		return "/"
	case rest[at] == '?':
		return "/" + rest[at:]
	}
	return rest[at:]
}

// recase writes the hexadecimal letters of percent escapes as those from first to
// last: capital or small.
func recase(path string, first, last byte) string {
	out := []byte(path)
	for i := 0; i+2 < len(out); i++ {
		if out[i] != '%' {
			continue
		}
		for _, at := range [...]int{i + 1, i + 2} {
			if other := out[at] ^ 0x20; other >= first && other <= last {
				out[at] = other
			}
		}
	}
	return string(out)
}
