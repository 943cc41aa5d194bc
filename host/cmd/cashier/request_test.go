package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/edgecashier/cashier/host/gateway"
)

// A request is read however a proxy, a browser, a log or an editor has saved it.
func TestExplainReadsSavedRequests(t *testing.T) {
	folder := keyFolder(t)
	const target, at, body = "/notify?shop=7", "2020-05-18T12:21:00Z", "{\"a\":\"b\",\r\n\r\n\"c\":\"d\n\ne\"}"
	args := []string{"sign", "--key", filepath.Join(folder, sandboxPrivate), "--path", target, "--client-id", client, "--time", at}
	signature := strings.TrimSpace(cashier(t, body, args...).want(t, 0).out)
	headers := "client-id: " + client + "\r\nrequest-time: " + at + "\r\nsignature: " + signature + "\r\n"
	request := func(line, more string) string { return line + "\r\n" + headers + more + "\r\n" + body }
	lf := func(text string) string { // as editors save the head; the body keeps its bytes
		head, rest, _ := strings.Cut(text, "\r\n\r\n")
		return strings.ReplaceAll(head, "\r\n", "\n") + "\n\n" + rest
	}
	whole := request("POST "+target+" HTTP/1.1", "Host: shop.example\r\n")
	for name, test := range map[string]struct{ text, want string }{
		"CR LF":                        {whole, "good"},
		"LF":                           {lf(whole), "good"},
		"a byte order mark":            {"\ufeff" + whole, "good"},
		"a byte order mark and LF":     {"\ufeff" + lf(whole), "good"},
		"HTTP/2":                       {request("POST "+target+" HTTP/2", "host: shop.example\r\n"), "good"},
		"HTTP/2.0 and LF":              {lf(request("POST "+target+" HTTP/2.0", "")), "good"},
		"no version":                   {request("POST "+target, ""), "good"},
		"pseudo headers":               {":method: POST\r\n:path: " + target + "\r\n:scheme: https\r\n:authority: shop.example\r\n" + headers + "\r\n" + body, "good"},
		"a line and pseudo headers":    {request("POST "+target+" HTTP/2", ":authority: shop.example\r\n"), "good"},
		"an absolute URL":              {request("POST https://shop.example"+target+" HTTP/1.1", ""), "good"},
		"lengths that contradict":      {request("POST "+target+" HTTP/1.1", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\nContent-Length: 4\r\n"), "good"},
		"a length that is not true":    {request("POST "+target+" HTTP/1.1", "Content-Length: 3\r\n"), "good"},
		"a blank line in front":        {request("POST "+target+" HTTP/1.1 ", ""), "good"},
		"the client id twice":          {request("POST "+target+" HTTP/1.1", "Client-Id: "+client+"\r\n"), "HEADER_TWICE"},
		"the signature twice":          {request("POST "+target+" HTTP/1.1", "Signature: "+signature+"\r\n"), "HEADER_TWICE"},
		"no client id":                 {strings.Replace(whole, "client-id: "+client+"\r\n", "", 1), "HEADER_MISSING"},
		"a line feed behind the body":  {whole + "\n", "BODY_REENCODED"},
		"that, and a slash in the way": {strings.Replace(lf(whole), "/notify?", "/notify/?", 1) + "\n", "PATH_OTHER"},
		"a body that is gone":          {strings.TrimSuffix(whole, body), "BODY_EMPTY"},
	} {
		t.Run(name, func(t *testing.T) {
			code := 1
			if test.want == "good" {
				code = 0
			}
			r := cashier(t, "", "explain", "--public-key", filepath.Join(folder, sandboxPublic), "--request", file(t, "request.txt", test.text)).want(t, code)
			if !strings.HasPrefix(r.out, test.want+": ") || r.err != "" {
				t.Errorf("want %s, got %+v", test.want, r)
			}
		})
	}
	for name, test := range map[string]struct{ text, says string }{
		"nothing":               {"", "no empty line"},
		"no body":               {"POST / HTTP/1.1\r\nHost: x\r\n", "no empty line"},
		"an answer":             {"HTTP/1.1 200 OK\r\nHost: x\r\n\r\n{}", `begins with "HTTP/1.1 200 OK"`},
		"a page":                {"<html>\n\n</html>", `begins with "<html>"`},
		"a header that is none": {"POST / HTTP/1.1\r\nnonsense\r\n\r\n{}", "not an HTTP request"},
		"UTF-16":                {utf16Text(whole, false, true), "UTF-16"},
	} {
		t.Run(name, func(t *testing.T) {
			r := cashier(t, "", "explain", "--public-key", filepath.Join(folder, sandboxPublic), "--request", file(t, "request.txt", test.text)).want(t, 2)
			if !strings.Contains(r.err, test.says) || !strings.Contains(r.err, "request.txt") {
				t.Errorf("want %s, got %+v", test.says, r)
			}
		})
	}
	// Headers are copied with their names.
	args = []string{"explain", "--public-key", filepath.Join(folder, sandboxPublic), "--path", target, "--client-id", "client-id: " + client,
		"--time", "Request-Time: " + at, "--signature", "Signature: " + signature}
	cashier(t, body, args...).want(t, 0)
}

// Whatever is in the file, the command says something and does not panic.
func FuzzReadRequest(f *testing.F) {
	for _, seed := range []string{"POST / HTTP/1.1\n\n", ":path: /\r\n\r\n{}", "POST http://x HTTP/2\r\na: b\r\n c\r\n\r\n", "\n\n", "\r\n\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var m gateway.SignedMessage
		if err := readRequest(text, &m); err == nil && !strings.HasSuffix(string(text), string(m.Body)) {
			t.Errorf("the body is not the end of the file: %q", m.Body)
		}
	})
}
