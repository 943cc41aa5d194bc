package core

// language is the one in which messages are written: English unless the input
// asks for Simplified Chinese.
type language bool

const (
	english           language = false
	simplifiedChinese language = true
)

// readLanguage reads the optional member "language" of an operation's input:
// "en" (the default) or "zh-CN".
func readLanguage(head object) {
	tag, present := head.text("language")
	switch {
	case !present || tag == "en":
	case tag == "zh-CN":
		head.p.language = simplifiedChinese
	default:
		head.p.fail(LanguageUnknown, head.at("language"))
	}
}

// message writes the catalogue's sentence for the code, with {0}, {1}, … replaced
// by args.
func (l language) message(code Code, args []string) string {
	for i := range catalogue {
		if catalogue[i].code != code {
			continue
		}
		template := catalogue[i].english
		if l == simplifiedChinese {
			template = catalogue[i].chinese
		}
		return fill(template, args)
	}
	return string(code)
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
