package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// seedAnswer is the guide's answer with what differs from payment to payment cut out.
const seedAnswer = `{"paymentAmount":{"currency":"USD","value":"100"},"paymentCreateTime":"2020-06-01T17:25:10+08:00",` +
	`"paymentId":"PAYMENT-ID","paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_0001",` +
	`"redirectActionForm":{"method":"GET","parameters":"{\"paymentExpireTime\":1591004350000,\"amountValue\":\"100\",` +
	`\"paymentId\":\"PAYMENT-ID\",\"county\":\"US\",\"callback\":\"https://www.taobao.com?param1=sl\",` +
	`\"paymentMethodType\":\"ALIPAY_CN\",\"amountCurrency\":\"USD\"}","redirectUrl":"ORIGIN/alipaycn/pc/cashier"},` +
	`"result":{"resultCode":"PAYMENT_IN_PROCESS","resultMessage":"payment in process","resultStatus":"U"}}`

func TestPayAnswersAsTheGuide(t *testing.T) {
	b := newBench(t, nil)
	text := b.payText(order(nil))
	id := b.server.Payments()[0].PaymentID
	if len(id) != 64 || !strings.HasPrefix(id, "10925101591003510000") || !strings.HasSuffix(id, "202006010000000001") {
		t.Errorf("paymentId %s (%d)", id, len(id))
	}
	want := strings.NewReplacer("PAYMENT-ID", id, "ORIGIN", b.url).Replace(seedAnswer)
	if text != want {
		t.Errorf("answer\n%s\nwant\n%s", text, want)
	}
}

func TestPayForms(t *testing.T) {
	for name, test := range map[string]struct {
		options      func(*Options)
		changes      map[string]any
		method, path string
	}{
		"WEB":                {method: "GET", path: "/alipaycn/pc/cashier"},
		"WAP":                {changes: map[string]any{"order.env.terminalType": "WAP"}, method: "GET", path: "/alipaycn/h5/cashier"},
		"env in both places": {changes: map[string]any{"order.env.terminalType": "WAP", "env.terminalType": "WAP"}, method: "GET", path: "/alipaycn/h5/cashier"},
		"POST by option":     {options: func(o *Options) { o.RedirectMethod = "POST" }, method: "POST", path: "/alipaycn/pc/cashier"},
		"POST by order":      {changes: map[string]any{"order.orderDescription": "Pencil #sandbox:redirect=POST^1"}, method: "POST", path: "/alipaycn/pc/cashier"},
		"GET by order": {options: func(o *Options) { o.RedirectMethod = "POST" }, changes: map[string]any{"order.orderDescription": "#sandbox:redirect=GET"},
			method: "GET", path: "/alipaycn/pc/cashier"},
		"unknown wish": {changes: map[string]any{"order.orderDescription": "#sandbox:redirect=PUT"}, method: "GET", path: "/alipaycn/pc/cashier"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, test.options)
			if err := b.server.SetPublicOrigin("http://cashier.localhost:8801"); err != nil {
				t.Fatal(err)
			}
			form := b.pay(order(test.changes)).RedirectActionForm
			if form.Method != test.method || form.RedirectURL != "http://cashier.localhost:8801"+test.path {
				t.Errorf("%s %s", form.Method, form.RedirectURL)
			}
		})
	}
}

// Who is not identified gets an unsigned answer, with status 200 all the same.
func TestCallersNotIdentified(t *testing.T) {
	b := newBench(t, nil)
	body, _ := json.Marshal(order(nil))
	const sent = "2020-05-18T12:08:56+05:30"
	sign := func(r *http.Request, version, target, client, sent string, body []byte) {
		r.Header.Set("Signature", testSign(testKeys()[0], version, target, client, sent, body))
	}
	for name, test := range map[string]struct {
		change func(*http.Request) *http.Request
		code   string
		names  string
	}{
		"no client id":      {func(r *http.Request) *http.Request { r.Header.Del("client-id"); return r }, "PARAM_ILLEGAL", "client-id"},
		"two client ids":    {func(r *http.Request) *http.Request { r.Header.Add("client-id", "x"); return r }, "PARAM_ILLEGAL", "client-id"},
		"unknown client id": {func(r *http.Request) *http.Request { r.Header.Set("client-id", "SANDBOX_OTHER"); return r }, "ACCESS_DENIED", "SANDBOX_OTHER"},
		"no time":           {func(r *http.Request) *http.Request { r.Header.Del("request-time"); return r }, "PARAM_ILLEGAL", "request-time"},
		"no such time":      {func(r *http.Request) *http.Request { r.Header.Set("request-time", "yesterday"); return r }, "PARAM_ILLEGAL", "request-time"},
		"no signature":      {func(r *http.Request) *http.Request { r.Header.Del("signature"); return r }, "INVALID_SIGNATURE", "required"},
		"no such signature": {func(r *http.Request) *http.Request { r.Header.Set("signature", "abc"); return r }, "INVALID_SIGNATURE", "cannot be read"},
		"unknown key version": {func(r *http.Request) *http.Request {
			sign(r, "3", payTarget, testClient, sent, body)
			return r
		}, "KEY_NOT_FOUND", "version 3"},
		"other key": {func(r *http.Request) *http.Request {
			r.Header.Set("Signature", testSign(testKeys()[2], "2", payTarget, testClient, sent, body))
			return r
		}, "INVALID_SIGNATURE", "key version 2"},
		"other time":  {func(r *http.Request) *http.Request { r.Header.Set("request-time", "1685599933871"); return r }, "INVALID_SIGNATURE", payTarget},
		"other path":  {func(r *http.Request) *http.Request { r.URL.Path = "/ams/api/v1/payments/pay"; return r }, "INVALID_SIGNATURE", "POST /ams/api/v1/payments/pay"},
		"other query": {func(r *http.Request) *http.Request { r.URL.RawQuery = "x=1"; return r }, "INVALID_SIGNATURE", payTarget + "?x=1"},
		"other body": {func(r *http.Request) *http.Request {
			return b.withBody(r, bytes.Replace(body, []byte(`"100"`), []byte(`"101"`), 1))
		}, "INVALID_SIGNATURE", "bytes"},
		"short body":   {func(r *http.Request) *http.Request { return b.withBody(r, body[:len(body)-1]) }, "INVALID_SIGNATURE", "bytes"},
		"huge body":    {func(r *http.Request) *http.Request { return b.withBody(r, make([]byte, maximumRequest+1)) }, "PARAM_ILLEGAL", "body"},
		"GET":          {func(r *http.Request) *http.Request { r.Method = http.MethodGet; return r }, "METHOD_NOT_SUPPORTED", "POST"},
		"unknown call": {func(r *http.Request) *http.Request { r.URL.Path = "/ams/api/v1/payments/give"; return r }, "NO_INTERFACE_DEF", "give"},
	} {
		t.Run(name, func(t *testing.T) {
			response, text := b.do(http.DefaultClient, test.change(b.signedRequest(payTarget, body)))
			checkRefusal(t, response, text, test.code, test.names)
			for _, name := range []string{"signature", "client-id", "response-time"} {
				if got := response.Header.Get(name); got != "" {
					t.Errorf("unsigned answer has %s: %s", name, got)
				}
			}
		})
	}
	if payments := b.server.Payments(); len(payments) != 0 {
		t.Errorf("%d payments were made", len(payments))
	}
}

func (b *bench) withBody(r *http.Request, body []byte) *http.Request {
	changed, err := http.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	changed.Header = r.Header
	return changed
}

func checkRefusal(t *testing.T, response *http.Response, text, code, names string) {
	t.Helper()
	var answer map[string]Result
	if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer) != 1 {
		t.Fatalf("answer %s: %v", text, err)
	}
	result := answer["result"]
	if response.StatusCode != http.StatusOK || result.ResultCode != code || result.ResultStatus != "F" || !strings.Contains(result.ResultMessage, names) {
		t.Errorf("status %d, result %+v; want %s naming %s", response.StatusCode, result, code, names)
	}
}

// What is signed is the request target as it is on the wire.
func TestRequestTargets(t *testing.T) {
	b := newBench(t, nil)
	body, _ := json.Marshal(order(nil))
	for _, target := range []string{
		payTarget,
		"/ams/api/v1/payments/pay",
		payTarget + "?_output_charset=utf-8&_input_charset=utf-8",
		payTarget + "?a=%2f%20+",
		"/ams/sandbox/api/v1/payments/p%61y",
	} {
		response, text := b.do(http.DefaultClient, b.signedRequest(target, body))
		checkSigned(t, &testKeys()[1].PublicKey, target, testClient, response.Header.Get("response-time"), response.Header.Get("signature"), []byte(text))
		if !strings.Contains(text, "PAYMENT_IN_PROCESS") {
			t.Errorf("%s: %s", target, text)
		}
	}
}

func TestNewestKeyWithoutVersion(t *testing.T) {
	b := newBench(t, func(o *Options) {
		o.Merchants[0].PublicKeys[1] = &testKeys()[2].PublicKey
	})
	body, _ := json.Marshal(order(nil))
	request := b.signedRequest(payTarget, body)
	request.Header.Set("Signature", strings.Replace(request.Header.Get("Signature"), "keyVersion=2,", "", 1))
	if _, text := b.do(http.DefaultClient, request); !strings.Contains(text, "PAYMENT_IN_PROCESS") {
		t.Error(text)
	}
}

func TestBodiesRefused(t *testing.T) {
	b := newBench(t, nil)
	for name, body := range map[string]string{
		"empty":         ``,
		"no JSON":       `{`,
		"list":          `[]`,
		"two values":    `{}{}`,
		"comma":         `{"a":1,}`,
		"no UTF-8":      "{\"a\":\"\xff\"}",
		"twice":         `{"paymentAmount":{"value":"100","value":"1"}}`,
		"twice escaped": `{"a":1,"\u0061":2}`,
		"deep":          strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40),
		"very deep":     strings.Repeat("[", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			response, text := b.do(http.DefaultClient, b.signedRequest(payTarget, []byte(body)))
			checkRefusal(t, response, text, "PARAM_ILLEGAL", "the body is not usable")
			if response.Header.Get("signature") == "" {
				t.Error("the answer to a known caller is not signed")
			}
		})
	}
}

func TestFieldsRefused(t *testing.T) {
	b := newBench(t, nil)
	long := strings.Repeat("长", 2049)
	extend := func(info string) string { return `{"chinaExtraTransInfo":` + info + `}` }
	for number, test := range []struct {
		path  string
		value any
		code  string
		names string
	}{
		{"productCode", nil, "PARAM_ILLEGAL", "productCode is required"},
		{"productCode", "AGREEMENT_PAYMENT", "PARAM_ILLEGAL", "productCode must be CASHIER_PAYMENT"},
		{"paymentRequestId", nil, "PARAM_ILLEGAL", "paymentRequestId is required"},
		{"paymentRequestId", "", "PARAM_ILLEGAL", "paymentRequestId must not be empty"},
		{"paymentRequestId", 17, "PARAM_ILLEGAL", "paymentRequestId must be a string"},
		{"paymentRequestId", long[:65*3], "PARAM_ILLEGAL", "paymentRequestId is too long"},
		{"paymentAmount", nil, "PARAM_ILLEGAL", "paymentAmount.currency is required"},
		{"paymentAmount", "100", "PARAM_ILLEGAL", "paymentAmount.currency is required"},
		{"paymentAmount.value", nil, "PARAM_ILLEGAL", "paymentAmount.value is required"},
		{"paymentAmount.value", 100, "PARAM_ILLEGAL", "paymentAmount.value must be a string"},
		{"paymentAmount.value", "0", "PARAM_ILLEGAL", "paymentAmount.value must be a whole number"},
		{"paymentAmount.value", "-1", "PARAM_ILLEGAL", "paymentAmount.value must be a whole number"},
		{"paymentAmount.value", "1.5", "PARAM_ILLEGAL", "paymentAmount.value must be a whole number"},
		{"paymentAmount.value", "01", "PARAM_ILLEGAL", "paymentAmount.value must be a whole number"},
		{"paymentAmount.value", "1e3", "PARAM_ILLEGAL", "paymentAmount.value must be a whole number"},
		{"paymentAmount.value", "100\n", "PARAM_ILLEGAL", "paymentAmount.value must be a whole number"},
		{"paymentAmount.value", "12345678901234567", "PARAM_ILLEGAL", "paymentAmount.value is too long"},
		{"paymentAmount.currency", "XAU", "CURRENCY_NOT_SUPPORT", "paymentAmount.currency XAU"},
		{"order", nil, "PARAM_ILLEGAL", "order.referenceOrderId is required"},
		{"order.referenceOrderId", " ", "PARAM_ILLEGAL", "order.referenceOrderId must not be empty"},
		{"order.orderDescription", long[:257*3], "PARAM_ILLEGAL", "order.orderDescription is too long"},
		{"order.orderAmount", nil, "PARAM_ILLEGAL", "order.orderAmount.currency is required"},
		{"order.env.terminalType", "TV", "PARAM_ILLEGAL", "order.env.terminalType must be WEB or WAP"},
		{"order.env.terminalType", "MINI_APP", "PARAM_ILLEGAL", "appId is required"},
		{"paymentAmount", object{"currency": "CNY", "value": "9"}, "PARAM_ILLEGAL", "paymentAmount.value is less than 10"},
		{"paymentAmount", object{"currency": "CNY", "value": "30000001"}, "PAYMENT_AMOUNT_EXCEED_LIMIT", "300,000.00"},
		{"order.env", nil, "PARAM_ILLEGAL", "order.env.terminalType is required"},
		{"paymentMethod", nil, "PARAM_ILLEGAL", "paymentMethod.paymentMethodType is required"},
		{"paymentMethod.paymentMethodType", "CARD", "PARAM_ILLEGAL", "paymentMethod.paymentMethodType must be ALIPAY_CN"},
		{"settlementStrategy", nil, "PARAM_ILLEGAL", "settlementStrategy.settlementCurrency is required"},
		{"settlementStrategy.settlementCurrency", "CNY", "CURRENCY_NOT_SUPPORT", "must not be CNY"},
		{"settlementStrategy.settlementCurrency", "XAU", "CURRENCY_NOT_SUPPORT", "XAU"},
		{"settlementStrategy.settlementCurrency", "EUR", "SETTLE_CONTRACT_NOT_MATCH", "must be settled in USD"},
		{"paymentNotifyUrl", "", "PARAM_ILLEGAL", "paymentNotifyUrl must not be empty"},
		{"paymentNotifyUrl", "ftp://127.0.0.1/", "PARAM_ILLEGAL", "paymentNotifyUrl must be an http or https URL"},
		{"paymentNotifyUrl", "http://", "PARAM_ILLEGAL", "paymentNotifyUrl must be an http or https URL"},
		{"paymentNotifyUrl", "http://user:secret@127.0.0.1/", "PARAM_ILLEGAL", "paymentNotifyUrl must be an http or https URL"},
		{"paymentNotifyUrl", "http://127.0.0.1/" + strings.Repeat("a", 2048), "PARAM_ILLEGAL", "paymentNotifyUrl is too long"},
		{"paymentRedirectUrl", nil, "PARAM_ILLEGAL", "paymentRedirectUrl is required"},
		{"paymentRedirectUrl", "javascript:alert(1)", "PARAM_ILLEGAL", "paymentRedirectUrl must be"},
		{"paymentRedirectUrl", "JavaScript:alert(1)", "PARAM_ILLEGAL", "paymentRedirectUrl must be"},
		{"paymentRedirectUrl", "/return", "PARAM_ILLEGAL", "paymentRedirectUrl must be"},
		{"order.extendInfo", nil, "PARAM_ILLEGAL", "order.extendInfo.chinaExtraTransInfo is required"},
		{"order.extendInfo", "{}", "PARAM_ILLEGAL", "order.extendInfo.chinaExtraTransInfo is required"},
		{"order.extendInfo", "{", "PARAM_ILLEGAL", "order.extendInfo must hold a JSON object"},
		{"order.extendInfo", 1, "PARAM_ILLEGAL", "order.extendInfo must be a string"},
		{"order.extendInfo", extend(`{}`), "PARAM_ILLEGAL", "order.extendInfo.chinaExtraTransInfo.businessType is required"},
		{"order.extendInfo", extend(`{"businessType":"6"}`), "PARAM_ILLEGAL", "order.extendInfo.chinaExtraTransInfo.businessType must be"},
		{"order.extendInfo", extend(`{"businessType":"4","totalQuantity":"1"}`), "PARAM_ILLEGAL", "order.extendInfo.chinaExtraTransInfo.goodsInfo is required"},
		{"order.extendInfo", extend(`{"businessType":"4","goodsInfo":"a^1"}`), "PARAM_ILLEGAL", "order.extendInfo.chinaExtraTransInfo.totalQuantity is required"},
		{"order.extendInfo", extend(`{"businessType":"4","goodsInfo":"a^1|b^2","totalQuantity":"2"}`), "PARAM_ILLEGAL", "must be the sum of the quantities in goodsInfo, 3"},
		{"order.extendInfo", extend(`{"businessType":"4","goodsInfo":"a","totalQuantity":"1"}`), "PARAM_ILLEGAL", "goodsInfo must be name^quantity"},
		{"order.extendInfo", extend(`{"businessType":"4","goodsInfo":"a^0","totalQuantity":"0"}`), "PARAM_ILLEGAL", "goodsInfo must be name^quantity"},
		{"order.extendInfo", extend(`{"businessType":"4","goodsInfo":"a^01","totalQuantity":"1"}`), "PARAM_ILLEGAL", "goodsInfo must be name^quantity"},
		{"order.extendInfo", extend(`{"businessType":"4","goodsInfo":"a^b^1","totalQuantity":"1"}`), "PARAM_ILLEGAL", "goodsInfo must be name^quantity"},
		{"order.extendInfo", extend(`{"businessType":"4","goodsInfo":"^1","totalQuantity":"1"}`), "PARAM_ILLEGAL", "goodsInfo must be name^quantity"},
		{"order.extendInfo", extend(`{"businessType":"1","checkinTime":"x","checkoutTime":"y"}`), "PARAM_ILLEGAL", "chinaExtraTransInfo.hotelName is required"},
		{"order.extendInfo", extend(`{"businessType":"1","hotelName":"h","checkoutTime":"y"}`), "PARAM_ILLEGAL", "chinaExtraTransInfo.checkinTime is required"},
		{"order.extendInfo", extend(`{"businessType":"1","hotelName":"h","checkinTime":"x"}`), "PARAM_ILLEGAL", "chinaExtraTransInfo.checkoutTime is required"},
		{"order.extendInfo", extend(`{"businessType":"2","departureTime":"x"}`), "PARAM_ILLEGAL", "chinaExtraTransInfo.flightNumber is required"},
		{"order.extendInfo", extend(`{"businessType":"2","flightNumber":"CA1","departureTime":""}`), "PARAM_ILLEGAL", "chinaExtraTransInfo.departureTime must not be empty"},
		{"order.extendInfo", extend(`{"businessType":"3"}`), "PARAM_ILLEGAL", "chinaExtraTransInfo.admissionNoticeUrl is required"},
		{"order.extendInfo", extend(`{"businessType":"5"}`), "PARAM_ILLEGAL", "chinaExtraTransInfo.otherBusinessType is required"},
	} {
		tree := order(map[string]any{test.path: test.value})
		if test.path != "paymentRequestId" {
			tree["paymentRequestId"] = fmt.Sprint("request-", number) // what was refused for good keeps its answer
		}
		body, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		response, text := b.do(http.DefaultClient, b.signedRequest(payTarget, body))
		checkRefusal(t, response, text, test.code, test.names)
	}
	if payments := b.server.Payments(); len(payments) != 0 {
		t.Errorf("%d payments were made", len(payments))
	}
}

func TestAccepted(t *testing.T) {
	for name, test := range map[string]struct {
		merchant func(*Merchant)
		changes  map[string]any
	}{
		"extendInfo as an object":           {changes: map[string]any{"order.extendInfo": object{"chinaExtraTransInfo": object{"businessType": "4", "goodsInfo": "pencil^2|eraser^5|iPhone XS 256G^1", "totalQuantity": "8"}}}},
		"another business":                  {changes: map[string]any{"order.extendInfo": `{"chinaExtraTransInfo":{"businessType":"5","otherBusinessType":"consulting"}}`}},
		"a hotel":                           {changes: map[string]any{"order.extendInfo": `{"chinaExtraTransInfo":{"businessType":"1","hotelName":"h","checkinTime":"2020-06-26T10:00:00+08:00","checkoutTime":"2020-06-27"}}`}},
		"a flight":                          {changes: map[string]any{"order.extendInfo": `{"chinaExtraTransInfo":{"businessType":"2","flightNumber":"CA1|CA2","departureTime":"x|y"}}`}},
		"study abroad":                      {changes: map[string]any{"order.extendInfo": `{"chinaExtraTransInfo":{"businessType":"3","admissionNoticeUrl":"https://school.example/a.pdf"}}`}},
		"a mini program":                    {changes: map[string]any{"order.env.terminalType": "MINI_APP", "appId": "2021001"}},
		"no notify URL":                     {changes: map[string]any{"paymentNotifyUrl": nil}},
		"the least CNY":                     {changes: map[string]any{"paymentAmount": object{"currency": "CNY", "value": "10"}}},
		"the most CNY":                      {changes: map[string]any{"paymentAmount": object{"currency": "CNY", "value": "30000000"}}},
		"less than that in another money":   {changes: map[string]any{"paymentAmount.value": "1"}},
		"acquirer without extendInfo":       {merchant: func(m *Merchant) { m.Acquirer = true }, changes: map[string]any{"order.extendInfo": nil}},
		"notify URL of the merchant":        {merchant: func(m *Merchant) { m.NotifyURL = "http://127.0.0.1:1/n" }, changes: map[string]any{"paymentNotifyUrl": nil}},
		"an app to return to":               {changes: map[string]any{"paymentRedirectUrl": "imeituan://www.example/pay?id=1"}},
		"the longest ids":                   {changes: map[string]any{"paymentRequestId": strings.Repeat("r", 64), "order.referenceOrderId": strings.Repeat("o", 64)}},
		"the largest amount":                {changes: map[string]any{"paymentAmount.value": "9999999999999999"}},
		"CNY settled in a contract's money": {merchant: func(m *Merchant) { m.SettlementCurrencies = []string{"EUR", "JPY"} }, changes: map[string]any{"paymentAmount.currency": "CNY", "settlementStrategy.settlementCurrency": "JPY"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(o *Options) {
				if test.merchant != nil {
					test.merchant(&o.Merchants[0])
				}
			})
			if answer := b.pay(order(test.changes)); answer.Result.ResultCode != "PAYMENT_IN_PROCESS" {
				t.Errorf("%+v", answer.Result)
			}
		})
	}
}

func TestContractCurrency(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Merchants[0].SettlementCurrencies = []string{"EUR"} })
	if answer := b.pay(order(nil)); answer.Result.ResultCode != "SETTLE_CONTRACT_NOT_MATCH" || !strings.Contains(answer.Result.ResultMessage, "USD is not in the contract") {
		t.Errorf("%+v", answer.Result)
	}
}

func TestRepeatedRequests(t *testing.T) {
	b := newBench(t, nil)
	first := b.payText(order(nil))
	b.clock.Advance(5e9)
	if second := b.payText(order(nil)); second != first {
		t.Errorf("the same request was answered\n%s\nand then\n%s", first, second)
	}
	for path, value := range map[string]any{"paymentAmount.value": "101", "paymentAmount.currency": "CNY", "paymentMethod.paymentMethodId": "token-2"} {
		if answer := b.pay(order(map[string]any{path: value})); answer.Result.ResultCode != "REPEAT_REQ_INCONSISTENT" || answer.PaymentID != "" {
			t.Errorf("other %s: %+v", path, answer)
		}
	}
	if payments := b.server.Payments(); len(payments) != 1 || payments[0].PaymentAmount != (Amount{"USD", "100"}) {
		t.Errorf("payments %+v", payments)
	}
	b.clock.Advance(14 * 60e9)
	if answer := b.pay(order(nil)); answer.Result.ResultCode != "ORDER_IS_CLOSED" {
		t.Errorf("after its time: %+v", answer.Result)
	}
}

// Two merchants may use the same paymentRequestId.
func TestRequestIDsBelongToTheirMerchant(t *testing.T) {
	b := newBench(t, func(o *Options) {
		other := testMerchant()
		other.ClientID = "SANDBOX_OTHER"
		o.Merchants = append(o.Merchants, other)
	})
	first := b.pay(order(nil))
	body, _ := json.Marshal(order(nil))
	request := b.signedRequest(payTarget, body)
	request.Header.Set("client-id", "SANDBOX_OTHER")
	request.Header.Set("signature", testSign(testKeys()[0], "2", payTarget, "SANDBOX_OTHER", request.Header.Get("request-time"), body))
	_, text := b.do(http.DefaultClient, request)
	if !strings.Contains(text, "PAYMENT_IN_PROCESS") || strings.Contains(text, first.PaymentID) || len(b.server.Payments()) != 2 {
		t.Error(text)
	}
}

func TestSameRequestAtOnce(t *testing.T) {
	b := newBench(t, nil)
	body, _ := json.Marshal(order(nil))
	answers := make([]string, 16)
	var all sync.WaitGroup
	for i := range answers {
		request := b.signedRequest(payTarget, body)
		all.Go(func() { _, answers[i] = b.do(http.DefaultClient, request) })
	}
	all.Wait()
	for _, answer := range answers {
		if answer != answers[0] || !strings.Contains(answer, "PAYMENT_IN_PROCESS") {
			t.Errorf("%s\n%s", answer, answers[0])
		}
	}
	if len(b.server.Payments()) != 1 {
		t.Errorf("%d payments", len(b.server.Payments()))
	}
}
