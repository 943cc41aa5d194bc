package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// vector is one case of wasm/vectors/signatures.json.
type vector struct {
	ID              string `json:"id"`
	Kind            string `json:"kind"`
	Expect          string `json:"expect"`
	Path            string `json:"path"`
	ClientID        string `json:"client_id"`
	Time            string `json:"time"`
	SignatureHeader string `json:"signature_header"`
	Body            string `json:"body"`
	PublicKey       string `json:"public_key_spki_b64"`
}

func vectors(t *testing.T) (list []vector, ownPKCS8, ownPKCS1, ownPublicPKCS1 string) {
	t.Helper()
	text, err := os.ReadFile("../../wasm/vectors/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []vector
		OwnKey  struct {
			PKCS8       string `json:"private_pkcs8_b64"`
			PKCS1       string `json:"private_pkcs1_b64"`
			PublicPKCS1 string `json:"public_pkcs1_b64"`
		} `json:"own_key"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Vectors, file.OwnKey.PKCS8, file.OwnKey.PKCS1, file.OwnKey.PublicPKCS1
}

// notify makes the request that a server gets. The target is what stands in the request line.
func notify(target, client, time, signature, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.RequestURI = target
	r.Header.Set("client-id", client)
	r.Header.Set("request-time", time)
	r.Header.Set("signature", signature)
	return r
}

func TestVerifyNotificationVectors(t *testing.T) {
	list, _, _, _ := vectors(t)
	seen := map[string]int{}
	for _, v := range list {
		// The empty and the absolute path are left to the tests of the core: no request target leads to them.
		if v.Kind != "notification" || !strings.HasPrefix(v.Path, "/") {
			continue
		}
		seen[v.Expect]++
		t.Run(v.ID, func(t *testing.T) {
			keys, err := gateway.NewKeyRing(map[string]string{"1": v.PublicKey})
			if err != nil {
				t.Fatal(err)
			}
			c := client(t, "", func(o *gateway.Options) {
				o.Config.ClientID, o.AlipayKeys = v.ClientID, keys
				o.TimeWindow = &gateway.TimeWindow{Past: -1, Future: -1}
			})
			n, err := c.VerifyNotification(notify(v.Path, v.ClientID, v.Time, v.SignatureHeader, v.Body))
			// The made-up messages are signed but lack the ids of a payment.
			verified := n != nil && n.Paid()
			var refused *gateway.NotificationError
			if errors.As(err, &refused) {
				verified = refused.StatusCode == http.StatusUnprocessableEntity
			}
			if verified != (v.Expect == "valid") {
				t.Errorf("want %s, got %+v, %v", v.Expect, n, err)
			}
		})
	}
	if seen["valid"] < 4 || seen["invalid"] < 5 {
		t.Errorf("too few vectors: %v", seen)
	}
}

func TestVerifyNotificationSeed(t *testing.T) {
	list, _, _, _ := vectors(t)
	for id, want := range map[string]gateway.Notification{
		"seed-notify-1": {
			NotifyType: "PAYMENT_RESULT", PaymentRequestID: "ams_alipaycn_cashier_pay_sandbox_request_003",
			PaymentID:     "812202715898044274806386466931604175JNxpyudMsn202005180001827071",
			PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"}, GrossSettlementAmount: gateway.Amount{Currency: "USD", Value: "100"},
			PaymentTime: "2020-05-18T20:20:27+08:00",
		},
		"seed-notify-2": {
			NotifyType: "PAYMENT_RESULT", PaymentRequestID: "ams_alipaycn_cashier_pay_sandbox_request_004",
			PaymentID:     "812231215898045923636386631814585204hTuhEdqMKx202005180001827072",
			PaymentAmount: gateway.Amount{Currency: "CNY", Value: "100"}, GrossSettlementAmount: gateway.Amount{Currency: "USD", Value: "14"},
			PaymentTime: "2020-05-18T20:23:12+08:00",
		},
	} {
		for _, v := range list {
			if v.ID != id {
				continue
			}
			keys, err := gateway.NewKeyRing(map[string]string{"1": v.PublicKey})
			if err != nil {
				t.Fatal(err)
			}
			c := client(t, "", func(o *gateway.Options) {
				o.AlipayKeys = keys
				o.Now = func() time.Time { return time.Date(2020, 5, 18, 12, 25, 0, 0, time.UTC) }
			})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, err := c.VerifyNotification(r)
				if err != nil {
					t.Error(err)
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				if n.NotifyType != want.NotifyType || n.PaymentRequestID != want.PaymentRequestID || n.PaymentID != want.PaymentID ||
					n.PaymentAmount != want.PaymentAmount || n.GrossSettlementAmount != want.GrossSettlementAmount || n.PaymentTime != want.PaymentTime || !n.Paid() || n.Failed() {
					t.Errorf("got %+v", n)
				}
				if err := n.Acknowledge(w); err != nil {
					t.Error(err)
				}
			}))
			request, _ := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(v.Body))
			request.Header = http.Header{"client-id": {v.ClientID}, "request-time": {v.Time}, "signature": {v.SignatureHeader}}
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			server.Close()
			if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
				t.Errorf("%d %s", answer.StatusCode, answer.Header)
			}
			jsonEqual(t, string(body), `{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`)
		}
	}
}

const (
	paidBody = `{"notifyType":"PAYMENT_RESULT","paymentRequestId":"r1","paymentId":"p1","paymentAmount":{"currency":"USD","value":"100"},"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}`
	sentAt   = "2020-05-18T12:00:00+05:30"
)

// signed makes a good notification to a target.
func signed(target, at, body string) *http.Request {
	return notify(target, clientID, at, signature(alipay, "1", target, clientID, at, body), body)
}

func TestVerifyNotificationKinds(t *testing.T) {
	c := client(t, "")
	for name, test := range map[string]struct {
		body         string
		paid, failed bool
	}{
		"paid":     {paidBody, true, false},
		"failed":   {strings.NewReplacer(`"SUCCESS"`, `"ORDER_IS_CLOSED"`, `"S"`, `"F"`).Replace(paidBody), false, true},
		"pending":  {strings.Replace(paidBody, "PAYMENT_RESULT", "PAYMENT_PENDING", 1), false, false},
		"unknown":  {strings.NewReplacer(`"S"`, `"U"`).Replace(paidBody), false, false},
		"new type": {strings.Replace(paidBody, "PAYMENT_RESULT", "PAYMENT_RESULT2", 1), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := c.VerifyNotification(signed("/notify", sentAt, test.body))
			if err != nil || n.Paid() != test.paid || n.Failed() != test.failed {
				t.Errorf("got %+v, %v", n, err)
			}
		})
	}
}

func TestVerifyNotificationTargets(t *testing.T) {
	c := client(t, "")
	for _, target := range []string{"/", "/notify", "/notify?shop=7&x=%E6%97%A5", "/a%2fb", "/a%2Fb?", "/a//b", "/a/../b", "/a b?c"} {
		r := signed(target, sentAt, paidBody)
		n, err := c.VerifyNotification(r)
		if strings.Contains(target, " ") {
			if !errors.Is(err, gateway.Code("PATH_MALFORMED")) {
				t.Errorf("%s: %v", target, err)
			}
		} else if err != nil || !n.Paid() {
			t.Errorf("%s: %v", target, err)
		}
	}
	r := signed("/notify?shop=7", sentAt, paidBody)
	r.RequestURI = "/notify"
	if _, err := c.VerifyNotification(r); !errors.Is(err, gateway.SignatureMismatch) {
		t.Errorf("dropped query: %v", err)
	}

	for _, test := range []struct{ publicPath, seen, signed string }{
		{"/shop/notify", "/notify", "/shop/notify"},
		{"/shop/notify", "/notify?x=1", "/shop/notify?x=1"},
		{"/shop/notify?y=2", "/notify?x=1", "/shop/notify?y=2"},
		{"/", "/internal", "/"},
	} {
		c := client(t, "", func(o *gateway.Options) { o.PublicPath = test.publicPath })
		r := signed(test.signed, sentAt, paidBody)
		r.RequestURI = test.seen
		if _, err := c.VerifyNotification(r); err != nil {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

func TestVerifyNotificationHeaderForms(t *testing.T) {
	c := client(t, "")
	good := signature(alipay, "1", "/", clientID, sentAt, paidBody)
	for name, set := range map[string]func(http.Header){
		"split at commas": func(h http.Header) { h["Signature"] = strings.Split(good, ",") },
		"with blanks":     func(h http.Header) { h.Set("Signature", strings.ReplaceAll(good, ",", ", ")) },
		"other order":     func(h http.Header) { p := strings.Split(good, ","); h.Set("Signature", p[2]+","+p[0]+","+p[1]) },
		"no version":      func(h http.Header) { h.Set("Signature", strings.Replace(good, "keyVersion=1,", "", 1)) },
		"not escaped": func(h http.Header) {
			h.Set("Signature", strings.NewReplacer("%2B", "+", "%2F", "/", "%3D", "=").Replace(good))
		},
		"lower-case escapes": func(h http.Header) {
			h.Set("Signature", strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d").Replace(good))
		},
	} {
		r := notify("/", clientID, sentAt, good, paidBody)
		set(r.Header)
		if _, err := c.VerifyNotification(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyNotificationRefuses(t *testing.T) {
	c := client(t, "")
	good := func() *http.Request { return signed("/", sentAt, paidBody) }
	for name, test := range map[string]struct {
		request func() *http.Request
		status  int
		code    gateway.Code
	}{
		"GET":             {func() *http.Request { r := good(); r.Method = http.MethodGet; return r }, 405, gateway.MethodNotAllowed},
		"too large":       {func() *http.Request { return signed("/", sentAt, strings.Repeat(" ", 64<<10)+paidBody) }, 413, gateway.BodyTooLarge},
		"no body":         {func() *http.Request { r := good(); r.Body = nil; return r }, 401, gateway.SignatureMismatch},
		"other body":      {func() *http.Request { r := good(); r.Body = io.NopCloser(strings.NewReader(paidBody + " ")); return r }, 401, gateway.SignatureMismatch},
		"broken body":     {func() *http.Request { r := good(); r.Body = io.NopCloser(broken{}); return r }, 400, gateway.BodyUnreadable},
		"truncated":       {func() *http.Request { return truncate(good()) }, 401, "SIGNATURE_LENGTH"},
		"no signature":    {func() *http.Request { r := good(); r.Header.Del("Signature"); return r }, 401, "HEADER_MISSING"},
		"two signatures":  {func() *http.Request { r := good(); r.Header.Add("Signature", r.Header.Get("Signature")); return r }, 401, "HEADER_TWICE"},
		"other client":    {func() *http.Request { r := good(); r.Header.Set("Client-Id", "SANDBOX_OTHER"); return r }, 401, "CLIENT_ID_MISMATCH"},
		"unknown version": {func() *http.Request { return withSignature(good(), "keyVersion=1", "keyVersion=3") }, 401, gateway.KeyVersionUnknown},
		"SHA-1":           {func() *http.Request { return withSignature(good(), "RSA256", "RSA1") }, 401, "SIGNATURE_ALGORITHM"},
		"merchant's key": {func() *http.Request {
			return notify("/", clientID, sentAt, signature(merchant, "1", "/", clientID, sentAt, paidBody), paidBody)
		}, 401, gateway.SignatureMismatch},
		"replayed":          {func() *http.Request { return signed("/", "2020-05-17T11:00:00+05:30", paidBody) }, 401, "TIME_TOO_OLD"},
		"from the future":   {func() *http.Request { return signed("/", "2020-05-18T12:20:00+05:30", paidBody) }, 401, "TIME_IN_FUTURE"},
		"verified, no JSON": {func() *http.Request { return signed("/", sentAt, "hello") }, 422, "JSON_MALFORMED"},
		"verified, no ids": {func() *http.Request {
			return signed("/", sentAt, `{"notifyType":"PAYMENT_RESULT","result":{"resultStatus":"S"}}`)
		}, 422, "FIELD_REQUIRED"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := c.VerifyNotification(test.request())
			var refused *gateway.NotificationError
			if n != nil || !errors.As(err, &refused) || refused.StatusCode != test.status || !errors.Is(err, test.code) {
				t.Errorf("got %+v, %v", n, err)
			}
			if errors.Is(err, gateway.ErrOutcomeUnknown) {
				t.Error("a notification has no outcome")
			}
		})
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var refused *gateway.NotificationError
	if _, err := c.VerifyNotification(good().WithContext(ctx)); !errors.As(err, &refused) || refused.StatusCode != 500 || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func withSignature(r *http.Request, old, new string) *http.Request {
	r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), old, new, 1))
	return r
}

func truncate(r *http.Request) *http.Request {
	text := r.Header.Get("Signature")
	start := strings.Index(text, "signature=") + len("signature=")
	r.Header.Set("Signature", text[:start]+"AAAA")
	return r
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestTimeWindow(t *testing.T) {
	minute := time.Minute
	for _, test := range []struct {
		window gateway.TimeWindow
		at     string
		code   gateway.Code
	}{
		{gateway.TimeWindow{Past: minute, Future: minute}, "2020-05-18T06:38:00Z", ""},
		{gateway.TimeWindow{Past: minute, Future: minute}, "1589783936000", ""},
		{gateway.TimeWindow{Past: minute, Future: minute}, "2020-05-18T06:37:00Z", "TIME_TOO_OLD"},
		{gateway.TimeWindow{Past: minute, Future: minute}, "2020-05-18T06:41:00Z", "TIME_IN_FUTURE"},
		{gateway.TimeWindow{Past: minute, Future: minute}, "yesterday", "TIME_MALFORMED"},
		{gateway.TimeWindow{Past: -1, Future: minute}, "1999-01-01T00:00:00Z", ""},
		{gateway.TimeWindow{Past: minute, Future: -1}, "2050-01-01T00:00:00Z", ""},
		{gateway.TimeWindow{}, "2020-05-18T12:08:56+05:30", ""},
	} {
		c := client(t, "", func(o *gateway.Options) { o.TimeWindow = &test.window })
		_, err := c.VerifyNotification(signed("/", test.at, paidBody))
		if test.code == "" && err != nil || test.code != "" && !errors.Is(err, test.code) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

func TestKeyRotation(t *testing.T) {
	keys, err := gateway.NewKeyRing(map[string]string{"9": spki(t, &merchant.PublicKey), "10": spki(t, &alipay.PublicKey)})
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]gateway.Code{"10": "", "": "", "9": gateway.SignatureMismatch, "11": gateway.KeyVersionUnknown, "010": gateway.KeyVersionUnknown} {
		c := client(t, "", func(o *gateway.Options) { o.AlipayKeys, o.Key = keys, nil })
		r := notify("/", clientID, sentAt, signature(alipay, version, "/", clientID, sentAt, paidBody), paidBody)
		if version == "" {
			withSignature(r, "keyVersion=,", "")
		}
		_, err := c.VerifyNotification(r)
		if want == "" && err != nil || want != "" && !errors.Is(err, want) {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

// FuzzVerifyNotification looks for a request that is believed although nobody signed it, and for panics.
func FuzzVerifyNotification(f *testing.F) {
	f.Add("/", clientID, sentAt, "algorithm=RSA256,keyVersion=1,signature=AAAA", []byte(paidBody))
	f.Add("", "", "", "", []byte{})
	f.Fuzz(func(t *testing.T, target, id, at, signature string, body []byte) {
		c := client(t, "")
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.RequestURI = target
		r.Header = http.Header{"Client-Id": {id}, "Request-Time": {at}, "Signature": {signature}}
		if n, err := c.VerifyNotification(r); err == nil {
			t.Fatalf("believed: %+v", n)
		}
	})
}
