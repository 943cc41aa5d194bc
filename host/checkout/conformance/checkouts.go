package conformance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/checkout/pages"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/webhook"
)

var _ = add(
	test{name: "a purchase from token to result", run: purchase},
	test{name: "checkout by a script", run: byScript},
	test{name: "a cashier that wants a POST", run: byPOST},
	test{name: "an order from the merchant's server", run: fromServer},
	test{name: "eight submits at once are one payment", run: submitsAtOnce},
	test{name: "another amount under the same order number", run: orderChanged},
	test{name: "an order that cannot be paid", run: orderInvalid},
	test{name: "a result page of a stranger", run: strangePage},
	test{name: "tokens that are refused", run: tokensRefused},
	test{name: "what a shopper typed", run: typed},
	test{name: "bodies that are refused", run: bodiesRefused},
	test{name: "addresses where there is nothing", run: nothingThere},
	test{name: "a payment that fails, and another attempt", run: secondAttempt},
	test{name: "the answer to pay is lost", moves: true, run: answerLost},
	test{name: "nobody pays", moves: true, run: nobodyPays},
	test{name: "every notification is lost", moves: true, run: notificationsLost},
)

func purchase(t *testing.T, w *world) {
	o := w.order(nil)
	a := w.checkout(t, w.token(t, o))
	location := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(location, w.Alipay.URL) {
		t.Fatalf("got HTTP %d to %q: %s", a.status, location, a.body)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: %q", got)
	}
	v := w.start(t, w.token(t, o))
	if v.Redirect == nil || v.Redirect.Location != location {
		t.Errorf("the second submit leads elsewhere: %+v", v.Redirect)
	}
	page := w.send(t, "GET", "/return/"+v.PaymentRequestID, "", "Accept", acceptHTML)
	contains(t, page.body, "Waiting for your payment", o.ReferenceOrderID, "$1.00", "Continue to Alipay")
	if page.header.Get("Refresh") == "" || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("headers %v", page.header)
	}

	if err := w.Alipay.Pay(t.Context(), &gateway.Payment{PaymentID: w.payment(t, v.PaymentRequestID).PaymentID, Redirect: v.Redirect}); err != nil {
		t.Fatal(err)
	}
	w.becomes(t, v.PaymentRequestID, "SUCCESS")
	eventually(t, "payment.succeeded", func() bool { return w.Shop.took(o.ReferenceOrderID, "payment.succeeded") })
	told := w.Shop.Messages(o.ReferenceOrderID)
	if len(told) != 1 || told[0].ID != v.PaymentRequestID+"_succeeded" || told[0].Data.PaymentStatus != "SUCCESS" ||
		told[0].Data.PaymentAmount != o.PaymentAmount || told[0].Data.PaymentID != w.payment(t, v.PaymentRequestID).PaymentID {
		t.Errorf("the merchant was told %+v", told)
	}
	contains(t, told[0].Body, `"origin":"`+w.Origin+`"`, `"clientId":"`+w.Alipay.Merchant.ClientID+`"`)
	if _, err := w.Alipay.WaitAcknowledged(t.Context(), v.PaymentRequestID); err != nil {
		t.Error(err)
	}

	page = w.send(t, "GET", "/return/"+v.PaymentRequestID, "", "Accept", acceptHTML, "Accept-Language", "zh-CN,en;q=0.5")
	contains(t, page.body, `lang="zh-CN"`, "付款成功", "US$1.00")
	wait, to, _ := strings.Cut(page.header.Get("Refresh"), "; url=")
	address, err := url.Parse(to)
	if wait != "5" || err != nil || !strings.HasPrefix(to, w.Shop.URL+"/thanks?a=1&result=") {
		t.Fatalf("Refresh: %q", page.header.Get("Refresh"))
	}
	result, err := webhook.ResultReader{Audience: w.Shop.URL, Issuer: w.Origin, Secrets: []string{w.Shop.Secret}}.
		Read(address.Query().Get("result"), w.Alipay.Clock.Now())
	if err != nil || result.ReferenceOrderID != o.ReferenceOrderID || result.PaymentStatus != "SUCCESS" || result.PaymentAmount != o.PaymentAmount ||
		result.PaymentRequestID != v.PaymentRequestID || result.PaymentID == "" {
		t.Errorf("the result is %+v, %v", result, err)
	}
	again := w.checkout(t, w.token(t, o))
	if want := w.Origin + "/return/" + v.PaymentRequestID; again.status != http.StatusSeeOther || again.header.Get("Location") != want {
		t.Errorf("a paid order is checked out: HTTP %d to %s", again.status, again.header.Get("Location"))
	}
}

func byScript(t *testing.T, w *world) {
	o := w.order(nil)
	v := w.started(t, o)
	if v.ReferenceOrderID != o.ReferenceOrderID || v.PaymentAmount != o.PaymentAmount || v.PollAfter <= 0 || v.ExpiresAt <= w.Alipay.Clock.Now().UnixMilli() ||
		v.Redirect.Method != "GET" || !strings.HasPrefix(v.PaymentRequestID, "00") && len(v.PaymentRequestID) != 24 {
		t.Errorf("got %+v", v)
	}
	if seen := w.look(t, v.PaymentRequestID); seen.PaymentStatus != "PROCESSING" || seen.Redirect == nil {
		t.Errorf("later %+v", seen)
	}
	a := w.send(t, "GET", "/return/"+v.PaymentRequestID, "", "Accept", acceptJSON)
	if got := a.header.Get("Content-Type"); a.status != 200 || !strings.HasPrefix(got, "application/json") {
		t.Errorf("the page as JSON: HTTP %d, %s", a.status, got)
	}
}

func byPOST(t *testing.T, w *world) {
	o := w.order(func(o *gateway.Order) { o.OrderDescription = "Pencil #sandbox:redirect=POST" })
	a := w.checkout(t, w.token(t, o))
	if a.status != http.StatusOK {
		t.Fatalf("HTTP %d %s", a.status, a.body)
	}
	contains(t, a.body, `<form method="post" action="`+w.Alipay.URL, "/pages/submit.mjs", "Continue to Alipay")
	contains(t, a.header.Get("Content-Security-Policy"), "form-action 'self'", strings.TrimPrefix(w.Alipay.URL, "http://"))
	for _, file := range []string{"/pages/submit.mjs", "/pages/result.css", "/js/page/page.css", "/js/page/icon.svg"} {
		if got := w.send(t, "GET", file, ""); got.status != http.StatusOK || got.body == "" {
			t.Errorf("%s: HTTP %d", file, got.status)
		}
	}
}

func fromServer(t *testing.T, w *world) {
	o := w.order(nil)
	a := w.send(t, "POST", "/orders", string(marshal(t, map[string]string{"token": w.token(t, o)})), "Content-Type", acceptJSON)
	var got struct {
		URL  string
		View pages.View
	}
	a.json(t, &got)
	if a.status != http.StatusOK || got.URL != w.Origin+"/return/"+got.View.PaymentRequestID || got.View.ReferenceOrderID != o.ReferenceOrderID {
		t.Fatalf("HTTP %d %s", a.status, a.body)
	}
	page := w.send(t, "GET", got.URL, "", "Accept", acceptHTML)
	contains(t, page.body, "Continue to Alipay", o.ReferenceOrderID)
	a = w.send(t, "POST", "/orders", `{"token":"x","amount":"1"}`, "Content-Type", acceptJSON)
	if want := []string{"FIELD_UNKNOWN /amount"}; a.status != 422 || !slices.Equal(a.codes(), want) {
		t.Errorf("an unknown member: HTTP %d %v", a.status, a.codes())
	}
}

func submitsAtOnce(t *testing.T, w *world) {
	o := w.order(func(o *gateway.Order) { o.OrderDescription = "Pencil #sandbox:pay.answer-slow=300ms" })
	token := w.token(t, o)
	var group sync.WaitGroup
	locations := make([]string, 8)
	for i := range locations {
		group.Go(func() { locations[i] = w.checkout(t, token).header.Get("Location") })
	}
	group.Wait()
	for _, location := range locations {
		if location == "" || location != locations[0] {
			t.Errorf("shoppers are sent to %v", locations)
		}
	}
	if attempts := w.record(t, o.ReferenceOrderID).Attempts; len(attempts) != 1 {
		t.Errorf("there are %d attempts", len(attempts))
	}
	calls := 0
	for _, p := range w.Alipay.Payments() {
		if p.ReferenceOrderID == o.ReferenceOrderID {
			calls++
		}
	}
	if calls != 1 {
		t.Errorf("Alipay has %d payments", calls)
	}
}

func orderChanged(t *testing.T, w *world) {
	o := w.order(nil)
	w.started(t, o)
	o.PaymentAmount.Value = "1"
	a := w.send(t, "POST", "/checkout", string(marshal(t, map[string]string{"token": w.token(t, o)})), "Content-Type", acceptJSON, "Accept", acceptJSON)
	if want := []string{"ORDER_CHANGED /paymentAmount"}; a.status != http.StatusConflict || !slices.Equal(a.codes(), want) {
		t.Errorf("HTTP %d %v", a.status, a.codes())
	}
	page := w.checkout(t, w.token(t, o))
	if page.status != http.StatusConflict {
		t.Errorf("the page: HTTP %d", page.status)
	}
	contains(t, page.body, "another amount")
}

func orderInvalid(t *testing.T, w *world) {
	o := w.order(func(o *gateway.Order) { o.PaymentAmount.Value, o.Goods = "0100", nil })
	a := w.send(t, "POST", "/checkout", string(marshal(t, map[string]string{"token": w.token(t, o)})), "Content-Type", acceptJSON, "Accept", acceptJSON)
	if a.status != 422 || len(a.codes()) < 2 || !strings.HasSuffix(a.codes()[0], " /paymentAmount/value") {
		t.Errorf("HTTP %d %v", a.status, a.codes())
	}
	if a := w.operate(t, "GET", "/operator/orders/"+o.ReferenceOrderID, nil); a.status != http.StatusNotFound {
		t.Errorf("something of it was kept: HTTP %d", a.status)
	}
}

func strangePage(t *testing.T, w *world) {
	o := w.order(func(o *gateway.Order) { o.PaymentRedirectURL = "https://evil.example/thanks" })
	a := w.send(t, "POST", "/checkout", string(marshal(t, map[string]string{"token": w.token(t, o)})), "Content-Type", acceptJSON, "Accept", acceptJSON)
	if want := []string{"URL_NOT_ALLOWED /paymentRedirectUrl"}; a.status != 422 || !slices.Equal(a.codes(), want) {
		t.Errorf("HTTP %d %v", a.status, a.codes())
	}
}

func tokensRefused(t *testing.T, w *world) {
	o := w.order(nil)
	good := w.token(t, o)
	old, err := w.issueToken(o, w.Alipay.Clock.Now().Add(-2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(good, ".")
	for name, test := range map[string]struct{ token, code string }{
		"expired": {old, "TOKEN_EXPIRED /token"}, "altered": {good[:len(good)-8] + "AAAAAAAA", "TOKEN_SIGNATURE /token"},
		"nothing of the kind": {"abc", "TOKEN_MALFORMED /token"}, "another head": {head[:len(head)-2] + "." + rest, "TOKEN_MALFORMED /token"},
	} {
		a := w.send(t, "POST", "/checkout", string(marshal(t, map[string]string{"token": test.token})), "Content-Type", acceptJSON, "Accept", acceptJSON)
		if a.status != http.StatusUnauthorized || !slices.Equal(a.codes(), []string{test.code}) {
			t.Errorf("%s: HTTP %d %v", name, a.status, a.codes())
		}
		if a := w.send(t, "POST", "/orders", string(marshal(t, map[string]string{"token": test.token})), "Content-Type", acceptJSON); a.status != http.StatusUnauthorized {
			t.Errorf("%s, server to server: HTTP %d", name, a.status)
		}
	}
	page := w.checkout(t, old)
	contains(t, page.body, "This order has expired", "TOKEN_EXPIRED")
}

func typed(t *testing.T, w *world) {
	form := map[string]string{
		"/goods/0/goodsName": "Pencil HB", "/goods/0/goodsQuantity": "2", "/paymentAmount/currency": "USD", "/paymentAmount/value": "12.50",
		"/settlementCurrency": "USD", "/terminalType": "WEB", "lang": "zh-CN", "idempotencyKey": "key-" + w.order(nil).ReferenceOrderID[6:],
	}
	send := func() *answer {
		return w.send(t, "POST", "/checkout", formOf(form).Encode(), "Content-Type", "application/x-www-form-urlencoded", "Accept", acceptHTML)
	}
	first := send()
	if first.status != http.StatusSeeOther || !strings.HasPrefix(first.header.Get("Location"), w.Alipay.URL) {
		t.Fatalf("HTTP %d %s", first.status, first.body)
	}
	if second := send(); second.header.Get("Location") != first.header.Get("Location") {
		t.Error("the same form twice is two payments")
	}
	w.Shop.mu.Lock()
	keys := w.Shop.keys
	w.Shop.mu.Unlock()
	if n := len(keys); n < 2 || keys[n-1] == "" || keys[n-1] != keys[n-2] || keys[n-1] == form["idempotencyKey"] {
		t.Errorf("the shop got the keys %q", keys)
	}
	form["/paymentAmount/value"] = "12.505"
	a := w.send(t, "POST", "/checkout", formOf(form).Encode(), "Content-Type", "application/x-www-form-urlencoded", "Accept", acceptJSON)
	if a.status != 422 || len(a.codes()) != 1 || !strings.HasSuffix(a.codes()[0], " /paymentAmount/value") {
		t.Errorf("an amount with three decimals: HTTP %d %v", a.status, a.codes())
	}
	again := w.send(t, "POST", "/checkout", formOf(form).Encode(), "Content-Type", "application/x-www-form-urlencoded", "Accept", acceptHTML)
	if again.status != 422 {
		t.Errorf("the form again: HTTP %d", again.status)
	}
	contains(t, again.body, `<html lang="zh-CN"`, `value="12.505"`, `aria-invalid="true"`, `href="#paymentAmount-value"`, form["idempotencyKey"])
	fresh := w.send(t, "GET", "/", "", "Accept", acceptHTML)
	if cookie := fresh.header.Get("Set-Cookie"); fresh.status != 200 || !strings.HasPrefix(cookie, "checkout=") || !strings.Contains(cookie, "HttpOnly") {
		t.Errorf("the form: HTTP %d, %q", fresh.status, cookie)
	}
	contains(t, fresh.body, `<form id="checkout"`, "data-config=")
	for _, file := range []string{"/js/page/page.mjs", "/core.wasm"} {
		if got := w.send(t, "GET", file, ""); got.status != http.StatusOK || got.body == "" {
			t.Errorf("%s: HTTP %d", file, got.status)
		}
	}
	form["idempotencyKey"] = "no key"
	a = w.send(t, "POST", "/checkout", formOf(form).Encode(), "Content-Type", "application/x-www-form-urlencoded", "Accept", acceptJSON)
	if want := []string{"IDEMPOTENCY_KEY_MALFORMED /idempotencyKey"}; a.status != 400 || !slices.Equal(a.codes(), want) {
		t.Errorf("a malformed key: HTTP %d %v", a.status, a.codes())
	}
}

func bodiesRefused(t *testing.T, w *world) {
	for name, test := range map[string]struct {
		path, kind, body string
		status           int
		code             string
	}{
		"no form and no JSON":  {"/checkout", "text/plain", "a", 415, "MEDIA_TYPE_NOT_ACCEPTABLE /headers/content-type"},
		"no JSON":              {"/checkout", acceptJSON, "{", 400, "JSON_MALFORMED "},
		"a list":               {"/orders", acceptJSON, "[]", 400, "JSON_MALFORMED "},
		"a member twice":       {"/orders", acceptJSON, `{"token":"a","token":"b"}`, 400, "FIELD_REPEATED /token"},
		"a field twice":        {"/checkout", "application/x-www-form-urlencoded", "token=a&token=b", 400, "FIELD_REPEATED /token"},
		"no token":             {"/orders", acceptJSON, "{}", 422, "FIELD_REQUIRED /token"},
		"too large":            {"/checkout", acceptJSON, strings.Repeat(" ", 49<<10), 413, "INPUT_TOO_LARGE "},
		"a large notification": {"/notify", acceptJSON, strings.Repeat(" ", 17<<10), 413, "INPUT_TOO_LARGE "},
		// One of a flood is answered without a word.
		"an empty notification":  {"/notify", acceptJSON, "", 401, ""},
		"a forged notification":  {"/notify", acceptJSON, `{"notifyType":"PAYMENT_RESULT"}`, 401, ""},
		"a forged refund notice": {"/notify/00AAAAAAAAAAAAAAAAAAAAAA", acceptJSON, `{"notifyType":"REFUND_RESULT"}`, 401, ""},
	} {
		a := w.send(t, "POST", test.path, test.body, "Content-Type", test.kind, "Accept", acceptJSON)
		if a.status != test.status || test.code != "" && !slices.Equal(a.codes(), []string{test.code}) {
			t.Errorf("%s: HTTP %d %v", name, a.status, a.codes())
		}
	}
}

func nothingThere(t *testing.T, w *world) {
	for _, path := range []string{"/return/00AAAAAAAAAAAAAAAAAAAAAA", "/payments/00AAAAAAAAAAAAAAAAAAAAAA", "/return/%00", "/payments/..%2f..", "/nothing", "/return/" + strings.Repeat("a", 65)} {
		if a := w.send(t, "GET", path, "", "Accept", acceptJSON); a.status != http.StatusNotFound {
			t.Errorf("%s: HTTP %d", path, a.status)
		}
		if a := w.send(t, "HEAD", path, ""); a.status != http.StatusNotFound || a.body != "" {
			t.Errorf("HEAD %s: HTTP %d", path, a.status)
		}
	}
	o := w.order(nil)
	v := w.started(t, o)
	for id, want := range map[string]int{v.PaymentRequestID: 200, o.ReferenceOrderID: 404, w.payment(t, v.PaymentRequestID).PaymentID: 404} {
		if a := w.send(t, "GET", "/return/"+id, "", "Accept", acceptHTML); a.status != want {
			t.Errorf("/return/%s: HTTP %d, want %d", id, a.status, want)
		}
		if a := w.send(t, "HEAD", "/return/"+id, ""); a.status != want || a.body != "" {
			t.Errorf("HEAD /return/%s: HTTP %d, want %d", id, a.status, want)
		}
	}
	if h := w.send(t, "GET", "/healthz", ""); h.status != http.StatusOK {
		t.Errorf("/healthz: HTTP %d", h.status)
	}
}

func secondAttempt(t *testing.T, w *world) {
	o := w.order(nil)
	first := w.started(t, o)
	w.pay(t, first.PaymentRequestID, "FAIL")
	failed := w.becomes(t, first.PaymentRequestID, "FAIL")
	if !failed.MayPayAgain || failed.Redirect != nil {
		t.Errorf("got %+v", failed)
	}
	page := w.send(t, "GET", "/return/"+first.PaymentRequestID, "", "Accept", acceptHTML)
	contains(t, page.body, "Not paid")
	second := w.started(t, o)
	if second.PaymentRequestID == first.PaymentRequestID {
		t.Fatal("a spent id is used again")
	}
	w.pay(t, second.PaymentRequestID, "SUCCESS")
	w.becomes(t, second.PaymentRequestID, "SUCCESS")
	eventually(t, "both results are told", func() bool { return w.Shop.took(o.ReferenceOrderID, "payment.succeeded") })
	if got := w.Shop.types(o.ReferenceOrderID); !slices.Equal(got, []string{"payment.failed", "payment.succeeded"}) {
		t.Errorf("the merchant was told %v", got)
	}
}

func answerLost(t *testing.T, w *world) {
	o := w.order(func(o *gateway.Order) { o.OrderDescription = "Pencil #sandbox:pay.answer-reset" })
	v := w.start(t, w.token(t, o))
	if v.PaymentStatus != "PROCESSING" || v.Redirect != nil {
		t.Fatalf("got %+v", v)
	}
	page := w.send(t, "GET", "/return/"+v.PaymentRequestID, "", "Accept", acceptHTML)
	contains(t, page.body, "Connecting to Alipay")
	a := w.checkout(t, w.token(t, o))
	if want := w.Origin + "/return/" + v.PaymentRequestID; a.status != http.StatusSeeOther || a.header.Get("Location") != want {
		t.Errorf("checkout again: HTTP %d to %s", a.status, a.header.Get("Location"))
	}
	w.advance(10 * time.Second)
	if v = w.look(t, v.PaymentRequestID); v.Redirect == nil {
		t.Fatalf("afterwards %+v", v)
	}
	if p := w.payment(t, v.PaymentRequestID); p.ReferenceOrderID != o.ReferenceOrderID {
		t.Errorf("Alipay has %+v", p)
	}
}

func nobodyPays(t *testing.T, w *world) {
	o := w.order(nil)
	v := w.started(t, o)
	w.advance(20 * time.Minute)
	v = w.becomes(t, v.PaymentRequestID, "FAIL")
	eventually(t, "payment.failed", func() bool { return w.Shop.took(o.ReferenceOrderID, "payment.failed") })
	if v.ResultPage == "" || !v.MayPayAgain {
		t.Errorf("got %+v", v)
	}
}

func notificationsLost(t *testing.T, w *world) {
	for _, outcome := range []string{"SUCCESS", "FAIL"} {
		o := w.order(func(o *gateway.Order) { o.OrderDescription = "Pencil #sandbox:notify-tampered*8" })
		v := w.started(t, o)
		w.pay(t, v.PaymentRequestID, outcome)
		if seen := w.look(t, v.PaymentRequestID); seen.PaymentStatus != "PROCESSING" {
			t.Fatalf("it is known already: %+v", seen)
		}
		if outcome == "SUCCESS" {
			w.send(t, "GET", "/return/"+v.PaymentRequestID, "", "Accept", acceptHTML) // the shopper is back
			w.advance(20 * time.Second)
		} else {
			w.advance(17 * time.Minute)
		}
		w.becomes(t, v.PaymentRequestID, outcome)
		eventually(t, "the merchant is told", func() bool { return len(w.Shop.Messages(o.ReferenceOrderID)) == 1 })
	}
}
