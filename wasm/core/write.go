package core

import "slices"

// writer appends JSON. Names and values follow each other; the commas are its own
// business. The text it is given is valid UTF-8, because all of it comes from
// documents that were checked.
type writer struct {
	b     []byte
	comma bool
}

func (w *writer) separate() {
	if w.comma {
		w.b = append(w.b, ',')
	}
	w.comma = true
}

func (w *writer) open(bracket byte) {
	w.separate()
	w.b = append(w.b, bracket)
	w.comma = false
}

func (w *writer) close(bracket byte) {
	w.b = append(w.b, bracket)
	w.comma = true
}

// name starts a member with a name of ours, which needs no escapes; the value that
// follows is written without a comma. Names are written so often that their room is
// taken at once: every append costs TinyGo a call.
func (w *writer) name(n string) {
	at := len(w.b)
	b := slices.Grow(w.b, len(n)+len(`,"":`))
	b = b[:cap(b)]
	if w.comma {
		b[at] = ','
		at++
	}
	b[at] = '"'
	at += 1 + copy(b[at+1:], n)
	b[at], b[at+1] = '"', ':'
	w.b = b[:at+2]
	w.comma = false
}

// foreignName is name for one that came in.
func (w *writer) foreignName(n string) {
	w.separate()
	w.b = append(appendString(w.b, n), ':')
	w.comma = false
}

func (w *writer) str(s string) {
	w.separate()
	w.b = appendString(w.b, s)
}

// raw writes a value that is JSON already: a number or a literal.
func (w *writer) raw(s string) {
	w.separate()
	w.b = append(w.b, s...)
}

func (w *writer) member(n, s string) {
	w.name(n)
	w.str(s)
}

// given writes the member unless its value is empty.
func (w *writer) given(n, s string) {
	if s != "" {
		w.member(n, s)
	}
}

func (w *writer) boolean(n string, v bool) {
	w.name(n)
	if v {
		w.raw("true")
	} else {
		w.raw("false")
	}
}

const hexDigits = "0123456789abcdef"

func appendString(b []byte, s string) []byte {
	plain := plainLength(s)
	if plain == len(s) { // nearly always, and its room is taken at once as well
		at := len(b)
		b = slices.Grow(b, len(s)+len(`""`))[:at+len(s)+len(`""`)]
		b[at] = '"'
		copy(b[at+1:], s)
		b[len(b)-1] = '"'
		return b
	}
	b = append(b, '"')
	start := 0
	for i := plain; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// object writes a member whose value is the JSON of an object, unless it is empty.
func (w *writer) object(n, json string) {
	if json != "" {
		w.name(n)
		w.raw(json)
	}
}

// members writes the members of an object that is already JSON into the open one.
func (w *writer) members(json string) {
	if len(json) > len("{}") {
		w.raw(json[1 : len(json)-1])
	}
}
