package core

import "strings"

// Explain helps to find out why a signature does not verify. The core knows what
// tends to go wrong on the way; only the caller can try a key. So the core answers
// with what can be seen without a key, and with what to try:
//
//	{"config":{…},"message":"notification"|"response","path":"…","headers":{…},"now":…,"paths":["…"]} LF raw body →
//	{"checks":[{"check":"CLIENT_ID_MISMATCH","passed":true},…],
//	 "signature":"<base64>","keyVersion":"1",
//	 "prefixes":[{"contentPrefix":"POST …"},{"cause":"PATH_OTHER","message":"…","contentPrefix":"POST …"},…],
//	 "bodies":[{"cause":"BODY_REENCODED","message":"…","body":"…"},…],
//	 "guesses":[{"prefix":0},{"prefix":1},…,{"prefix":0,"body":0},…],
//	 "errors":[],"warnings":[]}
//
// The caller verifies the guesses in their order: the text that was signed is a
// prefix followed by a body, both given by their place in the list; a guess without
// "body" is about the raw body. The first one, with the first prefix and the raw
// body, is the message as it came. When it verifies with Alipay's key of the named
// version nothing is wrong, and when it verifies with another key, that key is the
// cause (KEY_VERSION_OTHER, or KEY_IS_YOUR_OWN). Of any other guess that verifies
// with one of Alipay's keys, the causes of its prefix and its body are the answer;
// a prefix with "accepted":true is one that a verifier accepts as well. Without a
// readable signature there is nothing to try: the lists are empty.
//
// paths are other paths under which the message may have been sent, such as that of
// paymentNotifyUrl (or the URL itself); the first 16 are read. There are never more
// than 136 guesses: see maxGuesses.
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
	if p.ok() {
		e.write(w)
	}
	return p.finish(w)
}

type explanation struct {
	p         *problems
	checks    []check
	signature signatureHeader
	prefixes  []prefixGuess
	bodies    []bodyGuess
}

// check is something that can be seen without a key.
type check struct {
	code   Code
	passed bool
	args   []string
}

func (e *explanation) passed(code Code) { e.checks = append(e.checks, check{code, true, nil}) }

func (e *explanation) failed(code Code, args ...string) {
	e.checks = append(e.checks, check{code, false, args})
}

// prefixGuess is one way in which the text before the body may have been signed.
type prefixGuess struct {
	cause    Code   // 0 for the message as it came
	about    string // what the sentence of the cause names: the path
	prefix   string
	accepted bool
}

// bodyGuess is one body that may have been signed instead of the one that came.
type bodyGuess struct {
	cause Code
	body  string
}

// Bounds of what is guessed about one message. Each guess costs the caller one
// verification with each of Alipay's keys, so a guessed body is combined only with
// the likeliest prefixes, which come first.
const (
	maxPrefixes = 40
	maxBodies   = 12
	maxCombined = 8
	maxGuesses  = maxPrefixes + maxBodies*maxCombined
)

func (e *explanation) write(w *writer) {
	language := e.p.language
	w.name("checks")
	w.open('[')
	for _, check := range e.checks {
		w.open('{')
		w.member("check", check.code.String())
		w.boolean("passed", check.passed)
		if !check.passed {
			w.member("message", language.message(check.code, check.args))
		}
		w.close('}')
	}
	w.close(']')
	w.given("signature", e.signature.signature)
	w.given("keyVersion", e.signature.keyVersion)
	w.name("prefixes")
	w.open('[')
	for i := range e.prefixes {
		g := &e.prefixes[i]
		w.open('{')
		writeCause(w, language, g.cause, g.about)
		if g.accepted {
			w.boolean("accepted", true)
		}
		w.member("contentPrefix", g.prefix)
		w.close('}')
	}
	w.close(']')
	w.name("bodies")
	w.open('[')
	for i := range e.bodies {
		w.open('{')
		writeCause(w, language, e.bodies[i].cause)
		w.member("body", e.bodies[i].body)
		w.close('}')
	}
	w.close(']')
	w.name("guesses")
	w.open('[')
	for i := range e.prefixes {
		writeGuess(w, i, -1)
	}
	for i := range e.bodies {
		for j := range min(len(e.prefixes), maxCombined) {
			writeGuess(w, j, i)
		}
	}
	w.close(']')
}

func writeCause(w *writer, l language, cause Code, args ...string) {
	if cause != 0 {
		w.member("cause", cause.String())
		w.member("message", l.message(cause, args))
	}
}

func writeGuess(w *writer, prefix, body int) {
	w.open('{')
	w.name("prefix")
	w.raw(itoa(prefix))
	if body >= 0 {
		w.name("body")
		w.raw(itoa(body))
	}
	w.close('}')
}

func (e *explanation) read(head object, body []byte) {
	c := readConfig(head)
	timeHeader, isNotification := "request-time", true
	switch kind, present := head.text("message"); {
	case !present || kind == "notification":
	case kind == "response":
		timeHeader, isNotification = "response-time", false
	default:
		e.p.fail(FieldNotInSet, head.at("message"), "notification, response")
	}
	path, _ := head.text("path")
	if len(path) > maxHeader {
		e.p.fail(FieldTooLong, head.at("path"), itoa(maxHeader))
	}
	var quiet problems
	h := readHeaders(head.reporting(&quiet), timeHeader)
	for _, wrong := range quiet.errors {
		e.failed(wrong.code, strings.TrimPrefix(wrong.path, "/headers/"))
	}
	if !e.p.ok() {
		return
	}
	if first, twice := firstValue(h.clientID); twice && h.clientID != c.clientID {
		e.failed(HeaderTwice, "client-id")
		h.clientID = first
	}
	if first, twice := firstValue(h.time); twice {
		if _, isTime := parseTime(first); isTime {
			e.failed(HeaderTwice, timeHeader)
			h.time = first
		}
	}
	if c.clientID != "" && h.clientID != "" {
		e.checks = append(e.checks, check{ClientIDMismatch, c.clientID == h.clientID, nil})
	}
	wellFormed := strings.HasPrefix(path, "/") && strings.IndexByte(path, ' ') < 0 && !hasControl(path)
	e.checks = append(e.checks, check{PathMalformed, wellFormed, nil})
	e.checkTime(head, h.time, timeHeader)
	readable := e.readSignature(h.signature)
	e.readBody(body)
	if !readable {
		e.bodies = nil
		return
	}
	t := target{e, h, requestTarget(path)}
	t.guess(head, isNotification, c.clientID)
}

// checkTime compares the time with the window of the head.
func (e *explanation) checkTime(head object, time, timeHeader string) {
	var quiet problems
	checkWindow(head.reporting(&quiet), time, "/headers/"+timeHeader)
	for _, wrong := range quiet.errors {
		e.failed(wrong.code)
	}
	if quiet.ok() && head.has("now") && time != "" {
		e.passed(TimeTooOld)
		e.passed(TimeInFuture)
	}
}

// firstValue returns the first of the values that HTTP libraries join with commas when
// a header comes more than once.
func firstValue(value string) (first string, twice bool) {
	first, _, twice = strings.Cut(value, ",")
	return strings.Trim(first, " \t"), twice
}

// readSignature reads the header, if need be with the slips undone that make it
// unreadable.
func (e *explanation) readSignature(value string) (readable bool) {
	if value == "" {
		return false
	}
	if first, twice := firstSignature(value); twice {
		e.failed(HeaderTwice, "signature")
		value = first
	}
	var quiet problems
	if e.signature, readable = parseSignatureHeader(value, "", &quiet); readable {
		e.passed(SignatureHeaderMalformed)
		return true
	}
	wrong := quiet.errors[0].code
	if wrong == SignatureNotBase64 {
		for _, mend := range [...]struct {
			code Code
			undo func(string) string
		}{
			{SignaturePlusAsBlank, plusForBlank},
			{SignatureEncodedTwice, decodedOnce},
		} {
			if mended := mend.undo(value); mended != value {
				var quiet problems
				if e.signature, readable = parseSignatureHeader(mended, "", &quiet); readable {
					e.failed(mend.code)
					return true
				}
			}
		}
		wrong = truncatedOr(value, wrong)
	}
	if wrong == SignatureLength {
		wrong = SignatureTruncated
	}
	e.failed(wrong)
	return false
}

// firstSignature cuts the header where the name of a pair comes again: there a second
// header was joined to it.
func firstSignature(value string) (first string, twice bool) {
	var seen []string
	for at := 0; at < len(value); {
		end := len(value)
		if comma := strings.IndexByte(value[at:], ','); comma >= 0 {
			end = at + comma
		}
		name, _, _ := strings.Cut(strings.Trim(value[at:end], " \t"), "=")
		if contains(seen, name) && at > 0 {
			return value[:at-1], true
		}
		if len(seen) == maxPairs {
			break
		}
		seen = append(seen, name)
		at = end + 1
	}
	return value, false
}

func plusForBlank(value string) string {
	if at := strings.Index(value, "signature="); at >= 0 {
		return value[:at] + strings.ReplaceAll(value[at:], " ", "+")
	}
	return value
}

func decodedOnce(value string) string {
	if decoded, ok := percentDecode(value); ok {
		return decoded
	}
	return value
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
