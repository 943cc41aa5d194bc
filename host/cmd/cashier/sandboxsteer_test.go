package main

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/sandbox"
)

func fetch(t *testing.T, method, address, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Faults, seed, clock and memory are flags, and what was paid stays in a file.
func TestSandboxIsSteered(t *testing.T) {
	folder := t.TempDir()
	args := []string{"--keys", filepath.Join(folder, "keys"), "--data", filepath.Join(folder, "payments.db"), "--fault", "notify-twice@50%", "--fault", "inquiryPayment.answer-500",
		"--seed", "42", "--clock-speed", "0", "--memory", "2"}
	told, stop := startSandbox(t, args...)
	payment, err := pay(t, told)
	if err != nil {
		t.Fatal(err)
	}
	state := fetch(t, "GET", told["sandbox"]+"/sandbox/api/state", "")
	for _, want := range []string{`"speed":0`, `"seed":42`, `"faults":["notify-twice@50%","inquiryPayment.answer-500"]`, `"limit":2097152`, `"payments":1`} {
		if !strings.Contains(state, want) {
			t.Errorf("%s lacks %s", state, want)
		}
	}
	fetch(t, "POST", told["sandbox"]+"/sandbox/api/payments/"+payment.PaymentID+"/complete", `{"outcome":"SUCCESS"}`)

	// Somebody who looks at the inspector does not keep it from ending.
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, told["sandbox"]+"/sandbox/api/events", nil)
	stream, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	began := time.Now()
	if err := stop(); err != nil || time.Since(began) > 4*time.Second {
		t.Errorf("it took %v to end: %v", time.Since(began), err)
	}

	told, _ = startSandbox(t, args...)
	if text := fetch(t, "GET", told["sandbox"]+"/sandbox/api/payments/"+payment.PaymentID, ""); !strings.Contains(text, `"paymentStatus":"SUCCESS"`) {
		t.Errorf("after a restart: %s", text)
	}
}

// A number that says nothing is not replaced by the default.
func TestSandboxFlagsRefused(t *testing.T) {
	for _, args := range [][]string{
		{"--fault", "notify-never"},
		{"--listen", "0.0.0.0:0"},
		{"--memory", "0"}, {"--memory", "-1"}, {"--memory", "9000000000000"},
		{"--expiry", "0s"}, {"--expiry", "-1m"},
		{"--speed-up", "0"},
		{"--key-version", "0"},
		{"--tls=0.0.0.0:0"}, {"--tls=443"},
		{"--notify-signs", "query"}, {"--answer-form", "2019"},
		{"--clock-speed", "-1"}, {"--clock-speed", "86401"},
	} {
		if r := cashier(t, "", append([]string{"sandbox"}, args...)...).want(t, 2); !strings.Contains(r.err, strings.Split(args[0], "=")[0]) && args[0] != "--fault" {
			t.Errorf("%v: the error does not name the flag: %s", args, r.err)
		}
	}
	cashier(t, "", "sandbox", "--data", t.TempDir()).want(t, 1)
}

// On every address of the machine it prints one that can be opened, and its links lead to where the request came.
func TestSandboxOnEveryAddress(t *testing.T) {
	told, _ := startSandbox(t, "--allow-remote", "--listen", "0.0.0.0:0")
	if !strings.HasPrefix(told["sandbox"], "http://127.0.0.1:") {
		t.Fatalf("printed %q", told["sandbox"])
	}
	payment, err := pay(t, told)
	if err != nil || !strings.HasPrefix(payment.Redirect.Location, told["sandbox"]+"/") {
		t.Errorf("%+v, %v", payment, err)
	}
	other := strings.Replace(told["sandbox"], "127.0.0.1", "localhost", 1)
	if page := fetch(t, "GET", other+"/", ""); !strings.Contains(page, other) {
		t.Errorf("the page at %s does not name it", other)
	}
}

// Every fault can be asked for when the command starts.
func TestSandboxKnowsEveryFaultAsAFlag(t *testing.T) {
	var args []string
	for _, name := range sandbox.FaultNames() {
		args = append(args, "--fault", name+"@1%")
	}
	told, _ := startSandbox(t, args...)
	state := fetch(t, "GET", told["sandbox"]+"/sandbox/api/state", "")
	for _, name := range sandbox.FaultNames() {
		if !strings.Contains(state, `"`+name+`@1%"`) {
			t.Errorf("%s lacks %s", state, name)
		}
	}
}
