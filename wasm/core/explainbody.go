package core

import (
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// maxGuessedBody is far above any genuine message, and keeps the guesses about one
// together below what the module's memory holds.
const maxGuessedBody = 16 << 10

// readBody says what can be seen of a body that is not the bytes that arrived, and
// guesses what they were.
func (e *explanation) readBody(body []byte) {
	text := string(body)
	switch {
	case text == "":
		e.failed(BodyEmpty)
		return
	case strings.HasPrefix(text, "\x1f\x8b"), text[0] == 0x78 && len(text) > 1 && (int(text[0])<<8|int(text[1]))%31 == 0:
		e.failed(BodyCompressed)
		return
	case strings.HasPrefix(text, "[object "):
		e.failed(BodyReencoded)
		return
	}
	if len(text) > maxGuessedBody {
		return
	}
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		e.failed(BodyCharset)
		return
	}
	trimmed := strings.TrimSpace(text)
	for _, wrapping := range [...]struct {
		code Code
		undo func(string) string
	}{
		{BodyBase64, fromBase64}, {BodyJSONString, fromJSONString}, {BodyChunked, fromChunks},
	} {
		if inner := wrapping.undo(trimmed); inner != "" && inner != trimmed {
			e.failed(wrapping.code)
			e.add(text, wrapping.code, inner)
		}
	}
	e.addRewritten(text)
	reencoded := func(body string) { e.add(text, BodyReencoded, body) }
	reencoded(trimmed)
	reencoded(text + "\n")
	reencoded(strings.ReplaceAll(text, "\r\n", "\n"))
	reencoded(strings.TrimPrefix(text, "\ufeff"))
	reencoded(strings.ReplaceAll(text, `\/`, "/"))
	e.add(text, BodyCharset, asLatin1(text))
}

// add appends a body that may have been signed, unless it is the raw one or there
// already.
func (e *explanation) add(raw string, cause Code, body string) {
	if body == "" || body == raw || len(e.bodies) == maxBodies || !utf8.ValidString(body) {
		return
	}
	for i := range e.bodies {
		if e.bodies[i].body == body {
			return
		}
	}
	e.bodies = append(e.bodies, bodyGuess{cause, body})
}

// addRewritten adds what a body was before somebody parsed it and wrote it again:
// without blanks, with the names in order (as Alipay writes them), with slashes
// escaped.
func (e *explanation) addRewritten(text string) {
	var quiet problems
	v, ok := parse([]byte(strings.TrimPrefix(text, "\ufeff")), "", &quiet)
	if !ok {
		return
	}
	var compact, sorted writer
	writeValue(&compact, v)
	writeSorted(&sorted, v)
	e.add(text, BodyReencoded, string(compact.b))
	e.add(text, BodyReencoded, string(sorted.b))
	e.add(text, BodyReencoded, strings.ReplaceAll(string(compact.b), "/", `\/`))
}

// writeSorted is [writeValue] with the members of each object in the order of their
// names.
func writeSorted(w *writer, v *fastjson.Value) {
	switch v.Type() {
	case fastjson.TypeObject:
		o := v.GetObject()
		names := make([]string, 0, o.Len())
		o.Visit(func(key []byte, _ *fastjson.Value) { names = append(names, string(key)) })
		sortNames(names)
		w.open('{')
		for _, name := range names {
			w.foreignName(name)
			writeSorted(w, o.Get(name))
		}
		w.close('}')
	case fastjson.TypeArray:
		w.open('[')
		for _, item := range v.GetArray() {
			writeSorted(w, item)
		}
		w.close(']')
	default:
		writeValue(w, v)
	}
}

// fromBase64 returns the JSON object that standard base64 stands for, or "".
func fromBase64(text string) string {
	if base64Length(text) < 0 {
		return ""
	}
	out := make([]byte, 0, len(text)/4*3)
	for i := 0; i < len(text); i += 4 {
		group, digits := 0, 0
		for _, c := range []byte(text[i : i+4]) {
			group <<= 6
			if c != '=' {
				group |= base64Digit(c)
				digits++
			}
		}
		out = append(out, []byte{byte(group >> 16), byte(group >> 8), byte(group)}[:digits-1]...)
	}
	if len(out) == 0 || out[0] != '{' {
		return ""
	}
	return string(out)
}

// fromJSONString returns the object whose text is a JSON string: in quotes, or with
// its quotes escaped only, as logs print it.
func fromJSONString(text string) string {
	if strings.HasPrefix(text, `{\"`) {
		text = `"` + text + `"`
	}
	if !strings.HasPrefix(text, `"`) {
		return ""
	}
	var quiet problems
	v, ok := parse([]byte(text), "", &quiet)
	if !ok || v.Type() != fastjson.TypeString {
		return ""
	}
	inner := string(v.GetStringBytes())
	if !strings.HasPrefix(inner, "{") {
		return ""
	}
	return inner
}

// fromChunks takes the framing of "Transfer-Encoding: chunked" away, or returns "".
func fromChunks(text string) string {
	var out []byte
	for {
		line, rest, found := strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		size, known := hexadecimal(line)
		if !known {
			return ""
		}
		if size == 0 {
			return string(out)
		}
		if !found || size > len(rest) {
			return ""
		}
		out = append(out, rest[:size]...)
		text = strings.TrimPrefix(strings.TrimPrefix(rest[size:], "\r"), "\n")
	}
}

func hexadecimal(text string) (n int, ok bool) {
	if text == "" || len(text) > 6 {
		return 0, false
	}
	for i := 0; i < len(text); i++ {
		digit, ok := hexDigit(text[i])
		if !ok {
			return 0, false
		}
		n = n<<4 | digit
	}
	return n, true
}

// asLatin1 undoes the reading of UTF-8 as ISO 8859-1, which turns each character
// beyond ASCII into two or three, or returns "" where that did not happen.
func asLatin1(text string) string {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xFF {
			return ""
		}
		out = append(out, byte(r))
	}
	return string(out)
}
