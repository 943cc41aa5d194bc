package core

import (
	"strings"
	"unicode/utf8"
)

// invisibles are the ranges of characters that show nothing: Unicode white space and
// control characters, characters of no width, the byte order mark, soft hyphens, marks of
// direction, and letters that are blank by design.
var invisibles = [...]struct{ first, last rune }{
	{0, ' '}, {0x7F, 0xA0}, {0xAD, 0xAD}, {0x34F, 0x34F}, {0x61C, 0x61C}, {0x115F, 0x1160}, {0x1680, 0x1680},
	{0x17B4, 0x17B5}, {0x180E, 0x180E}, {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F}, {0x2800, 0x2800},
	{0x3000, 0x3000}, {0x3164, 0x3164}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},
}

func invisible(r rune) bool {
	for i := range invisibles {
		if r >= invisibles[i].first && r <= invisibles[i].last {
			return true
		}
	}
	return false
}

// trimInvisible cuts off both ends of a text what shows nothing. It leaves nothing of a
// text that looks empty.
func trimInvisible(s string) string {
	if s == "" || visibleASCII(s[0]) && visibleASCII(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, invisible)
}

func visibleASCII(c byte) bool { return c > ' ' && c < 0x7F }

// percentEncode writes a character as it stands in URLs.
func percentEncode(r rune) string {
	var out []byte
	for _, c := range utf8.AppendRune(nil, r) {
		out = append(out, '%', upperHexDigits[c>>4], upperHexDigits[c&15])
	}
	return string(out)
}
