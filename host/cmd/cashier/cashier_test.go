package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/internal/postgrestest"
)

// binary is the command, built once; the tests run it as its users do.
var binary string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "cashier-test-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(folder, "cashier")
	if output, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, output))
	}
	code := m.Run()
	postgrestest.Stop()
	os.RemoveAll(folder)
	os.Exit(code)
}

type result struct {
	code     int
	out, err string
}

// cashier runs the command.
func cashier(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	command := exec.Command(binary, args...)
	command.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return result{command.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (r result) want(t *testing.T, code int) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d\nout: %s\nerr: %s", r.code, code, r.out, r.err)
	}
	return r
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The order of the guide, step 1, and what the guide makes of it.
const (
	seedOrder = `{"referenceOrderId":"alipayCNOrder12345","orderDescription":"Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1",
"paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_0001","paymentAmount":{"currency":"USD","value":"100"},"settlementCurrency":"USD",
"terminalType":"WEB","goods":[{"goodsName":"Macbook 12 inch M3 8G 256G SSD","goodsQuantity":"1"},{"goodsName":"Apple iPad Pro 11 inch","goodsQuantity":"1"}],
"businessType":"4","paymentNotifyUrl":"http://af927046.ngrok.io","paymentRedirectUrl":"https://www.taobao.com?param1=sl"}`
	seedConfig = `{"clientId":"SANDBOX_5Y055A2Y2F6K05235","keyVersion":2,"domain":"open-na.alipay.com","merchantKind":"direct","settlementCurrencies":["USD"],"wireProfile":"guide"}`
	seedBody   = `{"order":{"env":{"terminalType":"WEB"},
"extendInfo":"{\"chinaExtraTransInfo\":{\"totalQuantity\":\"2\",\"businessType\":\"4\",\"goodsInfo\":\"Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1\"}}",
"orderAmount":{"currency":"USD","value":"100"},"orderDescription":"Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1","referenceOrderId":"alipayCNOrder12345"},
"paymentAmount":{"currency":"USD","value":"100"},"paymentMethod":{"paymentMethodType":"ALIPAY_CN"},"paymentNotifyUrl":"http://af927046.ngrok.io",
"paymentRedirectUrl":"https://www.taobao.com?param1=sl","paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_0001","productCode":"CASHIER_PAYMENT",
"settlementStrategy":{"settlementCurrency":"USD"}}`
	seedTime = "2020-05-18T12:08:56+05:30"
	seedPath = "/ams/sandbox/api/v1/payments/pay"
	seedURL  = "https://open-na.alipay.com" + seedPath
	client   = "SANDBOX_5Y055A2Y2F6K05235"
)

func jsonEqual(t *testing.T, got, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

type reply struct {
	Valid    bool
	Errors   []struct{ Code, Path, Message string }
	Warnings []struct{ Code, Path, Message string }
}

func parseReply(t *testing.T, text string) reply {
	t.Helper()
	var r reply
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return r
}

func (r reply) has(code, path string) bool {
	for _, e := range r.Errors {
		if e.Code == code && e.Path == path && e.Message != "" {
			return true
		}
	}
	return false
}

func TestUsage(t *testing.T) {
	key := file(t, "key.pem", ownPrivatePKCS8(t))
	signed := []string{"--path", "/", "--client-id", "C", "--time", "T"}
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"nothing":              {nil, "missing command; available: build"},
		"unknown command":      {[]string{"pya"}, `unknown command "pya"`},
		"close to a command":   {[]string{"validat"}, "validate"},
		"unknown flag":         {[]string{"validate", "--profile", "x"}, "unknown flag: --profile"},
		"two orders":           {[]string{"validate", "a", "b"}, "takes one ORDER, got 2: a, b"},
		"missing file":         {[]string{"validate", "no-such-file.json"}, "no-such-file.json"},
		"missing config":       {[]string{"validate", "--config", "no-such-file.json", "{}"}, "--config"},
		"config is no JSON":    {[]string{"validate", "--config", key, "{}"}, "--config"},
		"no time":              {[]string{"build", "{}"}, "missing --time"},
		"unknown part":         {[]string{"build", "--time", seedTime, "--show", "everything", "{}"}, "--show is body"},
		"empty part":           {[]string{"build", "--time", seedTime, "--show", "", "{}"}, "--show is body"},
		"sign without flags":   {[]string{"sign"}, "missing --client-id, --key, --path, --time"},
		"sign with no key":     {append([]string{"sign", "--key", "no-such-file.pem"}, signed...), "no-such-file.pem"},
		"sign with other text": {append([]string{"sign", "--key", file(t, "k", "hello!")}, signed...), "KEY_MALFORMED"},
		"sign, version 0":      {append([]string{"sign", "--key", key, "--key-version", "0"}, signed...), "--key-version: a whole number from 1"},
		"sign, version x":      {append([]string{"sign", "--key", key, "--key-version", "x"}, signed...), "--key-version"},
		"sign, relative path":  {[]string{"sign", "--key", key, "--path", "notify", "--client-id", "C", "--time", "T"}, "PATH_MALFORMED"},
		"verify, private key":  {append([]string{"verify", "--public-key", key, "--signature", "x"}, signed...), "private key"},
		"keygen without out":   {[]string{"keygen"}, "missing --out"},
		"call nothing":         {[]string{"call"}, "EXPORT is missing"},
		"call unknown export":  {[]string{"call", "pay", "{}"}, "build_pay"},
		"call no operation":    {[]string{"call", "input", "{}"}, `no operation "input"`},
		"info of something":    {[]string{"info", "x"}, `x`},
		"sandbox to everybody": {[]string{"sandbox", "--listen", ":0"}, "loopback"},
		"sandbox, other host":  {[]string{"sandbox", "--listen", "192.0.2.1:0"}, "loopback"},
		"sandbox, no port":     {[]string{"sandbox", "--listen", "127.0.0.1"}, "--listen"},
		"sandbox, CNY":         {[]string{"sandbox", "--listen", "127.0.0.1:0", "--settlement-currencies", "CNY"}, "CNY"},
	} {
		t.Run(name, func(t *testing.T) {
			r := cashier(t, "", test.args...).want(t, 2)
			if r.out != "" || !strings.Contains(r.err, test.says) || !strings.Contains(r.err, "--help") {
				t.Errorf("out: %s\nerr: %s", r.out, r.err)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	all := cashier(t, "", "--help").want(t, 0)
	for _, command := range []string{"validate", "build", "sign", "verify", "init", "keygen", "sandbox", "call", "info"} {
		if !strings.Contains(all.out, "\n  "+command) {
			t.Errorf("%s is not listed", command)
		}
		if r := cashier(t, "", command, "--help").want(t, 0); !strings.Contains(r.out, "Usage:") || r.err != "" {
			t.Errorf("%s: %s %s", command, r.out, r.err)
		}
	}
}

func TestInfo(t *testing.T) {
	r := cashier(t, "", "info").want(t, 0)
	for _, want := range []string{"ABI         1\n", "SHA-256     ", "JPY 0", "CNY 2", "settlement  USD 2"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %q in %s", want, r.out)
		}
	}
	if _, settlement, _ := strings.Cut(r.out, "settlement"); strings.Contains(settlement, "CNY") {
		t.Error("CNY is listed for settlement")
	}
}

func TestCall(t *testing.T) {
	r := cashier(t, "", "call", "parse_amount", `{"text":"1,234.50","currency":"USD"}`).want(t, 0)
	jsonEqual(t, r.out, `{"value":"123450","errors":[],"warnings":[]}`)
	if r := cashier(t, `{"text":"1.5","currency":"JPY"}`, "call", "parse_amount").want(t, 1); len(parseReply(t, r.out).Errors) == 0 || r.err != "" {
		t.Errorf("%+v", r)
	}
	cashier(t, `{"text":"1","currency":"JPY"}`, "call", "parse_amount", "-").want(t, 0)
	cashier(t, "", "call", "parse_amount", file(t, "input", `{"text":"1","currency":"JPY"}`)).want(t, 0)
	if r := cashier(t, "", "call", "validate_order").want(t, 1); !parseReply(t, r.out).has("JSON_EMPTY", "") {
		t.Errorf("empty input: %+v", r)
	}
	if r := cashier(t, strings.Repeat(" ", 2<<20), "call", "validate_order").want(t, 1); !parseReply(t, r.out).has("INPUT_TOO_LARGE", "") {
		t.Errorf("2 MiB: %+v", r)
	}
	if r := cashier(t, strings.Repeat(" ", 17<<20), "call", "validate_order").want(t, 2); !strings.Contains(r.err, "16 MiB") {
		t.Errorf("17 MiB: %+v", r)
	}
	notification := cashier(t, "{}\n"+`{"notifyType":"PAYMENT_RESULT","paymentRequestId":"r","paymentId":"p","paymentAmount":{"currency":"USD","value":"1"},"result":{"resultStatus":"S","resultCode":"SUCCESS"}}`, "call", "read_notification").want(t, 0)
	if !strings.Contains(notification.out, `"acknowledgement"`) {
		t.Errorf("%s", notification.out)
	}
}
