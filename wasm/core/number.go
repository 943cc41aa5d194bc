package core

// Numbers are read and written here and not by strconv, whose errors and bases
// would be a tenth of the module.

// itoa writes a number that is not negative.
func itoa(n int) string { return itoa64(int64(n)) }

func itoa64(n int64) string {
	var digits [20]byte
	at := len(digits)
	for {
		at--
		digits[at] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(digits[at:])
		}
	}
}

// atoi reads digits and nothing else, at most 18 of them.
func atoi(s string) (n int64, ok bool) {
	if s == "" || len(s) > 18 || !digitsOnly(s) {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// atoiSigned reads digits, with a sign before them if there is one.
func atoiSigned(s string) (n int64, ok bool) {
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative, s = s[0] == '-', s[1:]
	}
	if n, ok = atoi(s); negative {
		n = -n
	}
	return n, ok
}

// lower is for names of headers, hosts and schemes, which are ASCII.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			out := []byte(s)
			for ; i < len(out); i++ {
				if out[i] >= 'A' && out[i] <= 'Z' {
					out[i] += 'a' - 'A'
				}
			}
			return string(out)
		}
	}
	return s
}

// upper is lower the other way round.
func upper(s string) string {
	out := []byte(s)
	for i := range out {
		if out[i] >= 'a' && out[i] <= 'z' {
			out[i] -= 'a' - 'A'
		}
	}
	return string(out)
}

// Bounds of a number in exponent form: longer ones are no amounts, times or ids.
const (
	maxExponent = 64
	maxMantissa = 64
)

// decimalText writes a JSON number as plain decimal text: the same number, with
// no exponent and nothing rounded. A number that is already plain is returned as
// it stands. ok is false when the exponent is out of all proportion.
func decimalText(number string) (text string, ok bool) {
	e := -1
	for i := 0; i < len(number); i++ {
		if number[i] == 'e' || number[i] == 'E' {
			e = i
			break
		}
	}
	if e < 0 {
		return number, true
	}
	exponent, ok := atoiSigned(number[e+1:])
	if !ok || e > maxMantissa || exponent > maxExponent || exponent < -maxExponent {
		return "", false
	}
	mantissa, sign := number[:e], ""
	if mantissa[0] == '-' {
		mantissa, sign = mantissa[1:], "-"
	}
	// Collect the digits; point counts those before the decimal point.
	var digits []byte
	point := -1
	for i := 0; i < len(mantissa); i++ {
		if mantissa[i] == '.' {
			point = len(digits)
			continue
		}
		digits = append(digits, mantissa[i])
	}
	if point < 0 {
		point = len(digits)
	}
	point += int(exponent)
	for point < 1 {
		digits = append([]byte{'0'}, digits...)
		point++
	}
	for len(digits) < point {
		digits = append(digits, '0')
	}
	whole, fraction := digits[:point], digits[point:]
	for len(whole) > 1 && whole[0] == '0' {
		whole = whole[1:]
	}
	for len(fraction) > 0 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	text = sign + string(whole)
	if len(fraction) > 0 {
		text += "." + string(fraction)
	}
	return text, true
}
