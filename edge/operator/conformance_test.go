package main

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/edgecashier/cashier/host/checkout/conformance"
)

// TestWorkerConforms runs the suite of both shells against the Worker in workerd. It needs Node, and what npm ci installs.
func TestWorkerConforms(t *testing.T) {
	if _, err := os.Stat("../node_modules/wrangler"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("wrangler is missing: npm ci --prefix edge")
		}
		t.Skip("wrangler is missing: npm ci --prefix edge")
	}
	build := exec.Command("node", "build.mjs")
	build.Dir = ".."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	conformance.Run(t, func(t *testing.T, e *conformance.Environment) conformance.Target {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		listener.Close()
		variables := e.Variables()
		variables["ORIGIN"], variables["LEDGER_SHARDS"] = "http://"+address, "4"
		text, err := json.Marshal(variables)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "vars.json")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(address)
		worker := exec.Command("node", "dev.mjs", "--port", port, "--persist", t.TempDir(), "--vars", file)
		worker.Dir = ".."
		if os.Getenv("CASHIER_TEST_LOG") != "" {
			worker.Stderr = os.Stderr
		}
		out, err := worker.StdoutPipe()
		if err == nil {
			err = worker.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = worker.Process.Signal(syscall.SIGTERM)
			_ = worker.Wait()
		})
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "ready ") {
				go func() {
					for lines.Scan() { // so that it never waits for a reader
					}
				}()
				return conformance.Target{Origin: variables["ORIGIN"]}
			}
		}
		t.Fatal("the Worker did not start")
		return conformance.Target{}
	})
}
