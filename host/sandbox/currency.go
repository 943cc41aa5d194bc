package sandbox

import (
	"fmt"
	"math/big"
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

// AlipayCN takes 0.10 to 300,000.00 CNY a payment. For other currencies no limits are published, so there are none
// here.
const (
	minimumRenminbi = 10
	maximumRenminbi = 30_000_000
)

// checkMinimum refuses less than the least that a shopper can pay.
func checkMinimum(f *fields, amount Amount) {
	if f.problem == nil && amount.Currency == renminbi && units(amount).Cmp(big.NewInt(minimumRenminbi)) < 0 {
		f.refuse("paymentAmount.value", "is less than 10, which is CNY 0.10, the least that AlipayCN takes")
	}
}

// checkMaximum refuses more than a shopper can pay at once; nil if the amount is within it.
func checkMaximum(amount Amount) *Result {
	if amount.Currency == renminbi && units(amount).Cmp(big.NewInt(maximumRenminbi)) > 0 {
		return failure("PAYMENT_AMOUNT_EXCEED_LIMIT", "paymentAmount.value is more than 30000000, which is CNY 300,000.00, the most that AlipayCN takes for a payment")
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

// parseAmount reads an amount as people write it, such as "12.50", without separators of thousands.
func parseAmount(currency, text string) (Amount, error) {
	places := decimals(currency)
	whole, fraction, _ := strings.Cut(text, ".")
	digits := whole + fraction + strings.Repeat("0", max(0, places-len(fraction)))
	digits = strings.TrimLeft(digits, "0")
	if whole == "" || len(fraction) > places || strings.HasSuffix(text, ".") || !amountValue.MatchString(digits) {
		return Amount{}, fmt.Errorf("%.40q is not an amount in %s such as %s", text, currency, Amount{currency, "1250"}.Text())
	}
	return Amount{Currency: currency, Value: digits}, nil
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
