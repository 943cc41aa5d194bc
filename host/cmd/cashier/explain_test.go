package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestExplain names the cause of each of the slips that are known to happen.
func TestExplain(t *testing.T) {
	folder := keyFolder(t)
	path := func(name string) string { return filepath.Join(folder, name+".pem") }
	const target, at, body = "/notify?shop=7", "2020-05-18T12:21:00Z", `{"a":"b","u":"https://a.example/"}`
	sign := func(key, target, version, body string) string {
		return strings.TrimSpace(cashier(t, body, "sign", "--key", path(key), "--path", target, "--client-id", client, "--time", at, "--key-version", version).want(t, 0).out)
	}
	good := sign("sandbox-private", target, "1", body)
	bare := func() (value, text string) { // a signature with a "+" in it, without percent encoding
		for n := range 100 {
			text = strings.Repeat(" ", n) + body
			value = strings.NewReplacer("%2B", "+", "%2F", "/", "%3D", "=").Replace(sign("sandbox-private", target, "1", text))
			if strings.Contains(value, "+") {
				return value, text
			}
		}
		panic("no plus in a hundred signatures")
	}
	plus, plusBody := bare()
	type parts struct{ path, client, signature, body, key string }
	whole := parts{target, client, good, body, "sandbox-public"}
	for name, test := range map[string]struct {
		change func(*parts)
		more   []string
		want   string
	}{
		"good":                  {func(*parts) {}, nil, "good"},
		"own public key pasted": {func(p *parts) { p.key = "merchant-public" }, []string{"--merchant-key", path("merchant-private")}, "KEY_IS_YOUR_OWN"},
		"path changed":          {func(p *parts) { p.path = "/internal/notify?shop=7" }, []string{"--other-path", target}, "PATH_OTHER"},
		"query dropped":         {func(p *parts) { p.path = "/notify" }, []string{"--other-path", target}, "PATH_QUERY_MISSING"},
		"body re-encoded":       {func(p *parts) { p.body = "{\n  \"a\": \"b\",\n  \"u\": \"https://a.example/\"\n}" }, nil, "BODY_REENCODED"},
		"+ as blank":            {func(p *parts) { p.signature, p.body = strings.ReplaceAll(plus, "+", " "), plusBody }, nil, "SIGNATURE_PLUS_AS_BLANK"},
		"wrong key version":     {func(p *parts) { p.signature = sign("sandbox-private", target, "2", body) }, nil, "KEY_VERSION_OTHER"},
		"wrong client":          {func(*parts) {}, []string{"--merchant-client-id", "ANOTHER"}, "CLIENT_ID_MISMATCH"},
		"clock off":             {func(*parts) {}, []string{"--received", "2020-05-18T11:21:00Z"}, "TIME_IN_FUTURE"},
		"clock far ahead":       {func(*parts) {}, []string{"--received", "2020-05-21T11:21:00Z"}, "TIME_TOO_OLD"},
		"truncated signature":   {func(p *parts) { p.signature = good[:len(good)-100] }, nil, "SIGNATURE_TRUNCATED"},
		"another key":           {func(p *parts) { p.key = "merchant-public" }, nil, "SIGNATURE_MISMATCH"},
	} {
		t.Run(name, func(t *testing.T) {
			p := whole
			test.change(&p)
			args := append([]string{"explain", "--public-key", path(p.key), "--path", p.path, "--client-id", p.client, "--time", at, "--signature", p.signature}, test.more...)
			code := 1
			if test.want == "good" {
				code = 0
			}
			if r := cashier(t, p.body, args...).want(t, code); !strings.HasPrefix(r.out, test.want+": ") || r.err != "" {
				t.Errorf("%+v", r)
			}
			request := "POST " + p.path + " HTTP/1.1\r\nHost: shop.example\r\nclient-id: " + p.client + "\r\nrequest-time: " + at + "\r\nsignature: " + p.signature + "\r\n\r\n" + p.body
			args = append([]string{"explain", "--json", "--public-key", path(p.key), "--request", file(t, "request", request)}, test.more...)
			if j := decoded(t, cashier(t, "", args...).want(t, code).out); test.want == "good" && j["verified"] != true || test.want != "good" && j["cause"] != test.want {
				t.Errorf("%v", j)
			}
		})
	}
}
