package main

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
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
	"syscall"
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
	tls, notifyURL, notifySigns, answerForm        string
	json                                           bool
}

// defaultTLS has the one port that the official Python SDK knows.
const defaultTLS = "127.0.0.1:443"

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

It listens and notifies on the loopback interface only, unless --allow-remote is given.

The official SDKs sign with key version 1 unless they are told otherwise: start with --key-version 1,
or set version 2 in the SDK. Those for Java and Python refuse http, the one for Python knows port 443
only: --tls serves https there as well.`,
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
	flags.StringVar(&f.tls, "tls", "", "serve https too, at `ADDR`, with a certificate made for this run; --tls alone is --tls="+defaultTLS+", --tls=127.0.0.1:0 takes a free port")
	flags.Lookup("tls").NoOptDefVal = defaultTLS
	flags.StringVar(&f.notifyURL, "notify-url", "", "`URL` that is told of payments without a paymentNotifyUrl of their own, as set in Alipay's dashboard")
	flags.StringVar(&f.notifySigns, "notify-signs", sandbox.SignsTarget, "what notifications sign of a notify URL with a query: target (path and query) or path (the path alone)")
	flags.StringVar(&f.answerForm, "answer-form", "", "2025 answers pay with the members of an answer that Alipay's sandbox gave in 2025; by default the answer follows the request")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "listen on and notify addresses that are not on this machine")
	command.RunE = func(command *cobra.Command, _ []string) error {
		f.json = wantsJSON(command)
		return f.serve(command.Context(), command.OutOrStdout(), command.ErrOrStderr())
	}
	return command
}

func (f *sandboxFlags) serve(ctx context.Context, out, errs io.Writer) error {
	if err := errors.Join(f.checkListen(), f.checkValues()); err != nil {
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
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("--listen: %w, perhaps by another sandbox; --listen 127.0.0.1:0 takes a free port", err)
	}
	if err != nil {
		return exit{exitRefused, err}
	}
	defer listener.Close()
	origin, public := f.origins(listener.Addr().(*net.TCPAddr))
	if err := alipay.SetPublicOrigin(public); err != nil {
		return err
	}
	listeners, secure := []net.Listener{listener}, ""
	if f.tls != "" {
		encrypted, err := f.listenTLS(folder)
		if err != nil {
			return exit{exitRefused, err}
		}
		defer encrypted.Close()
		listeners, secure = append(listeners, encrypted), "https://"+encrypted.Addr().String()
	}
	f.welcome(out, origin, secure, folder)
	return serve(ctx, alipay, listeners...)
}

// listenTLS listens for https with a certificate of its own making.
func (f *sandboxFlags) listenTLS(folder string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(f.tls)
	if err != nil {
		return nil, err // checked before
	}
	certificate, err := writeCertificate(folder, host)
	if err != nil {
		return nil, err
	}
	listener, err := tls.Listen("tcp", f.tls, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if errors.Is(err, syscall.EACCES) {
		return nil, fmt.Errorf("--tls: %w; a port below 1024 may need the rights of root, --tls=127.0.0.1:8443 does not", err)
	}
	return listener, err
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
func serve(ctx context.Context, alipay *sandbox.Server, listeners ...net.Listener) error {
	server := alipay.HTTPServer()
	stopped := make(chan error, len(listeners))
	for _, listener := range listeners {
		go func() { stopped <- server.Serve(listener) }()
	}
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
	for _, flag := range []struct{ name, address string }{{"--listen", f.listen}, {"--tls", f.tls}} {
		if flag.address == "" && flag.name == "--tls" {
			continue
		}
		name, _, err := net.SplitHostPort(flag.address)
		if err != nil {
			return fmt.Errorf("%s: %w", flag.name, err)
		}
		ip := net.ParseIP(name)
		if !f.allowRemote && name != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return fmt.Errorf("%s: %s is not on the loopback interface; use 127.0.0.1, or add --allow-remote to accept remote connections", flag.name, flag.address)
		}
	}
	return nil
}

// checkValues refuses those that say nothing: left out, a flag has its default, which 0 does not ask for.
func (f *sandboxFlags) checkValues() error {
	const mostMemory = 1 << 20 // a tebibyte
	switch {
	case f.memory < 1 || f.memory > mostMemory:
		return fmt.Errorf("--memory: from 1 to %d MiB, not %d", mostMemory, f.memory)
	case f.expiry <= 0:
		return fmt.Errorf("--expiry: a time above 0, such as 14m, not %s", f.expiry)
	case f.speedUp < 1:
		return fmt.Errorf("--speed-up: at least 1, which is as fast as Alipay, not %d", f.speedUp)
	case f.notifySigns != sandbox.SignsTarget && f.notifySigns != sandbox.SignsPath:
		return fmt.Errorf("--notify-signs: target or path, not %q", f.notifySigns)
	case f.answerForm != "" && f.answerForm != sandbox.AnswerForm2025:
		return fmt.Errorf("--answer-form: 2025 or nothing, not %q", f.answerForm)
	case f.keyVersion < 1:
		return fmt.Errorf("--key-version: at least 1, not %d", f.keyVersion)
	}
	return nil
}

// options reads the keys; fresh ones are for this run only, so the front page may hand them out.
func (f *sandboxFlags) options(folder string, fresh bool) (sandbox.Options, error) {
	if err := addMissingKeys(folder); err != nil {
		return sandbox.Options{}, exit{exitRefused, err}
	}
	merchant, err := readMerchantKey(folder)
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
		NotifyURL:            f.notifyURL,
	}
	if key := filepath.Join(folder, merchantPrivate); exists(key) {
		if account.PrivateKeyFile, err = filepath.Abs(key); err != nil {
			return sandbox.Options{}, err
		}
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
		AnswerForm:     f.answerForm,
		NotifySigns:    f.notifySigns,
	}, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// addMissingKeys makes the pairs that a folder lacks. A merchant's own key that is there already stays as it is.
func addMissingKeys(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, pair := range [][2]string{{sandboxPrivate, sandboxPublic}, {merchantPrivate, merchantPublic}} {
		private, public := exists(filepath.Join(folder, pair[0])), exists(filepath.Join(folder, pair[1]))
		if private || public && pair[0] == merchantPrivate {
			continue // requests are verified with either half
		}
		if err := writePair(folder, pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}

// readMerchantKey reads the merchant's public key, from the private one where that is all there is.
func readMerchantKey(folder string) (*rsa.PublicKey, error) {
	if exists(filepath.Join(folder, merchantPublic)) {
		return readKey(folder, merchantPublic, gateway.ParsePublicKey)
	}
	private, err := readKey(folder, merchantPrivate, gateway.ParsePrivateKey)
	if err != nil {
		return nil, err
	}
	return &private.PublicKey, nil
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

// welcome prints where the sandbox is and what it takes to use it. secure is the address for https, if there is one.
func (f *sandboxFlags) welcome(out io.Writer, origin, secure, folder string) {
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
		printed := map[string]any{
			"sandbox": origin, "clientId": f.clientID, "key": filepath.Join(folder, merchantPrivate), "keyVersion": f.keyVersion,
			"alipayKey": filepath.Join(folder, sandboxPublic), "alipayKeyVersion": 1, "config": config,
		}
		if secure != "" {
			printed["https"], printed["certificate"] = secure, filepath.Join(folder, sandboxCertificate)
		}
		_ = printJSON(out, printed)
		return
	}
	key := filepath.Join(folder, merchantPrivate)
	if !exists(key) {
		key = "the private key of " + filepath.Join(folder, merchantPublic)
	}
	fmt.Fprintf(out, "sandbox     %s\nclient id   %s\nyour key    %s (version %d)\nAlipay key  %s (version 1)\nconfig      %s\n",
		origin, f.clientID, key, f.keyVersion, filepath.Join(folder, sandboxPublic), text)
	if secure != "" {
		fmt.Fprintf(out, "https       %s, certificate %s\n", secure, filepath.Join(folder, sandboxCertificate))
	}
	fmt.Fprintf(out, "\nOpen %s/ for a first call in five languages and %s/sandbox for every payment.\n", origin, origin)
	if f.keyVersion != 1 {
		fmt.Fprintf(out, "Official SDKs sign with key version 1 by default: set version %d in the SDK, or start with --key-version 1.\n", f.keyVersion)
	}
	if secure == "" {
		fmt.Fprintln(out, "The SDKs for Java and Python refuse http: start with --tls for https as well.")
	}
}
