package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The SDKs for Java and Python speak https only, and HTTP/1.1.
func TestSandboxServesHTTPS(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	told, _ := startSandbox(t, "--keys", folder, "--tls=127.0.0.1:0")
	address, certificate, _ := strings.Cut(told["https"], ", certificate ")
	text, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatalf("%s is no certificate", text)
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(address, "https://"))
	for _, host := range []string{"127.0.0.1", "localhost"} {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
		answer, err := client.Get("https://" + host + ":" + port + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 1 {
			t.Errorf("%s: %s %s", host, answer.Proto, answer.Status)
		}
		client.CloseIdleConnections()
	}
	// Header names are lower case there too, and the answer to a call over https leads to the cashier over http.
	connection, err := tls.Dial("tcp", strings.TrimPrefix(address, "https://"), &tls.Config{RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, signedCall(t, folder, told)); err != nil {
		t.Fatal(err)
	}
	raw, _ := io.ReadAll(connection)
	for _, want := range []string{"\r\nclient-id: ", "\r\nresponse-time: ", "\r\nsignature: ", `"normalUrl":"` + told["sandbox"] + "/"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%q is not in\n%s", want, raw)
		}
	}
}

// signedCall is a request for payment as text, signed by OpenSSL.
func signedCall(t *testing.T, folder string, told map[string]string) string {
	t.Helper()
	const target, at = "/ams/sandbox/api/v1/payments/pay", "1685599933871"
	body := `{"env":{"terminalType":"WEB"},"order":{"extendInfo":"{\"chinaExtraTransInfo\":{\"businessType\":\"4\",\"goodsInfo\":\"pencil^1\",\"totalQuantity\":\"1\"}}",` +
		`"orderAmount":{"currency":"CNY","value":"100"},"orderDescription":"pencil","referenceOrderId":"o"},"paymentAmount":{"currency":"CNY","value":"100"},` +
		`"paymentMethod":{"paymentMethodType":"ALIPAY_CN"},"paymentRedirectUrl":"https://shop.example/","paymentRequestId":"tls","productCode":"CASHIER_PAYMENT",` +
		`"settlementStrategy":{"settlementCurrency":"USD"}}`
	command := exec.Command("sh", "-c", `openssl dgst -sha256 -sign "$0" | openssl base64 -A | sed 's/+/%2B/g; s#/#%2F#g; s/=/%3D/g'`, filepath.Join(folder, merchantPrivate))
	command.Stdin = strings.NewReader("POST " + target + "\n" + told["client id"] + "." + at + "." + body)
	signature, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nclient-id: " + told["client id"] + "\r\nrequest-time: " + at +
		"\r\nsignature: algorithm=RSA256,keyVersion=2,signature=" + string(signature) + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// A client that does not finish its headers is not waited for.
func TestSandboxLimitsHeaders(t *testing.T) {
	told, _ := startSandbox(t)
	connection, err := net.Dial("tcp", strings.TrimPrefix(told["sandbox"], "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(connection, "GET /"+strings.Repeat("a", 200<<10)+" HTTP/1.1\r\nHost: x\r\n\r\n")
	raw, _ := io.ReadAll(connection)
	if !strings.HasPrefix(string(raw), "HTTP/1.1 431 ") {
		t.Errorf("%.200s", raw)
	}
}

// A folder may hold the merchant's own keys already, or one half of them.
func TestSandboxWithTheMerchantsOwnKeys(t *testing.T) {
	made := filepath.Join(t.TempDir(), "keys")
	cashier(t, "", "keygen", "--out", made).want(t, 0)
	for name, files := range map[string][]string{
		"both halves":         {merchantPrivate, merchantPublic},
		"the private half":    {merchantPrivate},
		"the public half":     {merchantPublic},
		"only the sandbox's":  {sandboxPrivate, sandboxPublic},
		"no keys, but a file": {},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for _, file := range files {
				text, err := os.ReadFile(filepath.Join(made, file))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, file), text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			told, _ := startSandbox(t, "--keys", folder)
			key, _, _ := strings.Cut(told["your key"], " (version")
			if name == "the public half" {
				if !strings.HasPrefix(key, "the private key of ") {
					t.Error(key)
				}
				return
			}
			if _, err := pay(t, told); err != nil {
				t.Error(err)
			}
			if after, _ := os.ReadFile(filepath.Join(folder, merchantPrivate)); len(files) > 0 && files[0] == merchantPrivate {
				before, _ := os.ReadFile(filepath.Join(made, merchantPrivate))
				if string(after) != string(before) {
					t.Error("the merchant's key did not stay")
				}
			}
		})
	}
}

// The script of the front page works as printed in the mode of the help's example, with a folder named relative to
// where one is.
func TestSandboxExampleScriptWithKeys(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Rel(here, filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	told, _ := startSandbox(t, "--keys", folder)
	run := func(script string) (string, error) {
		command := exec.Command("sh")
		command.Dir, command.Stdin = t.TempDir(), strings.NewReader(script)
		output, err := command.CombinedOutput()
		return string(output), err
	}
	script := fetch(t, "GET", told["sandbox"]+"/sandbox/api/example.sh", "")
	output, err := run(script)
	_, address, found := strings.Cut(output, "Pay at ")
	if err != nil || !found {
		t.Fatalf("%v: %s", err, output)
	}
	if page := fetch(t, "GET", strings.TrimSpace(address), ""); !strings.Contains(page, "Scan to pay") {
		t.Error(page)
	}
	if err := os.Remove(filepath.Join(folder, merchantPrivate)); err != nil {
		t.Fatal(err)
	}
	if output, err := run(script); err == nil || !strings.Contains(output, "There is no private key at "+filepath.Join(here, folder)) {
		t.Errorf("without its key: %v, %s", err, output)
	}
}
