package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// clientFlags are those of the commands that talk to a gateway.
type clientFlags struct {
	config, key, keys string
	publicKeys        []string
	retry             bool
	timeout           time.Duration
}

func (f *clientFlags) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.config, "config", "", "`FILE` with the config as JSON (or the JSON itself); required")
	flags.StringVar(&f.key, "key", "", "`FILE` with your private key")
	flags.StringArrayVar(&f.publicKeys, "public-key", nil, "`[VERSION=]FILE` with Alipay's public key; version 1 by default; may be repeated")
	flags.StringVar(&f.keys, "keys", "", "`DIR` as keygen writes it, in place of --key and --public-key: for the sandbox")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long to wait in all")
}

// retryFlag is for the commands whose requests may be repeated.
func (f *clientFlags) retryFlag(command *cobra.Command) {
	command.Flags().BoolVar(&f.retry, "retry", true, "repeat the same request while its outcome is unknown; never charges twice")
}

// maxTimeout is longer than anybody waits for a payment.
const maxTimeout = 24 * time.Hour

// clientUsage is the part of a usage line that all of them have.
const clientUsage = "--config FILE (--keys DIR | --key FILE --public-key [VERSION=]FILE)"

// check demands what has no default: a request must never go to the real gateway, for an account that is not the user's, because
// a flag was forgotten.
func (f *clientFlags) check() error {
	if err := timeSpan("timeout", f.timeout, time.Millisecond, maxTimeout); err != nil {
		return err
	}
	var missing []error
	if f.config == "" {
		missing = append(missing, errors.New("--config is needed: your account and its gateway; \"cashier init\" writes one for the sandbox, and \"cashier sandbox\" prints its own"))
	}
	switch {
	case f.keys != "" && (f.key != "" || len(f.publicKeys) > 0):
		missing = append(missing, errors.New("--keys takes the place of --key and --public-key; give one or the other"))
	case f.keys == "" && (f.key == "" || len(f.publicKeys) == 0):
		missing = append(missing, errors.New("keys are needed: --keys DIR, or --key FILE and --public-key FILE"))
	}
	return errors.Join(missing...)
}

// options reads everything but the Core.
func (f *clientFlags) options(command *cobra.Command) (o gateway.Options, err error) {
	config, err := readConfig(command, f.config)
	if err != nil {
		return o, err
	}
	if o.Config, err = gateway.ParseConfig(config); err != nil {
		return o, fmt.Errorf("--config: %w", err)
	}
	key, publicKeys := f.key, f.publicKeys
	if f.keys != "" {
		key, publicKeys = filepath.Join(f.keys, merchantPrivate), []string{filepath.Join(f.keys, sandboxPublic)}
	}
	text, err := os.ReadFile(key)
	if err != nil {
		return o, err
	}
	private, err := gateway.ParsePrivateKey(string(text))
	if err != nil {
		return o, fmt.Errorf("%s: %w", key, err)
	}
	ring, err := readKeyRing(publicKeys)
	if err != nil {
		return o, err
	}
	o.Key, o.AlipayKeys = private, ring
	if f.retry {
		o.Retry = gateway.DefaultRetry()
	}
	return o, nil
}

// readKeyRing reads [VERSION=]FILE items.
func readKeyRing(items []string) (*gateway.KeyRing, error) {
	keys := map[string]string{}
	for _, item := range items {
		version, path, named := strings.Cut(item, "=")
		if _, err := strconv.Atoi(version); !named || err != nil {
			version, path = "1", item
		}
		if _, twice := keys[version]; twice {
			return nil, fmt.Errorf("--public-key: there are two keys of version %s; write VERSION=FILE", version)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		keys[version] = string(text)
	}
	ring, err := gateway.NewKeyRing(keys)
	if err != nil {
		return nil, fmt.Errorf("--public-key: %w", err)
	}
	return ring, nil
}

// withClient opens a client for one call. What it returns is the end of the call, not wrong usage.
func (f *clientFlags) withClient(command *cobra.Command, use func(context.Context, *gateway.Client) error) error {
	if err := f.check(); err != nil {
		return err
	}
	options, err := f.options(command)
	if err != nil {
		return err
	}
	return withCore(command.Context(), func(core *host.Core) error {
		options.Core = core
		client, err := gateway.New(options)
		if err != nil {
			return exit{exitRefused, err}
		}
		ctx, cancel := context.WithTimeout(command.Context(), f.timeout)
		defer cancel()
		err = use(ctx, client)
		if err == nil || errors.Is(err, host.ErrTrap) {
			return err
		}
		return exit{exitRefused, err}
	})
}
