package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// keyFolder makes keys.
func keyFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "keys")
	cashier(t, "", "keygen", "--out", folder).want(t, 0)
	return folder
}

// decoded reads what a command printed as JSON.
func decoded(t *testing.T, text string) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func TestFiveCalls(t *testing.T) {
	folder := keyFolder(t)
	told, _ := startSandbox(t, "--keys", folder)
	access := []string{"--config", told["config"], "--keys", folder}
	run := func(code int, args ...string) result {
		t.Helper()
		return cashier(t, "", append(args, access...)...).want(t, code)
	}
	local := strings.Replace(seedOrder, "http://af927046.ngrok.io", "http://127.0.0.1:9/notify", 1)
	order := file(t, "order.json", local)
	r := run(0, "pay", order)
	if !strings.Contains(r.out, "open               "+told["sandbox"]+"/alipaycn/pc/cashier?") || !strings.Contains(r.out, "U/PAYMENT_IN_PROCESS") {
		t.Errorf("%+v", r)
	}
	answer := decoded(t, run(0, "pay", "--json", order).out)
	paymentID := answer["response"].(map[string]any)["paymentId"].(string)
	if answer["outcome"] != "REDIRECT" || answer["state"] != "PROCESSING" || answer["redirect"] == nil || paymentID == "" {
		t.Errorf("%v", answer)
	}
	const requestID = "ams_alipaycn_cashier_pay_sandbox_request_0001"
	if r := run(0, "inquire", "--payment-request-id", requestID); !strings.Contains(r.out, "state              PROCESSING") {
		t.Errorf("%+v", r)
	}
	refund := []string{"refund", "--refund-request-id", "f1", "--payment-id", paymentID, "--currency", "USD", "--value", "40"}
	if r := run(1, refund...); !strings.Contains(r.err, "ORDER_STATUS_INVALID") {
		t.Errorf("refund of what is not paid: %+v", r)
	}
	if f := decoded(t, run(1, append(refund, "--json")...).err); f["next"] != "FIX_REQUEST" || f["exitCode"] != 1.0 {
		t.Errorf("%v", f)
	}
	if answer := decoded(t, run(0, "cancel", "--json", "--payment-id", paymentID).out); answer["state"] != "CANCELLED" {
		t.Errorf("%v", answer)
	}
	if r := run(0, "cancel", "--payment-id", paymentID); !strings.Contains(r.out, "CANCELLED") {
		t.Errorf("%+v", r)
	}
	if answer := decoded(t, run(0, "inquire", "--json", "--payment-id", paymentID).out); answer["state"] != "CANCELLED" || answer["outcome"] != "NEW_ATTEMPT" {
		t.Errorf("%v", answer)
	}
	if r := run(1, "inquire", "--payment-id", "nothing"); !strings.Contains(r.err, "ORDER_NOT_EXIST") {
		t.Errorf("%+v", r)
	}
	if r := run(1, "inquire-refund", "--refund-request-id", "f1"); !strings.Contains(r.err, "ORDER_NOT_EXIST") {
		t.Errorf("%+v", r)
	}
	if r := run(1, "pay", `{"referenceOrderId":"x"}`); !strings.Contains(r.err, "FIELD_REQUIRED") {
		t.Errorf("%+v", r)
	}
}

func TestUnreachableGateway(t *testing.T) {
	folder := keyFolder(t)
	r := cashier(t, seedOrder, "pay", "--json", "--retry=false", "--config", `{"clientId":"SANDBOX_5Y055A2Y2F6K05235","gatewayUrl":"http://127.0.0.1:1"}`, "--keys", folder).want(t, 1)
	if f := decoded(t, r.err); f["next"] != "INQUIRE" || r.out != "" {
		t.Errorf("%+v", r)
	}
}

func TestNotify(t *testing.T) {
	folder := keyFolder(t)
	key, err := os.ReadFile(filepath.Join(folder, "sandbox-public.pem"))
	if err != nil {
		t.Fatal(err)
	}
	core, err := host.Open(t.Context(), host.PoolSize(1))
	if err != nil {
		t.Fatal(err)
	}
	defer core.Close()
	ring, err := gateway.NewKeyRing(map[string]string{"1": string(key)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := gateway.New(gateway.Options{Core: core, Config: gateway.Config{ClientID: client}, AlipayKeys: ring})
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := c.VerifyNotification(r)
		if err != nil {
			t.Error(err)
			return
		}
		heard = append(heard, fmt.Sprintf("%s %s %s%s", n.NotifyType, n.State, n.PaymentRequestID, n.RefundRequestID))
		if n.Failed() {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		_ = n.Acknowledge(w)
	}))
	defer shop.Close()
	args := []string{"notify", "--to", shop.URL + "/notify?x=%2f", "--keys", folder}
	if r := cashier(t, "", append(args, "--payment-request-id", "r1", "--times", "2")...).want(t, 0); r.out != "acknowledged\nacknowledged, delivery 2 of the same notification\n" {
		t.Errorf("%+v", r)
	}
	cashier(t, "", append(args, "--kind", "refund.succeeded", "--refund-request-id", "f1", "--refund-value", "5")...).want(t, 0)
	cashier(t, "", append(args, "--kind", "payment.pending", "--payment-request-id", "r1")...).want(t, 0)
	if r := cashier(t, "", append(args, "--kind", "payment.failed", "--payment-request-id", "r1", "--json")...).want(t, 1); decoded(t, r.out)["status"] != 418.0 {
		t.Errorf("%+v", r)
	}
	want := "PAYMENT_RESULT SUCCESS r1, PAYMENT_RESULT SUCCESS r1, REFUND_RESULT SUCCESS f1, PAYMENT_PENDING PENDING r1, PAYMENT_RESULT FAIL r1"
	if got := strings.Join(heard, ", "); got != want {
		t.Errorf("got %s", got)
	}
}

func TestToken(t *testing.T) {
	folder := t.TempDir()
	for _, algorithm := range []string{"EdDSA", "HS256"} {
		out := filepath.Join(folder, algorithm)
		cashier(t, "", "token", "keygen", "--out", out, "--alg", algorithm).want(t, 0)
		cashier(t, "", "token", "keygen", "--out", out, "--alg", algorithm).want(t, 1)
		issue, verify := filepath.Join(out, "order-token-issue.json"), filepath.Join(out, "order-token-verify.json")
		token := cashier(t, seedOrder, "token", "issue", "--keys", issue, "--issuer", "https://shop.example", "--audience", "https://pay.example").want(t, 0).out
		args := []string{"token", "verify", "--keys", verify, "--audience", "https://pay.example"}
		if r := cashier(t, token, append(args, "--json")...).want(t, 0); decoded(t, r.out)["order"].(map[string]any)["referenceOrderId"] != "alipayCNOrder12345" {
			t.Errorf("%+v", r)
		}
		cashier(t, "", append(args, strings.TrimSpace(token))...).want(t, 0)
		args[len(args)-1] = "https://other.example"
		if r := cashier(t, token, args...).want(t, 1); !strings.Contains(r.err, "TOKEN_AUDIENCE") {
			t.Errorf("%+v", r)
		}
	}
}

func TestDoctor(t *testing.T) {
	folder, other := keyFolder(t), keyFolder(t)
	told, _ := startSandbox(t, "--keys", folder)
	path := func(folder, name string) string { return filepath.Join(folder, name+".pem") }
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		fmt.Fprint(w, "<html>It works!</html>")
	}))
	defer slow.Close()
	elsewhere := func(address string) string {
		return fmt.Sprintf(`{"clientId":%q,"keyVersion":2,"gatewayUrl":%q}`, client, address)
	}
	for name, test := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"well":            {[]string{"--config", told["config"], "--keys", folder}, 0, []string{"ok   gateway", "ok   clock", "ok   keys"}},
		"offline":         {[]string{"--config", told["config"], "--keys", folder, "--offline"}, 0, []string{"ok   keys"}},
		"notify URL":      {[]string{"--config", told["config"], "--keys", folder, "--notify-url", "https://shop.example/notify"}, 0, []string{"ok   notify"}},
		"bad notify URL":  {[]string{"--config", told["config"], "--keys", folder, "--offline", "--notify-url", "ftp://shop.example/"}, 1, []string{"bad  notify", "URL_SCHEME"}},
		"own key":         {[]string{"--config", told["config"], "--key", path(folder, "merchant-private"), "--public-key", path(folder, "merchant-public")}, 1, []string{"bad  keys", "KEY_IS_YOUR_OWN"}},
		"other key":       {[]string{"--config", told["config"], "--key", path(folder, "merchant-private"), "--public-key", path(other, "sandbox-public")}, 1, []string{"bad  gateway", "SIGNATURE_MISMATCH", "sandbox and production"}},
		"key unknown":     {[]string{"--config", told["config"], "--key", path(other, "merchant-private"), "--public-key", path(folder, "sandbox-public")}, 1, []string{"bad  gateway", "uploaded"}},
		"public as key":   {[]string{"--config", told["config"], "--key", path(folder, "merchant-public"), "--public-key", path(folder, "sandbox-public")}, 1, []string{"bad  files", "this is an RSA public key"}},
		"bad config":      {[]string{"--config", `{"clientId":"C","wireProfile":"new"}`, "--keys", folder}, 1, []string{"bad  config", "CONFIG_WIRE_PROFILE"}},
		"nobody there":    {[]string{"--config", elsewhere("http://127.0.0.1:1"), "--keys", folder}, 1, []string{"bad  gateway", "cannot be reached"}},
		"another website": {[]string{"--config", elsewhere(slow.URL), "--keys", folder}, 1, []string{"bad  gateway", "really a gateway", "bad  clock", "NTP"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := cashier(t, "", append([]string{"doctor"}, test.args...)...).want(t, test.code)
			for _, want := range test.says {
				if !strings.Contains(r.out, want) {
					t.Errorf("no %q in %s", want, r.out)
				}
			}
			if j := cashier(t, "", append([]string{"doctor", "--json"}, test.args...)...).want(t, test.code); decoded(t, j.out)["well"] != (test.code == 0) {
				t.Errorf("%+v", j)
			}
		})
	}
}

// doctor says of a notify URL what validate says of it in an order.
func TestDoctorAgreesWithValidateAboutNotifyURLs(t *testing.T) {
	folder := keyFolder(t)
	config := fmt.Sprintf(`{"clientId":%q,"domain":"open-na.alipay.com"}`, client)
	for _, url := range []string{"https://shop.example/notify", "https://shop.example/notify?shop=7", "https://shop.example/?wc-api=antom", "http://127.0.0.1/n", "ftp://shop.example/", "notify"} {
		order := change(t, "/paymentNotifyUrl", strconv.Quote(url))
		said := parseReply(t, cashier(t, order, "validate", "--config", config).out)
		r := cashier(t, "", "doctor", "--offline", "--config", config, "--keys", folder, "--notify-url", url)
		if got := strings.Count(r.out, "\nbad  notify"); got != len(said.Errors) || r.code != min(got, 1) {
			t.Errorf("%s: %d errors, exit code %d, want %+v\n%s", url, got, r.code, said.Errors, r.out)
		}
		if got := strings.Count(r.out, "\nwarn notify"); got != len(said.Warnings) {
			t.Errorf("%s: %d warnings, want %+v\n%s", url, got, said.Warnings, r.out)
		}
	}
}

func TestUsageOfGatewayCommands(t *testing.T) {
	folder := keyFolder(t)
	key := filepath.Join(folder, "sandbox-public.pem")
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"pay without keys":         {[]string{"pay", "{}"}, "keys are needed"},
		"pay with both":            {[]string{"pay", "--keys", folder, "--key", "x", "{}"}, "one or the other"},
		"inquire what":             {[]string{"inquire", "--keys", folder}, "payment-request-id"},
		"refund how much":          {[]string{"refund", "--keys", folder, "--refund-request-id", "f", "--payment-id", "p", "--currency", "USD"}, "missing --value"},
		"config, unknown member":   {[]string{"inquire", "--config", `{"clientID2":"C"}`, "--keys", folder, "--payment-id", "p"}, "--config"},
		"notify nobody":            {[]string{"notify", "--keys", folder}, "missing --to"},
		"notify somebody else":     {[]string{"notify", "--keys", folder, "--to", "https://shop.example/notify"}, "--allow-remote"},
		"notify no URL":            {[]string{"notify", "--keys", folder, "--to", "127.0.0.1"}, "URL"},
		"notify without key":       {[]string{"notify", "--to", "http://127.0.0.1:1"}, "key"},
		"notify of nothing":        {[]string{"notify", "--keys", folder, "--to", "http://127.0.0.1:1", "--kind", "payment.lost"}, "payment.succeeded"},
		"token what":               {[]string{"token"}, "keygen"},
		"token with other keys":    {[]string{"token", "verify", "--keys", key, "--audience", "x", "x"}, "TOKEN_KEYS"},
		"token, unknown algorithm": {[]string{"token", "keygen", "--out", t.TempDir(), "--alg", "none"}, "none"},
		"explain nothing":          {[]string{"explain", "--public-key", key}, "request"},
		"explain without a key":    {[]string{"explain", "--path", "/"}, "missing --public-key"},
		"explain, two keys":        {[]string{"explain", "--public-key", key, "--public-key", key, "--path", "/", "{}"}, "VERSION=FILE"},
		"explain, other time":      {[]string{"explain", "--public-key", key, "--path", "/", "--received", "now", "{}"}, "--received"},
		"doctor with an argument":  {[]string{"doctor", "x"}, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			r := cashier(t, "", test.args...).want(t, 2)
			if r.out != "" || !strings.Contains(r.err, test.says) || !strings.Contains(r.err, "--help") {
				t.Errorf("out: %s\nerr: %s", r.out, r.err)
			}
			if j := cashier(t, "", append(test.args, "--json")...).want(t, 2); !strings.Contains(fmt.Sprint(decoded(t, j.err)["error"]), strings.Trim(test.says, `"`)) && !strings.Contains(j.err, strings.Trim(test.says, `"`)) {
				t.Errorf("%+v", j)
			}
		})
	}
}

func TestJSONOfTheOthers(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	if files := decoded(t, cashier(t, "", "keygen", "--json", "--out", folder).want(t, 0).out)["files"]; len(files.([]any)) != 4 {
		t.Errorf("got %v", files)
	}
	if info := decoded(t, cashier(t, "", "info", "--json").want(t, 0).out); info["abi"] != 1.0 || len(info["payment"].([]any)) != 15 {
		t.Errorf("got %v", info)
	}
	built := decoded(t, cashier(t, seedOrder, "build", "--json", "--time", seedTime).want(t, 0).out)
	jsonEqual(t, built["body"].(string), seedBody)
	what := []string{"--path", seedPath, "--client-id", client, "--time", seedTime}
	signature := decoded(t, cashier(t, "{}", append([]string{"sign", "--json", "--key", filepath.Join(folder, "merchant-private.pem")}, what...)...).want(t, 0).out)["signature"].(string)
	for body, good := range map[string]bool{"{}": true, "{ }": false} {
		r := cashier(t, body, append([]string{"verify", "--json", "--public-key", filepath.Join(folder, "merchant-public.pem"), "--signature", signature}, what...)...)
		if decoded(t, r.out)["good"] != good {
			t.Errorf("%s: %+v", body, r)
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if r := cashier(t, "", "completion", shell).want(t, 0); len(r.out) < 1000 {
			t.Errorf("%s: %s", shell, r.out)
		}
	}
	if r := cashier(t, "", "__complete", "notify", "--kind", "").want(t, 0); !strings.Contains(r.out, "refund.failed") {
		t.Errorf("%+v", r)
	}
}
