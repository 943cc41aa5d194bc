package gateway_test

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

// explained are the "messages" of wasm/vectors/explain.json; js/test/explain.test.mjs reads them as well.
type explained struct {
	Signed signedText
	Cases  []struct {
		Name     string
		Signed   signedText
		Received struct {
			Kind, Path, Signature, OwnKey string
			Body, BodyBase64, ClientID    *string
			Headers                       map[string]any
			Paths                         []string
			Keys                          map[string]string
			Now                           int64
			Window                        *struct{ Past, Future int64 }
			PathAlone                     bool
		}
		Causes []gateway.Code
	}
}

type signedText struct{ Path, ClientID, Time, Body string }

// signatureForms are what happens to a Signature header on the way.
var signatureForms = map[string]func(string) string{
	"": func(value string) string { return value },
	"encoded-twice": func(value string) string {
		name, signature, _ := strings.Cut(value, "signature=")
		return name + "signature=" + url.QueryEscape(signature)
	},
	"plus-as-blank": func(value string) string {
		return strings.NewReplacer("%2B", " ", "%2F", "/", "%3D", "=").Replace(value)
	},
	"cut":   func(value string) string { return value[:len(value)-100] },
	"twice": func(value string) string { return value + "," + value },
}

func TestExplainedMessages(t *testing.T) {
	text, err := os.ReadFile("../../wasm/vectors/explain.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Messages explained }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	text, err = os.ReadFile("../../wasm/vectors/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	var signatures struct {
		OwnKey struct {
			PKCS8 string `json:"private_pkcs8_b64"`
		} `json:"own_key"`
	}
	if err := json.Unmarshal(text, &signatures); err != nil {
		t.Fatal(err)
	}
	own, err := gateway.ParsePrivateKey(signatures.OwnKey.PKCS8)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{"own": spki(t, &own.PublicKey), "guide": publicKeyOfAlipay}
	messages := file.Messages
	if len(messages.Cases) < 70 {
		t.Fatalf("only %d messages", len(messages.Cases))
	}
	for _, test := range messages.Cases {
		t.Run(test.Name, func(t *testing.T) {
			s, r := test.Signed, test.Received
			s.Path, s.ClientID = cmp.Or(s.Path, messages.Signed.Path), cmp.Or(s.ClientID, messages.Signed.ClientID)
			s.Time, s.Body = cmp.Or(s.Time, messages.Signed.Time), cmp.Or(s.Body, messages.Signed.Body)
			timeHeader := "request-time"
			if r.Kind == "response" {
				timeHeader = "response-time"
			}
			header := http.Header{}
			header.Set("client-id", s.ClientID)
			header.Set(timeHeader, s.Time)
			header.Set("signature", signatureForms[r.Signature](signature(own, "1", s.Path, s.ClientID, s.Time, s.Body)))
			for name, value := range r.Headers {
				header.Del(name)
				values, several := value.([]any)
				if !several && value != nil {
					values = []any{value}
				}
				for _, value := range values {
					header.Add(name, value.(string))
				}
			}
			m := gateway.SignedMessage{Response: r.Kind == "response", Path: cmp.Or(r.Path, messages.Signed.Path), Header: header, Body: []byte(messages.Signed.Body), OtherPaths: r.Paths}
			if r.Body != nil {
				m.Body = []byte(*r.Body)
			}
			if r.BodyBase64 != nil {
				m.Body, _ = base64.StdEncoding.DecodeString(*r.BodyBase64)
			}
			if r.Now != 0 {
				m.Now = time.UnixMilli(r.Now)
			}
			if r.Window != nil {
				m.Window = &gateway.TimeWindow{Past: time.Duration(r.Window.Past) * time.Millisecond, Future: time.Duration(r.Window.Future) * time.Millisecond}
			}
			keys := map[string]string{"1": named["own"]}
			if r.Keys != nil {
				keys = map[string]string{}
				for version, name := range r.Keys {
					keys[version] = named[name]
				}
			}
			options := gateway.ExplainOptions{Core: core, ClientID: s.ClientID}
			if r.ClientID != nil {
				options.ClientID = *r.ClientID
			}
			if options.Keys, err = gateway.NewKeyRing(keys); err != nil {
				t.Fatal(err)
			}
			if r.OwnKey != "" {
				if options.OwnKey, err = gateway.ParsePublicKey(named[r.OwnKey]); err != nil {
					t.Fatal(err)
				}
			}
			e, err := gateway.Explain(t.Context(), m, options)
			if err != nil {
				t.Fatal(err)
			}
			got := []gateway.Code{}
			for _, cause := range e.Causes {
				got = append(got, cause.Code)
				if cause.Message == "" || strings.Contains(cause.Message, "{0}") {
					t.Errorf("%s: %q", cause.Code, cause.Message)
				}
			}
			if !slices.Equal(got, test.Causes) || e.PathAlone != r.PathAlone || e.Verified != (len(test.Causes) == 0) {
				t.Errorf("got %v (path alone: %t), want %v (%t)", got, e.PathAlone, test.Causes, r.PathAlone)
			}
			if len(got) > 0 && (e.Cause != got[0] || !strings.HasPrefix(e.Message, e.Causes[0].Message)) {
				t.Errorf("the first cause is %s: %s", e.Cause, e.Message)
			}
		})
	}
}
