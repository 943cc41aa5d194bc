package core

import "strings"

// language is the one in which messages are written: English unless the input
// asks for Simplified Chinese.
type language bool

const (
	english           language = false
	simplifiedChinese language = true
)

// readLanguage reads the optional member "language" of an operation's input and chooses
// the nearest language: Simplified Chinese for every tag whose language is Chinese ("zh",
// "zh-TW", "ZH_hans"), English for everything else. It refuses nothing, because a message
// that verifies must not be lost over the language of its sentences.
func readLanguage(head object) {
	tag, _ := head.reporting(&problems{}).text("language")
	head.p.language = nearestLanguage(tag)
}

func nearestLanguage(tag string) language {
	return language(languageOf(lower(trimInvisible(tag))) == "zh")
}

// message writes the catalogue's sentence for the code, with {0}, {1}, … replaced
// by args.
func (l language) message(code Code, args []string) string {
	_, sentences, _ := strings.Cut(catalogue[code], "\n")
	english, chinese, _ := strings.Cut(sentences, "\n")
	if l == simplifiedChinese {
		return fill(chinese, args)
	}
	return fill(english, args)
}

func fill(template string, args []string) string {
	if len(args) == 0 {
		return template
	}
	var out []byte
	for i := 0; i < len(template); i++ {
		if template[i] == '{' && i+2 < len(template) && template[i+2] == '}' {
			if n := int(template[i+1] - '0'); n >= 0 && n < len(args) {
				out = append(out, args[n]...)
				i += 2
				continue
			}
		}
		out = append(out, template[i])
	}
	return string(out)
}
