package sandbox

import "testing"

func TestCurrencyPairs(t *testing.T) {
	payment := append([]string{"CNY"}, settlementCurrencies...)
	valid := 0
	for _, p := range payment {
		for _, s := range payment {
			want := s != "CNY" && (p == "CNY" || p == s)
			got := checkCurrencies(&Merchant{}, p, s) == nil
			if got != want {
				t.Errorf("%s settled in %s: %v", p, s, got)
			}
			if got {
				valid++
			}
		}
	}
	if len(payment) != 15 || valid != 28 {
		t.Errorf("%d of %d pairs are valid", valid, len(payment)*len(payment))
	}
}

func TestAmountText(t *testing.T) {
	for amount, want := range map[Amount]string{
		{"USD", "1"}:                "0.01",
		{"USD", "14"}:               "0.14",
		{"USD", "100"}:              "1.00",
		{"CNY", "123450"}:           "1,234.50",
		{"EUR", "100000000"}:        "1,000,000.00",
		{"CHF", "9999999999999999"}: "99,999,999,999,999.99",
		{"JPY", "1"}:                "1",
		{"JPY", "599"}:              "599",
		{"JPY", "1234567"}:          "1,234,567",
	} {
		if got := amount.Text(); got != want {
			t.Errorf("%v: %s, want %s", amount, got, want)
		}
	}
}

func TestSettlement(t *testing.T) {
	rates, err := Rates{"SEK": 1_499_999, "JPY": 150_000, "THB": maximumRate}.complete()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ payment, want Amount }{
		{Amount{"CNY", "100"}, Amount{"USD", "14"}},  // the guide's
		{Amount{"USD", "100"}, Amount{"USD", "100"}}, // the guide's
		{Amount{"CNY", "700"}, Amount{"USD", "98"}},  // 98 exactly
		{Amount{"CNY", "103"}, Amount{"USD", "14"}},  // 14.42
		{Amount{"CNY", "104"}, Amount{"USD", "15"}},  // 14.56
		{Amount{"CNY", "25"}, Amount{"USD", "4"}},    // 3.5
		{Amount{"CNY", "1"}, Amount{"USD", "0"}},     // 0.14
		{Amount{"CNY", "100"}, Amount{"JPY", "15"}},  // no decimals
		{Amount{"CNY", "9999999999999999"}, Amount{"THB", "9999999999999999000"}},
		{Amount{"CNY", "9999999999999999"}, Amount{"SEK", "14999989999999999"}}, // more than 64 bits on the way
	} {
		if got := rates.settle(test.payment, test.want.Currency); got != test.want {
			t.Errorf("%v settles as %v, want %v", test.payment, got, test.want)
		}
	}
	for _, currency := range settlementCurrencies {
		if rates[currency] < 1 {
			t.Errorf("there is no rate for %s", currency)
		}
	}
	for _, bad := range []Rates{{"USD": 0}, {"USD": maximumRate + 1}, {"CNY": 1}, {"XAU": 1}} {
		if _, err := bad.complete(); err == nil {
			t.Errorf("rates %v are accepted", bad)
		}
	}
}
