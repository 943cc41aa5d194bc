//go:build unix

package gateway_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	native "github.com/edgecashier/cashier/wasm/core"
	contract "github.com/edgecashier/cashier/wasm/vectors"
)

// BenchmarkSummary prints one table of what core.wasm costs, compared with the same work without it:
//
//	go test ./host/gateway -run xxx -bench Summary -benchtime 1x
//
// What is measured is the processor time of this process, the garbage collector's included. Each pair is measured in many short
// turns, of which the tenth that was disturbed least is compared: other work on the machine takes no processor time of ours, but it
// empties the caches, and that slows down a call through much code more than a loop of RSA.
func BenchmarkSummary(b *testing.B) {
	s := &summary{rounds: 301}
	fmt.Printf("\n%-50s %12s %12s %8s %10s\n", "", "with wasm", "without", "ratio", "at most")
	s.pay(b)
	s.notification(b)
	s.answer(b)
	s.calls(b)
	s.advance(b)
	s.start(b)
}

type summary struct{ rounds int }

// compare prints a row; of is how often one turn repeats each of the two.
func (s *summary) compare(name string, limit float64, of int, with, without func()) {
	turn := func(run func()) time.Duration {
		start := processorTime()
		for range of {
			run()
		}
		return (processorTime() - start) / time.Duration(of)
	}
	turn(with)
	turn(without)
	var a, z []time.Duration
	for range s.rounds {
		a, z = append(a, turn(with)), append(z, turn(without))
	}
	x, y := lowestTenth(a), lowestTenth(z)
	bound, verdict := "", ""
	ratio := float64(x) / float64(y)
	if limit > 0 {
		if bound = fmt.Sprintf("%.2f", limit); ratio > limit {
			verdict = "  TOO SLOW"
		}
	}
	fmt.Printf("%-50s %12s %12s %8.2f %10s%s\n", name, round(x), round(y), ratio, bound, verdict)
	s.record(name, round(x), round(y), ratio, limit)
}

// record adds a row to the file that BENCH_RESULTS names, for the table of ./build.sh bench.
func (s *summary) record(name, with, without string, ratio, limit float64) {
	what, against, _ := strings.Cut(name, " : ")
	line := map[string]any{"area": "host", "what": what, "value": with, "against": against + " " + without, "ratio": ratio,
		"command": "go test -run '^$' -bench Summary -benchtime 1x ./host/gateway"}
	if limit > 0 {
		line["target"], line["reached"] = fmt.Sprintf("at most %.2f", limit), ratio <= limit
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err) // texts and numbers
	}
	if path := os.Getenv("BENCH_RESULTS"); path != "" {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			panic(err)
		}
		defer file.Close()
		if _, err := file.Write(append(text, '\n')); err != nil {
			panic(err)
		}
	}
}

func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// lowestTenth is the value that a tenth of the list stays below.
func lowestTenth(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/10]
}

func round(d time.Duration) string {
	if d >= 10*time.Millisecond {
		return d.Round(100 * time.Microsecond).String()
	}
	return fmt.Sprintf("%.1fµs", float64(d.Nanoseconds())/1000)
}

// pay compares all that happens before a pay request is sent with the signature in it.
func (s *summary) pay(b *testing.B) {
	c := client(b, "http://127.0.0.1:1", func(o *gateway.Options) {
		o.HTTPClient = roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("offline") })
	})
	content := make([]byte, 1000)
	order := seedOrder()
	s.compare("prepare and sign pay : bare RSA-2048 signature", 1.10, 2, func() {
		if _, err := c.Pay(context.Background(), order); !errors.Is(err, gateway.ErrOutcomeUnknown) {
			b.Fatal(err)
		}
	}, func() {
		digest := sha256.Sum256(content)
		if _, err := rsa.SignPKCS1v15(rand.Reader, merchant, crypto.SHA256, digest[:]); err != nil {
			b.Fatal(err)
		}
	})
}

// notification compares the whole of VerifyNotification, for the guide's own notification, with the verification in it, and with what
// a shop does that uses the official SDK.
func (s *summary) notification(b *testing.B) {
	c := client(b, "")
	content := vectorInput(b, "seed/notification-1-read")
	_, content, _ = bytes.Cut(content, []byte("\n"))
	good := signed("/notify", sentAt, string(content))
	body := bytes.NewReader(content)
	good.Body = io.NopCloser(body)
	verify := func() {
		body.Reset(content)
		if _, err := c.VerifyNotification(good); err != nil {
			b.Fatal(err)
		}
	}
	digest := sha256.Sum256(content)
	signature, err := rsa.SignPKCS1v15(rand.Reader, alipay, crypto.SHA256, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	s.compare("verify notification : bare verification", 1.5, 20, verify, func() {
		digest := sha256.Sum256(content)
		if err := rsa.VerifyPKCS1v15(&alipay.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
			b.Fatal(err)
		}
	})
	key := spki(b, &alipay.PublicKey)
	s.compare("verify notification : steps of the official SDK", 1, 20, verify, func() {
		body.Reset(content)
		if _, err := sdkSteps(good, key); err != nil {
			b.Fatal(err)
		}
	})
	s.allocations("verify notification", 0, verify)
}

// vectorInput is the input of the vector of that name.
func vectorInput(b *testing.B, name string) []byte {
	all, err := contract.Load()
	if err != nil {
		b.Fatal(err)
	}
	for _, v := range all {
		if v.Name == name {
			return v.Input
		}
	}
	b.Fatalf("there is no vector %s", name)
	return nil
}

// answer measures read_pay of the genuine answer of 2025, the measure of what the core's other work may cost.
func (s *summary) answer(b *testing.B) {
	input := vectorInput(b, "cashier-addresses/answer-2025-read-WEB")
	s.compare("read_pay of the genuine answer of 2025 : native", 0, 20, func() {
		if _, err := core.Call(context.Background(), "read_pay", input); err != nil {
			b.Fatal(err)
		}
	}, func() {
		if _, err := native.Call("read_pay", input); err != nil {
			b.Fatal(err)
		}
	})
}

// calls compares pooled calls with the same functions compiled by Go.
func (s *summary) calls(b *testing.B) {
	n := runtime.GOMAXPROCS(0)
	head := []byte(`{"config":{"clientId":"C"}}` + "\n" + paidBody)
	for _, test := range []struct {
		operation string
		input     []byte
	}{{"content_prefix", []byte(`{"path":"/","clientId":"C","time":"1685599933871"}`)}, {"read_notification", head}} {
		for _, goroutines := range []int{1, n, 4 * n} {
			each := 100 / goroutines
			s.compare(fmt.Sprintf("%s, %d goroutines : native", test.operation, goroutines), 0, each, together(goroutines, func() {
				if _, err := core.Call(context.Background(), test.operation, test.input); err != nil {
					b.Error(err)
				}
			}), together(goroutines, func() {
				if _, err := native.Call(test.operation, test.input); err != nil {
					b.Error(err)
				}
			}))
		}
		s.allocations(test.operation+", a pooled call", 4, func() { _, _ = core.Call(context.Background(), test.operation, test.input) })
	}
}

// allocations prints how many objects one run leaves to the garbage collector.
func (s *summary) allocations(name string, limit int, run func()) {
	bound := ""
	if limit > 0 {
		bound = fmt.Sprint(limit)
	}
	fmt.Printf("%-50s %12.0f %12s %8s %10s\n", name+", allocations", testing.AllocsPerRun(200, run), "", "", bound)
}

// together returns a function that runs run on so many goroutines at once.
func together(goroutines int, run func()) func() {
	if goroutines == 1 {
		return run
	}
	return func() {
		var group sync.WaitGroup
		for range goroutines {
			group.Go(run)
		}
		group.Wait()
	}
}

// start compares opening a Core with the machine code in a cache and without.
func (s *summary) start(b *testing.B) {
	cache := b.TempDir()
	open := func(opts ...host.Option) func() {
		return func() {
			opened, err := host.Open(context.Background(), opts...)
			if err != nil {
				b.Fatal(err)
			}
			opened.Close()
		}
	}
	rounds := s.rounds
	s.rounds = 5
	s.compare("start, cold : from the cache", 0, 1, open(), open(host.CompilationCache(cache)))
	s.rounds = rounds
}
