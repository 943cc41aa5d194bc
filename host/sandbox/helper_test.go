package sandbox

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// testKeys are made once: two of them tell a right key from a wrong one.
var testKeys = sync.OnceValue(func() [3]*rsa.PrivateKey {
	var keys [3]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

const (
	testClient = "SANDBOX_TESTCLIENT000001"
	payTarget  = "/ams/sandbox/api/v1/payments/pay"
)

// testTime is the time of the guide's first answer.
var testTime = time.Date(2020, 6, 1, 9, 25, 10, 0, time.UTC)

// bench is a sandbox behind a real listener with a merchant who knows how to call it.
type bench struct {
	*testing.T
	server *Server
	clock  *AdjustableClock
	url    string
}

func newBench(t *testing.T, change func(*Options)) *bench {
	t.Helper()
	clock := NewManualClock(testTime)
	options := Options{
		Merchants:  []Merchant{testMerchant()},
		PrivateKey: testKeys()[1],
		Clock:      clock,
	}
	if change != nil {
		change(&options)
	}
	server, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(func() {
		listener.Close()
		server.Close()
	})
	return &bench{T: t, server: server, clock: clock, url: listener.URL}
}

func testMerchant() Merchant {
	return Merchant{ClientID: testClient, Name: "Test Shop", PublicKeys: map[int]*rsa.PublicKey{2: &testKeys()[0].PublicKey}}
}

// order is the guide's request as a tree that tests can change by dotted path.
func order(changes map[string]any) object {
	tree, err := decodeObject([]byte(`{"order":{"env":{"terminalType":"WEB"},
		"extendInfo":"{\"chinaExtraTransInfo\":{\"totalQuantity\":\"2\",\"businessType\":\"4\",\"goodsInfo\":\"Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1\"}}",
		"orderAmount":{"currency":"USD","value":"100"},"orderDescription":"Macbook 12 inch M3 8G 256G SSD^1|Apple iPad Pro 11 inch^1","referenceOrderId":"alipayCNOrder12345"},
		"paymentAmount":{"currency":"USD","value":"100"},"paymentMethod":{"paymentMethodType":"ALIPAY_CN"},
		"paymentNotifyUrl":"http://127.0.0.1:1","paymentRedirectUrl":"https://www.taobao.com?param1=sl",
		"paymentRequestId":"ams_alipaycn_cashier_pay_sandbox_request_0001","productCode":"CASHIER_PAYMENT",
		"settlementStrategy":{"settlementCurrency":"USD"}}`))
	if err != nil {
		panic(err)
	}
	for path, value := range changes {
		names := strings.Split(path, ".")
		node := tree
		for _, name := range names[:len(names)-1] {
			child, ok := node[name].(object)
			if !ok {
				child = object{}
				node[name] = child
			}
			node = child
		}
		if value == nil {
			delete(node, names[len(names)-1])
		} else {
			node[names[len(names)-1]] = value
		}
	}
	return tree
}

// testSign makes a Signature header without the code under test.
func testSign(key *rsa.PrivateKey, version, target, client, sent string, body []byte) string {
	digest := sha256.Sum256(fmt.Appendf(nil, "POST %s\n%s.%s.%s", target, client, sent, body))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return "algorithm=RSA256,keyVersion=" + version + ",signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
}

// checkSigned verifies a message of the sandbox without the code under test.
func checkSigned(t *testing.T, key *rsa.PublicKey, target, client, sent, header string, body []byte) {
	t.Helper()
	encoded, found := strings.CutPrefix(header, "algorithm=RSA256,keyVersion=1,signature=")
	if !found {
		t.Fatalf("signature header %q", header)
	}
	text, err := url.PathUnescape(encoded)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "POST %s\n%s.%s.%s", target, client, sent, body))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature); err != nil {
		t.Fatalf("the sandbox's signature does not verify for %s: %v", target, err)
	}
}

// signedRequest is a request as an honest merchant sends it.
func (b *bench) signedRequest(target string, body []byte) *http.Request {
	b.Helper()
	request, err := http.NewRequest(http.MethodPost, b.url+target, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	const sent = "2020-05-18T12:08:56+05:30"
	request.Header.Set("Content-Type", "application/json; charset=UTF-8")
	request.Header.Set("client-id", testClient)
	request.Header.Set("Request-Time", sent)
	request.Header.Set("Signature", testSign(testKeys()[0], "2", target, testClient, sent, body))
	return request
}

func (b *bench) do(client *http.Client, request *http.Request) (*http.Response, string) {
	b.Helper()
	response, err := client.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return response, string(body)
}

// pay sends an order and returns the answer's text; the signature of every answer is checked.
func (b *bench) payText(tree object) string {
	b.Helper()
	body, err := json.Marshal(tree)
	if err != nil {
		b.Fatal(err)
	}
	response, text := b.do(http.DefaultClient, b.signedRequest(payTarget, body))
	if response.StatusCode != http.StatusOK {
		b.Fatalf("status %d: %s", response.StatusCode, text)
	}
	checkSigned(b.T, &testKeys()[1].PublicKey, payTarget, testClient, response.Header.Get("response-time"), response.Header.Get("signature"), []byte(text))
	if got := response.Header.Get("client-id"); got != testClient {
		b.Fatalf("client-id of the answer is %q", got)
	}
	return text
}

func (b *bench) pay(tree object) payAnswer {
	b.Helper()
	var answer payAnswer
	if err := json.Unmarshal([]byte(b.payText(tree)), &answer); err != nil {
		b.Fatal(err)
	}
	return answer
}

// cashierURL is where the answer's form leads when it is submitted by GET.
func (a payAnswer) cashierURL() string {
	tree, err := decodeObject([]byte(a.RedirectActionForm.Parameters))
	if err != nil {
		panic(err)
	}
	query := url.Values{}
	for name, value := range tree {
		query.Set(name, fmt.Sprint(value))
	}
	return a.RedirectActionForm.RedirectURL + "?" + query.Encode()
}

// shopper is a browser that stops at every redirect to another place than the sandbox.
func (b *bench) shopper() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func (b *bench) get(client *http.Client, address string) (*http.Response, string) {
	b.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		b.Fatal(err)
	}
	return b.do(client, request)
}

func (b *bench) submit(client *http.Client, address string, form url.Values) (*http.Response, string) {
	b.Helper()
	request, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(client, request)
}

func (b *bench) wait(id string, done func(Payment) bool) Payment {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	payment, err := b.server.Wait(ctx, id, done)
	if err != nil {
		b.Fatal(err)
	}
	return payment
}

const goodAcknowledgement = `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`

// received is a notification as it arrived.
type received struct {
	target string
	header http.Header
	body   []byte
}

// receiver is a merchant's notify endpoint; answer decides about the reply, counted from 1.
func receiver(t *testing.T, answer func(w http.ResponseWriter, number int)) (address string, got func() []received) {
	t.Helper()
	var mu sync.Mutex
	var all []received
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		all = append(all, received{target: r.RequestURI, header: r.Header.Clone(), body: body})
		number := len(all)
		mu.Unlock()
		answer(w, number)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []received {
		mu.Lock()
		defer mu.Unlock()
		return append([]received(nil), all...)
	}
}

func acknowledge(w http.ResponseWriter, _ int) { io.WriteString(w, goodAcknowledgement) }

// testSignText signs a whole text as version 2 of the merchant's key.
func testSignText(text string) string {
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, testKeys()[0], crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return "keyVersion=2,signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
}
