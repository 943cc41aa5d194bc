package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// press submits a form of the console and returns the page that it leads to.
func (b *bench) press(path string, form url.Values) (problem, page string) {
	b.Helper()
	response, page := b.submit(b.shopper(), b.url+path, form)
	if response.StatusCode != http.StatusOK {
		b.Fatalf("%s: status %d %s", path, response.StatusCode, page)
	}
	return response.Request.URL.Query().Get("problem"), page
}

// The first thing that a new integrator needs is why calls are refused: on top, also before there is a payment.
func TestRefusedCallsStandOnTop(t *testing.T) {
	b := newBench(t, nil)
	body := []byte(mustJSON(t, order(nil)))
	for i, signed := range []string{"POST " + payTarget + "\n" + testClient + seedTime, "POST " + payTarget + "\n" + testClient + "." + seedTime + "."} {
		request := b.signedRequest(payTarget, body)
		if i == 0 {
			request.Header.Set("signature", testSignText(signed+string(body)))
		} else {
			request.Header.Del("client-id")
		}
		b.do(http.DefaultClient, request)
	}
	b.call("inquiryPayment", seedTime, object{"paymentId": "x"})
	b.call("pay", seedTime, object{})
	_, page := b.get(b.shopper(), b.url+"/sandbox")
	before, _, _ := strings.Cut(page, "No payments yet.")
	for _, text := range []string{"4 calls were refused", "there are no full stops in the signed text", "productCode is required", "there is no such payment", "header client-id is required", `href="/sandbox/calls"`} {
		if !strings.Contains(before, text) {
			t.Errorf("%q is not above the list", text)
		}
	}
	if _, page := b.press("/sandbox/calls/forget", url.Values{"return": {"/sandbox"}}); strings.Contains(page, "calls were refused") || len(b.server.ledger.strayEvents()) != 0 {
		t.Error("they stay")
	}
	// A payment's own refusals are in its story, not here.
	b.pay(order(nil))
	b.pay(order(map[string]any{"paymentAmount.value": "7"}))
	if _, page := b.get(b.shopper(), b.url+"/sandbox"); strings.Contains(page, "was refused") {
		t.Error("a refusal that belongs to a payment is on top")
	}
}

// Events are drawn by the time they began, not by the time they were noted.
func TestMomentsAreInOrder(t *testing.T) {
	at := func(ms time.Duration) time.Time { return testTime.Add(ms * time.Millisecond) }
	noted := []Event{{Number: 1, Name: "pay", Time: at(0)}, {Number: 2, Name: "RESULT", Time: at(2000)}, {Number: 3, Name: "PAYMENT_RESULT", Time: at(1900)}, {Number: 4, Name: "PAID", Time: at(2000)}}
	var names []string
	for _, m := range newMoments(noted) {
		names = append(names, m.Name+" "+m.Since)
	}
	if got, want := strings.Join(names, ", "), "pay 0 ms, PAYMENT_RESULT 1.9 s, RESULT 2.0 s, PAID 2.0 s"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if noted[1].Name != "RESULT" {
		t.Error("the events themselves were sorted")
	}
}

func TestFaultPicker(t *testing.T) {
	b := newBench(t, nil)
	faults := func() string { return strings.Join(b.server.State().Faults, " ") }
	form := func(fault, duration, percent, times string) url.Values {
		return url.Values{"return": {"/sandbox"}, "fault": {fault}, "duration": {duration}, "percent": {percent}, "times": {times}}
	}
	for _, step := range []struct {
		form          url.Values
		want, problem string
	}{
		{form("notify-tampered", "", "100", "1"), "notify-tampered", ""},
		{form("answer-late", "9s", "50", "8"), "notify-tampered answer-late=9s@50%*8", ""},
		{form("answer-500", "9s", "100", "1"), "notify-tampered answer-late=9s@50%*8", "takes no"},
		{form("answer-500", "", "many", "1"), "notify-tampered answer-late=9s@50%*8", "is no fault"},
		{form("answer-500", "", "101", "1"), "notify-tampered answer-late=9s@50%*8", "more than always"},
	} {
		problem, page := b.press("/sandbox/faults/add", step.form)
		if faults() != step.want || !strings.Contains(problem, step.problem) || (problem == "") != (step.problem == "") || strings.HasPrefix(problem, "sandbox:") {
			t.Errorf("%v: %q, %q", step.form, faults(), problem)
		}
		if !strings.Contains(page, "<code>notify-tampered</code>") {
			t.Error("the page does not list the fault")
		}
	}
	b.press("/sandbox/faults/remove", url.Values{"return": {"/sandbox"}, "number": {"0"}})
	b.press("/sandbox/faults/remove", url.Values{"return": {"/sandbox"}, "number": {"7"}})
	if faults() != "answer-late=9s@50%*8" {
		t.Error(faults())
	}
	// What was typed is not lost when it cannot be read.
	problem, page := b.press("/sandbox/faults", url.Values{"return": {"/sandbox"}, "faults": {"answer-500 notify-tamperd"}})
	if !strings.Contains(problem, `there is no fault "notify-tamperd"`) || !strings.Contains(page, `value="answer-500 notify-tamperd"`) || faults() != "answer-late=9s@50%*8" {
		t.Errorf("%q, %q", problem, faults())
	}
	id := b.pay(order(nil)).PaymentID
	if _, page := b.get(b.shopper(), b.url+"/sandbox/payments/"+id); !strings.Contains(page, "answer-late=9s@50%*8") {
		t.Error("the page of a payment does not tell of the faults")
	}
}

// Refunds and cancellations can be tried without code.
func TestRefundAndCancelFromTheConsole(t *testing.T) {
	notify, got := receiver(t, acknowledge)
	b := newBench(t, nil)
	id := b.payAndFinish(map[string]any{"paymentNotifyUrl": notify, "paymentAmount.value": "123450", "paymentRequestId": "a"})
	story := "/sandbox/payments/" + id
	_, page := b.get(b.shopper(), b.url+story)
	for _, text := range []string{`<h1><span class="kicker">Order</span> alipayCNOrder12345`, `name="amount" value="1234.50"`, "Cancel the payment"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %s", text)
		}
	}
	if strings.Contains(page, `SUCCESS</span> <code>SUCCESS`) {
		t.Error("the state is said twice")
	}
	for _, bad := range []string{"", "0", "-1", "1,000", "1.005", "1.", "1e3", ".5", "x", "1234.51"} {
		if problem, _ := b.press(story+"/refund", url.Values{"return": {story}, "amount": {bad}}); problem == "" {
			t.Errorf("%q is refunded", bad)
		}
	}
	if problem, page := b.press(story+"/refund", url.Values{"return": {story}, "amount": {"34.5"}}); problem != "" || !strings.Contains(page, "Refund, made in the inspector") || !strings.Contains(page, `value="1200.00"`) || strings.Contains(page, "Cancel the payment") {
		t.Errorf("%q %s", problem, page)
	}
	payment := b.wait(id, func(p Payment) bool { return len(p.Notifications) == 2 && p.Notifications[1].State == Acknowledged })
	if payment.Refunds[0].RefundAmount != (Amount{"USD", "3450"}) || !strings.Contains(string(got()[1].body), "REFUND_RESULT") {
		t.Errorf("%+v", payment.Refunds)
	}
	if problem, _ := b.press(story+"/cancel", url.Values{"return": {story}}); !strings.Contains(problem, "refunded") {
		t.Errorf("%q", problem)
	}
	open := b.pay(order(map[string]any{"paymentRequestId": "b"})).PaymentID
	story = "/sandbox/payments/" + open
	if problem, page := b.press(story+"/cancel", url.Values{"return": {story}}); problem != "" || !strings.Contains(page, "Cancelled in the inspector") {
		t.Errorf("%q", problem)
	}
	if p, _ := b.server.Payment(open); p.PaymentStatus != Cancelled {
		t.Error(p.PaymentStatus)
	}
	if problem, _ := b.press("/sandbox/payments/x/cancel", nil); problem != noSuchPayment.message {
		t.Errorf("%q", problem)
	}
	for text, want := range map[string]string{"0.01": "1", "12": "1200", "00012.3": "1230"} {
		if amount, err := parseAmount("USD", text); err != nil || amount.Value != want {
			t.Errorf("%s: %v, %v", text, amount, err)
		}
	}
	if amount, err := parseAmount("JPY", "700"); err != nil || amount.Value != "700" {
		t.Errorf("%v, %v", amount, err)
	}
	if _, err := parseAmount("JPY", "7.0"); err == nil {
		t.Error("JPY has decimals")
	}
}

// The three ways a payment can end unpaid look different.
func TestClosedPagesHaveTheirOwnIcons(t *testing.T) {
	b := newBench(t, nil)
	seen := map[string]string{}
	for i, end := range []func(string){
		func(id string) { b.server.declinePayment(id) },
		func(id string) { b.call("cancel", seedTime, object{"paymentId": id}) },
		func(string) { b.clock.Advance(time.Hour) },
	} {
		id := b.pay(order(map[string]any{"paymentRequestId": fmt.Sprint(i)})).PaymentID
		end(id)
		_, page := b.get(b.shopper(), b.url+cashierPath("pc", id))
		_, icon, _ := strings.Cut(page, `<svg class="mark `)
		_, icon, _ = strings.Cut(icon, `<path d="`)
		icon, _, _ = strings.Cut(icon, "</svg>")
		if other, twice := seen[icon]; twice || icon == "" {
			t.Errorf("%d has the icon of %s: %s", i, other, icon)
		}
		seen[icon] = fmt.Sprint(i)
	}
}

// The front page says what is signed, and where the key is that it knows of.
func TestLandingTellsWhatIsSigned(t *testing.T) {
	for signs, text := range map[string]string{SignsTarget: "of your notify URL, with its query", SignsPath: "of your notify URL, without its query"} {
		b := newBench(t, func(o *Options) {
			o.NotifySigns = signs
			o.Merchants[0].PrivateKeyFile = "/home/shop/keys/merchant-private.pem"
		})
		_, page := b.get(b.shopper(), b.url+"/")
		for _, want := range []string{text, "{client-id}.{time}.{body}", "response-time", "/home/shop/keys/merchant-private.pem", "unless you set another one", "Example.java"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", signs, want)
			}
		}
		request, _ := http.NewRequest(http.MethodGet, b.url+"/", nil)
		request.Host = "rebound.example"
		if _, page := b.do(http.DefaultClient, request); strings.Contains(page, "/home/shop") {
			t.Error("the path of the key is told to another name")
		}
	}
}
