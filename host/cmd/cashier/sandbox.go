package main

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/sandbox"
	"github.com/edgecashier/cashier/host/sandbox/sqlitestore"
)

type sandboxFlags struct {
	listen, origin, keys, clientID, redirectMethod string
	keyVersion, speedUp                            int
	settlementCurrencies                           []string
	acquirer, allowRemote                          bool
	expiry                                         time.Duration
	faults                                         []string
	seed                                           uint64
	clockSpeed, memory                             int
	data                                           string
	json                                           bool
}

func sandboxCommand() *cobra.Command {
	var f sandboxFlags
	command := &cobra.Command{
		Use:   "sandbox [--listen ADDR] [--keys DIR] …",
		Short: "Play Alipay on this machine: gateway, cashier pages, notifications",
		Long: `sandbox serves an offline Alipay until it is interrupted: the gateway that creates payments, the
cashier where any account and password pay, and signed notifications that are repeated until they
are acknowledged. It prints its address, where the keys are, and a config to use it with.

Its inspector at /sandbox shows each payment drawn in time, with what was on the wire; tests steer
it with the calls at /sandbox/control: the clock, faults, resends.

It listens and notifies on the loopback interface only, unless --allow-remote is given.`,
		Example: `  cashier sandbox --listen 127.0.0.1:8801 --keys keys`,
		Args: func(command *cobra.Command, args []string) error {
			hint := "--listen %s"
			if len(args) > 0 && !strings.Contains(args[0], ":") {
				hint = "--listen 127.0.0.1:%s" // a port alone
			}
			return noArguments(hint)(command, args)
		},
	}
	flags := command.Flags()
	flags.StringVar(&f.listen, "listen", defaultListen, "`ADDR` to listen on; port 0 takes a free one")
	flags.StringVar(&f.origin, "public-origin", "", "`ORIGIN` under which browsers reach it, if that is not http://ADDR")
	flags.StringVar(&f.keys, "keys", "", "`DIR` with the keys as keygen writes them; made if there are none. Without it, keys for this run only")
	flags.StringVar(&f.clientID, "client-id", sandbox.GuideClientID, "the merchant's client `ID`")
	flags.IntVar(&f.keyVersion, "key-version", 2, "the version of the merchant's key")
	flags.StringSliceVar(&f.settlementCurrencies, "settlement-currencies", nil, "those in the contract, such as USD,EUR; every allowed one by default")
	flags.BoolVar(&f.acquirer, "acquirer", false, "the merchant is an acquirer and may leave out the goods")
	flags.StringVar(&f.redirectMethod, "redirect-method", http.MethodGet, "GET or POST: how shoppers are sent to the cashier")
	flags.DurationVar(&f.expiry, "expiry", 14*time.Minute, "how long a payment can be paid")
	flags.IntVar(&f.speedUp, "speed-up", 1, "repeat notifications this many times faster than Alipay")
	flags.StringArrayVar(&f.faults, "fault", nil, "`FAULT` that happens to payments, such as notify-tampered@50%*8; may be repeated. All are listed at /sandbox/control")
	flags.Uint64Var(&f.seed, "seed", 0, "`NUMBER` that faults and ids follow from, so that a run can be repeated; 0 draws one")
	flags.IntVar(&f.clockSpeed, "clock-speed", 1, "how many times faster than the machine's the sandbox's clock runs; 0 holds it")
	flags.IntVar(&f.memory, "memory", sandbox.DefaultMemory>>20, "`MIB` of memory for payments and what was on the wire; a finished payment takes about 8 KiB, and the oldest are forgotten")
	flags.StringVar(&f.data, "data", "", "SQLite `FILE` that keeps payments from one run to the next; use it with --keys")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "listen on and notify addresses that are not on this machine")
	command.RunE = func(command *cobra.Command, _ []string) error {
		f.json = wantsJSON(command)
		return f.serve(command.Context(), command.OutOrStdout(), command.ErrOrStderr())
	}
	return command
}

func (f *sandboxFlags) serve(ctx context.Context, out, errs io.Writer) error {
	if err := errors.Join(f.checkListen(), f.checkNumbers()); err != nil {
		return err
	}
	folder, own := f.keys, f.keys == ""
	if own {
		var err error
		if folder, err = os.MkdirTemp("", "cashier-sandbox-"); err != nil {
			return err
		}
		defer os.RemoveAll(folder)
	}
	options, err := f.options(folder, own)
	if err != nil {
		return err
	}
	options.Logger = slog.New(slog.NewTextHandler(errs, nil))
	if f.data != "" {
		store, err := sqlitestore.Open(ctx, f.data)
		if err != nil {
			return exit{exitRefused, err}
		}
		defer store.Close()
		options.Store = store
	}
	clock := sandbox.NewClock()
	if err := clock.SetSpeed(f.clockSpeed); err != nil {
		return fmt.Errorf("--clock-speed: %w", err)
	}
	options.Clock = clock
	alipay, err := sandbox.New(options)
	if err != nil {
		return err
	}
	defer alipay.Close()
	if f.allowRemote {
		options.Logger.Warn("this sandbox may be reached by others and sends to others: anybody can pay with anything")
	}
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return exit{exitRefused, err}
	}
	origin, public := f.origins(listener.Addr().(*net.TCPAddr))
	if err := alipay.SetPublicOrigin(public); err != nil {
		listener.Close()
		return err
	}
	f.welcome(out, origin, folder)
	return serve(ctx, listener, alipay)
}

// origins are what is printed, for a person to open, and what links lead to. Nobody can open the address that stands for every
// one of the machine, and others reach it by another than its own people: there links lead to where the request came.
func (f *sandboxFlags) origins(bound *net.TCPAddr) (printed, public string) {
	switch {
	case f.origin != "":
		return f.origin, f.origin
	case bound.IP.IsUnspecified():
		return fmt.Sprintf("http://127.0.0.1:%d", bound.Port), ""
	}
	origin := "http://" + bound.String()
	return origin, origin
}

// serve answers requests until the context ends.
func serve(ctx context.Context, listener net.Listener, alipay *sandbox.Server) error {
	server := &http.Server{Handler: alipay, ReadHeaderTimeout: 10 * time.Second}
	server.RegisterOnShutdown(func() { alipay.Close() }) // pages that wait for news would never end
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return exit{exitRefused, err}
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return exit{exitRefused, errors.Join(err, server.Close())}
	}
	return nil
}

// checkListen keeps the sandbox, which lets anybody pay with anything, on this machine.
func (f *sandboxFlags) checkListen() error {
	name, _, err := net.SplitHostPort(f.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	ip := net.ParseIP(name)
	if f.allowRemote || name == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("--listen: %s is not on the loopback interface; use 127.0.0.1, or --allow-remote if others shall reach it", f.listen)
}

// checkNumbers refuses those that say nothing: left out, a flag has its default, which 0 does not ask for.
func (f *sandboxFlags) checkNumbers() error {
	const mostMemory = 1 << 20 // a tebibyte
	switch {
	case f.memory < 1 || f.memory > mostMemory:
		return fmt.Errorf("--memory: from 1 to %d MiB, not %d", mostMemory, f.memory)
	case f.expiry <= 0:
		return fmt.Errorf("--expiry: a time above 0, such as 14m, not %s", f.expiry)
	case f.speedUp < 1:
		return fmt.Errorf("--speed-up: at least 1, which is as fast as Alipay, not %d", f.speedUp)
	case f.keyVersion < 1:
		return fmt.Errorf("--key-version: at least 1, not %d", f.keyVersion)
	}
	return nil
}

// options reads the keys; fresh ones are for this run only and may be shown to whoever tries the sandbox out.
func (f *sandboxFlags) options(folder string, fresh bool) (sandbox.Options, error) {
	if _, err := os.Lstat(filepath.Join(folder, sandboxPrivate)); errors.Is(err, os.ErrNotExist) {
		if err := writeKeys(folder); err != nil {
			return sandbox.Options{}, exit{exitRefused, err}
		}
	}
	merchant, err := readKey(folder, merchantPublic, gateway.ParsePublicKey)
	if err != nil {
		return sandbox.Options{}, err
	}
	private, err := readKey(folder, sandboxPrivate, gateway.ParsePrivateKey)
	if err != nil {
		return sandbox.Options{}, err
	}
	account := sandbox.Merchant{
		ClientID:             f.clientID,
		Name:                 "Test Shop",
		PublicKeys:           map[int]*rsa.PublicKey{f.keyVersion: merchant},
		SettlementCurrencies: f.settlementCurrencies,
		Acquirer:             f.acquirer,
	}
	if fresh {
		if account.PrivateKey, err = readKey(folder, merchantPrivate, gateway.ParsePrivateKey); err != nil {
			return sandbox.Options{}, err
		}
	}
	return sandbox.Options{
		Merchants:      []sandbox.Merchant{account},
		PrivateKey:     private,
		Expiry:         f.expiry,
		RedirectMethod: strings.ToUpper(f.redirectMethod),
		SpeedUp:        f.speedUp,
		AllowRemote:    f.allowRemote,
		Faults:         f.faults,
		Seed:           f.seed,
		MaximumMemory:  f.memory << 20,
	}, nil
}

func readKey[Key any](folder, name string, parse func(string) (Key, error)) (key Key, err error) {
	path := filepath.Join(folder, name)
	text, err := os.ReadFile(path)
	if err != nil {
		return key, err
	}
	if key, err = parse(string(text)); err != nil {
		return key, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func (f *sandboxFlags) welcome(out io.Writer, origin, folder string) {
	config := gateway.Config{
		ClientID: f.clientID, KeyVersion: f.keyVersion, GatewayURL: origin, SettlementCurrencies: f.settlementCurrencies,
		RedirectHosts: []string{strings.TrimPrefix(strings.TrimPrefix(origin, "http://"), "https://")},
	}
	if f.acquirer {
		config.MerchantKind = "acquirer"
	}
	text, err := json.Marshal(config)
	if err != nil {
		panic(err) // strings and numbers only
	}
	if f.json {
		_ = printJSON(out, map[string]any{"sandbox": origin, "clientId": f.clientID, "key": filepath.Join(folder, merchantPrivate), "keyVersion": f.keyVersion,
			"alipayKey": filepath.Join(folder, sandboxPublic), "alipayKeyVersion": 1, "config": config})
		return
	}
	fmt.Fprintf(out, "sandbox     %s\nclient id   %s\nyour key    %s (version %d)\nAlipay key  %s (version 1)\nconfig      %s\n",
		origin, f.clientID, filepath.Join(folder, merchantPrivate), f.keyVersion, filepath.Join(folder, sandboxPublic), text)
}
