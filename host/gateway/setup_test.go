package gateway_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/sandbox"
)

// core is core.wasm, shared by all tests.
var core *host.Core

// alipay and merchant are key pairs of the two sides.
var alipay, merchant *rsa.PrivateKey

func TestMain(m *testing.M) {
	var err error
	if core, err = host.Open(context.Background()); err != nil {
		panic(err)
	}
	for _, key := range []**rsa.PrivateKey{&alipay, &merchant} {
		if *key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	core.Close()
	os.Exit(code)
}

const clientID = "SANDBOX_5Y055A2Y2F6K05235"

// now is the time of the guide's request.
func now() time.Time { return requestTime }

var requestTime = time.Date(2020, 5, 18, 12, 8, 56, 0, time.FixedZone("", 5*3600+1800))

// seedOrder is the order of the guide, step 1.
func seedOrder() gateway.Order {
	return gateway.Order{
		ReferenceOrderID:   "alipayCNOrder12345",
		OrderDescription:   "Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1",
		PaymentRequestID:   "ams_alipaycn_cashier_pay_sandbox_request_0001",
		PaymentAmount:      gateway.Amount{Currency: "USD", Value: "100"},
		SettlementCurrency: "USD",
		TerminalType:       "WEB",
		Goods:              []gateway.Goods{{GoodsName: "Macbook 12 inch M3 8G 256G SSD", GoodsQuantity: "1"}, {GoodsName: "Apple iPad Pro 11 inch", GoodsQuantity: "1"}},
		BusinessType:       "4",
		PaymentNotifyURL:   "http://af927046.ngrok.io",
		PaymentRedirectURL: "https://www.taobao.com?param1=sl",
	}
}

// seedAnswer is the answer of the guide to it.
const seedAnswer = `{
"paymentAmount": {"currency": "USD", "value": "100"},
"paymentCreateTime": "2020-06-01T17:25:10+08:00",
"paymentId": "109251015910035106387585550135231999cwdeaACbLn202005310001917517",
"paymentRequestId": "ams_alipaycn_cashier_pay_sandbox_request_0001",
"redirectActionForm": {
"method": "GET",
"parameters": "{\"paymentExpireTime\":1591046710000,\"amountValue\":\"100\",\"paymentId\":\"109251015910035106387585550135231999cwdeaACbLn202005310001917517\",\"county\":\"US\",\"callback\":\"https://www.taobao.com?param1=sl\",\"paymentMethodType\":\"ALIPAY_CN\",\"amountCurrency\":\"USD\"}",
"redirectUrl": "https://iopensandbox.alipay.com/alipaycn/pc/cashier"
},
"result": {"resultCode": "PAYMENT_IN_PROCESS", "resultMessage": "payment in process", "resultStatus": "U"}
}`

func spki(t testing.TB, key *rsa.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func ring(t testing.TB, key *rsa.PublicKey) *gateway.KeyRing {
	t.Helper()
	ring, err := gateway.NewKeyRing(map[string]string{"1": spki(t, key)})
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// client makes a client that talks to a gateway at the address.
func client(t testing.TB, address string, change ...func(*gateway.Options)) *gateway.Client {
	t.Helper()
	options := gateway.Options{
		Core:       core,
		Config:     gateway.Config{ClientID: clientID, KeyVersion: 2, GatewayURL: address},
		Key:        merchant,
		AlipayKeys: ring(t, &alipay.PublicKey),
		Now:        now,
	}
	for _, change := range change {
		change(&options)
	}
	c, err := gateway.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signature signs like the official SDKs, with code of its own.
func signature(key *rsa.PrivateKey, version, path, client, time, body string) string {
	digest := sha256.Sum256([]byte("POST " + path + "\n" + client + "." + time + "." + body))
	raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return "algorithm=RSA256,keyVersion=" + version + ",signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(raw))
}

// fake is a gateway that answers every request with the same body, signed, after fault had its way with the answer.
type fake struct {
	body     string
	fault    func(w http.ResponseWriter, r *http.Request, body string) (done bool)
	requests []*http.Request
	bodies   []string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.requests, f.bodies = append(f.requests, r), append(f.bodies, string(body))
	const responseTime = "2020-06-01T17:25:11+08:00"
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("client-id", clientID)
	w.Header().Set("response-time", responseTime)
	w.Header().Set("signature", signature(alipay, "1", r.RequestURI, clientID, responseTime, f.body))
	if f.fault != nil && f.fault(w, r, f.body) {
		return
	}
	fmt.Fprint(w, f.body)
}

func serve(t testing.TB, f *fake) (address string) {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server.URL
}

func jsonEqual(t testing.TB, got, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if string(x) != string(y) {
		t.Errorf("got  %s\nwant %s", x, y)
	}
}

// publicKeyOfAlipay is the key that the guide's two notifications verify with (wasm/vectors/signatures.json).
var publicKeyOfAlipay = func() string {
	text, err := os.ReadFile("../../wasm/vectors/signatures.json")
	if err != nil {
		panic(err)
	}
	var file struct {
		Key struct {
			SPKI string `json:"spki_b64"`
		} `json:"recovered_key"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		panic(err)
	}
	return file.Key.SPKI
}()

func publicKeyOf(alipay *sandbox.Server) string {
	der, err := x509.MarshalPKIXPublicKey(alipay.PublicKey())
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}
