//go:build !js

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// form is what the checkout form sends for a pencil of USD 1.00.
func form() url.Values {
	return url.Values{
		"/goods/0/goodsName": {"Pencil"}, "/goods/0/goodsQuantity": {"1"}, "/paymentAmount/currency": {"USD"}, "/paymentAmount/value": {"1.00"},
		"/settlementCurrency": {"USD"}, "/terminalType": {"WEB"},
	}
}

// TestTheSameFormHasOneIdempotencyKey has the merchant's server asked for orders and compares the keys.
func TestTheSameFormHasOneIdempotencyKey(t *testing.T) {
	w, _, _ := testWorker(t)
	var keys []string
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
	}))
	defer shop.Close()
	w.settings.OrderURL = shop.URL
	keyOf := func(key string, change func(url.Values)) string {
		t.Helper()
		fields := form()
		if change != nil {
			change(fields)
		}
		r := httptest.NewRequest("POST", "/checkout", strings.NewReader(fields.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		asked := len(keys)
		w.checkout(r) // the shop gives no token
		if len(keys) != asked+1 {
			t.Fatal("the shop was not asked")
		}
		return keys[asked]
	}
	first := keyOf("form-1", nil)
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(first) {
		t.Errorf("the key is %q", first)
	}
	if none := keyOf("", nil); none != "" {
		t.Errorf("a form without a key has %q", none)
	}
	for name, test := range map[string]struct {
		key    string
		change func(url.Values)
		same   bool
	}{
		"sent again":                 {"form-1", nil, true},
		"written otherwise":          {"form-1", func(f url.Values) { f.Set("/paymentAmount/value", " 1"); f.Set("/goods/0/goodsQuantity", "１") }, true},
		"in another language":        {"form-1", func(f url.Values) { f.Set("lang", "zh-CN") }, true},
		"with an empty row":          {"form-1", func(f url.Values) { f.Set("/goods/1/goodsName", ""); f.Set("/goods/1/goodsQuantity", "1") }, true},
		"for the phone":              {"form-1", func(f url.Values) { f.Set("/terminalType", "WAP"); f.Set("/osType", "IOS") }, true},
		"another form":               {"form-2", nil, false},
		"another amount":             {"form-1", func(f url.Values) { f.Set("/paymentAmount/value", "1.01") }, false},
		"another currency":           {"form-1", func(f url.Values) { f.Set("/paymentAmount/currency", "CNY") }, false},
		"another quantity":           {"form-1", func(f url.Values) { f.Set("/goods/0/goodsQuantity", "2") }, false},
		"another name":               {"form-1", func(f url.Values) { f.Set("/goods/0/goodsName", "Pencil 2") }, false},
		"two things instead of one":  {"form-1", func(f url.Values) { f.Set("/goods/1/goodsName", "Pencil"); f.Set("/goods/1/goodsQuantity", "1") }, false},
		"the key and text are apart": {"form-1\n", nil, false},
	} {
		if key := keyOf(test.key, test.change); (key == first) != test.same {
			t.Errorf("%s: %s, the first was %s", name, key, first)
		}
	}
}

func TestDraftKeyOfNoObject(t *testing.T) {
	if key, err := draftKey("form", json.RawMessage(`[]`)); err == nil {
		t.Errorf("got %q", key)
	}
}
