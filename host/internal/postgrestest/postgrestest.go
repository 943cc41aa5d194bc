// Package postgrestest starts a throw-away PostgreSQL for tests.
package postgrestest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// postgres is the server of all tests of a program, started by the first that needs it.
var postgres struct {
	sync.Mutex
	address   string // user, host and port
	databases int
	stop      func()
}

// Database returns the URL of an empty database in a throw-away PostgreSQL on the loopback interface. Where PostgreSQL is
// not installed the test is skipped, but not in continuous integration.
func Database(t testing.TB) (url string) {
	t.Helper()
	postgres.Lock()
	defer postgres.Unlock()
	if postgres.address == "" {
		startServer(t)
	}
	postgres.databases++
	name := fmt.Sprint("shop", postgres.databases)
	db, err := sql.Open("pgx", "postgres://"+postgres.address+"/postgres?sslmode=disable")
	if err == nil {
		_, err = db.ExecContext(context.Background(), "CREATE DATABASE "+name)
		db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return "postgres://" + postgres.address + "/" + name + "?sslmode=disable"
}

// Stop stops the server, if there is one. TestMain calls it when all tests have run.
func Stop() {
	if postgres.stop != nil {
		postgres.stop()
	}
}

func startServer(t testing.TB) {
	t.Helper()
	initdb, server := postgresProgram(t, "initdb"), postgresProgram(t, "postgres")
	folder, err := os.MkdirTemp("", "cashier-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	postgres.stop = func() { os.RemoveAll(folder) }
	as := unprivileged(t, folder)
	prepare := exec.Command(initdb, "-D", filepath.Join(folder, "data"), "-U", "cashier", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
	prepare.SysProcAttr, prepare.Dir = as, folder
	if output, err := prepare.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	run := exec.Command(server, "-D", filepath.Join(folder, "data"), "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", folder, "-F", "-c", "max_connections=150")
	run.SysProcAttr, run.Dir = as, folder
	var log bytes.Buffer
	run.Stdout, run.Stderr = &log, &log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	postgres.stop = func() {
		_ = run.Process.Signal(syscall.SIGQUIT) // at once: nothing in it is kept
		_ = run.Wait()
		os.RemoveAll(folder)
	}

	address := fmt.Sprintf("cashier@127.0.0.1:%d", port)
	db, err := sql.Open("pgx", "postgres://"+address+"/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		err := db.PingContext(ctx)
		cancel()
		if err == nil {
			postgres.address = address
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL does not answer: %v\n%s", err, log.String())
		}
	}
}

// postgresProgram finds a program of the server, which Debian keeps out of the path.
func postgresProgram(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing; on Debian it is in the package postgresql", name)
		}
		t.Skipf("%s is missing; on Debian it is in the package postgresql", name)
	}
	return found[len(found)-1]
}

// unprivileged lets PostgreSQL, which refuses to run as root, run as somebody else.
func unprivileged(t testing.TB, folder string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		if err := os.Chown(folder, uid, gid); err != nil {
			t.Fatal(err)
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	t.Fatal("there is no account to run PostgreSQL as")
	return nil
}
