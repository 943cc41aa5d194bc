// Command simulate runs the checkout service against the sandbox in one process on a virtual clock, with everything that can
// go wrong: lost and broken answers, lost and repeated notifications, programs that die between any two steps, clocks that
// differ, an Alipay that does not answer, a shop that is down for hours. In the end the records of Alipay, of the service
// and of the shop must match. A run follows from its seed: two runs of one seed print the same.
//
//	go run ./host/checkout/simulate --payments 100000 --seed 1
//	go run ./host/checkout/simulate --payments 2000 --seed 1 --plant lose-commit
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/edgecashier/cashier/host"
)

// perWorld is how many payments one world has. Worlds know nothing of each other, so they run side by side.
const perWorld = 500

func main() {
	payments := flag.Int("payments", 10_000, "how many orders are begun")
	seed := flag.Uint64("seed", 1, "what the run follows from")
	plant := flag.String("plant", "", "a fault of the service that the run must find: "+strings.Join(plantNames(), ", "))
	only := flag.Int("only", -1, "run this order alone and print its history")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "worlds at the same time")
	flag.Parse()
	if *plant != "" && !slices.Contains(plantNames(), *plant) {
		fmt.Fprintln(os.Stderr, "there is no such fault; there are", strings.Join(plantNames(), ", "))
		os.Exit(2)
	}
	began := time.Now()
	report, err := simulate(context.Background(), options{payments: *payments, seed: *seed, plant: *plant, only: *only, workers: *workers})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Print(report.text())
	fmt.Fprintf(os.Stderr, "%.0f payments a second\n", float64(*payments)/time.Since(began).Seconds())
	if len(report.differences) > 0 {
		os.Exit(1)
	}
}

type options struct {
	payments int
	seed     uint64
	plant    string
	only     int // an order to run alone, -1 for all
	workers  int
}

// report is what a run has found.
type report struct {
	options
	counts
	digest      string
	differences []difference
	history     string // of the order that was run alone, or of the first difference
}

// counts are what happened.
type counts struct {
	paid, failed, cancelled, open, refunds                    int
	crashes, calls, notifications, deliveries, refused, asked int
}

func (c *counts) add(more counts) {
	c.paid += more.paid
	c.failed += more.failed
	c.cancelled += more.cancelled
	c.open += more.open
	c.refunds += more.refunds
	c.crashes += more.crashes
	c.calls += more.calls
	c.notifications += more.notifications
	c.deliveries += more.deliveries
	c.refused += more.refused
	c.asked += more.asked
}

// difference is where the records of two sides do not match.
type difference struct {
	order int
	what  string
}

func (r *report) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %d orders: %d paid, %d failed, %d cancelled, %d open, %d refunds\n", r.seed, r.payments, r.paid, r.failed, r.cancelled, r.open, r.refunds)
	fmt.Fprintf(&b, "%d calls to Alipay, %d notifications, %d deliveries (%d refused), %d pages, %d programs died\n", r.calls, r.notifications, r.deliveries, r.refused, r.asked, r.crashes)
	fmt.Fprintf(&b, "records %s\n", r.digest)
	if r.only >= 0 {
		b.WriteString(r.history)
	}
	for i, d := range r.differences {
		if i == 10 {
			fmt.Fprintf(&b, "and %d more\n", len(r.differences)-i)
			break
		}
		fmt.Fprintf(&b, "order %d: %s\n", d.order, d.what)
	}
	if len(r.differences) > 0 && r.only < 0 {
		fmt.Fprintf(&b, "the first of them alone (--seed %d --payments %d --only %d):\n%s", r.seed, r.payments, r.differences[0].order, r.history)
	}
	return b.String()
}

// simulate runs all worlds of a seed.
func simulate(ctx context.Context, o options) (*report, error) {
	core, err := host.Open(ctx, host.PoolSize(o.workers))
	if err != nil {
		return nil, err
	}
	defer core.Close()
	// Keys sign, and nothing that is printed follows from them.
	keys := make([]*rsa.PrivateKey, 2)
	for i := range keys {
		if keys[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return nil, err
		}
	}
	numbers := (o.payments + perWorld - 1) / perWorld
	worlds := make([]*world, numbers)
	errs := make([]error, numbers)
	turns := make(chan struct{}, max(1, o.workers))
	var group sync.WaitGroup
	for n := range numbers {
		first, last := n*perWorld, min((n+1)*perWorld, o.payments)
		if o.only >= 0 {
			if o.only < first || o.only >= last {
				continue
			}
			first, last = o.only, o.only+1
		}
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			worlds[n], errs[n] = run(core, keys, o, n, first, last)
		})
	}
	group.Wait()
	r := &report{options: o}
	sum := sha256.New()
	for n, w := range worlds {
		if errs[n] != nil {
			return nil, errs[n]
		}
		if w == nil {
			continue
		}
		r.add(w.counts)
		r.differences = append(r.differences, w.differences...)
		sum.Write(w.digest)
		r.history += w.history
	}
	r.digest = hex.EncodeToString(sum.Sum(nil)[:12])
	if len(r.differences) > 0 && o.only < 0 {
		// The order alone has the shortest history: what others did is no part of it.
		alone := o
		alone.only = r.differences[0].order
		again, err := simulate(ctx, alone)
		if err != nil {
			return nil, err
		}
		if r.history = again.history; len(again.differences) == 0 {
			r.history += "alone it does not happen: run all\n"
		}
	}
	return r, nil
}
