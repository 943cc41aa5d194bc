package core

import (
	"bytes"
	"unicode/utf8"
	"unsafe"
)

// Limits of one JSON document. A genuine message has a few dozen values in at
// most five levels; the limits keep the work and the memory for a hostile one
// small and proportional to its length.
const (
	maxDocument = 256 << 10
	maxDepth    = 32
	maxValues   = 10000
)

// checkJSON reads text once, without recursion, and reports the first reason why
// it is not a JSON document as RFC 8259 defines it, encoded in valid UTF-8, with
// no lone surrogate in an escape, and within the limits. It returns "" when all
// is well, or the code of the problem and the offset where it was met.
//
// fastjson alone would accept numbers such as 0.1.2, raw control characters and
// broken escapes, and its own validator needs quadratic time on deep documents.
func checkJSON(text []byte) (code Code, offset int) {
	if len(text) > maxDocument {
		return InputTooLarge, maxDocument
	}
	c := checker{text: text}
	if c.document() {
		return 0, 0
	}
	if c.code == 0 {
		c.code = c.cause()
	}
	return c.code, c.at
}

// cause names what is wrong with a text that is no JSON, where it is one of the usual
// mistakes with files and shells.
func (c *checker) cause() Code {
	rest, fresh := c.text[c.at:], checker{text: c.text}
	fresh.space()
	switch {
	case fresh.at == len(c.text):
		return JSONEmpty
	case bytes.HasPrefix(c.text, []byte("\uFEFF")):
		return JSONByteOrderMark
	case c.at <= 1 && len(rest) > 0 && rest[0] == 0: // every other byte of ASCII in UTF-16
		return JSONNotUTF8
	}
	if r, size := utf8.DecodeRune(rest); r == utf8.RuneError && size == 1 {
		return JSONNotUTF8
	}
	return JSONMalformed
}

type checker struct {
	text   []byte
	at     int
	values int
	code   Code
}

func (c *checker) space() {
	for c.at < len(c.text) {
		switch c.text[c.at] {
		case ' ', '\t', '\n', '\r':
			c.at++
		default:
			return
		}
	}
}

func (c *checker) take(b byte) bool {
	if c.at < len(c.text) && c.text[c.at] == b {
		c.at++
		return true
	}
	return false
}

// document walks the values with an explicit stack: open[i] is '{' or '['.
func (c *checker) document() bool {
	var open [maxDepth]byte
	depth := 0
	c.space()
	for {
		// A value is due here.
		c.values++
		if c.values > maxValues {
			c.code = InputTooLarge
			return false
		}
		if c.at >= len(c.text) {
			return false
		}
		switch b := c.text[c.at]; b {
		case '{', '[':
			if depth == maxDepth {
				c.code = JSONTooDeep
				return false
			}
			c.at++
			c.space()
			closing := byte(']')
			if b == '{' {
				closing = '}'
			}
			if !c.take(closing) {
				open[depth] = b
				depth++
				if b == '{' && !c.name() {
					return false
				}
				continue
			}
		default:
			if !c.scalar() {
				return false
			}
		}
		// A value has ended: close what ends with it, or go on to the next one.
		for {
			c.space()
			if depth == 0 {
				return c.at == len(c.text)
			}
			object := open[depth-1] == '{'
			if c.take(',') {
				c.space()
				if object && !c.name() {
					return false
				}
				break
			}
			if object && c.take('}') || !object && c.take(']') {
				depth--
				continue
			}
			return false
		}
	}
}

func (c *checker) name() bool {
	if !c.str() {
		return false
	}
	c.space()
	if !c.take(':') {
		return false
	}
	c.space()
	return true
}

func (c *checker) scalar() bool {
	switch c.text[c.at] {
	case '"':
		return c.str()
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	}
	return c.number()
}

func (c *checker) word(w string) bool {
	if len(c.text)-c.at < len(w) || string(c.text[c.at:c.at+len(w)]) != w {
		return false
	}
	c.at += len(w)
	return true
}

func (c *checker) digits() bool {
	start := c.at
	for c.at < len(c.text) && isDigit(c.text[c.at]) {
		c.at++
	}
	return c.at > start
}

func (c *checker) number() bool {
	c.take('-')
	if !c.take('0') && !c.digits() {
		return false
	}
	if c.take('.') && !c.digits() {
		return false
	}
	if c.take('e') || c.take('E') {
		if !c.take('+') {
			c.take('-')
		}
		return c.digits()
	}
	return true
}

func (c *checker) str() bool {
	if !c.take('"') {
		return false
	}
	for c.at < len(c.text) {
		rest := c.text[c.at:]
		plain := plainLength(unsafe.String(unsafe.SliceData(rest), len(rest)))
		c.at += plain
		if plain == len(rest) {
			return false
		}
		switch b := rest[plain]; {
		case b == '"':
			c.at++
			return true
		case b == '\\':
			if !c.escape() {
				return false
			}
		case b < ' ':
			return false
		default:
			r, size := utf8.DecodeRune(c.text[c.at:])
			if r == utf8.RuneError && size == 1 {
				return false
			}
			c.at += size
		}
	}
	return false
}

func (c *checker) escape() bool {
	c.at++
	if c.at >= len(c.text) {
		return false
	}
	b := c.text[c.at]
	c.at++
	switch b {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
	default:
		return false
	}
	unit, ok := c.hex4()
	if !ok || unit >= 0xDC00 && unit <= 0xDFFF {
		return false
	}
	if unit < 0xD800 || unit > 0xDBFF {
		return true
	}
	if !c.take('\\') || !c.take('u') {
		return false
	}
	low, ok := c.hex4()
	return ok && low >= 0xDC00 && low <= 0xDFFF
}

func (c *checker) hex4() (unit int, ok bool) {
	if len(c.text)-c.at < 4 {
		return 0, false
	}
	for _, b := range c.text[c.at : c.at+4] {
		digit, ok := hexDigit(b)
		if !ok {
			return 0, false
		}
		unit = unit<<4 | digit
	}
	c.at += 4
	return unit, true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func hexDigit(b byte) (value int, ok bool) {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0'), true
	case b >= 'a' && b <= 'f':
		return int(b-'a') + 10, true
	case b >= 'A' && b <= 'F':
		return int(b-'A') + 10, true
	}
	return 0, false
}
