package sandbox

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A test in any language can do without a browser and without waiting.
func TestControl(t *testing.T) {
	failing := true
	notify, got := receiver(t, func(w http.ResponseWriter, number int) {
		if failing {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		acknowledge(w, number)
	})
	b := newBench(t, nil)
	id := b.pay(order(map[string]any{"paymentNotifyUrl": notify})).PaymentID
	want(t, b.control("POST", "/sandbox/api/payments/"+id+"/complete", object{"outcome": "SUCCESS"}, 200), "paymentStatus", "SUCCESS")
	b.wait(id, func(p Payment) bool { return len(p.Notifications[0].Attempts) == 1 })
	want(t, b.control("POST", "/sandbox/api/payments/"+id+"/complete", object{"outcome": "FAIL"}, 409), "error", "the payment cannot be completed any more, it is SUCCESS")

	// One step of the clock holds the whole schedule, each attempt at its own time.
	want(t, b.control("POST", "/sandbox/api/clock", object{"advance": "25h"}, 200), "time", "2020-06-02T10:25:10Z")
	p, _ := b.server.Payment(id)
	attempts := p.Notifications[0].Attempts
	if len(attempts) != 8 || p.Notifications[0].State != GivenUp {
		t.Fatalf("%d attempts, %s", len(attempts), p.Notifications[0].State)
	}
	at := testTime
	for i, wait := range AlipayIntervals() {
		if at = at.Add(wait); !attempts[i].Time.Equal(at) {
			t.Errorf("attempt %d at %v, want %v", i+1, attempts[i].Time, at)
		}
	}

	want(t, b.control("POST", "/sandbox/api/payments/"+id+"/resend", object{}, 200), "acknowledged", "false", "status", "502")
	failing = false
	before := len(got())
	want(t, b.control("POST", "/sandbox/api/payments/"+id+"/resend", object{"notification": 0, "faults": []any{"notify-tampered"}}, 200), "acknowledged", "true")
	if m := got()[before]; verified(m.target, m.header.Get("request-time"), m.header.Get("signature"), m.body) {
		t.Error("a tampered notification verifies")
	}
	if p, _ := b.server.Payment(id); p.Notifications[0].State != Acknowledged {
		t.Errorf("state %s after a resend", p.Notifications[0].State)
	}

	story := b.control("GET", "/sandbox/api/payments/"+id, nil, 200)
	events := story["events"].([]any)
	if len(events) != 12 { // pay, PAID, eight attempts, two resends
		t.Errorf("%d events", len(events))
	}
	first, last := events[0].(object), events[len(events)-1].(object)
	want(t, first, "kind", "CALL", "name", "pay", "outcome", "PAYMENT_IN_PROCESS", "exchange.request.signature.verified", "true", "exchange.response.signature.verified", "true",
		"exchange.request.signature.signedPrefix", "POST "+payTarget+"\n"+testClient+"."+seedTime+".")
	want(t, last, "kind", "NOTIFICATION", "outcome", "ACKNOWLEDGED", "exchange.request.signature.verified", "false", "exchange.request.signature.problem", "the body is not the one that was signed")

	list := b.control("GET", "/sandbox/api/payments?search=alipaycnorder&limit=5", nil, 200)["payments"].([]any)
	if none := b.control("GET", "/sandbox/api/payments?search=nothing", nil, 200)["payments"].([]any); len(list) != 1 || len(none) != 0 {
		t.Errorf("%d and %d found", len(list), len(none))
	}

	b.control("PUT", "/sandbox/api/faults", object{"faults": []any{"answer-500"}, "seed": 7}, 200)
	want(t, b.control("GET", "/sandbox/api/faults", nil, 200), "seed", "7", "faults", "[answer-500]")
	want(t, b.control("POST", "/sandbox/api/clock", object{"speed": 60}, 200), "speed", "60")
	b.server.keys.rotate()
	want(t, b.control("GET", "/sandbox/api/keys", nil, 200), "keyVersion", "2", "keys.1", b.server.publicKeyBase64(), "keys.2", "*")
	state := b.control("POST", "/sandbox/api/reset", nil, 200)
	want(t, state, "memory.payments", "0", "memory.bytes", "0", "keyVersion", "1", "seed", "7")
	b.control("GET", "/sandbox/api/payments/"+id, nil, 404)
	if n := len(b.server.agenda.pending); n != 0 {
		t.Errorf("%d things are planned after a reset", n)
	}
}

func TestControlRefuses(t *testing.T) {
	b := newBench(t, nil)
	id := b.payAndFinish(nil)
	for _, test := range []struct {
		method, path string
		body         any
		status       int
	}{
		{"POST", "/sandbox/api/clock", object{"advance": "tomorrow"}, 422},
		{"POST", "/sandbox/api/clock", object{"advance": "-1h"}, 422},
		{"POST", "/sandbox/api/clock", object{"speed": -1}, 422},
		{"POST", "/sandbox/api/clock", object{"spede": 1}, 400},
		{"POST", "/sandbox/api/clock", "1h", 400},
		{"PUT", "/sandbox/api/faults", object{"faults": []any{"answer-418"}}, 422},
		{"POST", "/sandbox/api/payments/x/complete", object{"outcome": "SUCCESS"}, 404},
		{"POST", "/sandbox/api/payments/" + id + "/complete", object{"outcome": "MAYBE"}, 422},
		{"POST", "/sandbox/api/payments/" + id + "/resend", object{"notification": 1}, 422},
		{"POST", "/sandbox/api/payments/" + id + "/resend", object{"faults": []any{"notify-late"}}, 422},
		{"POST", "/sandbox/api/payments/x/resend", object{}, 404},
		{"GET", "/sandbox/api/export/payments.xml", nil, 404},
		{"GET", "/sandbox/api/export/payments.json?payment=x", nil, 404},
	} {
		b.control(test.method, test.path, test.body, test.status)
	}
}

// Neither other machines nor pages of other origins reach what is for this machine alone.
func TestControlIsLocal(t *testing.T) {
	b := newBench(t, nil)
	id := b.pay(order(nil)).PaymentID
	for _, path := range []string{"/sandbox/api/reset", "/sandbox/reset", "/sandbox/api/clock", "/sandbox/payments/" + id + "/complete", "/sandbox/faults"} {
		for name, change := range map[string]func(*http.Request){
			"by another name": func(r *http.Request) { r.Host = "rebound.example" },
			"cross site":      func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"other origin":    func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		} {
			request, _ := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader("{}"))
			change(request)
			if response, _ := b.do(http.DefaultClient, request); response.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s: status %d", path, name, response.StatusCode)
			}
		}
	}
	for _, path := range []string{"/sandbox", "/sandbox/payments/" + id, "/sandbox/calls", "/sandbox/control", "/sandbox/api/state", "/sandbox/api/events"} {
		request, _ := http.NewRequest(http.MethodGet, b.url+path, nil)
		request.Host = "rebound.example"
		if response, _ := b.do(http.DefaultClient, request); response.StatusCode != http.StatusForbidden {
			t.Errorf("%s by another name: status %d", path, response.StatusCode)
		}
	}
	if len(b.server.Payments()) != 1 {
		t.Error("something was done")
	}
}

func TestStreamOfNews(t *testing.T) {
	b := newBench(t, nil)
	id := b.pay(order(nil)).PaymentID
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, path := range []string{"/sandbox/api/events", "/sandbox/api/events?payment=" + id} {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, b.url+path, nil)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
			t.Error(kind)
		}
		lines := bufio.NewScanner(response.Body)
		next := func() string {
			for lines.Scan() {
				if text, found := strings.CutPrefix(lines.Text(), "data: "); found {
					return text
				}
			}
			t.Fatal("the stream has ended", lines.Err())
			return ""
		}
		before := next()
		b.server.noteChange(id, "CLOSED", "FAIL", false)
		if after := next(); after == before {
			t.Errorf("%s: %s again", path, after)
		}
		b.server.Close() // ends the streams
		for lines.Scan() {
		}
		response.Body.Close()
	}
}

func TestExport(t *testing.T) {
	notify, _ := receiver(t, acknowledge)
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": notify + "/n?x=1"})
	if _, err := b.server.WaitAcknowledged(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	request := b.signedRequest(payTarget, []byte("{}"))
	request.Header.Del("signature")
	b.do(http.DefaultClient, request)
	for query, entries := range map[string]int{"": 3, "?payment=" + id: 2} {
		archive := b.control("GET", "/sandbox/api/export/payments.har"+query, nil, 200)
		want(t, archive, "log.version", "1.2", "log.creator.name", "cashier sandbox")
		list := archive["log"].(object)["entries"].([]any)
		if len(list) != entries {
			t.Errorf("%s: %d entries", query, len(list))
		}
		want(t, list[0].(object), "request.method", "POST", "request.url", b.url+payTarget, "request.postData.mimeType", "application/json; charset=UTF-8", "response.status", "200", "response.content.text", "*")
		want(t, list[1].(object), "request.url", notify+"/n?x=1", "response.content.text", goodAcknowledgement)
	}
	all := b.control("GET", "/sandbox/api/export/payments.json", nil, 200)
	want(t, all["calls"].([]any)[0].(object), "outcome", "INVALID_SIGNATURE", "reason", "header signature is required", "exchange.request.signature.verified", "false")
	if payments := all["payments"].([]any); len(payments) != 1 {
		t.Errorf("%d payments", len(payments))
	}
}

// A wrong signature is answered with the likeliest mistake, for the developer who looks at the inspector.
func TestExplainsSignatures(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Merchants[0].PublicKeys[1] = &testKeys()[2].PublicKey })
	body, _ := json.Marshal(order(nil))
	sign := func(target, client, sent string, body []byte) string {
		return testSign(testKeys()[0], "2", target, client, sent, body)
	}
	for reason, header := range map[string]string{
		"without its query":                   sign(payTarget, testClient, seedTime, body),
		"the whole URL":                       sign(b.url+payTarget+"?x=%41", testClient, seedTime, body),
		"without the /sandbox":                sign("/ams/api/v1/payments/pay?x=%41", testClient, seedTime, body),
		"signed decoded":                      sign(payTarget+"?x=A", testClient, seedTime, body),
		"without the body":                    sign(payTarget+"?x=%41", testClient, seedTime, nil),
		"with white space and sent":           sign(payTarget+"?x=%41", testClient, seedTime, indented(body)),
		"with key version 1, but names key":   strings.Replace(testSign(testKeys()[2], "2", payTarget+"?x=%41", testClient, seedTime, body), "keyVersion=1", "keyVersion=2", 1),
		"not by the private key of version 2": testSign(testKeys()[1], "2", payTarget, testClient, seedTime, body),
	} {
		request := b.signedRequest(payTarget+"?x=%41", body)
		request.Header.Set("signature", header)
		b.do(http.DefaultClient, request)
		strays := b.server.ledger.strayEvents()
		if problem := strays[len(strays)-1].Exchange.Request.Signature.Problem; !strings.Contains(problem, reason) {
			t.Errorf("%s: %s", reason, problem)
		}
	}
}

// The mistakes in the signed text itself, in its time and in the algorithm.
func TestExplainsSignedTexts(t *testing.T) {
	b := newBench(t, nil)
	const ms, seconds = "1685599933871", "1685599933"
	body, _ := json.Marshal(order(nil))
	sha256Of := func(text string) []byte { sum := sha256.Sum256([]byte(text)); return sum[:] }
	right := "POST " + payTarget + "\n" + testClient + "." + ms + "." + string(body)
	for reason, test := range map[string]struct {
		key  *rsa.PrivateKey
		hash crypto.Hash
		sum  []byte
	}{
		"no full stop between the request-time and the body":      {nil, 0, sha256Of("POST " + payTarget + "\n" + testClient + "." + ms + string(body))},
		"no full stop between the client-id and the request-time": {nil, 0, sha256Of("POST " + payTarget + "\n" + testClient + ms + "." + string(body))},
		"there are no full stops":                                 {nil, 0, sha256Of("POST " + payTarget + "\n" + testClient + ms + string(body))},
		"line feeds were signed where full stops belong":          {nil, 0, sha256Of("POST " + payTarget + "\n" + testClient + "\n" + ms + "\n" + string(body))},
		"there is no line feed after the path":                    {nil, 0, sha256Of("POST " + payTarget + testClient + "." + ms + "." + string(body))},
		"a blank was signed after the path":                       {nil, 0, sha256Of("POST " + payTarget + " " + testClient + "." + ms + "." + string(body))},
		"a backslash and an n":                                    {nil, 0, sha256Of("POST " + payTarget + `\n` + testClient + "." + ms + "." + string(body))},
		"CR LF was signed":                                        {nil, 0, sha256Of("POST " + payTarget + "\r\n" + testClient + "." + ms + "." + string(body))},
		"no blank between the method":                             {nil, 0, sha256Of("POST" + payTarget + "\n" + testClient + "." + ms + "." + string(body))},
		"there is no method":                                      {nil, 0, sha256Of(payTarget + "\n" + testClient + "." + ms + "." + string(body))},
		"lower case":                                              {nil, 0, sha256Of("post " + payTarget + "\n" + testClient + "." + ms + "." + string(body))},
		"there is no client-id":                                   {nil, 0, sha256Of("POST " + payTarget + "\n." + ms + "." + string(body))},
		"neither client-id nor its full stop":                     {nil, 0, sha256Of("POST " + payTarget + "\n" + ms + "." + string(body))},
		"in front of the client-id":                               {nil, 0, sha256Of("POST " + payTarget + "\n" + ms + "." + testClient + "." + string(body))},
		"there is no request-time":                                {nil, 0, sha256Of("POST " + payTarget + "\n" + testClient + ".." + string(body))},
		"seconds were signed":                                     {nil, 0, sha256Of("POST " + payTarget + "\n" + testClient + "." + seconds + "." + string(body))},
		"signed as ISO 8601":                                      {nil, 0, sha256Of("POST " + payTarget + "\n" + testClient + ".2023-06-01T06:12:13Z." + string(body))},
		"the sandbox's private key":                               {testKeys()[1], 0, sha256Of(right)},
		"SHA-1":                                                   {nil, crypto.SHA1, func() []byte { sum := sha1.Sum([]byte(right)); return sum[:] }()},
		"SHA-512":                                                 {nil, crypto.SHA512, func() []byte { sum := sha512.Sum512([]byte(right)); return sum[:] }()},
		"SHA-256 was applied twice":                               {nil, 0, sha256Of(string(sha256Of(right)))},
		"PSS":                                                     {nil, 99, sha256Of(right)},
	} {
		key := cmp.Or(test.key, testKeys()[0])
		sign := func() ([]byte, error) {
			return rsa.SignPKCS1v15(rand.Reader, key, cmp.Or(test.hash, crypto.SHA256), test.sum)
		}
		if test.hash == 99 {
			sign = func() ([]byte, error) { return rsa.SignPSS(rand.Reader, key, crypto.SHA256, test.sum, nil) }
		}
		signature, err := sign()
		if err != nil {
			t.Fatal(err)
		}
		request := b.signedRequest(payTarget, body)
		request.Header.Set("request-time", ms)
		request.Header.Set("signature", "keyVersion=2,signature="+url.QueryEscape(base64.StdEncoding.EncodeToString(signature)))
		_, text := b.do(http.DefaultClient, request)
		strays := b.server.ledger.strayEvents()
		problem := strays[len(strays)-1].Exchange.Request.Signature.Problem
		if !strings.Contains(problem, reason) || !strings.Contains(text, "INVALID_SIGNATURE") {
			t.Errorf("%s: %s", reason, problem)
		}
	}
	request := b.signedRequest(payTarget, body)
	request.Header.Del("client-id")
	request.Header.Set("client_id", testClient)
	if _, text := b.do(http.DefaultClient, request); !strings.Contains(text, "header client-id is required; there is a header client_id instead") {
		t.Error(text)
	}
}

func indented(body []byte) []byte {
	var buffer bytes.Buffer
	json.Indent(&buffer, body, "", "  ")
	return buffer.Bytes()
}

// The buttons of the pages do what the control API does.
func TestConsoleButtons(t *testing.T) {
	notify, got := receiver(t, acknowledge)
	b := newBench(t, nil)
	id := b.pay(order(map[string]any{"paymentNotifyUrl": notify})).PaymentID
	page := "/sandbox/payments/" + id
	press := func(path string, form url.Values) (*http.Response, string) {
		form.Set("return", page+"?lang=en")
		return b.submit(b.shopper(), b.url+path, form)
	}
	response, text := press(page+"/complete", url.Values{"outcome": {"SUCCESS"}})
	checkPage(t, response, text, "SUCCESS", "The payment is made")
	if _, err := b.server.WaitAcknowledged(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	response, text = press(page+"/complete", url.Values{"outcome": {"FAIL"}})
	checkPage(t, response, text, `role="alert"`, "cannot be completed any more")
	response, text = press(page+"/resend", url.Values{"notification": {"0"}, "fault": {"notify-tampered"}})
	checkPage(t, response, text, "notify-tampered", "the body is not the one that was signed")
	if len(got()) != 2 {
		t.Errorf("%d messages", len(got()))
	}
	response, text = press("/sandbox/clock", url.Values{"advance": {"10m"}})
	checkPage(t, response, text, "2020-06-01 17:35:10")
	response, text = press("/sandbox/clock", url.Values{"speed": {"fast"}})
	checkPage(t, response, text, "speed must be")
	press("/sandbox/faults", url.Values{"faults": {"answer-500 notify-twice@5%"}})
	if state := b.server.State(); len(state.Faults) != 2 {
		t.Errorf("%+v", state)
	}
	response, _ = b.submit(b.shopper(), b.url+"/sandbox/reset", url.Values{"return": {"https://elsewhere.example/sandbox"}})
	if response.Request.URL.String() != b.url+"/sandbox" || len(b.server.Payments()) != 0 {
		t.Error(response.Request.URL)
	}
}

// The pages for developers, in both languages, with whatever was on the wire as text.
func TestConsolePages(t *testing.T) {
	b := newBench(t, nil)
	answer := b.pay(order(map[string]any{"order.referenceOrderId": "<script>alert(1)</script>", "order.orderDescription": "#sandbox:notify-twice"}))
	b.server.completePayment(answer.PaymentID)
	b.wait(answer.PaymentID, func(p Payment) bool { return len(p.Notifications[0].Attempts) == 2 })
	b.control("POST", "/ams/api/v1/payments/pay", object{}, 200)
	for path, texts := range map[string][2][]string{
		"/sandbox":                                     {{"Payments", "&lt;script&gt;", "WAITING", "Attempts: 2", "Forget everything…", "Delete all payments", "1 call was refused", "header client-id is required"}, {"交易", "尝试次数: 2", "清空全部", "10 分钟", "全局故障注入", "1 次调用被拒绝", "缺少报文头 client-id"}},
		"/sandbox?search=nothing":                      {{"No payment matches."}, {"未找到匹配的交易。"}},
		"/sandbox/payments/" + answer.PaymentID:        {{"ask for a payment", "The exact signed text", "Signature verified (key version 2)", "Signature verified (key version 1)", "notify-twice", "next at 2020-06-01 17:27:10"}, {"签名原文", "验签通过"}},
		"/sandbox/payments/" + answer.PaymentRequestID: {{"POST " + payTarget + "\n" + testClient + ".2020-05-18T12:08:56"}, {"经过"}},
		"/sandbox/calls":                               {{"PARAM_ILLEGAL", "header client-id is required"}, {"未关联交易的调用", "缺少报文头 client-id"}},
		"/sandbox/control":                             {{"curl -X POST " + b.url + "/sandbox/api/reset", "notify-reordered", "#sandbox:notify-twice"}, {"相同种子得到相同结果"}},
	} {
		for i, language := range []string{"en", "zh-CN"} {
			visitor := b.shopper()
			visitor.Transport = acceptLanguage(language)
			response, page := b.get(visitor, b.url+path)
			checkPage(t, response, page, append(texts[i], `<html lang="`+language+`">`)...)
		}
	}
	if response, _ := b.get(b.shopper(), b.url+"/sandbox/payments/x"); response.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", response.StatusCode)
	}
	for key, words := range consoleWords {
		if words.en == "" || words.zh == "" {
			t.Errorf("%s lacks a language", key)
		}
	}
	for _, kind := range faultKinds {
		if _, err := (&console{}).Effect(kind); err != nil {
			t.Error(err)
		}
	}
}

// What can happen instead of a payment, by the buttons of the cashier.
func TestInsteadOfPaying(t *testing.T) {
	b := newBench(t, nil)
	open := func(id string) string { return b.pay(order(map[string]any{"paymentRequestId": id})).PaymentID }
	choose := func(id, outcome string) (*http.Response, string) {
		return b.submit(b.shopper(), b.url+outcomePath("pc", id), url.Values{"outcome": {outcome}})
	}
	names := func(id string) (all []string) {
		_, events, _ := b.server.ledger.story(id)
		for _, e := range events {
			all = append(all, e.Name)
		}
		return all
	}
	declined := open("declined")
	response, page := b.get(b.shopper(), b.url+cashierPath("pc", declined))
	checkPage(t, response, page, "Decline the payment", "Leave without paying", "Pay late", outcomePath("pc", declined), leftPath("pc", declined))
	if _, page = choose(declined, "decline"); !strings.Contains(page, "The payment was declined") || strings.Contains(page, "too-late") {
		t.Error(page)
	}
	want(t, b.call("inquiryPayment", seedTime, object{"paymentId": declined}), "paymentStatus", "FAIL", "paymentResultCode", "USER_BALANCE_NOT_ENOUGH")

	left := open("left")
	response, page = b.get(b.shopper(), b.url+leftPath("h5", left))
	checkPage(t, response, page, "You have not paid", `href="https://www.taobao.com?param1=sl"`, "data-return")
	want(t, b.call("inquiryPayment", seedTime, object{"paymentId": left}), "paymentStatus", "PROCESSING")

	late := open("late")
	response, page = choose(late, "late")
	checkPage(t, response, page, "Your payment is on its way", "data-return")
	want(t, b.call("inquiryPayment", seedTime, object{"paymentId": late}), "paymentStatus", "PENDING")
	b.clock.Advance(3 * time.Minute)
	want(t, b.call("inquiryPayment", seedTime, object{"paymentId": late}), "paymentStatus", "SUCCESS")

	cancelled := open("cancelled")
	b.call("cancel", seedTime, object{"paymentId": cancelled})
	if _, page = b.get(b.shopper(), b.url+cashierPath("h5", cancelled)); !strings.Contains(page, "This payment was cancelled") {
		t.Error(page)
	}

	b.clock.Advance(14 * time.Minute)
	if _, page = b.get(b.shopper(), b.url+cashierPath("pc", left)); !strings.Contains(page, "Pay all the same") {
		t.Error(page)
	}
	if _, page = choose(left, "too-late"); !strings.Contains(page, "was given back at once") {
		t.Error(page)
	}
	want(t, b.call("inquiryPayment", seedTime, object{"paymentId": left}), "paymentStatus", "FAIL")
	if story := strings.Join(names(left), " "); !strings.Contains(story, "LEFT") || !strings.Contains(story, "CLOSED") || !strings.Contains(story, "TOO_LATE") {
		t.Error(story)
	}
	if response, _ = choose("x", "late"); response.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", response.StatusCode)
	}
}
