package main

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

func TestSandboxFlagsRefused(t *testing.T) {
	for _, args := range [][]string{
		{"--fault", "notify-never"},
		{"--memory", "0", "--listen", "0.0.0.0:0"},
		{"--listen", "0.0.0.0:0"},
	} {
		cashier(t, "", append([]string{"sandbox"}, args...)...).want(t, 2)
	}
	cashier(t, "", "sandbox", "--data", t.TempDir()).want(t, 1)
}
