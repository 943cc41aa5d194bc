package core_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/wasm/core"
	"github.com/edgecashier/cashier/wasm/vectors"
)

// guideBody is the request of the guide's step 1, member for member.
const guideBody = `{
"order": {
"env": {"terminalType": "WEB"},
"extendInfo": "{\"chinaExtraTransInfo\":{\"totalQuantity\":\"2\",\"businessType\":\"4\",\"goodsInfo\":\"Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1\"}}",
"orderAmount": {"currency": "USD", "value": "100"},
"orderDescription": "Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1",
"referenceOrderId": "alipayCNOrder12345"
},
"paymentAmount": {"currency": "USD", "value": "100"},
"paymentMethod": {"paymentMethodType": "ALIPAY_CN"},
"paymentNotifyUrl": "http://af927046.ngrok.io",
"paymentRedirectUrl": "https://www.taobao.com?param1=sl",
"paymentRequestId": "ams_alipaycn_cashier_pay_sandbox_request_0001",
"productCode": "CASHIER_PAYMENT",
"settlementStrategy": {"settlementCurrency": "USD"}
}`

type problem struct{ Code, Path, Message string }

type reply struct {
	Valid            bool
	Errors, Warnings []problem

	URL, Path, Body, ContentPrefix string
	Headers                        []struct{ Name, Value string }
	KeyVersion, Signature          string
	Payment, Settlement            []struct {
		Currency string
		Decimals int
	}
}

func call(t *testing.T, operation string, input []byte) reply {
	t.Helper()
	text, err := core.Call(operation, input)
	if err != nil {
		t.Fatal(err)
	}
	var r reply
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

func vector(t *testing.T, name string) vectors.Vector {
	t.Helper()
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(v vectors.Vector) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("there is no vector %s", name)
	}
	return all[i]
}

func TestRequestOfTheGuide(t *testing.T) {
	r := call(t, "build_pay", vector(t, "seed/request").Input)
	var got, want any
	if err := json.Unmarshal([]byte(r.Body), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(guideBody), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("body %s", r.Body)
	}
	if r.URL != "https://open-na.alipay.com/ams/sandbox/api/v1/payments/pay" {
		t.Errorf("url %s", r.URL)
	}
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[h.Name] = h.Value
	}
	if want := map[string]string{
		"Content-Type":  "application/json; charset=UTF-8",
		"original_host": "open-na.alipay.com",
		"Request-Time":  "2020-05-18T12:08:56+05:30",
		"client-id":     "SANDBOX_5Y055A2Y2F6K05235",
	}; !reflect.DeepEqual(headers, want) {
		t.Errorf("headers %v", headers)
	}
	if want := "POST /ams/sandbox/api/v1/payments/pay\nSANDBOX_5Y055A2Y2F6K05235.2020-05-18T12:08:56+05:30."; r.ContentPrefix != want {
		t.Errorf("content prefix %q", r.ContentPrefix)
	}
}

func TestAddressesOfTheGuide(t *testing.T) {
	for _, c := range []struct{ clientID, domain, url string }{
		{"SANDBOX_1", "open-na.alipay.com", "https://open-na.alipay.com/ams/sandbox/api/v1/payments/pay"},
		{"SANDBOX_1", "open-sea.alipay.com", "https://open-sea.alipay.com/ams/sandbox/api/v1/payments/pay"},
		{"1", "open-na.alipay.com", "https://open-na.alipay.com/ams/api/v1/payments/pay"},
		{"1", "open-sea.alipay.com", "https://open-sea.alipay.com/ams/api/v1/payments/pay"},
	} {
		input := strings.Replace(string(vector(t, "seed/request").Input), `"clientId":"SANDBOX_5Y055A2Y2F6K05235"`, `"clientId":"`+c.clientID+`"`, 1)
		input = strings.Replace(input, "open-na.alipay.com", c.domain, 1)
		if r := call(t, "build_pay", []byte(input)); r.URL != c.url {
			t.Errorf("%s at %s: %s, want %s", c.clientID, c.domain, r.URL, c.url)
		}
	}
}

// TestGenuineSignatures takes the guide's notifications and all other signed
// messages apart with the core and verifies them with crypto/rsa.
func TestGenuineSignatures(t *testing.T) {
	var set struct {
		Vectors []struct {
			ID, Kind, Path, Time, Body, Expect string
			ClientID                           string `json:"client_id"`
			SignatureHeader                    string `json:"signature_header"`
			TimeHeader                         string `json:"time_header"`
			PublicKey                          string `json:"public_key_spki_b64"`
			Verifiable                         bool
		}
	}
	if err := json.Unmarshal(vectors.Table("signatures.json"), &set); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, v := range set.Vectors {
		operation, timeHeader := "open_notification", "request-time"
		if v.Kind == "response" {
			operation, timeHeader = "open_response", "response-time"
		}
		head, err := json.Marshal(map[string]any{
			"config":  map[string]string{"clientId": v.ClientID},
			"path":    v.Path,
			"headers": map[string]string{"client-id": v.ClientID, timeHeader: v.Time, "signature": v.SignatureHeader},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := call(t, operation, append(append(head, '\n'), v.Body...))
		if !v.Verifiable {
			// The public key is not known: the header must at least be readable.
			if len(r.Errors) > 0 {
				t.Errorf("%s: %v", v.ID, r.Errors)
			}
			continue
		}
		checked++
		if good := len(r.Errors) == 0 && verifies(t, v.PublicKey, r, v.Body); good != (v.Expect == "valid") {
			t.Errorf("%s: verified %v, want %s", v.ID, good, v.Expect)
		}
	}
	if checked != 20 {
		t.Errorf("%d vectors were verified, want 20", checked)
	}
}

func verifies(t *testing.T, key string, r reply, body string) bool {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(r.Signature)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(r.ContentPrefix + body))
	return rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, digest[:], signature) == nil
}

func TestCurrencyPairs(t *testing.T) {
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	pairs, valid := 0, 0
	for _, v := range all {
		name, ok := strings.CutPrefix(v.Name, "currency-pairs/")
		if !ok || v.Operation != "validate_order" {
			continue
		}
		pairs++
		payment, settlement, _ := strings.Cut(name, "-")
		want := settlement != "CNY" && (payment == "CNY" || payment == settlement)
		if got := call(t, v.Operation, v.Input).Valid; got != want {
			t.Errorf("%s: valid %v, want %v", name, got, want)
		} else if got {
			valid++
		}
	}
	if pairs != 225 || valid != 28 {
		t.Errorf("%d of %d pairs are valid, want 28 of 225", valid, pairs)
	}
}

func TestCurrenciesOfTheGuide(t *testing.T) {
	r := call(t, "currencies", []byte("{}"))
	var payment, settlement []string
	for _, c := range r.Payment {
		payment = append(payment, c.Currency)
		if want := 2; c.Currency == "JPY" && c.Decimals != 0 || c.Currency != "JPY" && c.Decimals != want {
			t.Errorf("%s has %d decimals", c.Currency, c.Decimals)
		}
	}
	for _, c := range r.Settlement {
		settlement = append(settlement, c.Currency)
	}
	if got, want := strings.Join(payment, ", "), "USD, EUR, JPY, GBP, CAD, AUD, SGD, CHF, SEK, DKK, NOK, NZD, THB, HKD, CNY"; got != want {
		t.Errorf("payment: %s", got)
	}
	if got, want := strings.Join(settlement, ", "), "USD, EUR, JPY, GBP, CAD, AUD, SGD, CHF, SEK, DKK, NOK, NZD, THB, HKD"; got != want {
		t.Errorf("settlement: %s", got)
	}
}

func TestUnknownOperation(t *testing.T) {
	if _, err := core.Call("pay", nil); err != core.ErrUnknownOperation {
		t.Errorf("error %v", err)
	}
}
