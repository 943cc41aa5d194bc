package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// startSandboxJSON runs "cashier sandbox --json" and returns what it printed.
func startSandboxJSON(t *testing.T) (told map[string]any) {
	t.Helper()
	command := exec.Command(binary, "sandbox", "--json", "--listen", "127.0.0.1:0")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("it printed nothing")
	}
	if err := json.Unmarshal(lines.Bytes(), &told); err != nil {
		t.Fatalf("%v: %s", err, lines.Text())
	}
	return told
}

// TestInit takes the first steps of README: what init writes is enough to validate, build and pay.
func TestInit(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "shop")
	r := cashier(t, "", "init", folder).want(t, 0)
	order, config := filepath.Join(folder, "order.json"), filepath.Join(folder, "config.json")
	for _, name := range []string{"order.json", "config.json", merchantPrivate, merchantPublic, sandboxPrivate, sandboxPublic} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || !strings.Contains(r.out, name) {
			t.Fatalf("%s: %v\n%s", name, err, r.out)
		}
		if strings.Contains(name, "private") && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	if v := parseReply(t, cashier(t, "", "validate", "--config", config, order).want(t, 0).out); !v.Valid || len(v.Warnings) > 0 {
		t.Errorf("validate: %+v", v)
	}
	cashier(t, "", "validate", order).want(t, 0)
	cashier(t, "", "build", "--config", config, "--time", seedTime, order).want(t, 0)
	cashier(t, "", "doctor", "--offline", "--config", config, "--keys", folder).want(t, 0)

	// Its config is for the sandbox at its default address; here it listens elsewhere.
	told, _ := startSandbox(t, "--keys", folder)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.ReplaceAll(string(text), defaultListen, strings.TrimPrefix(told["sandbox"], "http://"))
	jsonEqual(t, moved, told["config"])
	if r := cashier(t, "", "pay", "--config", moved, "--keys", folder, order).want(t, 0); !strings.Contains(r.out, "\nopen ") {
		t.Errorf("pay: %+v", r)
	}

	files := decoded(t, cashier(t, "", "init", "--json", filepath.Join(t.TempDir(), "other")).want(t, 0).out)["files"].([]any)
	if len(files) != 6 {
		t.Errorf("got %v", files)
	}
}

// init never overwrites a file, and writes all or nothing.
func TestInitLeavesFilesAlone(t *testing.T) {
	for _, name := range []string{"order.json", "config.json", merchantPrivate, sandboxPublic} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, name), []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			if r := cashier(t, "", "init", folder).want(t, 1); !strings.Contains(r.err, name) || !strings.Contains(r.err, "there already") {
				t.Errorf("%+v", r)
			}
			entries, err := os.ReadDir(folder)
			if err != nil || len(entries) != 1 {
				t.Errorf("%v, %v", entries, err)
			}
			if text, _ := os.ReadFile(filepath.Join(folder, name)); string(text) != "mine" {
				t.Errorf("it was overwritten: %s", text)
			}
		})
	}
	if r := cashier(t, "", "init", file(t, "a-file", "x")).want(t, 1); r.out != "" || r.err == "" {
		t.Errorf("a file for a folder: %+v", r)
	}
}

// Without a folder init writes into the current one.
func TestInitHere(t *testing.T) {
	command := exec.Command(binary, "init")
	command.Dir = t.TempDir()
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if _, err := os.Stat(filepath.Join(command.Dir, "order.json")); err != nil {
		t.Error(err)
	}
}
