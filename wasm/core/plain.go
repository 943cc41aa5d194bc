package core

import "unsafe"

// plainLength is how many characters at the beginning of a text are visible ASCII
// or blanks, and neither a quote nor a backslash: nearly all of nearly every text.
// It looks at eight of them at once, because every text passes through here when
// it is read and again when it is written.
func plainLength(text string) int {
	const ones = 0x0101010101010101
	n := 0
	for ; len(text)-n >= 8; n += 8 {
		// In whichever order the machine reads them.
		x := *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.StringData(text)), n))
		// Each term sets the highest bit of some byte if one is not plain: beyond
		// ASCII, below a blank, a quote, a backslash, DEL.
		if (x|(x-' '*ones)|((x^'"'*ones)-ones)|((x^'\\'*ones)-ones)|(x+ones))&(0x80*ones) != 0 {
			break
		}
	}
	for n < len(text) && text[n] >= ' ' && text[n] < 0x7F && text[n] != '"' && text[n] != '\\' {
		n++
	}
	return n
}
