package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The guide's two notifications, byte for byte, from payments with their data.
func TestNotificationBodyIsTheGuides(t *testing.T) {
	vectors, _ := readVectors(t)
	guide := map[string]string{}
	for _, v := range vectors {
		guide[v.ID] = v.Body
	}
	for id, p := range map[string]Payment{
		"seed-notify-1": {
			PaymentID:         "812202715898044274806386466931604175JNxpyudMsn202005180001827071",
			PaymentRequestID:  "ams_alipaycn_cashier_pay_sandbox_request_003",
			PaymentAmount:     Amount{"USD", "100"},
			PaymentCreateTime: time.Date(2020, 5, 18, 12, 20, 27, 480e6, time.UTC),
		},
		"seed-notify-2": {
			PaymentID:         "812231215898045923636386631814585204hTuhEdqMKx202005180001827072",
			PaymentRequestID:  "ams_alipaycn_cashier_pay_sandbox_request_004",
			PaymentAmount:     Amount{"CNY", "100"},
			PaymentCreateTime: time.Date(2020, 5, 18, 12, 23, 12, 363e6, time.UTC),
		},
	} {
		p.PaymentNotifyURL = "http://af927046.ngrok.io"
		p.GrossSettlementAmount = DefaultRates().settle(p.PaymentAmount, "USD")
		p.PaymentStatus, p.PaymentExpireTime = Processing, p.PaymentCreateTime.Add(time.Hour)
		if !p.succeed(p.PaymentCreateTime) {
			t.Fatal("not paid")
		}
		body := newNotification(&p).Body
		if body != guide[id] {
			t.Errorf("%s\n%s\nwant\n%s", id, body, guide[id])
		}
	}
}

// payAndFinish makes a payment and pays it without a browser.
func (b *bench) payAndFinish(changes map[string]any) string {
	b.Helper()
	id := b.pay(order(changes)).PaymentID
	if !b.server.completePayment(id) {
		b.Fatalf("%s was not paid", id)
	}
	return id
}

func TestNotification(t *testing.T) {
	address, got := receiver(t, acknowledge)
	for notifyURL, target := range map[string]string{
		address:                        "/",
		address + "?x=1":               "/?x=1",
		address + "/notify/a%2fb":      "/notify/a%2fb",
		address + "/n?shop=7&x=%E6+1#": "/n?shop=7&x=%E6+1",
	} {
		b := newBench(t, nil)
		before := len(got())
		id := b.payAndFinish(map[string]any{"paymentNotifyUrl": notifyURL, "paymentAmount.currency": "CNY"})
		payment, err := b.server.WaitAcknowledged(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		messages := got()[before:]
		if len(messages) != 1 {
			t.Fatalf("%d messages", len(messages))
		}
		m := messages[0]
		if m.target != target {
			t.Errorf("sent to %s, want %s", m.target, target)
		}
		if m.header.Get("request-time") != "2020-06-01T09:25:10Z" || m.header.Get("client-id") != testClient || m.header.Get("content-type") != "application/json" {
			t.Errorf("headers %v", m.header)
		}
		checkSigned(t, &testKeys()[1].PublicKey, m.target, testClient, m.header.Get("request-time"), m.header.Get("signature"), m.body)
		var body notificationBody
		if err := json.Unmarshal(m.body, &body); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(m.body), `"notifyUrl":"`+notifyURL+`"`) || body.PaymentID != id || *body.GrossSettlementAmount != (Amount{"USD", "14"}) || body.PaymentAmount != (Amount{"CNY", "100"}) || body.Result.ResultStatus != "S" {
			t.Errorf("body %s", m.body)
		}
		attempts := payment.Notifications[0].Attempts
		if len(attempts) != 1 || !attempts[0].Acknowledged || attempts[0].Status != 200 || attempts[0].Error != "" || attempts[0].Acknowledgement != goodAcknowledgement || !attempts[0].Time.Equal(testTime) {
			t.Errorf("attempts %+v", attempts)
		}
	}
}

// What is no acknowledgement makes the notification come again; what is one ends it.
func TestAcknowledgements(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		good   bool
	}{
		"good":           {200, goodAcknowledgement, true},
		"more members":   {200, `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"Success","x":1},"y":[]}`, true},
		"no message":     {200, `{"result":{"resultStatus":"S","resultCode":"SUCCESS"}}`, true},
		"other status":   {201, goodAcknowledgement, false},
		"no content":     {204, ``, false},
		"error":          {500, goodAcknowledgement, false},
		"empty":          {200, ``, false},
		"a word":         {200, `success`, false},
		"a page":         {200, `<html>`, false},
		"status F":       {200, `{"result":{"resultStatus":"F","resultCode":"SUCCESS"}}`, false},
		"other code":     {200, `{"result":{"resultStatus":"S","resultCode":"OK"}}`, false},
		"no status":      {200, `{"result":{"resultCode":"SUCCESS"}}`, false},
		"no result":      {200, `{"resultStatus":"S","resultCode":"SUCCESS"}`, false},
		"result as text": {200, `{"result":"S"}`, false},
		"twice":          {200, `{"result":{"resultStatus":"F","resultStatus":"S","resultCode":"SUCCESS"}}`, false},
		"too long":       {200, goodAcknowledgement + strings.Repeat(" ", maximumAcknowledgement) + "x", false},
	} {
		err := checkAcknowledgement(test.status, []byte(test.body))
		if name == "no result" && (err == nil || !strings.Contains(err.Error(), `lacks "result"`)) {
			t.Errorf("%s: %v", name, err)
		}
		if (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScheduleUntilAcknowledged(t *testing.T) {
	address, got := receiver(t, func(w http.ResponseWriter, number int) {
		switch number {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			io.WriteString(w, "success")
		default:
			acknowledge(w, number)
		}
	})
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": address + "/notify"})
	for attempt, wait := range []time.Duration{0, 2 * time.Minute, 10 * time.Minute} {
		if wait > 0 {
			b.clock.Advance(wait - time.Second)
			b.server.completePayment(id)      // paying again changes nothing
			time.Sleep(20 * time.Millisecond) // long enough for an early attempt to show
			if len(got()) != attempt {
				t.Fatalf("attempt %d came early", attempt+1)
			}
			b.clock.Advance(time.Second)
		}
		b.wait(id, func(p Payment) bool { return len(p.Notifications[0].Attempts) == attempt+1 })
	}
	payment, err := b.server.WaitAcknowledged(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(48 * time.Hour)
	time.Sleep(20 * time.Millisecond)
	messages := got()
	if len(messages) != 3 || len(payment.Notifications) != 1 {
		t.Fatalf("%d messages of %d notifications", len(messages), len(payment.Notifications))
	}
	for i, want := range []struct {
		status int
		reason string
		time   string
	}{
		{500, "the status is 500", "2020-06-01T09:25:10Z"},
		{200, "not JSON", "2020-06-01T09:27:10Z"},
		{200, "", "2020-06-01T09:37:10Z"},
	} {
		attempt := payment.Notifications[0].Attempts[i]
		if attempt.Status != want.status || !strings.Contains(attempt.Error, want.reason) || (attempt.Error == "") != attempt.Acknowledged {
			t.Errorf("attempt %d: %+v", i+1, attempt)
		}
		m := messages[i]
		if m.header.Get("request-time") != want.time || string(m.body) != string(messages[0].body) {
			t.Errorf("message %d: %s %s", i+1, m.header.Get("request-time"), m.body)
		}
		checkSigned(t, &testKeys()[1].PublicKey, "/notify", testClient, want.time, m.header.Get("signature"), m.body)
	}
}

func TestGivesUpAfterEightAttempts(t *testing.T) {
	address, got := receiver(t, func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusTeapot) })
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": address})
	for i, wait := range AlipayIntervals() {
		b.clock.Advance(wait)
		b.wait(id, func(p Payment) bool { return len(p.Notifications[0].Attempts) == i+1 })
	}
	payment, err := b.server.WaitAcknowledged(t.Context(), id)
	if !errors.Is(err, ErrNotAcknowledged) || payment.Notifications[0].State != GivenUp {
		t.Errorf("%v, state %s", err, payment.Notifications[0].State)
	}
	b.clock.Advance(1000 * time.Hour)
	time.Sleep(20 * time.Millisecond)
	if n := len(got()); n != 8 {
		t.Errorf("%d attempts", n)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere, gotElsewhere := receiver(t, acknowledge)
	address, _ := receiver(t, func(w http.ResponseWriter, _ int) {
		w.Header().Set("Location", elsewhere)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": address})
	payment := b.wait(id, func(p Payment) bool { return len(p.Notifications[0].Attempts) == 1 })
	if attempt := payment.Notifications[0].Attempts[0]; attempt.Status != 307 || attempt.Acknowledged || len(gotElsewhere()) != 0 {
		t.Errorf("%+v, %d messages elsewhere", attempt, len(gotElsewhere()))
	}
}

func TestUnreachableReceiver(t *testing.T) {
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": "http://127.0.0.1:1/"})
	payment := b.wait(id, func(p Payment) bool { return len(p.Notifications[0].Attempts) == 1 })
	if attempt := payment.Notifications[0].Attempts[0]; attempt.Status != 0 || attempt.Error == "" || payment.Notifications[0].State != Waiting {
		t.Errorf("%+v", payment.Notifications[0])
	}
}

func TestSilentReceiver(t *testing.T) {
	release := make(chan struct{})
	address, _ := receiver(t, func(http.ResponseWriter, int) { <-release })
	t.Cleanup(func() { close(release) }) // before the receiver is closed
	b := newBench(t, func(o *Options) { o.NotifyTimeout = 20 * time.Millisecond })
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": address})
	payment := b.wait(id, func(p Payment) bool { return len(p.Notifications[0].Attempts) == 1 })
	if attempt := payment.Notifications[0].Attempts[0]; !strings.Contains(attempt.Error, "deadline exceeded") {
		t.Errorf("%+v", attempt)
	}
}

// Nothing leaves the machine unless an option allows it.
func TestRemoteReceivers(t *testing.T) {
	sent := make(chan string, 1)
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		sent <- r.URL.Host
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(goodAcknowledgement))}, nil
	})}
	for _, notifyURL := range []string{"http://shop.example/notify", "http://10.0.0.1/", "http://169.254.169.254/", "http://0.0.0.0/", "http://[::]/", "http://127.0.0.1.example/", "http://localhost.example/"} {
		b := newBench(t, func(o *Options) { o.Client = client })
		id := b.payAndFinish(map[string]any{"paymentNotifyUrl": notifyURL})
		payment, err := b.server.WaitAcknowledged(t.Context(), id)
		n := payment.Notifications[0]
		if !errors.Is(err, ErrNotAcknowledged) || n.State != Refused || len(n.Attempts) != 1 || !strings.Contains(n.Attempts[0].Error, "loopback") {
			t.Errorf("%s: %v, %+v", notifyURL, err, n)
		}
	}
	if len(sent) != 0 {
		t.Fatalf("sent to %s", <-sent)
	}
	b := newBench(t, func(o *Options) { o.Client, o.AllowRemote = client, true })
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": "http://shop.example/notify"})
	if _, err := b.server.WaitAcknowledged(t.Context(), id); err != nil || <-sent != "shop.example" {
		t.Error(err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A name that resolves to another machine is stopped where the connection is made.
func TestDialsLoopbackOnly(t *testing.T) {
	for address, allowed := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "127.8.8.8:80": true, "[::ffff:127.0.0.1]:80": true,
		"10.0.0.1:80": false, "0.0.0.0:80": false, "[::]:80": false, "[fe80::1%eth0]:80": false} {
		if err := loopbackControl("tcp", address, nil); (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestIntervals(t *testing.T) {
	for name, test := range map[string]struct {
		options Options
		want    []time.Duration
	}{
		"as documented": {Options{}, AlipayIntervals()},
		"sped up":       {Options{SpeedUp: 60}, []time.Duration{0, 2 * time.Second, 10 * time.Second, 10 * time.Second, time.Minute, 2 * time.Minute, 6 * time.Minute, 15 * time.Minute}},
		"own":           {Options{NotifyIntervals: []time.Duration{time.Second, time.Minute}, SpeedUp: 10}, []time.Duration{100 * time.Millisecond, 6 * time.Second}},
		"even":          {Options{NotifyIntervals: []time.Duration{0, 1, 2}, RetryInterval: time.Second}, []time.Duration{0, time.Second, time.Second}},
	} {
		got := test.options.intervals()
		if len(got) != len(test.want) {
			t.Fatalf("%s: %v", name, got)
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: %v, want %v", name, got, test.want)
			}
		}
	}
}

// A payment that nobody pays is closed, and the merchant is told.
func TestExpiryIsNotified(t *testing.T) {
	address, got := receiver(t, acknowledge)
	b := newBench(t, nil)
	id := b.pay(order(map[string]any{"paymentNotifyUrl": address})).PaymentID
	b.clock.Advance(14*time.Minute - 1)
	if p, _ := b.server.Payment(id); p.PaymentStatus != Processing {
		t.Fatalf("closed too early: %s", p.PaymentStatus)
	}
	b.clock.Advance(1)
	payment, err := b.server.WaitAcknowledged(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"notifyType":"PAYMENT_RESULT","notifyUrl":"` + address + `","paymentAmount":{"currency":"USD","value":"100"},` +
		`"paymentCreateTime":"2020-06-01T17:25:10+08:00","paymentId":"` + id + `","paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_0001",` +
		`"result":{"resultCode":"ORDER_IS_CLOSED","resultMessage":"The payment was not made in time.","resultStatus":"F"}}`
	if text := string(got()[0].body); text != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	if payment.PaymentStatus != Fail || b.server.completePayment(id) {
		t.Errorf("status %s, and it could be paid", payment.PaymentStatus)
	}
}
