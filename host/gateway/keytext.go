package gateway

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// readKeyText finds the keys in a text. There is always at least one entry, of a kind that says what is wrong if it is not a key.
// encoding/pem is not used because it needs the line ends that copying through forms and environment variables loses.
func readKeyText(text string) ([]foundKey, error) {
	switch trimmed := strings.TrimFunc(text, blankInKey); {
	case trimmed == "" || trimmed == "undefined" || trimmed == "null": // what an unset variable becomes
		return nil, problem(KeyMalformed, "the key is missing")
	case len(text) > 1 && text[0] == '0' && text[1] >= utf8.RuneSelf:
		return []foundKey{{kind: binaryDER}}, nil
	case strings.IndexByte(text, 0) >= 0:
		return []foundKey{{kind: utf16Text}}, nil
	case looksLikePath(trimmed):
		return []foundKey{{kind: filePath}}, nil
	}
	compact := compactKey(text)
	if inner, isText := decodedText(compact); isText { // base64 of a text that holds the key, such as of a PEM file
		compact = compactKey(inner)
	}
	return readBlocks(compact), nil
}

func readBlocks(compact string) []foundKey {
	var found []foundKey
	for _, b := range keyBlocks(compact) {
		found = append(found, identify(b))
	}
	return found
}

// compactKey removes what is never part of a key's text: blanks, line ends (also those written as \n, escaped once or more), quotes
// and invisible characters.
func compactKey(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == '\\' {
			after := strings.TrimLeft(text[i:], `\`)
			switch {
			case after != "" && strings.IndexByte("nrt", after[0]) >= 0:
				i = len(text) - len(after) + 1
				continue
			case after != "" && after[0] == '/': // JSON as PHP writes it
				i = len(text) - len(after)
				continue
			}
		}
		i += size
		if !blankInKey(r) && r != '"' && r != '\'' {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func blankInKey(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// looksLikePath tells a path or the name of a file from a key. The text of a key is longer.
func looksLikePath(text string) bool {
	if len(text) > 260 || strings.ContainsAny(text, "\r\n") {
		return false
	}
	lower := strings.ToLower(text)
	for _, prefix := range [...]string{"file:", "/", "./", "../", "~/"} {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	if len(lower) > 2 && lower[0] >= 'a' && lower[0] <= 'z' && lower[1] == ':' && (lower[2] == '\\' || lower[2] == '/') {
		return true
	}
	for _, suffix := range [...]string{".pem", ".key", ".der", ".pub", ".crt", ".cer", ".p8", ".p12", ".pfx", ".txt"} {
		if strings.HasSuffix(lower, suffix) {
			return true
		}
	}
	return false
}

// keyBlock is one PEM block of a text without blanks, or all of the text if there is no PEM in it.
type keyBlock struct{ label, content string }

// keyBlocks cuts a text without blanks at its PEM boundaries. A block may lack its end or its beginning.
func keyBlocks(text string) []keyBlock {
	var found []keyBlock
	label, inside := "", false
	for {
		at, ok := nextBoundary(text)
		if !ok {
			break
		}
		if inside {
			found = append(found, keyBlock{label, text[:at.start]})
		} else if at.word == "END" && len(found) == 0 {
			found = append(found, keyBlock{at.label, text[:at.start]})
		}
		label, inside = at.label, at.word == "BEGIN"
		text = text[at.end:]
	}
	if inside {
		found = append(found, keyBlock{label, text})
	}
	if len(found) == 0 {
		return []keyBlock{{"", text}}
	}
	return found
}

type pemBoundary struct {
	start, end  int
	word, label string
}

// nextBoundary finds the next -----BEGIN…----- or -----END…-----. Two dashes suffice; at most five are taken behind the label,
// because the next boundary may follow at once.
func nextBoundary(text string) (pemBoundary, bool) {
	for from := 0; ; {
		at := strings.Index(text[from:], "--")
		if at < 0 {
			return pemBoundary{}, false
		}
		start := from + at
		from = start + dashes(text[start:], len(text))
		for _, word := range [...]string{"BEGIN", "END"} {
			rest, ok := strings.CutPrefix(text[from:], word)
			if !ok {
				continue
			}
			label := rest[:len(rest)-len(strings.TrimLeft(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))]
			if n := dashes(rest[len(label):], 5); n >= 2 {
				return pemBoundary{start, from + len(word) + len(label) + n, word, label}, true
			}
		}
	}
}

func dashes(text string, limit int) (n int) {
	for n < len(text) && n < limit && text[n] == '-' {
		n++
	}
	return n
}

// decodeKeyBase64 decodes standard base64 or base64url, with padding or without. zsh prints a % behind a text that has no line end.
func decodeKeyBase64(text string) ([]byte, error) {
	text = strings.TrimRight(strings.TrimRight(text, "%"), "=")
	return base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(text))
}

// decodedText decodes base64 of printable text.
func decodedText(compact string) (string, bool) {
	decoded, err := decodeKeyBase64(compact)
	if err != nil || len(decoded) == 0 {
		return "", false
	}
	for _, c := range decoded {
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			return "", false
		}
	}
	return string(decoded), true
}
