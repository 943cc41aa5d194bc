package hosttest

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/sandbox"
)

// TB is what the helpers need of a *testing.T.
type TB interface {
	Helper()
	Fatal(...any)
	Cleanup(func())
}

// Sandbox is an Alipay in the test's own process, with one merchant.
type Sandbox struct {
	*sandbox.Server
	URL      string                   // of the gateway
	Merchant sandbox.Merchant         // the account, with its private key
	Clock    *sandbox.AdjustableClock // the sandbox's time, which stands still until it is advanced
}

// Start runs a sandbox until the test ends. Its clock starts at the machine's time and is moved by [Sandbox.Advance], which makes
// payments expire and notifications come again. change, which may be nil, alters the options, and so may choose another clock;
// Clock is nil then.
func Start(t TB, change func(*sandbox.Options)) *Sandbox {
	t.Helper()
	merchant, err := sandbox.NewMerchant(sandbox.GuideClientID)
	if err != nil {
		t.Fatal(err)
	}
	clock := sandbox.NewManualClock(time.Now())
	options := sandbox.Options{Merchants: []sandbox.Merchant{merchant}, Clock: clock}
	if change != nil {
		change(&options)
	}
	server, err := sandbox.New(options)
	if err != nil {
		t.Fatal(err)
	}
	at := httptest.NewServer(server)
	t.Cleanup(func() {
		server.Close()
		at.Close()
	})
	if options.Clock != sandbox.Clock(clock) {
		clock = nil
	}
	return &Sandbox{Server: server, URL: at.URL, Merchant: server.Merchants()[0], Clock: clock}
}

// Options are those of a client of the sandbox's merchant; they may be changed before gateway.New gets them.
func (s *Sandbox) Options(core gateway.Core) gateway.Options {
	version := 0
	for v := range s.Merchant.PublicKeys {
		version = max(version, v)
	}
	address, err := url.Parse(s.URL)
	if err != nil {
		panic(err) // httptest has made it
	}
	return gateway.Options{
		Core:       core,
		Config:     gateway.Config{ClientID: s.Merchant.ClientID, KeyVersion: version, GatewayURL: s.URL, RedirectHosts: []string{address.Host}},
		Key:        s.Merchant.PrivateKey,
		AlipayKeys: s.Keys(),
	}
}

// Keys are Alipay's public keys, as the sandbox's merchant would have them.
func (s *Sandbox) Keys() *gateway.KeyRing {
	keys, err := gateway.NewKeyRing(map[string]string{strconv.Itoa(s.KeyVersion()): PublicKey(s.PublicKey())})
	if err != nil {
		panic(err) // the sandbox's keys are good
	}
	return keys
}

// PublicKey writes a public key as Alipay's dashboard does, for configurations.
func PublicKey(key *rsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // RSA keys have always that form
	}
	return base64.StdEncoding.EncodeToString(der)
}

// Advance moves the sandbox's time on. What falls due on the way happens before it returns.
func (s *Sandbox) Advance(d time.Duration) { s.Clock.Advance(d) }

// anyForm finds the forms of a page; that of the cashier asks for an account or a password.
var anyForm = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)".*?</form>`)

func cashierForm(page string) (action string, found bool) {
	for _, form := range anyForm.FindAllStringSubmatch(page, -1) {
		if strings.Contains(form[0], `name="password"`) || strings.Contains(form[0], `name="account"`) {
			return html.UnescapeString(form[1]), true
		}
	}
	return "", false
}

// Pay is the shopper: it opens the cashier, logs in and pays.
func (s *Sandbox) Pay(ctx context.Context, payment *gateway.Payment) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	b := browser{ctx, &http.Client{Jar: jar, CheckRedirect: s.within}}
	page, err := b.open(payment.Redirect)
	if err != nil {
		return err
	}
	if _, found := cashierForm(page); !found { // the page with the QR code; its button leads on
		if page, err = b.get(s.URL + "/alipaycn/pc/login/" + payment.PaymentID); err != nil {
			return err
		}
	}
	for _, form := range []url.Values{{"account": {"anybody"}, "password": {"anything"}}, {"password": {"123456"}}} {
		action, found := cashierForm(page)
		if !found {
			return fmt.Errorf("hosttest: the cashier shows no form; was %s paid already?", payment.PaymentID)
		}
		if page, err = b.post(s.URL+action, form); err != nil {
			return err
		}
	}
	return nil
}

// within keeps the shopper at the cashier: the shop's own page is none of its business.
func (s *Sandbox) within(next *http.Request, _ []*http.Request) error {
	if next.URL.Scheme+"://"+next.URL.Host != s.URL {
		return http.ErrUseLastResponse
	}
	return nil
}

type browser struct {
	ctx    context.Context
	client *http.Client
}

func (b browser) open(to *gateway.Redirect) (string, error) {
	if to.Method == http.MethodGet {
		return b.get(to.Location)
	}
	form := url.Values{}
	for _, field := range to.Fields {
		form.Set(field.Name, field.Value)
	}
	return b.post(to.Action, form)
}

func (b browser) get(address string) (string, error) {
	r, err := http.NewRequestWithContext(b.ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	return b.do(r)
}

func (b browser) post(address string, form url.Values) (string, error) {
	r, err := http.NewRequestWithContext(b.ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b browser) do(r *http.Request) (string, error) {
	answer, err := b.client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 400 {
		err = fmt.Errorf("hosttest: %s: %s", r.URL, answer.Status)
	}
	return string(page), err
}
