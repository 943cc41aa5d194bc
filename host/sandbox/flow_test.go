package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// call makes a signed call; sent is the request-time. The signature of the answer is checked.
func (b *bench) call(operation, sent string, body any) object {
	b.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.Fatal(err)
	}
	target := "/ams/sandbox/api/v1/payments/" + operation
	request := b.signedRequest(target, text)
	request.Header.Set("Request-Time", sent)
	request.Header.Set("Signature", testSign(testKeys()[0], "2", target, testClient, sent, text))
	response, answer := b.do(http.DefaultClient, request)
	checkSigned(b.T, &testKeys()[1].PublicKey, target, testClient, response.Header.Get("response-time"), response.Header.Get("signature"), []byte(answer))
	members, err := decodeObject([]byte(answer))
	if err != nil {
		b.Fatalf("%v: %s", err, answer)
	}
	return members
}

const seedTime = "2020-05-18T12:08:56+05:30"

// want compares members by dotted path; "*" stands for anything but nothing.
func want(t *testing.T, got object, members ...string) {
	t.Helper()
	f := &fields{root: got}
	for i := 0; i < len(members); i += 2 {
		value, found := f.lookup(members[i])
		if text := fmt.Sprint(value); text != members[i+1] && (members[i+1] != "*" || !found) && (members[i+1] != "" || found) {
			t.Errorf("%s is %s, want %s, in %v", members[i], text, members[i+1], got)
		}
	}
}

// payAtCashier is a shopper who goes through all pages.
func (b *bench) payAtCashier(address string) {
	b.Helper()
	shopper := b.shopper()
	_, page := b.get(shopper, address)
	if !strings.Contains(page, `name="account"`) {
		login := strings.Split(page[strings.Index(page, `href="/alipaycn/pc/login/`)+6:], `"`)[0]
		_, page = b.get(shopper, b.url+login)
	}
	_, page = b.submit(shopper, b.url+formAction(b.T, page), url.Values{"account": {"a@example.com"}, "password": {"x"}})
	response, page := b.submit(shopper, b.url+formAction(b.T, page), url.Values{"password": {"x"}})
	checkPage(b.T, response, page, "Payment successful")
}

// Two clients, written against two documents, do all that can be done: pay, cashier, notification, inquiry, partial refund,
// refund, inquiry, and a cancel that is refused.
func TestWholeConversation(t *testing.T) {
	for name, client := range map[string]struct {
		request func(notify string) object
		cashier func(t *testing.T, answer object) string
		sent    func() string
	}{
		"of the seed": {
			request: func(notify string) object { return order(map[string]any{"paymentNotifyUrl": notify}) },
			cashier: func(t *testing.T, answer object) string {
				want(t, answer, "redirectActionForm.method", "GET", "normalUrl", "")
				form := answer["redirectActionForm"].(object)
				var parameters map[string]any
				if err := json.Unmarshal([]byte(form["parameters"].(string)), &parameters); err != nil {
					t.Fatal(err)
				}
				query := url.Values{}
				for name, value := range parameters {
					if number, ok := value.(float64); ok {
						value = strconv.FormatInt(int64(number), 10)
					}
					query.Set(name, value.(string))
				}
				return form["redirectUrl"].(string) + "?" + query.Encode()
			},
			sent: func() string { return seedTime },
		},
		"of today's documentation": {
			request: func(notify string) object {
				return order(map[string]any{"paymentNotifyUrl": notify, "order.env": nil, "env": object{"terminalType": "WEB", "clientIp": "1.2.3.4"}})
			},
			cashier: func(t *testing.T, answer object) string {
				want(t, answer, "redirectActionForm", "", "orderCodeForm.expireTime", "2020-06-01T17:39:10+08:00")
				return answer["normalUrl"].(string)
			},
			sent: func() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			notify, got := receiver(t, acknowledge)
			b := newBench(t, nil)
			request := client.request(notify + "/notify")
			paid := b.call("pay", client.sent(), request)
			want(t, paid, "result.resultCode", "PAYMENT_IN_PROCESS", "result.resultStatus", "U", "paymentAmount.value", "100")
			id := paid["paymentId"].(string)
			want(t, b.call("inquiryPayment", client.sent(), object{"paymentId": id}), "result.resultStatus", "S", "paymentStatus", "PROCESSING", "paymentResultCode", "PAYMENT_IN_PROCESS", "paymentTime", "")

			b.payAtCashier(client.cashier(t, paid))
			if _, err := b.server.WaitAcknowledged(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			message := got()[0]
			checkSigned(t, &testKeys()[1].PublicKey, "/notify", testClient, message.header.Get("request-time"), message.header.Get("signature"), message.body)
			notified, _ := decodeObject(message.body)
			want(t, notified, "notifyType", "PAYMENT_RESULT", "paymentId", id, "result.resultStatus", "S", "paymentAmount.value", "100", "paymentTime", "*")

			requestID := request["paymentRequestId"].(string)
			want(t, b.call("inquiryPayment", client.sent(), object{"paymentRequestId": requestID}), "paymentStatus", "SUCCESS", "paymentId", id, "paymentTime", "2020-06-01T17:25:10+08:00", "grossSettlementAmount.value", "100")

			refund := func(id, value string) object {
				return object{"refundRequestId": id, "paymentId": notified["paymentId"], "refundAmount": object{"currency": "USD", "value": value}, "refundReason": "broken"}
			}
			first := b.call("refund", client.sent(), refund("refund-1", "30"))
			want(t, first, "result.resultStatus", "S", "refundId", "*", "refundAmount.value", "30", "refundTime", "*", "grossSettlementAmount.value", "30")
			want(t, b.call("refund", client.sent(), refund("refund-1", "30")), "refundId", first["refundId"].(string), "result.resultStatus", "S")
			want(t, b.call("refund", client.sent(), refund("refund-1", "31")), "result.resultCode", "REPEAT_REQ_INCONSISTENT")
			want(t, b.call("refund", client.sent(), refund("refund-2", "71")), "result.resultCode", "REFUND_AMOUNT_EXCEED")
			want(t, b.call("refund", client.sent(), refund("refund-3", "70")), "result.resultStatus", "S")
			want(t, b.call("refund", client.sent(), refund("refund-4", "1")), "result.resultCode", "REFUND_AMOUNT_EXCEED")

			inquired := b.call("inquiryPayment", client.sent(), object{"paymentId": id})
			want(t, inquired, "paymentStatus", "SUCCESS")
			if list, _ := inquired["transactions"].([]any); len(list) != 2 {
				t.Errorf("transactions %v", inquired["transactions"])
			}
			want(t, b.call("inquiryRefund", client.sent(), object{"refundRequestId": "refund-3"}), "refundStatus", "SUCCESS", "refundAmount.value", "70", "result.resultStatus", "S")
			want(t, b.call("inquiryRefund", client.sent(), object{"refundId": first["refundId"]}), "refundRequestId", "refund-1")
			want(t, b.call("inquiryRefund", client.sent(), object{"refundRequestId": "refund-2"}), "result.resultCode", "ORDER_NOT_EXIST")
			want(t, b.call("cancel", client.sent(), object{"paymentId": id}), "result.resultCode", "PROCESS_FAIL", "cancelTime", "")

			b.wait(id, func(p Payment) bool { return len(p.Notifications) == 3 && p.Notifications[2].State == Acknowledged })
			refunds := 0
			for _, m := range got()[1:] {
				body, _ := decodeObject(m.body)
				want(t, body, "notifyType", "REFUND_RESULT", "refundStatus", "SUCCESS", "refundId", "*")
				refunds++
			}
			if refunds != 2 {
				t.Errorf("%d refund notifications", refunds)
			}
		})
	}
}

// What today's documentation lists for each terminal.
func TestLinksPerTerminal(t *testing.T) {
	b := newBench(t, nil)
	for terminal, present := range map[string][]string{
		"WEB": {"normalUrl", "orderCodeForm"},
		"WAP": {"normalUrl", "appIdentifier"},
		"APP": {"normalUrl", "appIdentifier", "schemeUrl", "applinkUrl", "orderCodeForm"},
	} {
		answer := b.call("pay", seedTime, order(map[string]any{"order.env": nil, "env.terminalType": terminal, "paymentRequestId": terminal}))
		for _, name := range []string{"normalUrl", "appIdentifier", "schemeUrl", "applinkUrl", "orderCodeForm", "redirectActionForm"} {
			_, found := answer[name]
			if wanted := strings.Contains(strings.Join(present, " "), name); found != wanted {
				t.Errorf("%s: %s is there: %v", terminal, name, found)
			}
		}
		if form, ok := answer["orderCodeForm"].(object); ok {
			image := form["codeDetails"].([]any)[1].(object)["codeValue"].(string)
			if response, _ := b.get(http.DefaultClient, image); response.StatusCode != 200 || response.Header.Get("Content-Type") != "image/png" {
				t.Errorf("%s: status %d", image, response.StatusCode)
			}
		}
	}
}

func TestInquiriesInEveryState(t *testing.T) {
	b := newBench(t, nil)
	for status, act := range map[PaymentStatus]func(id string){
		Processing: func(string) {},
		Pending:    func(id string) { b.server.payLate(id) },
		Success:    func(id string) { b.server.completePayment(id) },
		Fail:       func(id string) { b.server.declinePayment(id) },
		Cancelled:  func(id string) { b.call("cancel", seedTime, object{"paymentId": id}) },
	} {
		id := b.pay(order(map[string]any{"paymentRequestId": string(status)})).PaymentID
		act(id)
		answer := b.call("inquiryPayment", seedTime, object{"paymentId": id})
		want(t, answer, "paymentStatus", string(status), "result.resultCode", "SUCCESS")
	}
	want(t, b.call("inquiryPayment", seedTime, object{"paymentRequestId": "FAIL"}), "paymentResultCode", "USER_BALANCE_NOT_ENOUGH")
	want(t, b.call("inquiryPayment", seedTime, object{"paymentRequestId": "unknown"}), "result.resultCode", "ORDER_NOT_EXIST")
	want(t, b.call("inquiryPayment", seedTime, object{}), "result.resultCode", "PARAM_ILLEGAL", "result.resultMessage", "paymentId or paymentRequestId is required")
	want(t, b.call("pay", seedTime, order(map[string]any{"paymentRequestId": "CANCELLED"})), "result.resultCode", "ORDER_IS_CANCELED")
	want(t, b.call("pay", seedTime, order(map[string]any{"paymentRequestId": "FAIL"})), "result.resultCode", "ORDER_IS_CLOSED")
	b.clock.Advance(14 * time.Minute) // more than the three minutes of a late payment, too
	want(t, b.call("inquiryPayment", seedTime, object{"paymentRequestId": "PROCESSING"}), "paymentStatus", "FAIL", "paymentResultCode", "ORDER_IS_CLOSED")
	want(t, b.call("inquiryPayment", seedTime, object{"paymentRequestId": "PENDING"}), "paymentStatus", "SUCCESS", "paymentTime", "2020-06-01T17:28:10+08:00")
	pending, _ := b.server.Payment("PENDING")
	if n := pending.Notifications; len(n) != 2 || n[0].NotifyType != "PAYMENT_PENDING" || n[1].NotifyType != "PAYMENT_RESULT" {
		t.Errorf("%+v", n)
	}
}

// A payment can be cancelled until 00:15 (UTC+8) of the day after it was made.
func TestCancelWindow(t *testing.T) {
	b := newBench(t, nil) // 17:25:10 in UTC+8
	for _, id := range []string{"early", "late", "never"} {
		b.pay(order(map[string]any{"paymentRequestId": id}))
	}
	for _, id := range []string{"early", "late"} {
		p, _ := b.server.Payment(id)
		b.server.completePayment(p.PaymentID)
	}
	midnight := time.Date(2020, 6, 2, 0, 15, 0, 0, beijing)
	b.clock.Advance(midnight.Sub(b.clock.Now()))
	early := b.call("cancel", seedTime, object{"paymentRequestId": "early"})
	want(t, early, "result.resultStatus", "S", "cancelTime", "2020-06-02T00:15:00+08:00")
	b.clock.Advance(time.Second)
	want(t, b.call("cancel", seedTime, object{"paymentRequestId": "late"}), "result.resultCode", "CANCEL_WINDOW_EXCEED")
	want(t, b.call("cancel", seedTime, object{"paymentRequestId": "early"}), "result.resultStatus", "S", "cancelTime", "2020-06-02T00:15:00+08:00")
	want(t, b.call("cancel", seedTime, object{"paymentRequestId": "never"}), "result.resultStatus", "S")
	want(t, b.call("inquiryPayment", seedTime, object{"paymentRequestId": "never"}), "paymentStatus", "FAIL")
	want(t, b.call("cancel", seedTime, object{"paymentRequestId": "unknown"}), "result.resultCode", "ORDER_NOT_EXIST")
	if p, _ := b.server.Payment("early"); len(p.Notifications) != 1 || p.PaymentStatus != Cancelled {
		t.Errorf("a cancel was notified: %+v", p)
	}
}

func TestRefundLimits(t *testing.T) {
	notify, got := receiver(t, acknowledge)
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentAmount.currency": "CNY"})
	open := b.pay(order(map[string]any{"paymentRequestId": "open"})).PaymentID
	declined := b.pay(order(map[string]any{"paymentRequestId": "declined"})).PaymentID
	b.server.declinePayment(declined)
	cancelled := b.payAndFinish(map[string]any{"paymentRequestId": "cancelled"})
	b.call("cancel", seedTime, object{"paymentId": cancelled})
	number := 0
	refund := func(paymentID, currency, value string) object {
		number++
		return b.call("refund", seedTime, object{"refundRequestId": fmt.Sprint(number), "paymentId": paymentID, "refundNotifyUrl": notify + "/refunds",
			"refundAmount": object{"currency": currency, "value": value}})
	}
	for _, test := range []struct{ id, currency, value, code string }{
		{"unknown", "CNY", "1", "ORDER_NOT_EXIST"},
		{open, "USD", "1", "ORDER_STATUS_INVALID"},
		{declined, "USD", "1", "ORDER_IS_CLOSED"},
		{cancelled, "USD", "1", "ORDER_IS_CANCELED"},
		{id, "USD", "1", "CURRENCY_NOT_SUPPORT"},
		{id, "CNY", "0", "PARAM_ILLEGAL"},
		{id, "CNY", "101", "REFUND_AMOUNT_EXCEED"},
		{id, "CNY", "25", "SUCCESS"}, // 3.5 cents, rounded to 4
		{id, "CNY", "25", "SUCCESS"},
		{id, "CNY", "25", "SUCCESS"},
		{id, "CNY", "25", "SUCCESS"}, // the rest, 2
		{id, "CNY", "1", "REFUND_AMOUNT_EXCEED"},
	} {
		want(t, refund(test.id, test.currency, test.value), "result.resultCode", test.code)
	}
	p := b.wait(id, func(p Payment) bool { return len(p.Notifications) == 5 && p.Notifications[4].State == Acknowledged })
	settled := 0
	for _, r := range p.Refunds {
		value, _ := strconv.Atoi(r.GrossSettlementAmount.Value)
		settled += value
	}
	if settled != 14 || len(got()) == 0 || got()[0].target != "/refunds" {
		t.Errorf("%d of 14 cents were given back, notified at %v", settled, got())
	}
	old := b.payAndFinish(map[string]any{"paymentRequestId": "old"})
	b.server.agenda.clear()
	b.clock.Advance(365*24*time.Hour + 1)
	want(t, refund(old, "USD", "1"), "result.resultCode", "REFUND_WINDOW_EXCEED")
}

func TestSlowRefund(t *testing.T) {
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"order.orderDescription": "#sandbox:refund=slow"})
	request := object{"refundRequestId": "r", "paymentId": id, "refundAmount": object{"currency": "USD", "value": "100"}}
	want(t, b.call("refund", seedTime, request), "result.resultCode", "REFUND_IN_PROCESS", "result.resultStatus", "U", "refundTime", "")
	want(t, b.call("inquiryRefund", seedTime, object{"refundRequestId": "r"}), "refundStatus", "PROCESSING")
	b.clock.Advance(time.Minute)
	want(t, b.call("inquiryRefund", seedTime, object{"refundRequestId": "r"}), "refundStatus", "SUCCESS", "refundTime", "*")
	want(t, b.call("refund", seedTime, request), "result.resultCode", "SUCCESS")
}

// A merchant's own expiry counts from its own request-time.
func TestPaymentExpiryTime(t *testing.T) {
	b := newBench(t, nil)
	for end, wanted := range map[string]string{
		"2020-05-18T12:18:57+05:30": "PARAM_ILLEGAL",
		"2020-05-18T12:08:56+05:30": "PARAM_ILLEGAL",
		"1589783996000":             "PARAM_ILLEGAL",
		"soon":                      "PARAM_ILLEGAL",
		"2020-05-18T06:43:56Z":      "PAYMENT_IN_PROCESS",
	} {
		answer := b.call("pay", seedTime, order(map[string]any{"paymentExpiryTime": end}))
		want(t, answer, "result.resultCode", wanted)
		if message := answer["result"].(object)["resultMessage"].(string); wanted == "PARAM_ILLEGAL" && !strings.HasPrefix(message, "paymentExpiryTime ") {
			t.Error(message)
		}
	}
	b.clock.Advance(5*time.Minute - 1)
	want(t, b.call("inquiryPayment", seedTime, object{"paymentRequestId": "ams_alipaycn_cashier_pay_sandbox_request_0001"}), "paymentStatus", "PROCESSING")
	b.clock.Advance(1)
	want(t, b.call("inquiryPayment", seedTime, object{"paymentRequestId": "ams_alipaycn_cashier_pay_sandbox_request_0001"}), "paymentStatus", "FAIL")
}

// A call about another merchant's payment finds nothing.
func TestPaymentsBelongToTheirMerchant(t *testing.T) {
	b := newBench(t, func(o *Options) {
		other := testMerchant()
		other.ClientID = "SANDBOX_OTHER"
		o.Merchants = append(o.Merchants, other)
	})
	id := b.payAndFinish(nil)
	b.call("refund", seedTime, object{"refundRequestId": "r", "paymentId": id, "refundAmount": object{"currency": "USD", "value": "1"}})
	for operation, body := range map[string]object{
		"inquiryPayment": {"paymentId": id}, "cancel": {"paymentId": id}, "inquiryRefund": {"refundRequestId": "r"},
		"refund": {"refundRequestId": "q", "paymentId": id, "refundAmount": object{"currency": "USD", "value": "1"}},
	} {
		text, _ := json.Marshal(body)
		target := "/ams/api/v1/payments/" + operation
		request := b.signedRequest(target, text)
		request.Header.Set("client-id", "SANDBOX_OTHER")
		request.Header.Set("signature", testSign(testKeys()[0], "2", target, "SANDBOX_OTHER", seedTime, text))
		if _, answer := b.do(http.DefaultClient, request); !strings.Contains(answer, "ORDER_NOT_EXIST") {
			t.Errorf("%s: %s", operation, answer)
		}
	}
}
