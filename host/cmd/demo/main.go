// Command demo runs a whole purchase on one machine: the offline Alipay sandbox, a
// small merchant's shop, and the Cloudflare Worker with the checkout page in the
// real Workers runtime. Keys are made at start and forgotten at the end; nothing
// leaves the loopback interface.
//
//	go run ./host/cmd/demo
//
// is what ./build.sh demo does once everything is built.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/sandbox"
)

type options struct {
	checkoutPort, sandboxPort, shopPort int
	data                                string
	retry                               time.Duration
	asJSON                              bool
}

// addresses is what a visitor, or a test with -json, needs to know. The operator's token is made for this run only.
type addresses struct {
	Checkout      string `json:"checkout"`
	Sandbox       string `json:"sandbox"`
	Shop          string `json:"shop"`
	OperatorToken string `json:"operatorToken"`
}

func main() {
	var o options
	flag.IntVar(&o.checkoutPort, "checkout-port", 8787, "port of the Worker with the checkout page; 0 takes any free one")
	flag.IntVar(&o.sandboxPort, "sandbox-port", 8801, "port of the Alipay sandbox; 0 takes any free one")
	flag.IntVar(&o.shopPort, "shop-port", 8802, "port of the shop; 0 takes any free one")
	flag.StringVar(&o.data, "data", "", "folder for the Worker's ledger and queues; a temporary one if empty")
	flag.DurationVar(&o.retry, "retry", 5*time.Second, "how long the sandbox waits before it sends a notification again")
	flag.BoolVar(&o.asJSON, "json", false, "print the addresses as one line of JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run starts the three parts, prints where they are, and serves until ctx ends.
func run(ctx context.Context, o options, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

	sandboxListener, err := listen(o.sandboxPort)
	if err != nil {
		return err
	}
	shopListener, err := listen(o.shopPort)
	if err != nil {
		return err
	}
	checkoutPort, err := freePort(o.checkoutPort)
	if err != nil {
		return err
	}
	at := addresses{
		Checkout: "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(checkoutPort)),
		Sandbox:  "http://" + sandboxListener.Addr().String(),
		Shop:     "http://" + shopListener.Addr().String(),
	}

	merchant, err := sandbox.NewMerchant(sandbox.GuideClientID)
	if err != nil {
		return err
	}
	merchant.Name = shopName
	alipay, err := sandbox.New(sandbox.Options{
		PublicOrigin:  at.Sandbox,
		Merchants:     []sandbox.Merchant{merchant},
		RetryInterval: o.retry,
		Logger:        logger,
	})
	if err != nil {
		return err
	}
	defer alipay.Close()

	core, err := host.Open(ctx)
	if err != nil {
		return err
	}
	defer core.Close()
	secrets, err := newSecrets(merchant, alipay)
	if err != nil {
		return err
	}
	at.OperatorToken = secrets.operatorToken
	shop, err := newShop(core, secrets, at, logger)
	if err != nil {
		return err
	}

	failed := make(chan error, 3)
	serve(ctx, sandboxListener, alipay.HTTPServer(), failed)
	serve(ctx, shopListener, &http.Server{Handler: shop, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute}, failed)
	worker, err := startWorker(ctx, o.data, checkoutPort, secrets.variables(at))
	if err != nil {
		return err
	}
	defer worker.stop()
	go func() { failed <- worker.wait() }()

	if o.asJSON {
		err = json.NewEncoder(out).Encode(at)
	} else {
		err = welcome(out, at)
	}
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
}

func welcome(out io.Writer, at addresses) error {
	_, err := fmt.Fprintf(out, `
Cashier is ready. Buy something:

  %s/

The Alipay sandbox is at  %s/
The shop's orders are at  %s/
The operator's calls:     curl -H 'Authorization: Bearer %s' %s/operator/orders
Stop with Ctrl-C.
`, at.Checkout, at.Sandbox, at.Shop, at.OperatorToken, at.Checkout)
	return err
}

// listen takes the port on the loopback interface, or any free one when it is taken.
func listen(port int) (net.Listener, error) {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return net.Listen("tcp4", "127.0.0.1:0")
	}
	return l, err
}

// freePort finds a port for a process that opens it itself.
func freePort(port int) (int, error) {
	l, err := listen(port)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func serve(ctx context.Context, l net.Listener, server *http.Server, failed chan<- error) {
	go func() { failed <- server.Serve(l) }()
	context.AfterFunc(ctx, func() { server.Close() })
}
