package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/edgecashier/cashier/host/gateway"
)

// Orders that money is asked for, or that are signed, are read as strictly as "cashier validate" reads them: what validate
// refuses as JSON, and what it warns of as unknown, is refused by name.
func TestOrdersAreReadStrictly(t *testing.T) {
	folder := keyFolder(t)
	told, _ := startSandbox(t, "--keys", folder)
	tokens := filepath.Join(t.TempDir(), "tokens")
	cashier(t, "", "token", "keygen", "--out", tokens).want(t, 0)
	commands := map[string][]string{
		"pay":         {"pay", "--config", told["config"], "--keys", folder},
		"token issue": {"token", "issue", "--keys", filepath.Join(tokens, tokenIssueKeys), "--issuer", "i", "--audience", "https://a.example"},
	}
	good := strings.Replace(seedOrder, "http://af927046.ngrok.io", "http://127.0.0.1:9/notify", 1)
	replaced := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %s in the order", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, test := range map[string]struct{ order, code, says string }{
		"an amount twice":            {replaced(`"settlementCurrency"`, `"paymentAmount":{"currency":"USD","value":"1"},"settlementCurrency"`), "JSON_DUPLICATE_KEY", "/paymentAmount"},
		"a value twice":              {replaced(`"value":"100"`, `"value":"100","value":"1"`), "JSON_DUPLICATE_KEY", "/paymentAmount/value"},
		"a value twice, escaped":     {replaced(`"value":"100"`, `"value":"100","v\u0061lue":"1"`), "JSON_DUPLICATE_KEY", "/paymentAmount/value"},
		"text behind the order":      {good + `{}`, "JSON_MALFORMED", ""},
		"a word behind the order":    {good + ` true`, "JSON_MALFORMED", ""},
		"a member that is misspelt":  {replaced(`"paymentNotifyUrl"`, `"paymentNotifyURI"`), "FIELD_UNKNOWN", "/paymentNotifyURI"},
		"another case of letters":    {replaced(`"paymentAmount"`, `"PAYMENTAMOUNT"`), "FIELD_UNKNOWN", "/PAYMENTAMOUNT"},
		"another case in the amount": {replaced(`"value"`, `"Value"`), "FIELD_UNKNOWN", "/paymentAmount/Value"},
		"unknown goods member":       {replaced(`"goodsQuantity":"1"`, `"goodsQuantity":"1","price":"9"`), "FIELD_UNKNOWN", "/goods/0/price"},
		"nothing that is known":      {`{"foo":1}`, "FIELD_UNKNOWN", "/foo"},
		"a number for a text":        {replaced(`"value":"100"`, `"value":100`), "FIELD_NOT_A_STRING", "/paymentAmount/value"},
		"an array":                   {`[` + good + `]`, "NOT_AN_OBJECT", ""},
		"not UTF-8":                  {replaced("Macbook", "Mac\xffbook"), "JSON_", ""},
		"half a surrogate pair":      {replaced("Macbook", `Mac\ud800book`), "JSON_MALFORMED", ""},
		"cut off":                    {good[:200], "JSON_MALFORMED", ""},
		"nothing":                    {"", "JSON_MALFORMED", "empty"},
		"too large":                  {replaced("Macbook", strings.Repeat("x", 300<<10)), "TOO_LARGE", ""},
	} {
		for what, args := range commands {
			t.Run(what+": "+name, func(t *testing.T) {
				r := cashier(t, test.order, args...).want(t, 1)
				if r.out != "" || !strings.Contains(r.err, test.code) || !strings.Contains(r.err, test.says) {
					t.Errorf("want %s %s\nout: %s\nerr: %s", test.code, test.says, r.out, r.err)
				}
				if v := parseReply(t, cashier(t, test.order, "validate").out); test.code != "FIELD_UNKNOWN" && (v.Valid || len(v.Errors) == 0) {
					t.Errorf("validate takes it: %+v", v)
				}
			})
		}
	}
	for what, args := range commands {
		cashier(t, "\ufeff"+good, args...).want(t, 0)
		if r := cashier(t, "", append(args, " \n"+good)...).want(t, 0); r.out == "" {
			t.Errorf("%s: %+v", what, r)
		}
	}
	// A token need not hold a whole order.
	cashier(t, `{"referenceOrderId":"o"}`, commands["token issue"]...).want(t, 0)
}

// utf16Text is a text as editors on Windows may save it.
func utf16Text(text string, bigEndian, mark bool) string {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xFEFF}, units...)
	}
	var out []byte
	for _, unit := range units {
		if bigEndian {
			out = append(out, byte(unit>>8), byte(unit))
		} else {
			out = append(out, byte(unit), byte(unit>>8))
		}
	}
	return string(out)
}

// The place of a fault was counted from the beginning of the core's input, of which the order is only a part.
func TestPlacesAreThoseInTheFile(t *testing.T) {
	for text, want := range map[string]gateway.Problem{
		`{"orderDescription":"` + "\xff" + `"}`: {Code: "JSON_NOT_UTF_8", Message: "byte 21"},
		`{"orderDescription":"\ud800"}`:         {Code: "JSON_MALFORMED", Message: "byte 27"},
		`{"orderDescription":NaN}`:              {Code: "JSON_MALFORMED", Message: "byte 20"},
		`[1]`:                                   {Code: "JSON_NOT_AN_OBJECT"},
	} {
		got := parseReply(t, cashier(t, text, "validate", "--config", `{"clientId":"C"}`).want(t, 1).out).Errors
		if len(got) != 1 || gateway.Code(got[0].Code) != want.Code || got[0].Path != "" || !strings.Contains(got[0].Message, want.Message) {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}

// What is no JSON at all is called by its name.
func TestInputsThatAreNoJSON(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"nothing":                        {"", "empty"},
		"blanks":                         {" \r\n", "empty"},
		"a byte order mark":              {"\ufeff", "empty"},
		"UTF-16":                         {utf16Text(seedOrder, false, true), "UTF-16"},
		"UTF-16, big-endian":             {utf16Text(seedOrder, true, true), "UTF-16"},
		"UTF-16 without a mark":          {utf16Text(seedOrder, false, false), "UTF-16"},
		"too large":                      {`{"a":"` + strings.Repeat("x", 600_000) + `"}`, "256 KiB"},
		"too large for what core.wasm":   {`{"a":"` + strings.Repeat("x", 300_000) + `"}`, "256 KiB"},
		"an array":                       {"[1]", "object"},
		"two":                            {seedOrder + seedOrder, "byte"},
		"a byte order mark, and no more": {"\ufeff{", "byte"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := cashier(t, test.text, "validate").want(t, 1); !strings.Contains(r.out, test.says) || len(parseReply(t, r.out).Errors) == 0 {
				t.Errorf("validate: %+v", r)
			}
			if r := cashier(t, test.text, "build", "--time", seedTime).want(t, 1); !strings.Contains(r.err, test.says) || r.out != "" {
				t.Errorf("build: %+v", r)
			}
		})
	}
	for name, text := range map[string]string{"a byte order mark": "\ufeff" + seedOrder, "blanks around": " \n\t" + seedOrder + "\r\n"} {
		cashier(t, text, "validate").want(t, 0)
		cashier(t, "", "validate", file(t, "order.json", text)).want(t, 0)
		if r := cashier(t, "", "validate", text).want(t, 0); !parseReply(t, r.out).Valid {
			t.Errorf("%s, as an argument: %+v", name, r)
		}
		cashier(t, seedOrder, "validate", "--config", file(t, "config.json", strings.Replace(text, seedOrder, seedConfig, 1))).want(t, 0)
	}
	if r := cashier(t, "", "validate", "[1]").want(t, 1); !strings.Contains(r.out, "NOT_AN_OBJECT") {
		t.Errorf("%+v", r)
	}
	if r := cashier(t, "{}", "validate", "--config", file(t, "config.json", utf16Text(seedConfig, false, true))).want(t, 2); !strings.Contains(r.err, "UTF-16") {
		t.Errorf("%+v", r)
	}
}

// A flag that says nothing is refused by its name, and never replaced by its default.
func TestFlagsOutOfRange(t *testing.T) {
	folder := keyFolder(t)
	tokens := filepath.Join(t.TempDir(), "tokens")
	cashier(t, "", "token", "keygen", "--out", tokens).want(t, 0)
	access := []string{"--config", `{"clientId":"C","gatewayUrl":"http://127.0.0.1:1"}`, "--keys", folder}
	inquire := append([]string{"inquire", "--payment-id", "p"}, access...)
	notify := []string{"notify", "--to", "http://127.0.0.1:1", "--keys", folder}
	issue := []string{"token", "issue", "--keys", filepath.Join(tokens, tokenIssueKeys), "--issuer", "i", "--audience", "https://a.example", seedOrder}
	sign := []string{"sign", "--key", filepath.Join(folder, merchantPrivate), "--path", "/", "--client-id", "C", "--time", seedTime, "{}"}
	for _, test := range []struct {
		args        []string
		flag, value string
		says        string
	}{
		{inquire, "--timeout", "0", "from 1ms"}, {inquire, "--timeout", "-1s", "from 1ms"}, {inquire, "--timeout", "30", "a time such as 30s"},
		{inquire, "--timeout", "1ns", "from 1ms"}, {append([]string{"doctor"}, access...), "--timeout", "0s", "from 1ms"},
		{append([]string{"pay", seedOrder}, access...), "--timeout", "25h", "to 24h"},
		{issue, "--lifetime", "-1h", "from 1s"}, {issue, "--lifetime", "0", "from 1s"}, {issue, "--lifetime", "999ms", "from 1s"},
		{issue, "--lifetime", "48h", "to 24h"}, {issue, "--lifetime", "day", "a time such as"},
		{notify, "--times", "0", "from 1 to 1000"}, {notify, "--times", "-5", "from 1"}, {notify, "--times", "x", "a whole number"}, {notify, "--times", "99999", "from 1"},
		{notify, "--value", "abc", "AMOUNT_MALFORMED"}, {notify, "--value", "1.50", "AMOUNT_MALFORMED"}, {notify, "--value", "-1", "AMOUNT_MALFORMED"}, {notify, "--value", "", "--value"},
		{notify, "--currency", "zzz", "CURRENCY"}, {notify, "--refund-value", "x", "AMOUNT_MALFORMED"}, {notify, "--key-version", "0", "from 1"},
		{sign, "--key-version", "abc", "a whole number"}, {sign, "--key-version", "-1", "from 1"}, {sign, "--key-version", "99999999999999999999", "a whole number"},
		{inquire, "--retry", "maybe", "true or false"},
		{[]string{"sandbox"}, "--seed", "-1", "a whole number from 0"},
	} {
		t.Run(test.args[0]+" "+test.flag+"="+test.value, func(t *testing.T) {
			r := cashier(t, "", append(append([]string{}, test.args...), test.flag+"="+test.value)...).want(t, 2)
			if !strings.Contains(r.err, test.flag) || !strings.Contains(r.err, test.says) || strings.Contains(r.err, "strconv") || r.out != "" {
				t.Errorf("want %q\nout: %s\nerr: %s", test.says, r.out, r.err)
			}
		})
	}
}

// A mistake in usage is answered with the right next step.
func TestUsageMistakes(t *testing.T) {
	folder := keyFolder(t)
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"keygen with a folder":       {[]string{"keygen", "keys"}, "--out keys"},
		"sandbox with a port":        {[]string{"sandbox", "8801"}, "--listen 127.0.0.1:8801"},
		"sandbox with an address":    {[]string{"sandbox", "127.0.0.1:8802"}, "--listen 127.0.0.1:8802"},
		"info of something":          {[]string{"info", "x"}, "takes no arguments"},
		"notify with a URL":          {[]string{"notify", "http://127.0.0.1:1/n", "--keys", folder}, "--to http://127.0.0.1:1/n"},
		"inquire with an id":         {[]string{"inquire", "order-1"}, "--payment-request-id order-1"},
		"cancel with an id":          {[]string{"cancel", "order-1"}, "--payment-request-id order-1"},
		"inquire-refund with an id":  {[]string{"inquire-refund", "r-1"}, "--refund-request-id r-1"},
		"refund with an id":          {[]string{"refund", "2026"}, "--payment-id 2026"},
		"two orders":                 {[]string{"build", "a", "b", "--time", seedTime}, "one ORDER"},
		"two bodies":                 {[]string{"sign", "a", "b", "--key", "k", "--path", "/", "--client-id", "C", "--time", "T"}, "one BODY"},
		"a command that token lacks": {[]string{"token", "make"}, `unknown command "make" for "cashier token"; available: issue, keygen, verify`},
		"build without a time":       {[]string{"build", "{}"}, "cashier: missing --time\n"},
		"sign without anything":      {[]string{"sign", "--key", "k"}, "cashier: missing --client-id, --path, --time\n"},
		"inquire without an id":      {[]string{"inquire"}, "cashier: missing --payment-request-id or --payment-id\n"},
		"explain two messages":       {[]string{"explain", "--public-key", "k", "--request", "r", "--path", "/"}, "cashier: --path and --request cannot be used together\n"},
		"token":                      {[]string{"token"}, "missing subcommand; available: issue, keygen, verify"},
		"a name that is empty":       {[]string{"validate", ""}, "the name of the file is empty"},
		"a config that is cut off":   {[]string{"validate", "--config", "{", "{}"}, "--config: the file holds no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := cashier(t, "", test.args...).want(t, 2); !strings.Contains(r.err, test.says) || r.out != "" {
				t.Errorf("want %q\nout: %s\nerr: %s", test.says, r.out, r.err)
			}
		})
	}
	for _, args := range [][]string{{"--version"}, {"version"}} {
		if r := cashier(t, "", args...).want(t, 0); !strings.HasPrefix(r.out, "cashier ") && !strings.HasPrefix(r.out, "version ") {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

// Nothing goes to a gateway that the user has not named: least of all to the real one, for the account of Alipay's guide.
func TestGatewayCommandsNeedAConfig(t *testing.T) {
	folder := keyFolder(t)
	payment, refund := []string{"--payment-id", "p"}, []string{"--refund-request-id", "r"}
	for name, args := range map[string][]string{
		"pay": {seedOrder}, "inquire": payment, "cancel": payment, "inquire-refund": refund, "doctor": nil,
		"refund": append(append([]string{"--currency", "USD", "--value", "1"}, payment...), refund...),
	} {
		t.Run(name, func(t *testing.T) {
			r := cashier(t, "", append([]string{name, "--keys", folder}, args...)...).want(t, 2)
			if !strings.Contains(r.err, "--config is needed") || !strings.Contains(r.err, "cashier init") || r.out != "" {
				t.Errorf("%+v", r)
			}
		})
	}
	if r := cashier(t, "", "doctor", "--retry", "--keys", folder, "--config", "{}").want(t, 2); !strings.Contains(r.err, "unknown flag: --retry") {
		t.Errorf("doctor repeats nothing: %+v", r)
	}
}

// An unknown refund is no reason to talk about charges.
func TestAdviceAboutARefundThatIsNotKnown(t *testing.T) {
	folder := keyFolder(t)
	told, _ := startSandbox(t, "--keys", folder)
	r := cashier(t, "", "inquire-refund", "--config", told["config"], "--keys", folder, "--refund-request-id", "f1").want(t, 1)
	if strings.Contains(r.err, "charge") || !strings.Contains(r.err, "never refund with another refundRequestId") {
		t.Errorf("%+v", r)
	}
}

func TestSandboxPrintsJSON(t *testing.T) {
	told := startSandboxJSON(t)
	for _, member := range []string{"sandbox", "clientId", "key", "keyVersion", "alipayKey", "config"} {
		if fmt.Sprint(told[member]) == "" || told[member] == nil {
			t.Errorf("no %s in %v", member, told)
		}
	}
	if config, _ := told["config"].(map[string]any); config["gatewayUrl"] != told["sandbox"] {
		t.Errorf("got %v", told)
	}
}
