package core

// A currency is named by its ISO 4217 letters. Decimals is the number of digits
// behind the point of one unit, as the gateway counts them: an amount of 1.00 USD
// is the value "100", an amount of 1 JPY the value "1".
type currency struct {
	letters  string
	decimals int
}

// currencies holds the payment currencies of the AlipayCN wallet in the order of
// the guide ("More information"). The settlement currencies are the same without
// CNY. Decimals follow the currency list of the Antom documentation, and ISO 4217
// for CHF, SEK, DKK and NOK, which that list leaves out.
var currencies = [...]currency{
	{"USD", 2}, {"EUR", 2}, {"JPY", 0}, {"GBP", 2}, {"CAD", 2},
	{"AUD", 2}, {"SGD", 2}, {"CHF", 2}, {"SEK", 2}, {"DKK", 2},
	{"NOK", 2}, {"NZD", 2}, {"THB", 2}, {"HKD", 2}, {"CNY", 2},
}

const cny = "CNY"

func findCurrency(letters string) (currency, bool) {
	for _, c := range currencies {
		if c.letters == letters {
			return c, true
		}
	}
	return currency{}, false
}

// checkCurrencyPair holds the guide's rules for a payment currency and its
// settlement currency ("More information", and the note about paymentAmount.currency
// in step 1):
//
//   - settlement is never in CNY;
//   - a payment in CNY settles in any other currency of the list;
//   - any other payment settles in its own currency;
//   - the settlement currency is one of those in the merchant's contract.
//
// Either currency may be "" when it was missing or wrong by itself and has been
// reported already.
func checkCurrencyPair(payment, settlement, path string, c *config, p *problems) {
	if settlement == "" {
		return
	}
	if settlement == cny {
		p.fail(SettlementCurrencyCNY, path)
		return
	}
	if payment != "" && payment != cny && settlement != payment {
		p.fail(SettlementCurrencyMismatch, path, settlement, payment)
	}
	if !c.contracted(settlement) {
		p.fail(SettlementCurrencyNotContracted, path, settlement)
	}
}

// settlementCurrency reads a currency that payments may be settled in. CNY is
// returned as well, for [checkCurrencyPair] to say why it cannot be.
func settlementCurrency(o object, name string) string {
	return readCurrency(o, name, SettlementCurrencyNotSupported)
}

// readCurrency reads the letters of a currency in the list, and reports others with
// the code.
func readCurrency(o object, name string, unknown Code) string {
	letters, ok := o.str(name, mandatory, maxID)
	if !ok {
		return ""
	}
	if _, known := findCurrency(letters); !known {
		reportCurrency(letters, o.at(name), o.p, unknown)
		return ""
	}
	return letters
}

// otherNames are what people write for a currency besides its letters.
var otherNames = [...]struct{ name, letters string }{
	{"RMB", cny}, {"CNH", cny}, {"YUAN", cny}, {"元", cny}, {"人民币", cny},
	{"EURO", "EUR"}, {"€", "EUR"}, {"YEN", "JPY"}, {"円", "JPY"}, {"£", "GBP"}, {"US$", "USD"}, {"HK$", "HKD"},
}

// reportCurrency reports letters that are not in the list, with the right ones where it is
// plain which are meant.
func reportCurrency(letters, path string, p *problems, unknown Code) {
	meant := upper(halfWidth(letters))
	for _, other := range otherNames {
		if meant == other.name {
			meant = other.letters
		}
	}
	if _, known := findCurrency(meant); known {
		p.fail(CurrencySpelling, path, letters, meant)
		return
	}
	p.fail(unknown, path, letters)
}

// Currencies answers with the currencies of the AlipayCN wallet:
//
//	{} → {"payment":[{"currency":"USD","decimals":2},…],"settlement":[…],"errors":[],"warnings":[]}
func Currencies(reply, input []byte) []byte {
	var p problems
	w := newReply(reply)
	w.name("payment")
	w.open('[')
	for _, c := range currencies {
		c.write(w)
	}
	w.close(']')
	w.name("settlement")
	w.open('[')
	for _, c := range currencies {
		if c.letters != cny {
			c.write(w)
		}
	}
	w.close(']')
	return p.finish(w)
}

func (c currency) write(w *writer) {
	w.open('{')
	w.member("currency", c.letters)
	w.name("decimals")
	w.raw(itoa(c.decimals))
	w.close('}')
}
