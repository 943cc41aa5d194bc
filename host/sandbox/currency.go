package sandbox

import (
	"slices"
	"strings"
)

// Amount is money in the smallest unit of its currency, as a string of digits.
type Amount struct {
	Currency string `json:"currency"`
	Value    string `json:"value"`
}

// settlementCurrencies are what merchants can be paid out in. Shoppers can pay in these and in CNY.
var settlementCurrencies = []string{"USD", "EUR", "JPY", "GBP", "CAD", "AUD", "SGD", "CHF", "SEK", "DKK", "NOK", "NZD", "THB", "HKD"}

const renminbi = "CNY"

func isSettlementCurrency(currency string) bool {
	return slices.Contains(settlementCurrencies, currency)
}

func isPaymentCurrency(currency string) bool {
	return currency == renminbi || isSettlementCurrency(currency)
}

// checkCurrencies applies the rules for a payment and its settlement; nil if they hold.
func checkCurrencies(m *Merchant, payment, settlement string) *Result {
	switch {
	case !isPaymentCurrency(payment):
		return failure("CURRENCY_NOT_SUPPORT", "paymentAmount.currency "+payment+" is not supported")
	case settlement == renminbi:
		return failure("CURRENCY_NOT_SUPPORT", "settlementStrategy.settlementCurrency must not be CNY")
	case !isSettlementCurrency(settlement):
		return failure("CURRENCY_NOT_SUPPORT", "settlementStrategy.settlementCurrency "+settlement+" is not supported")
	case payment != renminbi && payment != settlement:
		return failure("SETTLE_CONTRACT_NOT_MATCH", "a payment in "+payment+" must be settled in "+payment+", not in "+settlement)
	case !m.settlesIn(settlement):
		return failure("SETTLE_CONTRACT_NOT_MATCH", "settlementStrategy.settlementCurrency "+settlement+" is not in the contract")
	}
	return nil
}

// decimals is the number of digits after the point.
func decimals(currency string) int {
	if currency == "JPY" {
		return 0
	}
	return 2
}

// Text is the amount for people, for example "1,234.50".
func (a Amount) Text() string {
	places := decimals(a.Currency)
	digits := a.Value
	if missing := places + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, fraction := digits[:len(digits)-places], digits[len(digits)-places:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if places == 0 {
		return whole
	}
	return whole + "." + fraction
}
