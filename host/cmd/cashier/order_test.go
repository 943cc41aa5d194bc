package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestValidateSeed(t *testing.T) {
	order, config := file(t, "order.json", seedOrder), file(t, "config.json", seedConfig+"\n")
	for name, r := range map[string]result{
		"file":      cashier(t, "", "validate", "--config", config, order),
		"dash":      cashier(t, seedOrder, "validate", "--config", config, "-"),
		"stdin":     cashier(t, seedOrder, "validate", "--config", config),
		"inline":    cashier(t, "", "validate", "--config", seedConfig, seedOrder),
		"no config": cashier(t, seedOrder, "validate"),
	} {
		t.Run(name, func(t *testing.T) {
			jsonEqual(t, r.want(t, 0).out, `{"valid":true,"errors":[],"warnings":[]}`)
			if r.err != "" {
				t.Error(r.err)
			}
		})
	}
}

// change returns the seed's order with one member replaced, or removed when value is "".
func change(t *testing.T, pointer, value string) string {
	t.Helper()
	var order map[string]any
	if err := json.Unmarshal([]byte(seedOrder), &order); err != nil {
		t.Fatal(err)
	}
	at := order
	names := strings.Split(pointer, "/")[1:]
	for _, name := range names[:len(names)-1] {
		at = at[name].(map[string]any)
	}
	last := names[len(names)-1]
	if delete(at, last); value != "" {
		at[last] = json.RawMessage(value)
	}
	text, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestValidateRefuses(t *testing.T) {
	text := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	for name, test := range map[string]struct{ order, path string }{
		"payment currency":       {change(t, "/paymentAmount/currency", `"KRW"`), "/paymentAmount/currency"},
		"settlement CNY":         {change(t, "/settlementCurrency", `"CNY"`), "/settlementCurrency"},
		"USD to EUR":             {change(t, "/settlementCurrency", `"EUR"`), "/settlementCurrency"},
		"zero":                   {change(t, "/paymentAmount/value", `"0"`), "/paymentAmount/value"},
		"negative":               {change(t, "/paymentAmount/value", `"-1"`), "/paymentAmount/value"},
		"decimals":               {change(t, "/paymentAmount/value", `"1.5"`), "/paymentAmount/value"},
		"leading zero":           {change(t, "/paymentAmount/value", `"01"`), "/paymentAmount/value"},
		"exponent":               {change(t, "/paymentAmount/value", `"1e3"`), "/paymentAmount/value"},
		"17 digits":              {change(t, "/paymentAmount/value", `"12345678901234567"`), "/paymentAmount/value"},
		"number":                 {change(t, "/paymentAmount/value", `100`), "/paymentAmount/value"},
		"empty id":               {change(t, "/referenceOrderId", `""`), "/referenceOrderId"},
		"long id":                {change(t, "/paymentRequestId", text(strings.Repeat("x", 65))), "/paymentRequestId"},
		"long description":       {change(t, "/orderDescription", text(strings.Repeat("x", 257))), "/orderDescription"},
		"bar in a goods name":    {change(t, "/goods", `[{"goodsName":"a|b","goodsQuantity":"1"}]`), "/goods/0/goodsName"},
		"caret in a goods name":  {change(t, "/goods", `[{"goodsName":"a^b","goodsQuantity":"1"}]`), "/goods/0/goodsName"},
		"quantity 0":             {change(t, "/goods", `[{"goodsName":"a","goodsQuantity":"0"}]`), "/goods/0/goodsQuantity"},
		"no goods":               {change(t, "/goods", ""), "/goods"},
		"other scheme":           {change(t, "/paymentRedirectUrl", `"javascript:alert(1)"`), "/paymentRedirectUrl"},
		"long URL":               {change(t, "/paymentNotifyUrl", text("https://shop.example/"+strings.Repeat("x", 2048))), "/paymentNotifyUrl"},
		"terminal":               {change(t, "/terminalType", `"TV"`), "/terminalType"},
		"malformed":              {seedOrder[:100], ""},
		"empty":                  {"", ""},
		"closes its own object":  {`{},"language":"en"`, ""},
		"two documents":          {seedOrder + seedOrder, ""},
		"deep":                   {strings.Repeat("[", 200_000), ""},
		"deep and closed":        {`{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}", ""},
		"oversized":              {change(t, "/orderDescription", text(strings.Repeat("x", 2<<20))), ""},
		"no object":              {`[1]`, "*"},
		"twice the same":         {strings.Replace(seedOrder, `"value":"100"`, `"value":"1","value":"100"`, 1), "*"},
		"config of another kind": {`{}`, "/referenceOrderId"},
	} {
		t.Run(name, func(t *testing.T) {
			r := cashier(t, test.order, "validate", "--config", seedConfig).want(t, 1)
			answer := parseReply(t, r.out)
			found := false
			for _, e := range answer.Errors {
				found = found || (e.Path == test.path || test.path == "*") && e.Code != "" && e.Code == strings.ToUpper(e.Code) && e.Message != ""
			}
			if answer.Valid || !found || r.err != "" {
				t.Errorf("out: %s\nerr: %s", r.out, r.err)
			}
		})
	}
}

func TestValidateListsAllProblems(t *testing.T) {
	r := cashier(t, `{"paymentAmount":{"currency":"USD","value":"0"},"settlementCurrency":"EUR","terminalType":"TV"}`, "validate", "--config", seedConfig).want(t, 1)
	if answer := parseReply(t, r.out); len(answer.Errors) < 6 {
		t.Errorf("only %d problems: %s", len(answer.Errors), r.out)
	}
}

func TestValidateConfig(t *testing.T) {
	if r := cashier(t, seedOrder, "validate", "--config", `{"settlementCurrencies":["EUR"]}`).want(t, 1); !parseReply(t, r.out).has("SETTLEMENT_CURRENCY_NOT_CONTRACTED", "/settlementCurrency") {
		t.Errorf("not contracted: %s", r.out)
	}
	cashier(t, change(t, "/goods", ""), "validate", "--config", `{"merchantKind":"acquirer"}`)
	if r := cashier(t, seedOrder, "validate", "--config", `{"domain":"example.com"}`).want(t, 1); !parseReply(t, r.out).has("CONFIG_DOMAIN_UNKNOWN", "/config/domain") {
		t.Errorf("unknown domain: %s", r.out)
	}
}

// TestCurrencyPairs counts the pairs of payment and settlement currency that the guide allows: 14 equal ones, and CNY into 14.
func TestCurrencyPairs(t *testing.T) {
	currencies := strings.Fields("USD EUR JPY GBP CAD AUD SGD CHF SEK DKK NOK NZD THB HKD CNY")

	valid := 0
	for _, payment := range currencies {
		for _, settlement := range currencies {
			text := strings.NewReplacer(
				`"currency":"USD"`, fmt.Sprintf(`"currency":%q`, payment),
				`"settlementCurrency":"USD"`, fmt.Sprintf(`"settlementCurrency":%q`, settlement)).Replace(seedOrder)
			r := cashier(t, text, "validate")
			want := 1
			if settlement != "CNY" && (payment == settlement || payment == "CNY") {
				want = 0
			}
			if r.want(t, want).code == 0 {
				valid++
			}
		}
	}
	if valid != 28 {
		t.Errorf("%d pairs are valid", valid)
	}
}

func TestBuildSeed(t *testing.T) {
	show := func(part string) string {
		r := cashier(t, seedOrder, "build", "--config", seedConfig, "--time", seedTime, "--show", part).want(t, 0)
		if r.err != "" {
			t.Error(r.err)
		}
		return r.out
	}
	body := show("body")
	jsonEqual(t, body, seedBody)
	if strings.ContainsAny(body, "\n\r") || !strings.HasPrefix(body, "{") || !strings.HasSuffix(body, "}") {
		t.Errorf("something was added to the body: %q", body)
	}
	if got := show("url"); got != seedURL+"\n" {
		t.Errorf("url: %q", got)
	}
	if got, want := show("content"), "POST "+seedPath+"\n"+client+"."+seedTime+"."+body; got != want {
		t.Errorf("content: %q\nwant %q", got, want)
	}
	headers := map[string]string{}
	for line := range strings.Lines(show("headers")) {
		name, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !found {
			t.Errorf("line %q", line)
		}
		headers[strings.ToLower(name)] = value
	}
	for name, want := range map[string]string{
		"content-type": "application/json; charset=UTF-8", "original_host": "open-na.alipay.com", "request-time": seedTime, "client-id": client,
	} {
		if headers[name] != want {
			t.Errorf("%s: %q", name, headers[name])
		}
	}
	if _, signed := headers["signature"]; signed || len(headers) != 4 {
		t.Errorf("headers: %v", headers)
	}
	all := cashier(t, "", "build", "--config", file(t, "c", seedConfig), "--time", seedTime, file(t, "o", seedOrder)).want(t, 0)
	for _, part := range []string{"POST " + seedURL + "\n", body, "client-id: " + client, "POST " + seedPath + "\n"} {
		if !strings.Contains(all.out, part) {
			t.Errorf("no %q in %s", part, all.out)
		}
	}
	if guide := cashier(t, seedOrder, "build", "--time", seedTime).want(t, 0); guide.out != all.out {
		t.Errorf("without a config: %s", guide.out)
	}
}

func TestBuildProduction(t *testing.T) {
	config := `{"clientId":"5Y055A2Y2F6K05235","domain":"open-sea.alipay.com","wireProfile":"current"}`
	r := cashier(t, seedOrder, "build", "--config", config, "--time", "1685599933871", "--show", "url").want(t, 0)
	if r.out != "https://open-sea.alipay.com/ams/api/v1/payments/pay\n" {
		t.Error(r.out)
	}
}

func TestBuildRefuses(t *testing.T) {
	for name, test := range map[string]struct{ order, config, time, code, path string }{
		"order":     {change(t, "/paymentAmount/value", `"0"`), seedConfig, seedTime, "AMOUNT_NOT_POSITIVE", "/paymentAmount/value"},
		"time":      {seedOrder, seedConfig, "yesterday", "TIME_NOT_ISO_8601", "/time"},
		"client id": {seedOrder, `{}`, seedTime, "FIELD_REQUIRED", "/config/clientId"},
		"malformed": {`{`, seedConfig, seedTime, "JSON_MALFORMED", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := cashier(t, test.order, "build", "--config", test.config, "--time", test.time, "--show", "body").want(t, 1)
			if r.out != "" || !parseReply(t, r.err).has(test.code, test.path) {
				t.Errorf("out: %s\nerr: %s", r.out, r.err)
			}
		})
	}
}
