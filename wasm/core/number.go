package core

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

// maxExponent bounds the digits that a number in exponent form may unfold to.
const maxExponent = 64

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
	exponent, err := strconv.Atoi(number[e+1:])
	if err != nil || exponent > maxExponent || exponent < -maxExponent {
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
	point += exponent
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
