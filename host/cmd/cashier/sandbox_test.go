package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// startSandbox runs "cashier sandbox" and returns what it printed, by the first words of the lines.
func startSandbox(t *testing.T, args ...string) (told map[string]string, stop func() error) {
	t.Helper()
	command := exec.Command(binary, append([]string{"sandbox", "--listen", "127.0.0.1:0"}, args...)...)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	command.Stderr = &errs
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	stop = func() error {
		_ = command.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			ended <- err
			return err
		case <-time.After(10 * time.Second):
			_ = command.Process.Kill()
			return errors.New("it did not end")
		}
	}
	t.Cleanup(func() { _ = stop() })

	told = map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && len(lines.Text()) > 12 { // up to an empty line
		line := lines.Text()
		told[strings.TrimSpace(line[:12])] = line[12:]
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		ended <- command.Wait()
	}()
	if len(told) < 5 {
		t.Fatalf("it printed %v\n%s", told, errs.String())
	}
	return told, stop
}

// pay starts a payment with what the sandbox printed and nothing else.
func pay(t *testing.T, told map[string]string) (*gateway.Payment, error) {
	t.Helper()
	read := func(name string) string {
		path, _, _ := strings.Cut(told[name], " (")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	core, err := host.Open(t.Context(), host.PoolSize(1))
	if err != nil {
		t.Fatal(err)
	}
	defer core.Close()
	config, err := gateway.ParseConfig([]byte(told["config"]))
	if err != nil {
		t.Fatal(err)
	}
	key, err := gateway.ParsePrivateKey(read("your key"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := gateway.NewKeyRing(map[string]string{"1": read("Alipay key")})
	if err != nil {
		t.Fatal(err)
	}
	c, err := gateway.New(gateway.Options{Core: core, Config: config, Key: key, AlipayKeys: ring})
	if err != nil {
		t.Fatal(err)
	}
	return c.Pay(t.Context(), gateway.Order{
		ReferenceOrderID: "o1", OrderDescription: "pencil", PaymentRequestID: "r1", PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"},
		SettlementCurrency: "USD", TerminalType: "WAP", Goods: []gateway.Goods{{GoodsName: "pencil", GoodsQuantity: "1"}}, BusinessType: "4",
		PaymentNotifyURL: "http://127.0.0.1:9/notify", PaymentRedirectURL: "https://shop.example/thanks",
	})
}

func TestSandbox(t *testing.T) {
	told, stop := startSandbox(t)
	payment, err := pay(t, told)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(payment.Redirect.Location, told["sandbox"]+"/alipaycn/h5/cashier?") {
		t.Errorf("got %+v", payment.Redirect)
	}
	answer, err := http.Get(payment.Redirect.Location)
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("%v, %v", answer, err)
	}
	answer.Body.Close()
	key, _, _ := strings.Cut(told["your key"], " (")
	if err := stop(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(key)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the keys of this run were left: %v", err)
	}
}

func TestSandboxWithKeysAndContract(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	cashier(t, "", "keygen", "--out", folder).want(t, 0)
	before, _ := os.ReadFile(filepath.Join(folder, "sandbox-public.pem"))
	told, stop := startSandbox(t, "--keys", folder, "--client-id", "SANDBOX_MINE", "--key-version", "5", "--settlement-currencies", "USD,EUR", "--redirect-method", "post", "--speed-up", "60")
	payment, err := pay(t, told)
	if err != nil {
		t.Fatal(err)
	}
	if payment.Redirect.Method != http.MethodPost || told["client id"] != "SANDBOX_MINE" || !strings.Contains(told["your key"], folder) || !strings.Contains(told["config"], `"settlementCurrencies":["USD","EUR"]`) {
		t.Errorf("got %+v, %v", payment.Redirect, told)
	}
	if answer, err := http.Get(told["sandbox"] + "/sandbox/api/merchants/SANDBOX_MINE/private.pem"); err != nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("the merchant's own key is handed out: %v, %v", answer, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if after, _ := os.ReadFile(filepath.Join(folder, "sandbox-public.pem")); !bytes.Equal(after, before) || len(after) == 0 {
		t.Error("the keys did not stay")
	}
}

func TestSandboxPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if r := cashier(t, "", "sandbox", "--listen", listener.Addr().String()).want(t, 1); !strings.Contains(r.err, "in use, perhaps by another sandbox; --listen 127.0.0.1:0 takes") {
		t.Error(r.err)
	}
}

func TestExitCodes(t *testing.T) {
	for want, err := range map[int]error{
		exitRefused: refused,
		exitUsage:   errors.New("unknown flag"),
		exitTrap:    fmt.Errorf("validate: %w", host.ErrTrap),
	} {
		if code, _ := exitCode(err); code != want {
			t.Errorf("%v: got %d", err, code)
		}
	}
}
