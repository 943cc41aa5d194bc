package gateway_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

func TestExplain(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const path = "/notify?shop=7&x=%2f"
	at := time.Date(2020, 5, 18, 12, 21, 30, 0, time.UTC)
	sent := func(path string, key *rsa.PrivateKey, version, client, body string) gateway.SignedMessage {
		header := http.Header{}
		header.Set("Client-Id", client)
		header.Set("Request-Time", "2020-05-18T12:21:00Z")
		header.Set("Signature", signature(key, version, path, client, "2020-05-18T12:21:00Z", body))
		return gateway.SignedMessage{Path: path, Header: header, Body: []byte(body), Now: at}
	}
	pretty := func(body string) string {
		var out bytes.Buffer
		_ = json.Indent(&out, []byte(body), "", "  ")
		return out.String()
	}
	const body = `{"a":"b","u":"https://a.example/"}`
	// plus gives a signature that has a "+" in it, as base64 without percent encoding.
	plus := func() (gateway.SignedMessage, string) {
		for n := range 100 {
			m := sent(path, alipay, "1", clientID, strings.Repeat(" ", n)+body)
			value := m.Header.Get("Signature")
			value = strings.NewReplacer("%2B", "+", "%2F", "/", "%3D", "=").Replace(value)
			if strings.Contains(value, "+") {
				return m, value
			}
		}
		panic("no plus in a hundred signatures")
	}
	for name, test := range map[string]struct {
		change func(*gateway.SignedMessage, *gateway.ExplainOptions)
		want   gateway.Code
	}{
		"good": {nil, ""},
		"own public key pasted": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			o.Keys = ring(t, &merchant.PublicKey)
		}, gateway.KeyIsYourOwn},
		"signed by ourselves": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			*m = sent(path, merchant, "1", clientID, body)
		}, gateway.KeyIsYourOwn},
		"path changed": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			m.Path, m.OtherPaths = "/internal/notify?shop=7&x=%2f", []string{path}
		}, "PATH_OTHER"},
		"slash added": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) { m.Path = "/notify/?shop=7&x=%2f" }, "PATH_OTHER"},
		"path decoded": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			*m = sent("/notify?shop=7&x=/", alipay, "1", clientID, body)
			m.Path = path
		}, "PATH_OTHER"},
		"query dropped": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			m.Path, m.OtherPaths = "/notify", []string{path}
		}, "PATH_QUERY_MISSING"},
		"query not signed, which is accepted of notifications": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			*m = sent("/notify", alipay, "1", clientID, body)
			m.Path = path
		}, ""},
		"body re-encoded":   {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) { m.Body = []byte(pretty(body)) }, "BODY_REENCODED"},
		"body with newline": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) { m.Body = []byte(body + "\n") }, "BODY_REENCODED"},
		"+ as blank": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			with, value := plus()
			*m = with
			m.Header.Set("Signature", strings.ReplaceAll(value, "+", " "))
		}, "SIGNATURE_PLUS_AS_BLANK"},
		"wrong key version": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			*m = sent(path, alipay, "2", clientID, body)
		}, gateway.KeyVersionOther},
		"unknown key version": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			*m = sent(path, other, "2", clientID, body)
		}, gateway.KeyVersionUnknown},
		"wrong client": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) { o.ClientID = "ANOTHER" }, "CLIENT_ID_MISMATCH"},
		"clock behind": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) { m.Now = at.Add(-time.Hour) }, "TIME_IN_FUTURE"},
		"clock ahead":  {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) { m.Now = at.Add(48 * time.Hour) }, "TIME_TOO_OLD"},
		"truncated signature": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) {
			value := m.Header.Get("Signature")
			m.Header.Set("Signature", value[:len(value)-80])
		}, "SIGNATURE_TRUNCATED"},
		"no signature": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) { m.Header.Del("Signature") }, "HEADER_MISSING"},
		"another key":  {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) { o.Keys = ring(t, &other.PublicKey) }, gateway.SignatureMismatch},
		"another body": {func(m *gateway.SignedMessage, o *gateway.ExplainOptions) { m.Body = []byte(`{"a":"c"}`) }, gateway.SignatureMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			message := sent(path, alipay, "1", clientID, body)
			options := gateway.ExplainOptions{Core: core, ClientID: clientID, Keys: ring(t, &alipay.PublicKey), OwnKey: &merchant.PublicKey}
			if test.change != nil {
				test.change(&message, &options)
			}
			e, err := gateway.Explain(t.Context(), message, options)
			if err != nil || e.Cause != test.want || e.Verified != (test.want == "") || e.Message == "" {
				t.Errorf("got %+v, %v; want %s", e, err, test.want)
			}
		})
	}
}

func TestExplainNotification(t *testing.T) {
	c := client(t, "")
	r := signed("/notify", sentAt, paidBody)
	body := []byte(paidBody)
	if e, err := c.ExplainNotification(r, body); err != nil || !e.Verified {
		t.Errorf("got %+v, %v", e, err)
	}
	r.RequestURI = "/behind/notify"
	if e, err := c.ExplainNotification(r, nil, "/notify"); err != nil || e.Cause != "PATH_OTHER" {
		t.Errorf("got %+v, %v", e, err)
	}
}

// The time window of the client is the one that explanations judge by, too.
func TestExplainNotificationUsesTheClientsWindow(t *testing.T) {
	at, err := time.Parse(time.RFC3339, sentAt)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		window *gateway.TimeWindow
		age    time.Duration
		want   gateway.Code
	}{
		"within the default": {nil, 2 * time.Minute, ""},
		"a narrow window":    {&gateway.TimeWindow{Past: time.Minute, Future: time.Minute}, 2 * time.Minute, "TIME_TOO_OLD"},
		"no window":          {&gateway.TimeWindow{Past: -1, Future: -1}, 48 * time.Hour, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, "", func(o *gateway.Options) {
				o.TimeWindow = test.window
				o.Now = func() time.Time { return at.Add(test.age) }
			})
			e, err := c.ExplainNotification(signed("/notify", sentAt, paidBody), []byte(paidBody))
			if err != nil || e.Cause != test.want || e.Verified != (test.want == "") {
				t.Errorf("got %+v, %v; want %q", e, err, test.want)
			}
		})
	}
}

// A handler that looks for the reason after something has read the body hears that, and not "another key".
func TestExplainNotificationOfABodyThatWasRead(t *testing.T) {
	r := signed("/notify", sentAt, paidBody)
	_, _ = io.Copy(io.Discard, r.Body)
	if e, err := client(t, "").ExplainNotification(r, nil); err != nil || e.Cause != "BODY_EMPTY" {
		t.Errorf("got %+v, %v", e, err)
	}
}
