package core

import "strings"

// separators are the marks of one way to write numbers: what groups the thousands,
// and what stands before the decimals. They are those of the Unicode CLDR, but for
// languages that leave numbers of four digits ungrouped: money is grouped here.
type separators struct{ group, decimal string }

// locales lists the languages of the payment currencies' countries, in lower case. A
// region goes before its language.
var locales = [...]struct {
	names string
	separators
}{
	{"de-ch it-ch de-li", separators{"’", "."}},
	{"de-at", separators{"\u00a0", ","}},
	{"en zh ja th ko es-mx es-us", separators{",", "."}},
	{"de da nl it es el", separators{".", ","}},
	{"fr", separators{"\u202f", ","}},
	{"sv nb nn no fi pt-pt", separators{"\u00a0", ","}},
}

// maxLocale is longer than any language tag in use.
const maxLocale = 35

var defaultSeparators = separators{",", "."}

// readLocale reads the optional member "locale": a language such as "de", or one
// with a region such as "de-CH". The default is that of English and Chinese.
func readLocale(head object) separators {
	if !head.has("locale") {
		return defaultSeparators
	}
	tag, ok := head.str("locale", optional, maxLocale)
	if !ok {
		return defaultSeparators
	}
	tag = lower(tag)
	for _, wanted := range [...]string{tag, languageOf(tag)} {
		for i := range locales {
			for _, name := range strings.Split(locales[i].names, " ") {
				if name == wanted {
					return locales[i].separators
				}
			}
		}
	}
	head.p.fail(LocaleUnknown, head.at("locale"))
	return defaultSeparators
}

// languageOf is a tag's language without script and region. Tags are joined with "-"
// (BCP 47) or, in POSIX, with "_".
func languageOf(tag string) string {
	if end := strings.IndexAny(tag, "-_"); end >= 0 {
		return tag[:end]
	}
	return tag
}
