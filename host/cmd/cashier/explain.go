package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

type explainFlags struct {
	publicKeys                      []string
	ownKey, own                     string
	path, clientID, time, signature string
	request, received               string
	response                        bool
	otherPaths                      []string
}

func explainCommand() *cobra.Command {
	var f explainFlags
	command := &cobra.Command{
		Use:   "explain --public-key [VERSION=]FILE (--request FILE | --path PATH --client-id ID --time TIME --signature VALUE [BODY|-]) [FLAGS]",
		Short: "Say why a message does not verify",
		Long: `explain tries common causes of failed verification: your own key in place of Alipay's,
another path, a query lost or added, a body that was read before, encoded or written again, a
header sent twice, another key version, another client id, a wrong clock, a signature cut off.
It names the cause and what to do; exit code 0 if the message is good, 1 if not.

The message is a file with the whole HTTP request as it was received (--request), or its parts. The
file may be what a proxy, a browser or an editor has saved: with CR LF or LF, of HTTP/1.1 or HTTP/2,
with an absolute URL in its first line. The body must be what arrived, byte for byte: a body that
was parsed and printed again does not verify.

More that is known finds more: --merchant-key (your own key, private or public), --other-path (the
path and query of your paymentNotifyUrl, if a proxy changes it), --received (your server's time).`,
		Example: `  cashier explain --public-key alipay.pem --merchant-key merchant-private.pem --other-path /notify?shop=7 --request request.txt
  cashier explain --public-key 1=old.pem --public-key 2=new.pem --path /notify --client-id SANDBOX_5Y055A2Y2F6K05235 --time 2020-05-18T12:21:00Z --signature "algorithm=…" body.json`,
		Args: atMostOne("BODY"),
	}
	flags := command.Flags()
	flags.StringArrayVar(&f.publicKeys, "public-key", nil, "`[VERSION=]FILE` with what you hold as Alipay's public key; may be repeated")
	flags.StringVar(&f.ownKey, "merchant-key", "", "`FILE` with your own key, private or public")
	flags.StringVar(&f.own, "merchant-client-id", "", "your client `ID`; without it, that of the message is taken for yours")
	flags.StringVar(&f.request, "request", "", "`FILE` with the HTTP request: request line, headers, an empty line, body")
	flags.StringVar(&f.path, "path", "", "the request target as received: path and query; of an answer, that of its request")
	flags.StringVar(&f.clientID, "client-id", "", "the client-id header")
	flags.StringVar(&f.time, "time", "", "the request-time or response-time header")
	flags.StringVar(&f.signature, "signature", "", "the whole value of the Signature header")
	flags.BoolVar(&f.response, "response", false, "the message is an answer to a request, not a notification")
	flags.StringArrayVar(&f.otherPaths, "other-path", nil, "another `PATH` it may have been sent to; may be repeated")
	flags.StringVar(&f.received, "received", "", "`TIME` of your server when it came, ISO 8601; without it, the clock is left out")
	_ = command.MarkFlagRequired("public-key")
	command.MarkFlagsOneRequired("request", "path")
	command.MarkFlagsMutuallyExclusive("request", "path")
	command.MarkFlagsMutuallyExclusive("request", "response")
	command.RunE = func(command *cobra.Command, args []string) error { return f.run(command, args) }
	return command
}

func (f *explainFlags) run(command *cobra.Command, args []string) error {
	message, err := f.message(command, args)
	if err != nil {
		return err
	}
	options := gateway.ExplainOptions{ClientID: f.own}
	if options.Keys, err = readKeyRing(f.publicKeys); err != nil {
		return err
	}
	if f.ownKey != "" {
		text, err := os.ReadFile(f.ownKey)
		if err != nil {
			return err
		}
		if public, publicErr := gateway.ParsePublicKey(string(text)); publicErr == nil {
			options.OwnKey = public
		} else if private, err := gateway.ParsePrivateKey(string(text)); err == nil {
			options.OwnKey = private.Public()
		} else {
			return fmt.Errorf("--merchant-key: %w", err)
		}
	}
	return withCore(command.Context(), func(core *host.Core) error {
		options.Core = core
		e, err := gateway.Explain(command.Context(), message, options)
		if err != nil {
			return exit{exitRefused, err}
		}
		if err := tell(command, e, func(w io.Writer) { explain(w, e) }); err != nil {
			return err
		}
		if !e.Verified {
			return refused
		}
		return nil
	})
}

func explain(w io.Writer, e *gateway.Explanation) {
	if e.Verified {
		fmt.Fprintln(w, "good: "+e.Message)
	} else {
		fmt.Fprintf(w, "%s: %s\n", e.Cause, e.Message)
	}
	for _, check := range e.Checks {
		mark := "ok "
		if !check.Passed {
			mark = "bad"
		}
		fmt.Fprintf(w, "  %s  %s  %s\n", mark, check.Check, check.Message)
	}
	fmt.Fprintf(w, "  %d combinations of guesses and keys were tried\n", e.Tried)
}

func (f *explainFlags) message(command *cobra.Command, args []string) (m gateway.SignedMessage, err error) {
	m = gateway.SignedMessage{Response: f.response, Path: f.path, OtherPaths: f.otherPaths}
	if f.received != "" {
		if m.Now, err = time.Parse(time.RFC3339, f.received); err != nil {
			return m, errors.New("--received: it is ISO 8601 with an offset, as in 2020-05-18T12:21:00Z")
		}
	}
	if f.request != "" {
		if len(args) > 0 {
			return m, errors.New("--request has the body in it; leave the other one out")
		}
		text, err := os.ReadFile(f.request)
		if err != nil {
			return m, err
		}
		if err := readRequest(text, &m); err != nil {
			return m, fmt.Errorf("%s: %w", f.request, err)
		}
		return m, nil
	}
	m.Header = http.Header{}
	timeHeader := "Request-Time"
	if f.response {
		timeHeader = "Response-Time"
	}
	for name, value := range map[string]string{"Client-Id": f.clientID, timeHeader: f.time, "Signature": f.signature} {
		if value != "" {
			m.Header.Set(name, headerValue(name, value))
		}
	}
	m.Body, err = readArgument(command, args, 0)
	return m, err
}
