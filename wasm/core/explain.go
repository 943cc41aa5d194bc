package core

import (
	"strings"
	"unicode/utf8"
)

// Explain helps to find out why a signature does not verify. The core knows what
// tends to go wrong on the way; only the caller can try a key. So the core answers
// with what is plain to see, and with guesses to try in this order:
//
//	{"config":{…},"message":"notification"|"response","path":"…","headers":{…},"now":…,"paths":["…"]} LF raw body →
//	{"checks":[{"check":"CLIENT_ID_MISMATCH","passed":true},…],
//	 "guesses":[{"cause":"…","message":"…","contentPrefix":"…","body":"…","signature":"<base64>","keyVersion":"1"},…],
//	 "errors":[],"warnings":[]}
//
// The caller verifies each guess with each key it has, Alipay's and its own: the
// first that verifies names the cause. A guess without "body" is about the raw
// body, one without "signature" about the signature of the first guess. The first
// guess is the message as it came: when it verifies with Alipay's key of its
// version nothing is wrong, and when it verifies with another one, that key is the
// cause (KEY_VERSION_OTHER, or KEY_IS_YOUR_OWN). paths are other paths under which
// the message may have been sent, such as those in front of a proxy.
//
// Nothing that a guess finds is believed: it explains a failure, no more.
func Explain(reply, input []byte) []byte {
	var p problems
	e := explanation{p: &p}
	headText, body := splitRaw(input)
	if head, ok := parseHead(headText, &p); ok {
		readLanguage(head)
		e.read(head, body)
	}
	w := newReply(reply)
	if !p.ok() {
		return p.finish(w)
	}
	w.name("checks")
	w.open('[')
	for _, check := range e.checks {
		w.open('{')
		w.member("check", check.code.String())
		w.boolean("passed", check.passed)
		if !check.passed {
			w.member("message", p.language.message(check.code, check.args))
		}
		w.close('}')
	}
	w.close(']')
	w.name("guesses")
	w.open('[')
	for i := range e.guesses {
		e.guesses[i].write(w, p.language)
	}
	w.close(']')
	return p.finish(w)
}

type explanation struct {
	p       *problems
	checks  []check
	guesses []guess
}

type check struct {
	code   Code
	passed bool
	args   []string
}

type guess struct {
	cause             Code // "" for the message as it came
	prefix            string
	body              string
	otherBody         bool
	signature         string
	keyVersion        string
	describeSignature bool
}

func (g *guess) write(w *writer, l language) {
	w.open('{')
	w.member("cause", g.cause.String())
	if g.cause != 0 {
		w.member("message", l.message(g.cause, nil))
	}
	w.member("contentPrefix", g.prefix)
	if g.otherBody {
		w.member("body", g.body)
	}
	if g.describeSignature {
		w.member("signature", g.signature)
		w.member("keyVersion", g.keyVersion)
	}
	w.close('}')
}

func (e *explanation) read(head object, body []byte) {
	c := readConfig(head)
	timeHeader := "request-time"
	switch kind, present := head.text("message"); {
	case !present || kind == "notification":
	case kind == "response":
		timeHeader = "response-time"
	default:
		e.p.fail(FieldNotInSet, head.at("message"), "notification, response")
	}
	path, _ := head.text("path")
	if len(path) > maxHeader {
		e.p.fail(FieldTooLong, head.at("path"), itoa(maxHeader))
	}
	var quiet problems
	h := readHeaders(head.reporting(&quiet), timeHeader)
	for _, missing := range quiet.errors {
		e.checks = append(e.checks, check{missing.code, false, []string{strings.TrimPrefix(missing.path, "/headers/")}})
	}
	if !e.p.ok() {
		return
	}
	e.checkHead(head, c, path, h, timeHeader)
	signature, readable := e.readSignature(h.signature)
	if !readable {
		return
	}
	e.guesses = append(e.guesses, guess{
		prefix: contentPrefix(path, h.clientID, h.time), describeSignature: true,
		signature: signature.signature, keyVersion: signature.keyVersion,
	})
	e.guessPaths(head, path, h)
	e.guessBodies(path, h, body)
	if c.clientID != "" && c.clientID != h.clientID {
		e.guess(ClientIDMismatch, path, c.clientID, h.time)
	}
}

// checkHead runs the checks that need no key.
func (e *explanation) checkHead(head object, c *config, path string, h signedHeaders, timeHeader string) {
	if c.clientID != "" && h.clientID != "" {
		e.checks = append(e.checks, check{ClientIDMismatch, c.clientID == h.clientID, nil})
	}
	e.checks = append(e.checks, check{PathMalformed, strings.HasPrefix(path, "/") && !strings.Contains(path, " ") && !hasControl(path), nil})
	var quiet problems
	checkWindow(head.reporting(&quiet), h.time, "/headers/"+timeHeader)
	passed := true
	for _, wrong := range quiet.errors {
		e.checks = append(e.checks, check{wrong.code, false, nil})
		passed = false
	}
	if passed && head.has("now") && h.time != "" {
		e.checks = append(e.checks, check{TimeTooOld, true, nil}, check{TimeInFuture, true, nil})
	}
}

// readSignature reads the header, if need be with the slips undone that make it
// unreadable.
func (e *explanation) readSignature(value string) (h signatureHeader, readable bool) {
	if value == "" {
		return h, false
	}
	var quiet problems
	if h, readable = parseSignatureHeader(value, "", &quiet); readable {
		e.checks = append(e.checks, check{SignatureHeaderMalformed, true, nil})
		return h, true
	}
	wrong := quiet.errors[0].code
	if wrong == SignatureNotBase64 {
		blank := strings.Index(value, "signature=")
		if blank >= 0 && strings.Contains(value[blank:], " ") {
			mended := value[:blank] + strings.ReplaceAll(value[blank:], " ", "+")
			if h, readable = parseSignatureHeader(mended, "", &quiet); readable {
				e.checks = append(e.checks, check{SignaturePlusAsBlank, false, nil})
				return h, true
			}
		}
		wrong = truncatedOr(value, wrong)
	}
	if wrong == SignatureLength {
		wrong = SignatureTruncated
	}
	e.checks = append(e.checks, check{wrong, false, nil})
	return h, false
}

// truncatedOr tells a signature that was cut off from one that is broken otherwise:
// all its characters are those of base64, there are only too few.
func truncatedOr(value string, otherwise Code) Code {
	_, signature, _ := strings.Cut(value, "signature=")
	if percent := strings.LastIndexByte(signature, '%'); percent >= 0 && len(signature)-percent < 3 {
		signature = signature[:percent]
	}
	decoded, ok := percentDecode(signature)
	decoded = strings.TrimRight(decoded, "=")
	if !ok || len(decoded) >= minSignature*4/3 {
		return otherwise
	}
	for i := 0; i < len(decoded); i++ {
		if base64Digit(decoded[i]) < 0 {
			return otherwise
		}
	}
	return SignatureTruncated
}

func (e *explanation) guess(cause Code, path, clientID, time string) {
	e.guesses = append(e.guesses, guess{cause: cause, prefix: contentPrefix(path, clientID, time)})
}

// maxGuessedPaths bounds the guesses about one message.
const maxGuessedPaths = 16

// guessPaths tries what proxies, frameworks and people make of a request target.
func (e *explanation) guessPaths(head object, path string, h signedHeaders) {
	bare, query, hasQuery := strings.Cut(path, "?")
	if !hasQuery {
		query = ""
	}
	type candidate struct {
		cause Code
		path  string
	}
	var candidates []candidate
	add := func(cause Code, path string) { candidates = append(candidates, candidate{cause, path}) }
	if hasQuery {
		add(PathQueryAdded, bare)
	}
	items, _ := head.array("paths")
	for i, item := range items {
		text, ok := scalarText(item)
		if !ok || i >= maxGuessedPaths {
			break
		}
		if theirs, theirQuery, found := strings.Cut(text, "?"); found && theirs == bare && theirQuery != query {
			add(PathQueryMissing, text)
		} else {
			add(PathOther, text)
		}
	}
	if strings.HasSuffix(bare, "/") && bare != "/" {
		add(PathOther, withQuery(strings.TrimSuffix(bare, "/"), query, hasQuery))
	} else if bare != "/" {
		add(PathOther, withQuery(bare+"/", query, hasQuery))
	}
	if scheme := strings.Index(path, "://"); scheme >= 0 {
		rest := path[scheme+3:]
		if slash := strings.IndexByte(rest, '/'); slash >= 0 {
			add(PathOther, rest[slash:])
		}
	}
	add(PathOther, "/")
	if decoded, ok := percentDecode(path); ok && decoded != path && !hasControl(decoded) {
		add(PathOther, decoded)
	}
	for _, one := range candidates {
		if one.path != path && one.path != "" && len(one.path) <= maxHeader && utf8.ValidString(one.path) {
			e.guess(one.cause, one.path, h.clientID, h.time)
		}
	}
}

func withQuery(path, query string, has bool) string {
	if has {
		return path + "?" + query
	}
	return path
}

// maxGuessedBody is far above any genuine message, and keeps the guesses about one
// together below what the module's memory holds.
const maxGuessedBody = 32 << 10

// guessBodies tries what middleware makes of a body that it has read and written
// again.
func (e *explanation) guessBodies(path string, h signedHeaders, body []byte) {
	text := string(body)
	if len(text) > maxGuessedBody || !utf8.ValidString(text) {
		return
	}
	add := func(body string) {
		if body == text {
			return
		}
		e.guesses = append(e.guesses, guess{
			cause: BodyReencoded, prefix: contentPrefix(path, h.clientID, h.time),
			body: body, otherBody: true,
		})
	}
	if code, _ := checkJSON(body); code == 0 {
		var quiet problems
		if v, ok := parse(body, "", &quiet); ok {
			var w writer
			writeValue(&w, v)
			add(string(w.b))
			add(strings.ReplaceAll(string(w.b), "/", `\/`))
		}
	}
	add(strings.TrimSpace(text))
	add(text + "\n")
	add(strings.ReplaceAll(text, "\r\n", "\n"))
	add(strings.TrimPrefix(text, "\ufeff"))
	add(strings.ReplaceAll(text, `\/`, "/"))
}
