package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// worker is the process that runs the Worker in workerd.
type worker struct {
	command *exec.Cmd
	folder  string // temporary: the variables and, without -data, the state
	ended   chan struct{}
	err     error
}

// patience is how long the runtime may take to start on a slow machine.
const patience = 2 * time.Minute

// startWorker runs edge/dev.mjs and returns when the Worker answers.
func startWorker(ctx context.Context, data string, port int, variables map[string]string) (*worker, error) {
	edge, err := edgeFolder()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "cashier-demo-")
	if err != nil {
		return nil, err
	}
	if data == "" {
		data = filepath.Join(folder, "state")
	}
	// The file holds secrets: only this user may read it, and stop removes it.
	file := filepath.Join(folder, "variables.json")
	if err := os.WriteFile(file, []byte(text(variables)), 0o600); err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	w := &worker{folder: folder, ended: make(chan struct{})}
	w.command = exec.Command("node", filepath.Join(edge, "dev.mjs"),
		"--port", strconv.Itoa(port), "--persist", data, "--vars", file)
	w.command.Dir = edge
	w.command.Stderr = os.Stderr
	w.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := w.command.StdoutPipe()
	if err == nil {
		err = w.command.Start()
	}
	if err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	ready := make(chan struct{})
	go w.follow(out, ready)
	select {
	case <-ready:
		return w, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-w.ended:
		err = fmt.Errorf("the Worker did not start: %w", w.err)
	case <-time.After(patience):
		err = fmt.Errorf("the Worker did not start within %s", patience)
	}
	w.stop()
	return nil, err
}

// follow waits for the line that says ready, reads on so that the process never
// blocks, and notes its end.
func (w *worker) follow(out io.Reader, ready chan<- struct{}) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "ready ") && ready != nil {
			close(ready)
			ready = nil
		}
	}
	w.err = w.command.Wait()
	if w.err == nil {
		w.err = errors.New("it ended by itself")
	}
	close(w.ended)
}

func (w *worker) wait() error {
	<-w.ended
	return fmt.Errorf("the Worker ended: %w", w.err)
}

// stop asks the process to end, insists after a while, and removes the secrets.
func (w *worker) stop() {
	syscall.Kill(-w.command.Process.Pid, syscall.SIGTERM)
	select {
	case <-w.ended:
	case <-time.After(10 * time.Second):
		syscall.Kill(-w.command.Process.Pid, syscall.SIGKILL)
		<-w.ended
	}
	os.RemoveAll(w.folder)
}

// edgeFolder finds the Worker in the checkout that the demo is run from.
func edgeFolder() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		edge := filepath.Join(folder, "edge")
		if _, err := os.Stat(filepath.Join(edge, "dev.mjs")); err == nil {
			return edge, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("run the demo inside a checkout of Cashier: there is no edge/dev.mjs above this folder")
		}
		folder = parent
	}
}
