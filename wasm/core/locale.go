package core

import "strings"

// separators are the marks of one way to write numbers: what groups the thousands,
// and what stands before the decimals. They follow the Unicode CLDR.
type separators struct{ group, decimal string }

// locales lists the languages of the payment currencies' countries. A region goes
// before its language.
var locales = [...]struct {
	names string
	separators
}{
	{"de-CH fr-CH it-CH de-LI", separators{"’", "."}},
	{"de-AT", separators{"\u00a0", ","}},
	{"en zh ja th ko", separators{",", "."}},
	{"de da nl it es el", separators{".", ","}},
	{"fr", separators{"\u202f", ","}},
	{"sv nb nn no fi pt-PT", separators{"\u00a0", ","}},
}

var defaultSeparators = separators{",", "."}

// readLocale reads the optional member "locale": a language such as "de", or one
// with a region such as "de-CH". The default is that of English and Chinese.
func readLocale(head object) separators {
	tag, present := head.text("locale")
	if !present {
		return defaultSeparators
	}
	for _, wanted := range [...]string{tag, languageOf(tag)} {
		for i := range locales {
			for _, name := range strings.Split(locales[i].names, " ") {
				if lower(name) == lower(wanted) {
					return locales[i].separators
				}
			}
		}
	}
	head.p.fail(LocaleUnknown, head.at("locale"))
	return defaultSeparators
}

// languageOf is a tag's language without script and region.
func languageOf(tag string) string {
	name, _, _ := strings.Cut(tag, "-")
	return name
}
