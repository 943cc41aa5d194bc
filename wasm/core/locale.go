package core

import "strings"

// separators are the marks of one way to write numbers: what groups the digits, and what
// stands before the decimals. Groups have three digits; those of the Indian way have two,
// but for the last.
type separators struct {
	group, decimal string
	indian         bool
}

// locales has the ways to write numbers that differ from English and Chinese, as Unicode
// CLDR 48 has them for plain decimal numbers, in lower case. A region goes before its
// language. One thing differs: numbers of four digits are grouped in all languages. The
// languages are those of js/test/locales.test.mjs, which compares them with a browser's.
var locales = [...]struct {
	names string
	separators
}{
	{"es-br es-bz es-cu es-do es-gt es-hn es-mx es-ni es-pa es-pe es-pr es-sv es-us es-419", defaultSeparators},
	{"de fr-lu fr-ma es it nl pt el da is sl hr ro tr vi id ms-bn ms-id ca " +
		"en-at en-be en-dd en-de en-dk en-es en-id en-it en-nl en-pl en-ro en-si", separators{".", ",", false}},
	{"sv nb nn no fi pl cs sk hu bg uk ru et lv lt de-at fr-ca es-cr " +
		"en-cz en-ee en-fi en-hu en-lt en-lv en-no en-pt en-se en-sk en-ua en-za " +
		"pt-ao pt-ch pt-cv pt-gq pt-gw pt-lu pt-mo pt-mz pt-pt pt-st pt-tl pt-tp", separators{"\u00a0", ",", false}},
	{"fr en-fr en-fx en-ge", separators{"\u202f", ",", false}},
	{"de-ch de-li it-ch en-ch", separators{"'", ".", false}},
	{"hi en-in", separators{",", ".", true}},
}

var defaultSeparators = separators{",", ".", false}

// readLocale reads the optional member "locale": a language such as "de", or one with a
// region such as "de-CH", "zh-Hant-HK" or "de_CH.UTF-8". A locale that is not in the table
// is written as English is, because a page had better show the amount than fail.
func readLocale(head object) separators {
	tag, _ := head.text("locale")
	if end := strings.IndexAny(tag, ".@"); end >= 0 {
		tag = tag[:end] // POSIX puts the character set and a variant behind
	}
	tag = strings.ReplaceAll(lower(trimInvisible(tag)), "_", "-")
	language := languageOf(tag)
	for _, wanted := range [...]string{language + "-" + regionOf(tag[len(language):]), language} {
		for i := range locales {
			if wanted != "" && contains(strings.Split(locales[i].names, " "), wanted) {
				return locales[i].separators
			}
		}
	}
	return defaultSeparators
}

// regionOf finds the region in what follows a tag's language: two letters or three digits,
// behind a script if there is one, and before extensions, which begin with one letter.
func regionOf(subtags string) string {
	for _, s := range strings.Split(subtags, "-") {
		switch {
		case len(s) == 2, len(s) == 3 && digitsOnly(s):
			return s
		case len(s) == 1:
			return ""
		}
	}
	return ""
}

// languageOf is a tag's language without script and region. Tags are joined with "-"
// (BCP 47) or, in POSIX, with "_".
func languageOf(tag string) string {
	if end := strings.IndexAny(tag, "-_"); end >= 0 {
		return tag[:end]
	}
	return tag
}
