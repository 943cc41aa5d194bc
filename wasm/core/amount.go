package core

// amount is what the API calls an Amount: a currency, and a value in that
// currency's smallest unit as a string of digits.
type amount struct {
	currency string
	value    string
}

func (a amount) present() bool { return a.currency != "" || a.value != "" }

func (a amount) write(w *writer, name string) {
	w.name(name)
	w.open('{')
	w.member("currency", a.currency)
	w.member("value", a.value)
	w.close('}')
}

// maxValueDigits is the length that the API pages give for Amount.value.
const maxValueDigits = 16

// readPaymentAmount reads the amount that a shopper is asked to pay, strictly.
// A member that is wrong is reported and left empty.
func readPaymentAmount(o object, name string) amount {
	child, present := o.required(name)
	if !present {
		return amount{}
	}
	child.unknown("currency value")
	a := amount{currency: paymentCurrency(child, "currency")}
	if value, ok := child.text("value"); ok {
		if checkValue(value, child.at("value"), child.p) {
			a.value = value
		}
	} else if !child.has("value") {
		child.fail(FieldRequired, "value")
	}
	return a
}

func paymentCurrency(o object, name string) string {
	return readCurrency(o, name, PaymentCurrencyNotSupported)
}

// checkValue holds the form of Amount.value: digits only, no sign, no point, no
// exponent, no leading zero, more than zero, at most 16 of them.
func checkValue(value, path string, p *problems) bool {
	if value == "" {
		p.fail(FieldEmpty, path)
		return false
	}
	for i := 0; i < len(value); i++ {
		if !isDigit(value[i]) {
			p.fail(AmountMalformed, path)
			return false
		}
	}
	switch {
	case isZero(value):
		p.fail(AmountNotPositive, path)
	case value[0] == '0':
		p.fail(AmountLeadingZero, path)
	case len(value) > maxValueDigits:
		p.fail(AmountTooLong, path, itoa(maxValueDigits))
	default:
		return true
	}
	return false
}

func isZero(digits string) bool {
	for i := 0; i < len(digits); i++ {
		if digits[i] != '0' {
			return false
		}
	}
	return true
}

// currencyLetters tells whether s looks like an ISO 4217 code.
func currencyLetters(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return len(s) == 3
}

// readAmountIfPresent reads an amount out of a message from the gateway, which may
// write the value as a string or as a number. An absent one is empty.
func readAmountIfPresent(o object, name string) amount {
	child, present := o.child(name)
	if !present {
		return amount{}
	}
	currency, hasCurrency := child.lenient("currency")
	value, hasValue := child.lenient("value")
	if !hasCurrency {
		child.fail(FieldRequired, "currency")
	}
	switch {
	case !hasValue:
		child.fail(FieldRequired, "value")
	case value == "" || !digitsOnly(value):
		child.fail(AmountMalformed, "value")
	case len(value) > maxValueDigits:
		child.fail(AmountTooLong, "value", itoa(maxValueDigits))
	}
	if hasCurrency && !currencyLetters(currency) {
		child.fail(CurrencyMalformed, "currency")
	}
	return amount{currency, value}
}
