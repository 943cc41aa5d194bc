package main

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host/checkout/conformance"
)

// freeAddress is one of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// startServe runs `cashier serve` with an environment of its own until the test ends.
func startServe(t *testing.T, variables map[string]string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(binary, append([]string{"serve"}, args...)...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	for name, value := range variables {
		command.Env = append(command.Env, name+"="+value)
	}
	command.Stderr = &logWriter{t: t}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if command.ProcessState == nil {
			_ = command.Process.Kill()
			_ = command.Wait()
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "database") {
			return command
		}
	}
	t.Fatal("it did not start")
	return nil
}

// logWriter shows the log of a program with that of the test, when asked for.
type logWriter struct{ t *testing.T }

func (w *logWriter) Write(p []byte) (int, error) {
	if os.Getenv("CASHIER_TEST_LOG") != "" {
		os.Stderr.Write(p)
	}
	return len(p), nil
}

func TestServeConforms(t *testing.T) {
	conformance.Run(t, func(t *testing.T, e *conformance.Environment) conformance.Target {
		variables := e.Variables()
		address := freeAddress(t)
		variables["ORIGIN"] = "http://" + address
		startServe(t, variables, "--listen", address, "--database", "sqlite:"+filepath.Join(t.TempDir(), "cashier.db"))
		return conformance.Target{Origin: variables["ORIGIN"]}
	})
}

// TestServeStops has the program end in good order, with the metrics and health checks that orchestrators look at before.
func TestServeStops(t *testing.T) {
	e := conformance.NewEnvironment(t)
	variables, address, metrics := e.Variables(), freeAddress(t), freeAddress(t)
	delete(variables, "ORIGIN") // on this machine it is the address
	command := startServe(t, variables, "--listen", address, "--metrics-listen", metrics, "--database", "sqlite:"+filepath.Join(t.TempDir(), "cashier.db"))
	for path, part := range map[string]string{
		"http://" + address + "/healthz":  `"core":"`,
		"http://" + address + "/readyz":   `"ok"`,
		"http://" + metrics + "/metrics":  "cashier_due_orders 0",
		"http://" + metrics + "/metrics?": "cashier_core_calls_total",
	} {
		response, err := http.Get(path)
		if err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 1<<20)
		n := 0
		for n < len(text) {
			read, err := response.Body.Read(text[n:])
			n += read
			if err != nil {
				break
			}
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK || !strings.Contains(string(text[:n]), part) {
			t.Errorf("%s: HTTP %d %.300s", path, response.StatusCode, text[:n])
		}
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it did not end")
	}
}

// TestServeRefuses are settings with which it does not start; it says what to do.
func TestServeRefuses(t *testing.T) {
	e := conformance.NewEnvironment(t)
	database := "sqlite:" + filepath.Join(t.TempDir(), "cashier.db")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	first := e.Variables()
	first["ORIGIN"] = "http://127.0.0.1:1"
	owner := startServe(t, first, "--listen", freeAddress(t), "--database", database)
	_ = owner.Process.Signal(syscall.SIGTERM)
	_ = owner.Wait()
	for name, test := range map[string]struct {
		change map[string]string
		args   []string
		want   string
	}{
		"nothing of it":                {map[string]string{"PRIVATE_KEY": "", "ORDER_TOKEN_KEYS": ""}, nil, "your private key is missing"},
		"a secret that is too short":   {map[string]string{"WEBHOOK_SECRET": "whsec_YWJj"}, nil, "WebhookSecret must be whsec_"},
		"an origin with a path":        {map[string]string{"ORIGIN": "https://pay.example/x"}, nil, "Origin must be https://host"},
		"a port in use":                {nil, []string{"--listen", taken.Addr().String()}, "address already in use"},
		"another origin on a database": {map[string]string{"ORIGIN": "http://127.0.0.1:2"}, []string{"--database", database}, "belongs to the public origin http://127.0.0.1:1"},
		"another account":              {map[string]string{"CONFIG": `{"clientId":"other"}`, "ORIGIN": "http://127.0.0.1:1"}, []string{"--database", database}, "belongs to the client id"},
		"a database of no kind":        {nil, []string{"--database", "mysql://x"}, "sqlite:FILE or postgres://"},
		"a secret in the config":       {map[string]string{"CONFIG": `{"clientId":"x","privateKey":"y"}`}, nil, "files of their own"},
		"a short operator's token":     {map[string]string{"OPERATOR_TOKEN": "short"}, nil, "at least 24 characters"},
		"half of TLS":                  {nil, []string{"--tls-cert", "x.pem"}, "one needs the other"},
		"Alipay's key is our own":      {map[string]string{"ALIPAY_PUBLIC_KEYS": `{"1":"x"}`}, nil, "ALIPAY_PUBLIC_KEYS"},
	} {
		t.Run(name, func(t *testing.T) {
			variables := e.Variables()
			variables["ORIGIN"] = "http://127.0.0.1:1"
			for name, value := range test.change {
				variables[name] = value
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			args := append([]string{"serve", "--listen", "127.0.0.1:0"}, test.args...)
			if !strings.Contains(strings.Join(args, " "), "--database") {
				args = append(args, "--database", "sqlite:"+filepath.Join(t.TempDir(), "cashier.db"))
			}
			command := exec.CommandContext(ctx, binary, args...)
			command.Env = nil
			for name, value := range variables {
				command.Env = append(command.Env, name+"="+value)
			}
			output, err := command.CombinedOutput()
			if err == nil || ctx.Err() != nil || !strings.Contains(string(output), test.want) {
				t.Errorf("got %v\n%s\nwant %s", err, output, test.want)
			}
			if secret := variables["WEBHOOK_SECRET"]; secret != "" && strings.Contains(string(output), secret) {
				t.Error("the secret is in the output")
			}
		})
	}
}

// TestServeFromConfig runs the program with a config file and nothing else.
func TestServeFromConfig(t *testing.T) {
	e := conformance.NewEnvironment(t)
	variables, folder := e.Variables(), t.TempDir()
	address := freeAddress(t)
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	var alipay = strings.Split(variables["ALIPAY_PUBLIC_KEYS"], `"`)[3]
	write("merchant.pem", variables["PRIVATE_KEY"], 0o600)
	write("alipay.pem", alipay, 0o644)
	write("tokens.json", variables["ORDER_TOKEN_KEYS"], 0o644)
	write("secret", variables["WEBHOOK_SECRET"]+"\n", 0o600)
	write("operators", variables["OPERATOR_TOKEN"], 0o600)
	write("config.json", strings.TrimSuffix(variables["CONFIG"], "}")+`,"service":{"listen":"`+address+`","database":"sqlite:orders.db","webhookUrl":"`+variables["WEBHOOK_URL"]+
		`","keyFile":"merchant.pem","publicKeyFiles":{"1":"alipay.pem"},"orderTokenKeysFile":"tokens.json","webhookSecretFile":"secret","operatorTokenFile":"operators"}}`, 0o644)
	startServe(t, nil, "--config", filepath.Join(folder, "config.json"))
	response, err := http.Get("http://" + address + "/readyz")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("got %v, %v", response, err)
	}
	response.Body.Close()
	if info, err := os.Stat(filepath.Join(folder, "orders.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database is %v, %v", info, err)
	}
}
