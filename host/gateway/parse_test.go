package gateway_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// TestParseOrderIsStrict: what encoding/json lets pass is refused by name and place.
func TestParseOrderIsStrict(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		code gateway.Code
		path string
		says string
	}{
		"amount twice":          {`{"paymentAmount":{"currency":"USD","value":"100"},"paymentAmount":{"currency":"USD","value":"1"}}`, "JSON_DUPLICATE_KEY", "/paymentAmount", "twice"},
		"value twice":           {`{"paymentAmount":{"currency":"USD","value":"100","value":"1"}}`, "JSON_DUPLICATE_KEY", "/paymentAmount/value", "twice"},
		"twice by an escape":    {`{"metadata":"a","met\u0061data":"b"}`, "JSON_DUPLICATE_KEY", "/metadata", "twice"},
		"twice in raw members":  {`{"env":{"browserInfo":{"language":"en","language":"de"}}}`, "JSON_DUPLICATE_KEY", "/env/browserInfo/language", "twice"},
		"twice in goods":        {`{"goods":[{"goodsName":"a"},{"goodsName":"b","goodsName":"c"}]}`, "JSON_DUPLICATE_KEY", "/goods/1/goodsName", "twice"},
		"unknown":               {`{"foo":1}`, "FIELD_UNKNOWN", "/foo", `"foo"`},
		"misspelt":              {`{"paymentNotifyURI":"https://s.example"}`, "FIELD_UNKNOWN", "/paymentNotifyURI", "paymentNotifyURI"},
		"capitals":              {`{"PAYMENTAMOUNT":{"currency":"USD","value":"1"}}`, "FIELD_UNKNOWN", "/PAYMENTAMOUNT", `write "paymentAmount"`},
		"capitals inside":       {`{"paymentAmount":{"Currency":"USD","value":"1"}}`, "FIELD_UNKNOWN", "/paymentAmount/Currency", `write "currency"`},
		"the Go name":           {`{"PaymentNotifyURL":"https://s.example"}`, "FIELD_UNKNOWN", "/PaymentNotifyURL", `write "paymentNotifyUrl"`},
		"unknown in goods":      {`{"goods":[{"goodsName":"a","quantity":"1"}]}`, "FIELD_UNKNOWN", "/goods/0/quantity", ""},
		"name with a slash":     {`{"a/b~c":1}`, "FIELD_UNKNOWN", "/a~1b~0c", ""},
		"empty name":            {`{"":1}`, "FIELD_UNKNOWN", "/", ""},
		"dash":                  {`{"-":1}`, "FIELD_UNKNOWN", "/-", ""},
		"text after it":         {`{} {}`, "JSON_MALFORMED", "", "at byte 3"},
		"garbage after it":      {"{}\n]", "JSON_MALFORMED", "", "at byte 3"},
		"nothing":               {``, "JSON_EMPTY", "", "empty"},
		"blank":                 {" \n", "JSON_EMPTY", "", "empty"},
		"cut":                   {`{"metadata":"a"`, "JSON_MALFORMED", "", ""},
		"comma at the end":      {`{"metadata":"a",}`, "JSON_MALFORMED", "", ""},
		"a list":                {`[{}]`, "JSON_NOT_AN_OBJECT", "", ""},
		"null":                  {`null`, "JSON_NOT_AN_OBJECT", "", ""},
		"a text":                {`"order.json"`, "JSON_NOT_AN_OBJECT", "", ""},
		"number as value":       {`{"paymentAmount":{"currency":"USD","value":100}}`, "FIELD_NOT_A_STRING", "/paymentAmount/value", "quotes"},
		"object as text":        {`{"metadata":{"a":1}}`, "FIELD_NOT_A_STRING", "/metadata", ""},
		"amount as text":        {`{"paymentAmount":"1 USD"}`, "FIELD_NOT_AN_OBJECT", "/paymentAmount", ""},
		"goods as object":       {`{"goods":{"goodsName":"a"}}`, "FIELD_NOT_AN_ARRAY", "/goods", ""},
		"goods of texts":        {`{"goods":["a"]}`, "FIELD_NOT_AN_OBJECT", "/goods/0", ""},
		"empty text":            {`{"metadata":""}`, "FIELD_EMPTY", "/metadata", ""},
		"empty amount":          {`{"orderAmount":{}}`, "FIELD_EMPTY", "/orderAmount", ""},
		"not UTF-8":             {"{\"paymentRequestId\":\"order-\xff\"}", "JSON_NOT_UTF_8", "", "byte 27 is not UTF-8"},
		"a name that is not":    {"{\"\xff\":1}", "JSON_NOT_UTF_8", "", "UTF-8"},
		"half of a pair":        {`{"metadata":"\ud83d"}`, "JSON_MALFORMED", "", "surrogate"},
		"the other half":        {`{"metadata":"\ude00"}`, "JSON_MALFORMED", "", "surrogate"},
		"half and another":      {`{"metadata":"\ud83d\u0041"}`, "JSON_MALFORMED", "", "surrogate"},
		"byte order mark":       {"\ufeff{}", "JSON_BYTE_ORDER_MARK", "", "byte order mark"},
		"UTF-16":                {"\xff\xfe{\x00}\x00", "JSON_NOT_UTF_8", "", "UTF-16"},
		"a number that is none": {`{"metadata":01}`, "JSON_MALFORMED", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			order, err := gateway.ParseOrder([]byte(test.text))
			var problems gateway.Problems
			if !errors.As(err, &problems) || !reflect.DeepEqual(order, gateway.Order{}) {
				t.Fatalf("got %+v, %v", order, err)
			}
			found := false
			for _, p := range problems {
				found = found || p.Code == test.code && p.Path == test.path && strings.Contains(p.Message, test.says)
			}
			if !found {
				t.Errorf("got %v, want %s at %q that says %q", problems, test.code, test.path, test.says)
			}
		})
	}
}

func TestParseOrderTellsAllProblems(t *testing.T) {
	_, err := gateway.ParseOrder([]byte(`{"foo":1,"metadata":2,"goods":[{"goodsName":3}],"metadata":"x"}`))
	for _, code := range []gateway.Code{"FIELD_UNKNOWN", "FIELD_NOT_A_STRING", "JSON_DUPLICATE_KEY"} {
		if !errors.Is(err, code) {
			t.Errorf("no %s in %v", code, err)
		}
	}
	var problems gateway.Problems
	if errors.As(err, &problems); len(problems) != 4 {
		t.Errorf("%d problems: %v", len(problems), err)
	}
}

// TestParseOrderReadsEverything: an order with every member is read as it was written, null as absent.
func TestParseOrderReadsEverything(t *testing.T) {
	want := seedOrder()
	want.OrderAmount = gateway.Amount{Currency: "EUR", Value: "9"}
	want.Metadata = "a \\ \" \u2028 😀 \\ud800" // a backslash and letters, not half of a pair
	want.Env = json.RawMessage(`{"clientIp":"1.2.3.4","colorDepth":"24","x":[1,{"y":null}]}`)
	want.Goods[1].GoodsUnitAmount = gateway.Amount{Currency: "USD", Value: "1"}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, variant := range []string{string(text), " \n" + strings.Replace(string(text), "{", "{\n \"merchantRegion\" : null ,", 1) + "\r\n"} {
		got, err := gateway.ParseOrder([]byte(variant))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
	if got, err := gateway.ParseOrder([]byte(`{"metadata":"\ud83d\ude00\\ud800"}`)); err != nil || got.Metadata != "😀\\ud800" {
		t.Errorf("got %q, %v", got.Metadata, err)
	}
}

// FuzzParseOrder: what is parsed says the same when it is written and parsed again.
func FuzzParseOrder(f *testing.F) {
	f.Add([]byte(`{"metadata":"a","goods":[{}],"env":{"a":[1,"\ud83d\ude00"]},"orderAmount":{"value":"1"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		order, err := gateway.ParseOrder(text)
		if err != nil {
			return
		}
		written, err := json.Marshal(order)
		if err != nil {
			t.Fatal(err)
		}
		again, err := gateway.ParseOrder(written)
		if err != nil && !errors.Is(err, gateway.Code("FIELD_NOT_AN_OBJECT")) {
			t.Fatalf("%s: %v", written, err)
		}
		if rewritten, _ := json.Marshal(again); err == nil && string(rewritten) != string(written) {
			t.Fatalf("%s, then %s", written, rewritten)
		}
	})
}

// TestNotUTF8IsAnErrorWithAPlace: two ids that differ in a byte which is not UTF-8 must never become one.
func TestNotUTF8IsAnErrorWithAPlace(t *testing.T) {
	c := client(t, "http://127.0.0.1:1")
	bad := "order-\xff"
	pay := func(change func(*gateway.Order)) func() error {
		return func() error {
			order := seedOrder()
			change(&order)
			_, err := c.Pay(t.Context(), order)
			return err
		}
	}
	for path, call := range map[string]func() error{
		"/paymentRequestId":       pay(func(o *gateway.Order) { o.PaymentRequestID = bad }),
		"/goods/1/goodsName":      pay(func(o *gateway.Order) { o.Goods[1].GoodsName = bad }),
		"/paymentAmount/currency": pay(func(o *gateway.Order) { o.PaymentAmount.Currency = bad }),
		"/refundReason": func() error {
			_, err := c.Refund(t.Context(), gateway.RefundRequest{RefundReason: bad})
			return err
		},
		"/paymentId": func() error {
			_, err := c.Cancel(t.Context(), gateway.PaymentReference{PaymentID: bad})
			return err
		},
		"/refundId": func() error {
			_, err := c.InquireRefund(t.Context(), gateway.RefundReference{RefundID: bad})
			return err
		},
		"/stored/paymentRequestId": func() error {
			return c.Match(t.Context(), gateway.Stored{PaymentRequestID: bad}, &gateway.Notification{PaymentRequestID: "order-\ufffd"})
		},
		"/config/agentToken": func() error {
			_, err := gateway.New(gateway.Options{Core: core, AlipayKeys: ring(t, &alipay.PublicKey), Config: gateway.Config{ClientID: clientID, AgentToken: bad}})
			return err
		},
	} {
		err := call()
		var problems gateway.Problems
		if !errors.As(err, &problems) || problems[0].Code != gateway.FieldNotUTF8 || problems[0].Path != path || errors.Is(err, gateway.ErrOutcomeUnknown) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if _, err := c.Validate(t.Context(), gateway.Order{Metadata: `the text \ufffd, and the character � itself`}); errors.Is(err, gateway.FieldNotUTF8) {
		t.Errorf("good text: %v", err)
	}
	order := seedOrder()
	order.Env = json.RawMessage("{\"clientIp\":\"\xff\"}")
	var problems gateway.Problems // of the core
	if _, err := c.Validate(t.Context(), order); !errors.As(err, &problems) {
		t.Errorf("raw member: %v", err)
	}
}

// TestValidate: problems and warnings without a request.
func TestValidate(t *testing.T) {
	c := client(t, "http://127.0.0.1:1")
	order := seedOrder()
	if warnings, err := c.Validate(t.Context(), order); err != nil || len(warnings) > 0 {
		t.Errorf("got %v, %v", warnings, err)
	}
	order.TerminalType, order.PaymentAmount.Value = "WAP", "0"
	warnings, err := c.Validate(t.Context(), order)
	if !errors.Is(err, gateway.Code("AMOUNT_NOT_POSITIVE")) || len(warnings) != 1 || warnings[0].Code != "OS_TYPE_MISSING" {
		t.Errorf("got %v, %v", warnings, err)
	}
}
