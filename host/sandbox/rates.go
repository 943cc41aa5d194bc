package sandbox

import (
	"fmt"
	"maps"
	"math/bits"
	"strconv"
)

// Rates say what CNY is worth: for each settlement currency the number of its minor units that 1,000,000 minor units of
// CNY (10,000 yuan) buy. With USD at 140,000 a payment of CNY 100 (one yuan) settles as USD 14 (14 cents).
//
// The product is rounded half up to a whole minor unit, so a single fen settles as nothing in a currency where it buys
// less than half a unit. All of it is integer arithmetic.
type Rates map[string]int64

const (
	rateBase    = 1_000_000
	maximumRate = 1_000_000_000 // the largest amount still settles within 64 bits
)

// DefaultRates are invented but plausible, with the guide's CNY 100 = USD 14.
func DefaultRates() Rates {
	return Rates{
		"USD": 140_000, "EUR": 128_000, "JPY": 150_000, "GBP": 112_000, "CAD": 190_000, "AUD": 212_000, "SGD": 188_000,
		"CHF": 124_000, "SEK": 1_450_000, "DKK": 955_000, "NOK": 1_500_000, "NZD": 231_000, "THB": 4_800_000, "HKD": 1_090_000,
	}
}

// complete adds the defaults to the given rates.
func (r Rates) complete() (Rates, error) {
	all := DefaultRates()
	for currency, rate := range r {
		if !isSettlementCurrency(currency) || rate < 1 || rate > maximumRate {
			return nil, fmt.Errorf("sandbox: no settlement at a rate of %d for %s", rate, currency)
		}
	}
	maps.Copy(all, r)
	return all, nil
}

// settle is what the merchant gets for a payment.
func (r Rates) settle(payment Amount, currency string) Amount {
	if payment.Currency == currency {
		return payment
	}
	value, err := strconv.ParseUint(payment.Value, 10, 64)
	if err != nil {
		// Payments are made from checked amounts only.
		panic("sandbox: amount " + payment.Value)
	}
	high, low := bits.Mul64(value, uint64(r[currency]))
	low, carry := bits.Add64(low, rateBase/2, 0)
	quotient, _ := bits.Div64(high+carry, low, rateBase)
	return Amount{Currency: currency, Value: strconv.FormatUint(quotient, 10)}
}
