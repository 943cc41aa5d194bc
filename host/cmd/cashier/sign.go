package main

import (
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// signedParts are the flags of what is signed besides the body.
type signedParts struct{ path, clientID, time string }

func (p *signedParts) flags(command *cobra.Command) {
	command.Flags().StringVar(&p.path, "path", "", "the request target: path and query as on the wire, without the host")
	command.Flags().StringVar(&p.clientID, "client-id", "", "the client-id header")
	command.Flags().StringVar(&p.time, "time", "", "the request-time or response-time header")
	for _, name := range []string{"path", "client-id", "time"} {
		_ = command.MarkFlagRequired(name)
	}
}

func signCommand() *cobra.Command {
	var (
		parts   signedParts
		keyFile string
		version int
	)
	command := &cobra.Command{
		Use:     "sign --key FILE --path PATH --client-id ID --time TIME [--key-version N] [BODY|-]",
		Short:   "Sign a message and print the value of its Signature header",
		Example: `  cashier sign --key merchant-private.pem --path /ams/sandbox/api/v1/payments/pay --client-id SANDBOX_5Y055A2Y2F6K05235 --time 2020-05-18T12:08:56+05:30 --key-version 2 body.json`,
		Args:    atMostOne("BODY"),
	}
	parts.flags(command)
	command.Flags().StringVar(&keyFile, "key", "", "`FILE` with the private key")
	command.Flags().IntVar(&version, "key-version", 1, "the version under which the other side knows the key")
	_ = command.MarkFlagRequired("key")
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := keyVersion("key-version", version); err != nil {
			return err
		}
		text, err := os.ReadFile(keyFile)
		if err != nil {
			return err
		}
		key, err := gateway.ParsePrivateKey(string(text))
		if err != nil {
			return fmt.Errorf("--key: %w", err)
		}
		body, err := readArgument(command, args, 0)
		if err != nil {
			return err
		}
		return withCore(command.Context(), func(core *host.Core) error {
			var prefix struct{ ContentPrefix string }
			if err := ask(command, core, "content_prefix", map[string]any{"path": parts.path, "clientId": parts.clientID, "time": parts.time}, &prefix); err != nil {
				return err
			}
			signature, err := crypto.SignMessage(key, rand.Reader, append([]byte(prefix.ContentPrefix), body...), crypto.SHA256)
			if err != nil {
				return fmt.Errorf("sign: %w", err)
			}
			var header struct{ Header string }
			if err := ask(command, core, "signature_header", map[string]any{"keyVersion": version, "signature": base64.StdEncoding.EncodeToString(signature)}, &header); err != nil {
				return err
			}
			return tell(command, map[string]string{"signature": header.Header}, func(w io.Writer) { fmt.Fprintln(w, header.Header) })
		})
	}
	return command
}

// ask runs an operation whose input comes from flags alone, so that what is wrong with it is wrong usage.
func ask(command *cobra.Command, core *host.Core, operation string, input any, reply any) error {
	text, err := json.Marshal(input)
	if err != nil {
		return err
	}
	answer, r, err := call(command.Context(), core, operation, text)
	switch {
	case err != nil:
		return err
	case len(r.Errors) > 0:
		return r.Errors
	}
	return json.Unmarshal(answer, reply)
}
