package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// waiting are commands that read standard input, with nothing else missing.
func waiting(t *testing.T) map[string][]string {
	t.Helper()
	folder := keyFolder(t)
	tokens := filepath.Join(t.TempDir(), "tokens")
	cashier(t, "", "token", "keygen", "--out", tokens).want(t, 0)
	what := []string{"--path", "/", "--client-id", client, "--time", seedTime}
	key, public := filepath.Join(folder, merchantPrivate), filepath.Join(folder, sandboxPublic)
	return map[string][]string{
		"validate":     {"validate"},
		"build":        {"build", "--time", seedTime},
		"call":         {"call", "validate_order"},
		"sign":         append([]string{"sign", "--key", key}, what...),
		"verify":       append([]string{"verify", "--public-key", public, "--signature", "x"}, what...),
		"explain":      append([]string{"explain", "--public-key", public, "--signature", "x"}, what...),
		"pay":          {"pay", "--config", `{"clientId":"C","gatewayUrl":"http://127.0.0.1:1"}`, "--keys", folder},
		"token issue":  {"token", "issue", "--keys", filepath.Join(tokens, tokenIssueKeys), "--issuer", "i", "--audience", "https://a.example"},
		"token verify": {"token", "verify", "--keys", filepath.Join(tokens, tokenVerifyKeys), "--audience", "https://a.example"},
	}
}

// A command that waits for standard input ends at the first signal, whichever it is.
func TestInterruptedWhileWaitingForInput(t *testing.T) {
	for name, args := range waiting(t) {
		for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			t.Run(name+" "+signal.String(), func(t *testing.T) {
				command := exec.Command(binary, args...)
				stdin, err := command.StdinPipe() // nothing ever comes
				if err != nil {
					t.Fatal(err)
				}
				defer stdin.Close()
				var out, errs bytes.Buffer
				command.Stdout, command.Stderr = &out, &errs
				if err := command.Start(); err != nil {
					t.Fatal(err)
				}
				untilBlocked(t, command.Process.Pid)
				_ = command.Process.Signal(signal)
				ended := make(chan error, 1)
				go func() { ended <- command.Wait() }()
				select {
				case <-ended:
				case <-time.After(5 * time.Second):
					_ = command.Process.Kill()
					t.Fatal("it goes on")
				}
				if code := command.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(errs.String(), "interrupted while waiting") || out.Len() > 0 {
					t.Errorf("exit code %d, out %q, err %q", code, out.String(), errs.String())
				}
			})
		}
	}
}

// untilBlocked returns once the process has read from its standard input, or at least tries to: a signal that comes before the
// command listens for it ends the process at once, which is not what is tested.
func untilBlocked(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		tasks, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/syscall")
		for _, task := range tasks {
			if text, err := os.ReadFile(task); err == nil && strings.HasPrefix(string(text), "0 0x0 ") { // read(0, …)
				return
			}
		}
	}
	t.Fatal("it does not read its standard input")
}

// Somebody at a terminal who gave no file is told what the command waits for.
func TestHintAtATerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	command := exec.Command(binary, "validate")
	command.Stdin = terminal
	errs, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timeout := time.AfterFunc(5*time.Second, func() { _ = command.Process.Kill() })
	defer timeout.Stop()
	hint := make([]byte, 200)
	n, _ := io.ReadAtLeast(errs, hint, 20)
	if !strings.Contains(string(hint[:n]), "Ctrl-D") {
		t.Errorf("got %q", hint[:n])
	}
	_ = command.Process.Signal(os.Interrupt)
	_, _ = io.Copy(io.Discard, errs)
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
}

// What could not be written is never exit code 0.
func TestResultThatIsNotWritten(t *testing.T) {
	folder := keyFolder(t)
	tokens := filepath.Join(t.TempDir(), "tokens")
	cashier(t, "", "token", "keygen", "--out", tokens).want(t, 0)
	what := []string{"--path", "/", "--client-id", client, "--time", seedTime}
	commands := map[string][]string{
		"validate":     {"validate", seedOrder},
		"build":        {"build", "--time", seedTime, seedOrder},
		"build a part": {"build", "--time", seedTime, "--show", "body", seedOrder},
		"build, JSON":  {"build", "--json", "--time", seedTime, seedOrder},
		"call":         {"call", "currencies", "{}"},
		"info":         {"info"},
		"info, JSON":   {"info", "--json"},
		"sign":         append([]string{"sign", "--key", filepath.Join(folder, merchantPrivate), "{}"}, what...),
		"sign, JSON":   append([]string{"sign", "--json", "--key", filepath.Join(folder, merchantPrivate), "{}"}, what...),
		"token issue":  {"token", "issue", "--keys", filepath.Join(tokens, tokenIssueKeys), "--issuer", "i", "--audience", "https://a.example", seedOrder},
		"keygen":       {"keygen", "--out", filepath.Join(t.TempDir(), "new")},
		"init":         {"init", filepath.Join(t.TempDir(), "new")},
		"doctor":       {"doctor", "--offline", "--config", `{"clientId":"C"}`, "--keys", folder},
		"help":         {"--help"},
		"version":      {"--version"},
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for name, args := range commands {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(binary, args...)
			var errs bytes.Buffer
			command.Stdout, command.Stderr = full, &errs
			_ = command.Run()
			if code := command.ProcessState.ExitCode(); code != exitNotWritten || !strings.Contains(errs.String(), "could not be written") {
				t.Errorf("exit code %d: %s", code, errs.String())
			}
		})
	}
	// An order that is refused is refused, written or not.
	command := exec.Command(binary, "validate", "{}")
	command.Stdout = full
	_ = command.Run()
	if code := command.ProcessState.ExitCode(); code != exitRefused {
		t.Errorf("exit code %d", code)
	}
}
