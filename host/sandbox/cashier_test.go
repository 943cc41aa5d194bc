package sandbox

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"github.com/boombuler/barcode/qr"
	"html"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var actionPattern = regexp.MustCompile(`<form method="post" action="([^"]+)"`)

func formAction(t *testing.T, page string) string {
	t.Helper()
	found := actionPattern.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("there is no form in\n%s", page)
	}
	return html.UnescapeString(found[1])
}

// The whole way of a shopper, on a computer and on a phone, in both languages and by both methods of the form.
func TestShopperPays(t *testing.T) {
	for name, test := range map[string]struct {
		terminal, method, language   string
		login, confirm, button, paid string
	}{
		"computer":         {"WEB", "GET", "en-GB,en", "Log in to pay", "Confirm payment", "Pay CNY 1.00", "Payment successful"},
		"computer by POST": {"WEB", "POST", "en", "Log in to pay", "Confirm payment", "Pay CNY 1.00", "Payment successful"},
		"phone":            {"WAP", "GET", "zh-CN,zh;q=0.9,en;q=0.8", "登录付款", "确认付款", "支付 CNY 1.00", "付款成功"},
		"phone by POST":    {"WAP", "POST", "zh-Hant", "登录付款", "确认付款", "支付 CNY 1.00", "付款成功"},
	} {
		t.Run(name, func(t *testing.T) {
			address, got := receiver(t, acknowledge)
			b := newBench(t, func(o *Options) { o.RedirectMethod = test.method })
			answer := b.pay(order(map[string]any{"order.env.terminalType": test.terminal, "paymentAmount.currency": "CNY",
				"paymentNotifyUrl": address, "paymentRedirectUrl": "http://127.0.0.1:9/return?order=1&x=<y>"}))
			shopper := b.shopper()
			shopper.Transport = acceptLanguage(test.language)

			var response *http.Response
			var page string
			if test.method == "GET" {
				response, page = b.get(shopper, answer.cashierURL())
			} else {
				var form map[string]any
				if err := json.Unmarshal([]byte(answer.RedirectActionForm.Parameters), &form); err != nil {
					t.Fatal(err)
				}
				// What a browser says about money does not count.
				response, page = b.submit(shopper, answer.RedirectActionForm.RedirectURL, url.Values{
					"paymentId": {form["paymentId"].(string)}, "amountValue": {"1"}, "amountCurrency": {"JPY"}, "callback": {"https://elsewhere.example"}})
			}
			checkPage(t, response, page, "1.00", "Test Shop", "Macbook 12 inch M3 8G 256G SSD ×&nbsp;1", "alipayCNOrder12345", "14:00")
			if test.terminal == "WEB" {
				checkPage(t, response, page, `role="img"`)
				response, page = b.get(shopper, b.url+"/alipaycn/pc/login/"+answer.PaymentID)
			}
			checkPage(t, response, page, test.login, "1.00")

			login := b.url + formAction(t, page)
			response, page = b.submit(shopper, login, url.Values{"account": {" "}, "password": {""}})
			if response.StatusCode != http.StatusUnprocessableEntity || strings.Count(page, `class="problem"`) != 2 {
				t.Errorf("status %d for an empty log-in:\n%s", response.StatusCode, page)
			}
			response, page = b.submit(shopper, login, url.Values{"account": {"13800138000"}, "password": {"anything"}})
			checkPage(t, response, page, test.confirm, test.button, "138***00", "Test Shop")

			confirm := b.url + formAction(t, page)
			response, page = b.submit(shopper, confirm, url.Values{"password": {""}, "amountValue": {"1"}})
			if response.StatusCode != http.StatusUnprocessableEntity || strings.Count(page, `class="problem"`) != 1 {
				t.Errorf("status %d without a payment password", response.StatusCode)
			}
			if p, _ := b.server.Payment(answer.PaymentID); p.PaymentStatus != Processing {
				t.Fatalf("paid without a payment password")
			}
			b.clock.Advance(time.Minute)
			response, page = b.submit(shopper, confirm, url.Values{"password": {"123456"}})
			checkPage(t, response, page, test.paid, "1.00",
				`<meta http-equiv="refresh" content="2;url=http://127.0.0.1:9/return?order=1&amp;x=&lt;y&gt;">`, `href="http://127.0.0.1:9/return?order=1&amp;x=%3cy%3e"`)

			payment, err := b.server.WaitAcknowledged(t.Context(), answer.PaymentID)
			if err != nil {
				t.Fatal(err)
			}
			if payment.PaymentStatus != Success || !payment.PaymentTime.Equal(testTime.Add(time.Minute)) || payment.GrossSettlementAmount != (Amount{"USD", "14"}) || len(got()) != 1 {
				t.Errorf("%+v", payment)
			}

			// Whatever page is opened or sent again now, it shows the result, and nothing is paid twice.
			for _, again := range []func() (*http.Response, string){
				func() (*http.Response, string) { return b.submit(shopper, confirm, url.Values{"password": {"1"}}) },
				func() (*http.Response, string) { return b.get(shopper, confirm) },
				func() (*http.Response, string) { return b.get(shopper, answer.cashierURL()) },
				func() (*http.Response, string) {
					return b.submit(shopper, login, url.Values{"account": {"a"}, "password": {"b"}})
				},
			} {
				response, page = again()
				checkPage(t, response, page, test.paid)
			}
			if p, _ := b.server.Payment(answer.PaymentID); len(p.Notifications) != 1 || len(got()) != 1 {
				t.Errorf("paid twice: %+v", p)
			}
		})
	}
}

type acceptLanguage string

func (l acceptLanguage) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept-Language", string(l))
	return http.DefaultTransport.RoundTrip(r)
}

var inlineCode = regexp.MustCompile(`(?i)<script(?:>|\s[^>]*>\s*\S+\s*</script)|\son[a-z]+=|<style|\sstyle=|javascript:|ZgotmplZ`)

func checkPage(t *testing.T, response *http.Response, page string, texts ...string) {
	t.Helper()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}
	if policy := response.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("content security policy %q", policy)
	}
	if found := inlineCode.FindString(page); found != "" {
		t.Errorf("inline code %q", found)
	}
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %s:\n%s", text, page)
		}
	}
}

func TestPayingAtOnce(t *testing.T) {
	address, got := receiver(t, acknowledge)
	b := newBench(t, nil)
	id := b.pay(order(map[string]any{"paymentNotifyUrl": address})).PaymentID
	var all sync.WaitGroup
	for i := range 8 {
		session := b.server.sessions.open(id, "account"+strconv.Itoa(i))
		all.Go(func() { b.submit(b.shopper(), b.url+confirmPath("h5", session), url.Values{"password": {"1"}}) })
	}
	all.Wait()
	payment, err := b.server.WaitAcknowledged(t.Context(), id)
	if err != nil || len(payment.Notifications) != 1 || len(got()) != 1 {
		t.Errorf("%v, %d notifications, %d messages", err, len(payment.Notifications), len(got()))
	}
}

func TestPaymentsThatCannotBePaid(t *testing.T) {
	b := newBench(t, nil)
	id := b.pay(order(map[string]any{"paymentRedirectUrl": "imeituan://www.example/pay?id=1"})).PaymentID
	session := b.server.sessions.open(id, "account")
	b.clock.Advance(14 * time.Minute)
	for path, want := range map[string]int{
		cashierPath("pc", id):          http.StatusGone,
		cashierPath("h5", id):          http.StatusGone,
		loginPath("h5", id):            http.StatusGone,
		confirmPath("pc", session):     http.StatusGone,
		resultPath("pc", id):           http.StatusGone,
		cashierPath("pc", "x"):         http.StatusNotFound,
		pcCashierPath:                  http.StatusNotFound,
		loginPath("pc", "x"):           http.StatusNotFound,
		confirmPath("pc", "x"):         http.StatusNotFound,
		resultPath("h5", "x"):          http.StatusNotFound,
		"/alipaycn/status/x":           http.StatusNotFound,
		"/alipaycn/assets/layout.html": http.StatusNotFound,
		"/nowhere":                     http.StatusNotFound,
	} {
		response, page := b.get(b.shopper(), b.url+path)
		if response.StatusCode != want {
			t.Errorf("%s: status %d, want %d", path, response.StatusCode, want)
		}
		if want == http.StatusGone && (!strings.Contains(page, "has expired") || !strings.Contains(page, `href="imeituan://www.example/pay?id=1"`)) {
			t.Errorf("%s:\n%s", path, page)
		}
	}
	response, page := b.submit(b.shopper(), b.url+confirmPath("h5", session), url.Values{"password": {"1"}})
	if payment, _ := b.server.Payment(id); response.StatusCode != http.StatusGone || payment.PaymentStatus == Success {
		t.Errorf("paid too late: status %d, %s\n%s", response.StatusCode, payment.PaymentStatus, page)
	}
}

// The result page of a payment that is still open leads to where it can be paid.
func TestResultOfAnOpenPayment(t *testing.T) {
	b := newBench(t, nil)
	id := b.pay(order(nil)).PaymentID
	response, page := b.get(b.shopper(), b.url+resultPath("pc", id))
	checkPage(t, response, page, "Scan to pay")
	if response.Request.URL.Path != pcCashierPath {
		t.Error(response.Request.URL)
	}
	_, text := b.get(b.shopper(), b.url+"/alipaycn/status/"+id)
	if text != `{"paymentStatus":"PROCESSING","remaining":840,"speed":0}`+"\n" {
		t.Error(text)
	}
	// An open page follows the clock when it is moved.
	b.clock.Advance(10 * time.Minute)
	if _, text = b.get(b.shopper(), b.url+"/alipaycn/status/"+id); !strings.Contains(text, `"remaining":240`) {
		t.Error(text)
	}
}

func TestLanguages(t *testing.T) {
	b := newBench(t, nil)
	id := b.pay(order(nil)).PaymentID
	shopper := b.shopper()
	for _, test := range []struct{ query, accept, want string }{
		{"", "fr,zh;q=0.5,en;q=0.4", "zh-CN"},
		{"", "fr", "en"},
		{"&lang=fr", "zh", "zh-CN"},
		{"&lang=zh-CN", "en", "zh-CN"},
		{"", "en", "zh-CN"}, // the choice is kept
		{"&lang=en", "zh", "en"},
		{"", "zh", "en"},
	} {
		shopper.Transport = acceptLanguage(test.accept)
		response, page := b.get(shopper, b.url+cashierPath("pc", id)+test.query)
		checkPage(t, response, page, `<html lang="`+test.want+`">`, "lang=zh-CN&amp;paymentId="+id)
	}
	for tag, phrases := range phrasesIn {
		value := reflect.ValueOf(*phrases)
		for i := range value.NumField() {
			if value.Field(i).String() == "" {
				t.Errorf("%s has no %s", tag, value.Type().Field(i).Name)
			}
		}
	}
}

// Names and descriptions are text, whatever they look like.
func TestPagesEscape(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Merchants[0].Name = `Shop"><script>alert(1)</script>` })
	id := b.pay(order(map[string]any{"order.orderDescription": `<img src=x>`, "order.referenceOrderId": `"><b>`})).PaymentID
	for _, path := range []string{cashierPath("pc", id), cashierPath("h5", id)} {
		response, page := b.get(b.shopper(), b.url+path)
		checkPage(t, response, page, "&lt;script&gt;", "&lt;img", "&lt;b&gt;")
	}
}

// The drawing holds exactly the modules of the code, with a quiet zone around them.
func TestQRCode(t *testing.T) {
	const text = "http://127.0.0.1:8801/alipaycn/h5/cashier?paymentId=109251015910035106387585550135231999cwdeaACbLn202005310001917517"
	got, err := newQRCode(text)
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	modules := want.Bounds().Dx()
	if got.Size != modules+8 {
		t.Fatalf("%d modules, drawing of %d", modules, got.Size)
	}
	dark := map[[2]int]bool{}
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(got.Path, -1) {
		var number [4]int
		for i := range number {
			number[i], _ = strconv.Atoi(run[i+1])
		}
		if number[2] != number[3] {
			t.Fatalf("open shape %s", run[0])
		}
		for x := range number[2] {
			dark[[2]int{number[0] + x, number[1]}] = true
		}
	}
	for y := range got.Size {
		for x := range got.Size {
			inside := x >= 4 && y >= 4 && x < modules+4 && y < modules+4
			isDark := false
			if inside {
				red, _, _, _ := want.At(x-4, y-4).RGBA()
				isDark = red == 0
			}
			if dark[[2]int{x, y}] != isDark {
				t.Fatalf("module %d,%d is wrong", x-4, y-4)
			}
		}
	}
	if _, err := newQRCode(strings.Repeat("a", 5000)); err == nil {
		t.Error("no error for too long a text")
	}
}

func TestAssets(t *testing.T) {
	b := newBench(t, nil)
	for name, kind := range map[string]string{"cashier.css": "text/css", "cashier.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		response, _ := b.get(b.shopper(), b.url+"/alipaycn/assets/"+name)
		if response.StatusCode != 200 || !strings.HasPrefix(response.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: status %d, %s", name, response.StatusCode, response.Header.Get("Content-Type"))
		}
		request, _ := http.NewRequest(http.MethodGet, b.url+"/alipaycn/assets/"+name, nil)
		request.Header.Set("If-None-Match", response.Header.Get("ETag"))
		if response, _ = b.do(http.DefaultClient, request); response.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: status %d", name, response.StatusCode)
		}
	}
}

func TestLocalRoutes(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Merchants[0].PrivateKey = testKeys()[0] })
	id := b.pay(order(nil)).PaymentID
	for path, want := range map[string]string{
		"/healthz":                    `{"status":"ok"}` + "\n",
		"/sandbox/api/payments":       `"paymentId":"` + id + `"`,
		"/sandbox/api/payments/" + id: `"paymentStatus":"PROCESSING"`,
		"/sandbox/api/payments/ams_alipaycn_cashier_pay_sandbox_request_0001": `"paymentId":"` + id + `"`,
		"/sandbox/api/public.pem":                               "BEGIN PUBLIC KEY",
		"/sandbox/api/merchants/" + testClient + "/private.pem": "BEGIN PRIVATE KEY",
		"/": b.server.publicKeyBase64()[:40],
	} {
		response, text := b.get(http.DefaultClient, b.url+path)
		if response.StatusCode != 200 || !strings.Contains(text, want) {
			t.Errorf("%s: status %d, %s", path, response.StatusCode, text)
		}
		if !strings.HasPrefix(path, "/sandbox") {
			continue
		}
		request, _ := http.NewRequest(http.MethodGet, b.url+path, nil)
		request.Host = "rebound.example"
		if response, text := b.do(http.DefaultClient, request); response.StatusCode != http.StatusForbidden || strings.Contains(text, "KEY") {
			t.Errorf("%s by another name: status %d, %s", path, response.StatusCode, text)
		}
	}
	request, _ := http.NewRequest(http.MethodGet, b.url+"/", nil)
	request.Host = "rebound.example"
	if _, text := b.do(http.DefaultClient, request); strings.Contains(text, "private.pem") {
		t.Error("the front page hands out the key by another name")
	}
	for _, path := range []string{"/sandbox/api/payments/x", "/sandbox/api/merchants/x/private.pem"} {
		if response, _ := b.get(http.DefaultClient, b.url+path); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", path, response.StatusCode)
		}
	}
	for remote, local := range map[string]bool{"127.0.0.1:5": true, "[::1]:5": true, "10.0.0.1:5": false, "": false} {
		r := &http.Request{RemoteAddr: remote, Host: "localhost:8801"}
		if isLocal(r) != local {
			t.Errorf("%q counts as local: %v", remote, !local)
		}
	}
}

func TestKeysAreNotHandedOutUnasked(t *testing.T) {
	b := newBench(t, nil)
	if response, _ := b.get(http.DefaultClient, b.url+"/sandbox/api/merchants/"+testClient+"/private.pem"); response.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", response.StatusCode)
	}
	if _, text := b.get(http.DefaultClient, b.url+"/"); strings.Contains(text, "/private.pem") || !strings.Contains(text, "key=merchant-private.pem") {
		t.Error(text)
	}
}

// The example on the front page makes a payment, with tools that share no code with the sandbox.
func TestExampleRuns(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "openssl"} {
		needsTool(t, tool)
	}
	b := newBench(t, func(o *Options) {
		o.Merchants[0].PrivateKey = testKeys()[0]
		o.Merchants[0].SettlementCurrencies = []string{"JPY"}
	})
	_, script := b.get(http.DefaultClient, b.url+"/sandbox/api/example.sh")
	if _, page := b.get(http.DefaultClient, b.url+"/"); !strings.Contains(html.UnescapeString(page), script) {
		t.Error("the front page shows another example")
	}
	command := exec.CommandContext(t.Context(), "sh")
	command.Stdin = strings.NewReader(script)
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "PAYMENT_IN_PROCESS") {
		t.Errorf("%v: %s", err, output)
	}
	payments := b.server.Payments()
	if len(payments) != 1 || payments[0].GrossSettlementAmount != (Amount{"JPY", "15"}) {
		t.Fatalf("%+v", payments)
	}
	if want := "Pay at " + b.url + cashierPath("pc", payments[0].PaymentID) + "\n"; !strings.HasSuffix(string(output), want) {
		t.Errorf("%s\nlacks %s", output, want)
	}
}

// Every example pays with a key that is handed out and with one in a file, and fails loudly without a key and without a
// sandbox.
func TestExamplesOfAllLanguages(t *testing.T) {
	folder := filepath.Join(t.TempDir(), `it's a "$HOME" \ folder`)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(testKeys()[0])
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(folder, "merchant-private.pem")
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	handsOut := newBench(t, func(o *Options) { o.Merchants[0].PrivateKey = testKeys()[0] })
	reads := newBench(t, func(o *Options) { o.Merchants[0].PrivateKeyFile = keyFile })
	wrong := newBench(t, func(o *Options) { o.Merchants[0].PrivateKeyFile = keyFile + ".gone" })
	refuses := newBench(t, func(o *Options) {
		o.Merchants[0].PrivateKeyFile = keyFile
		o.Merchants[0].PublicKeys = map[int]*rsa.PublicKey{2: &testKeys()[2].PublicKey}
	})
	for _, language := range exampleLanguages {
		run := func(t *testing.T, tool string, b *bench, change ...string) (string, error) {
			_, text := b.get(http.DefaultClient, b.url+"/sandbox/api/"+language.File)
			file := filepath.Join(t.TempDir(), language.File)
			if err := os.WriteFile(file, []byte(strings.NewReplacer(change...).Replace(text)), 0o600); err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), tool, file)
			command.Dir = filepath.Dir(file)
			output, err := command.CombinedOutput()
			return string(output), err
		}
		t.Run(language.Name, func(t *testing.T) {
			tool, _, _ := strings.Cut(language.Run, " ")
			switch language.Name {
			case "Python":
				tool = needsPython(t)
			case "curl":
				needsTool(t, "curl")
				needsTool(t, "openssl")
			}
			tool = needsTool(t, tool)
			for _, b := range []*bench{handsOut, reads} {
				before := len(b.server.Payments())
				output, err := run(t, tool, b)
				payments := b.server.Payments()
				if err != nil || len(payments) != before+1 {
					t.Fatalf("%v: %s", err, output)
				}
				if want := "Pay at " + b.url + cashierPath("pc", payments[before].PaymentID) + "\n"; !strings.HasSuffix(output, want) {
					t.Errorf("%s\nlacks %s", output, want)
				}
			}
			for sentence, b := range map[string]*bench{"There is no private key": wrong, "No payment was made: " + refuses.url + "/sandbox says why.": refuses} {
				if output, err := run(t, tool, b); err == nil || !strings.Contains(output, sentence) {
					t.Errorf("want an error and %q, got %v\n%s", sentence, err, output)
				}
			}
			if output, err := run(t, tool, reads, reads.url, "http://127.0.0.1:1"); err == nil || !strings.Contains(output, "The sandbox does not answer at http://127.0.0.1:1") {
				t.Errorf("without a sandbox: %v\n%s", err, output)
			}
		})
	}
}
