package core

import (
	"strings"
	"unicode/utf8"
)

// ParseAmount turns what a person typed into minor units:
//
//	{"text":"1,234.50","currency":"USD"} → {"value":"123450","errors":[],"warnings":[]}
//
// Full-width digits and punctuation, as Chinese keyboards type them, and characters around
// the number that show nothing are understood; commas are, where they group thousands. More
// decimals than the currency has are refused, never rounded.
func ParseAmount(reply, input []byte) []byte {
	var p problems
	value := ""
	if head, ok := parseHead(input, &p); ok {
		readLanguage(head)
		text, has := head.text("text")
		if !has && p.ok() {
			p.fail(FieldRequired, head.at("text"))
		}
		letters := paymentCurrency(head, "currency")
		if c, known := findCurrency(letters); known && has {
			value = parseMoney(text, c, head.at("text"), &p)
		}
	}
	w := newReply(reply)
	if p.ok() {
		w.member("value", value)
	}
	return p.finish(w)
}

// FormatAmount writes minor units as people read them, with grouped thousands and
// the currency's decimals:
//
//	{"value":"123450","currency":"USD","locale":"de"} → {"text":"1.234,50","errors":[],"warnings":[]}
//
// locale is a language, with a region where that matters, as in "en" (the default), "zh-CN",
// "de-CH" or "de_AT". One that is not known is written as English is.
func FormatAmount(reply, input []byte) []byte {
	var p problems
	text := ""
	if head, ok := parseHead(input, &p); ok {
		readLanguage(head)
		value, has := head.text("value")
		if !has && p.ok() {
			p.fail(FieldRequired, head.at("value"))
		}
		marks := readLocale(head)
		letters := paymentCurrency(head, "currency")
		if c, known := findCurrency(letters); known && has && checkDigits(value, head.at("value"), &p) {
			text = marks.format(value, c)
		}
	}
	w := newReply(reply)
	if p.ok() {
		w.member("text", text)
	}
	return p.finish(w)
}

// checkDigits is checkValue for an amount that may be zero.
func checkDigits(value, path string, p *problems) bool {
	if value == "0" {
		return true
	}
	return checkValue(value, path, p)
}

func formatMoney(value string, c currency) string { return defaultSeparators.format(value, c) }

func (s separators) format(value string, c currency) string {
	for len(value) <= c.decimals {
		value = "0" + value
	}
	whole, fraction := value[:len(value)-c.decimals], value[len(value)-c.decimals:]
	var out []byte
	for i := 0; i < len(whole); i++ {
		if rest := len(whole) - i; i > 0 && (rest%3 == 0 && !s.indian || s.indian && (rest == 3 || rest > 3 && rest%2 == 1)) {
			out = append(out, s.group...)
		}
		out = append(out, whole[i])
	}
	if c.decimals > 0 {
		out = append(out, s.decimal...)
		out = append(out, fraction...)
	}
	return string(out)
}

// parseMoney returns the minor units of text, or "" and a problem at path.
func parseMoney(text string, c currency, path string, p *problems) string {
	typed := halfWidth(text)
	if typed == "" {
		p.fail(FieldRequired, path)
		return ""
	}
	if typed[0] == '-' {
		p.fail(AmountNotPositive, path)
		return ""
	}
	whole, fraction, point := typed, "", false
	for i := 0; i < len(typed); i++ {
		if typed[i] == '.' {
			whole, fraction, point = typed[:i], typed[i+1:], true
			break
		}
	}
	whole, ok := ungroup(whole)
	if !ok || !digitsOnly(fraction) || whole == "" && fraction == "" {
		reportAmount(typed, c, path, p)
		return ""
	}
	if point && len(fraction) > c.decimals {
		if c.decimals == 0 {
			p.fail(AmountNoDecimals, path, c.letters)
		} else {
			p.fail(AmountTooManyDecimals, path, c.letters, itoa(c.decimals))
		}
		return ""
	}
	if len(whole) > 1 && whole[0] == '0' {
		p.fail(AmountLeadingZero, path)
		return ""
	}
	for len(fraction) < c.decimals {
		fraction += "0"
	}
	value := whole + fraction
	for len(value) > 1 && value[0] == '0' {
		value = value[1:]
	}
	if !checkValue(value, path, p) {
		return ""
	}
	return value
}

// reportAmount says what is wrong with a text that is no amount, and shows one.
func reportAmount(typed string, c currency, path string, p *problems) {
	example := formatMoney("1234"+"50"[:c.decimals], c)
	first, last := 0, len(typed)
	for first < last && !isFigure(typed[first]) {
		first++
	}
	for last > first && !isFigure(typed[last-1]) {
		last--
	}
	figure := strings.ReplaceAll(typed[first:last], "’", "'")
	odd, digits, marks := false, false, false
	for i := range len(figure) {
		switch b := figure[i]; {
		case isDigit(b):
			digits = true
		case b == '.' || b == ',':
			marks = true
		case b != ' ' && b != '\'':
			odd = true
		}
	}
	switch symbol := trimInvisible(typed[:first] + typed[last:]); {
	case odd || !digits || len(symbol) > maxSymbol:
		p.fail(AmountTextMalformed, path, example)
	case symbol != "":
		p.fail(AmountSymbol, path, symbol, example)
	case c.decimals > 0:
		p.fail(AmountSeparators, path, example)
	case marks:
		p.fail(AmountNoDecimals, path, c.letters)
	default:
		p.fail(AmountTextMalformed, path, example)
	}
}

// maxSymbol is longer, in bytes, than the signs and letters that people write beside an
// amount.
const maxSymbol = 16

// isFigure is true for what an amount begins and ends with.
func isFigure(b byte) bool { return isDigit(b) || b == '.' || b == ',' || b == '+' || b == '-' }

// halfWidth maps the full-width forms of ASCII, and other blanks, to ASCII and cuts off both
// ends what shows nothing.
func halfWidth(text string) string {
	var out []byte
	for _, r := range text {
		switch {
		case r >= '！' && r <= '～':
			r = r - '！' + '!'
		case r == '。':
			r = '.'
		case r == '−':
			r = '-'
		case r == '\u3000' || r == '\u00a0' || r == '\u2009' || r == '\u202f' || r == '\t':
			r = ' '
		}
		out = utf8.AppendRune(out, r)
	}
	return trimInvisible(string(out))
}

// ungroup takes the commas out of a whole number. Where there is one, every group
// behind the first must have three digits: "1,5" may be a decimal comma, and a
// guess would be off by a hundred.
func ungroup(whole string) (digits string, ok bool) {
	var out []byte
	group, commas := 0, 0
	for i := 0; i < len(whole); i++ {
		switch b := whole[i]; {
		case isDigit(b):
			out = append(out, b)
			group++
		case b == ',':
			if commas == 0 && (group == 0 || group > 3) || commas > 0 && group != 3 {
				return "", false
			}
			commas++
			group = 0
		default:
			return "", false
		}
	}
	if commas > 0 && group != 3 {
		return "", false
	}
	return string(out), true
}

func digitsOnly(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
