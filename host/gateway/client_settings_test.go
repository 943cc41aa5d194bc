package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// TestNewRefusesPublicPathsThatNeverFit: with such a path every notification would be refused.
func TestNewRefusesPublicPathsThatNeverFit(t *testing.T) {
	for path, good := range map[string]bool{
		"": true, "/": true, "/notify": true, "/notify?shop=7": true, "/a%2fb": true, "/notify?": true, "/index.php/job/notify": true,
		"notify": false, "https://pay.example/notify": false, "/a b": false, "/notify#x": false, "/通知": false, "/a\n": false, " /notify": false, "?x=1": false,
	} {
		c, err := gateway.New(gateway.Options{Core: core, Config: gateway.Config{ClientID: clientID}, AlipayKeys: ring(t, &alipay.PublicKey), PublicPath: path})
		if (c != nil) != good || !good && !errors.Is(err, gateway.Code("PATH_MALFORMED")) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// TestQueryThatAlipayDoesNotSign: the path alone is tried as well, where there is a query and only there.
func TestQueryThatAlipayDoesNotSign(t *testing.T) {
	for name, test := range map[string]struct {
		target, signed, publicPath string
		want                       string // the path that the result names; "" is refused
	}{
		"query signed":              {"/notify?shop=7", "/notify?shop=7", "", "/notify?shop=7"},
		"query not signed":          {"/notify?shop=7", "/notify", "", "/notify"},
		"root":                      {"/?wc-api=notify", "/", "", "/"},
		"empty query":               {"/notify?", "/notify", "", "/notify"},
		"two question marks":        {"/notify?a?b", "/notify", "", "/notify"},
		"no query":                  {"/notify", "/notify", "", "/notify"},
		"query that was taken away": {"/notify", "/notify?shop=7", "", ""},
		"other query":               {"/notify?shop=8", "/notify?shop=7", "", ""},
		"other path":                {"/other?shop=7", "/notify", "", ""},
		"behind a proxy":            {"/internal?shop=7", "/notify", "/notify", "/notify"},
		"PublicPath with a query":   {"/internal", "/notify", "/notify?shop=7", "/notify"},
		"part of the query":         {"/notify?a=1&b=2", "/notify?a=1", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, "", func(o *gateway.Options) { o.PublicPath = test.publicPath })
			r := signed(test.signed, sentAt, paidBody)
			r.RequestURI = test.target
			n, err := c.VerifyNotification(r)
			switch {
			case test.want == "" && !errors.Is(err, gateway.SignatureMismatch):
				t.Errorf("got %+v, %v", n, err)
			case test.want != "" && (err != nil || n.SignedPath != test.want):
				t.Errorf("got %+v, %v, want %s", n, err, test.want)
			}
		})
	}
}

// counted counts the signatures that are checked.
type counted struct {
	*gateway.KeyRing
	checks int
}

func (c *counted) Verify(ctx context.Context, version string, content, signature []byte) error {
	c.checks++
	return c.KeyRing.Verify(ctx, version, content, signature)
}

// TestForgeriesCostOneCheckWithoutAQuery: only an address with a query has its forgeries checked twice.
func TestForgeriesCostOneCheckWithoutAQuery(t *testing.T) {
	for target, want := range map[string]int{"/notify": 1, "/notify?x=1": 2} {
		keys := &counted{KeyRing: ring(t, &alipay.PublicKey)}
		c := client(t, "", func(o *gateway.Options) { o.AlipayKeys = keys })
		r := notify(target, clientID, sentAt, signature(merchant, "1", target, clientID, sentAt, paidBody), paidBody)
		if _, err := c.VerifyNotification(r); !errors.Is(err, gateway.SignatureMismatch) || keys.checks != want {
			t.Errorf("%s: %v after %d checks, want %d", target, err, keys.checks, want)
		}
	}
}

// TestTimeWindowWithOneSide: the other side stays at its default.
func TestTimeWindowWithOneSide(t *testing.T) {
	ago := func(d time.Duration) string { return now().Add(-d).Format(time.RFC3339) }
	for _, test := range []struct {
		window gateway.TimeWindow
		ago    time.Duration
		code   gateway.Code
	}{
		{gateway.TimeWindow{Future: 10 * time.Minute}, 2 * time.Second, ""},
		{gateway.TimeWindow{Future: 10 * time.Minute}, 24 * time.Hour, ""},
		{gateway.TimeWindow{Future: 10 * time.Minute}, 26 * time.Hour, "TIME_TOO_OLD"},
		{gateway.TimeWindow{Future: 10 * time.Minute}, -9 * time.Minute, ""},
		{gateway.TimeWindow{Future: 10 * time.Minute}, -11 * time.Minute, "TIME_IN_FUTURE"},
		{gateway.TimeWindow{Past: 48 * time.Hour}, -2 * time.Second, ""},
		{gateway.TimeWindow{Past: 48 * time.Hour}, -6 * time.Minute, "TIME_IN_FUTURE"},
		{gateway.TimeWindow{Past: 48 * time.Hour}, 47 * time.Hour, ""},
		{gateway.TimeWindow{Past: -1}, 1000 * time.Hour, ""},
		{gateway.TimeWindow{Past: -1}, -6 * time.Minute, "TIME_IN_FUTURE"},
		{gateway.TimeWindow{}, 2 * time.Second, ""},
		{gateway.TimeWindow{}, 26 * time.Hour, "TIME_TOO_OLD"},
		{gateway.TimeWindow{Past: time.Nanosecond, Future: time.Nanosecond}, 2 * time.Second, "TIME_TOO_OLD"},
	} {
		c := client(t, "", func(o *gateway.Options) { o.TimeWindow = &test.window })
		r := signed("/", ago(test.ago), paidBody)
		_, err := c.VerifyNotification(r)
		if test.code == "" && err != nil || test.code != "" && !errors.Is(err, test.code) {
			t.Errorf("%+v, %v ago: %v", test.window, test.ago, err)
		}
		// ExplainNotification looks at the same window.
		explained, err := c.ExplainNotification(signed("/", ago(test.ago), paidBody), []byte(paidBody))
		if err != nil || explained.Verified != (test.code == "") || explained.Cause != test.code {
			t.Errorf("%+v, %v ago, explained: %+v, %v", test.window, test.ago, explained, err)
		}
	}
}

// TestClockAtItsOriginStillHasAWindow: a clock that was never set stands at the beginning of 1970, or of the calendar, and is a
// clock all the same.
func TestClockAtItsOriginStillHasAWindow(t *testing.T) {
	for _, clock := range []time.Time{time.Unix(0, 0), time.UnixMilli(1), {}} {
		c := client(t, "", func(o *gateway.Options) { o.Now = func() time.Time { return clock } })
		at := now().Format(time.RFC3339)
		if _, err := c.VerifyNotification(signed("/", at, paidBody)); !errors.Is(err, gateway.Code("TIME_IN_FUTURE")) {
			t.Errorf("%v: %v", clock, err)
		}
		explained, err := c.ExplainNotification(signed("/", at, paidBody), []byte(paidBody))
		if err != nil || explained.Verified || explained.Cause != "TIME_IN_FUTURE" {
			t.Errorf("%v, explained: %+v, %v", clock, explained, err)
		}
	}
}

// TestNewRefusesLimitsThatDoNotHold: the limit of a currency that is misspelt would limit nothing.
func TestNewRefusesLimitsThatDoNotHold(t *testing.T) {
	for currency, code := range map[string]gateway.Code{"cny": "CURRENCY_SPELLING", "RMB": "CURRENCY_SPELLING", "TWD": "PAYMENT_CURRENCY_NOT_SUPPORTED"} {
		config := gateway.Config{ClientID: clientID, AmountLimits: map[string]gateway.AmountLimit{currency: {Maximum: "1"}}}
		if _, err := gateway.New(gateway.Options{Core: core, Config: config, AlipayKeys: ring(t, &alipay.PublicKey)}); !errors.Is(err, code) {
			t.Errorf("%s: %v", currency, err)
		}
	}
}

// TestConfigMeansTheSameEverywhere: a config that is there but empty is not one that is absent, and what ParseConfig makes of a
// text means to the core what the text itself means, as `cashier validate` hands it over.
func TestConfigMeansTheSameEverywhere(t *testing.T) {
	expensive := seedOrder()
	expensive.PaymentAmount, expensive.SettlementCurrency = gateway.Amount{Currency: "CNY", Value: "99999999"}, "USD"
	for name, test := range map[string]struct {
		config string
		parse  gateway.Code // of ParseConfig
	}{
		"no limits given":         {`{"clientId":"C"}`, ""},
		"empty limits":            {`{"clientId":"C","amountLimits":{}}`, ""},
		"no limit for a currency": {`{"clientId":"C","amountLimits":{"CNY":{}}}`, ""},
		"another currency":        {`{"clientId":"C","amountLimits":{"USD":{"maximum":"1"}}}`, ""},
		"null for a currency":     {`{"clientId":"C","amountLimits":{"CNY":null}}`, ""},
		"null as a limit":         {`{"clientId":"C","amountLimits":{"CNY":{"maximum":null}}}`, "FIELD_NOT_A_STRING"},
		"null limits":             {`{"clientId":"C","amountLimits":null}`, ""},
		"empty limit":             {`{"clientId":"C","amountLimits":{"CNY":{"minimum":""}}}`, "FIELD_EMPTY"},
		"no currency at all":      {`{"clientId":"C","settlementCurrencies":[]}`, ""},
		"null currencies":         {`{"clientId":"C","settlementCurrencies":null}`, ""},
		"no redirect hosts":       {`{"clientId":"C","redirectHosts":[]}`, ""},
		"key version as a text":   {`{"clientId":"C","keyVersion":"2"}`, ""},
		"key version as a word":   {`{"clientId":"C","keyVersion":"two"}`, "FIELD_NOT_A_WHOLE_NUMBER"},
		"key version 0":           {`{"clientId":"C","keyVersion":0}`, "FIELD_NOT_A_WHOLE_NUMBER"},
		"key version 2.0":         {`{"clientId":"C","keyVersion":2.0}`, "FIELD_NOT_A_WHOLE_NUMBER"},
		"empty domain":            {`{"clientId":"C","domain":""}`, "FIELD_EMPTY"},
		"twice":                   {`{"clientId":"C","clientId":"D"}`, "JSON_DUPLICATE_KEY"},
		"capitals":                {`{"clientID":"C"}`, "FIELD_UNKNOWN"},
		"boolean as a text":       {`{"clientId":"C","sandboxPath":"true"}`, "FIELD_NOT_A_BOOLEAN"},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := gateway.ParseConfig([]byte(test.config))
			if err != nil || test.parse != "" {
				if !fits(err, test.parse) {
					t.Errorf("ParseConfig: %v", err)
				}
				return
			}
			order, err := json.Marshal(expensive)
			if err != nil {
				t.Fatal(err)
			}
			reply, err := core.Call(t.Context(), "validate_order", []byte(`{"config":`+test.config+`,"order":`+string(order)+`}`))
			if err != nil {
				t.Fatal(err)
			}
			var want struct{ Errors gateway.Problems }
			if err := json.Unmarshal(reply, &want); err != nil {
				t.Fatal(err)
			}
			var got gateway.Problems
			c, err := gateway.New(gateway.Options{Core: core, Config: config, AlipayKeys: ring(t, &alipay.PublicKey), Now: now})
			started := err == nil
			if started {
				_, err = c.Validate(t.Context(), expensive)
			}
			if errors.As(err, &got); err != nil && got == nil {
				t.Fatal(err)
			}
			for _, p := range want.Errors {
				if (started || strings.HasPrefix(p.Path, "/config")) && !errors.Is(err, p.Code) {
					t.Errorf("the core says %v, with the parsed config %v", want.Errors, err)
				}
			}
			if len(want.Errors) == 0 && err != nil {
				t.Errorf("the core finds nothing wrong, with the parsed config %v", err)
			}
		})
	}
	if c, err := gateway.ParseConfig([]byte(`{"keyVersion":"2","originalHost":false,"sandboxPath":true,"redirectHosts":["a.example"]}`)); err != nil || c.KeyVersion != 2 ||
		c.OriginalHost == nil || *c.OriginalHost || c.SandboxPath == nil || !*c.SandboxPath || c.RedirectHosts[0] != "a.example" {
		t.Errorf("got %+v, %v", c, err)
	}
}

// fits tells whether an error has the code; "" is no error.
func fits(err error, code gateway.Code) bool {
	if code == "" {
		return err == nil
	}
	return errors.Is(err, code)
}
