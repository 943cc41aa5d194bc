package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

func verifyCommand() *cobra.Command {
	var (
		parts              signedParts
		keyFile, signature string
	)
	command := &cobra.Command{
		Use:   "verify --public-key FILE --path PATH --client-id ID --time TIME --signature VALUE [BODY|-]",
		Short: "Verify the signature of a message, byte for byte",
		Long: `verify prints "good" or "bad" with the reason. Exit code 0 if good, 1 if bad. The key is the one
to verify with, whatever version the signature names; the time is not compared with the clock.

The path of a notification is that of paymentNotifyUrl with its query, as Alipay requests it; it
is "/" for a URL without path. The path of an answer is that of its request.`,
		Example: `  cashier verify --public-key alipay.pem --path / --client-id SANDBOX_5Y055A2Y2F6K05235 --time 2020-05-18T12:21:00Z --signature "algorithm=RSA256,keyVersion=1,signature=…" body.json`,
		Args:    atMostOne("BODY"),
	}
	parts.flags(command)
	command.Flags().StringVar(&keyFile, "public-key", "", "`FILE` with the public key of the side that signed")
	command.Flags().StringVar(&signature, "signature", "", "the whole value of the Signature header")
	_ = command.MarkFlagRequired("public-key")
	_ = command.MarkFlagRequired("signature")
	command.RunE = func(command *cobra.Command, args []string) error {
		text, err := os.ReadFile(keyFile)
		if err != nil {
			return err
		}
		key, err := gateway.ParsePublicKey(string(text))
		if err != nil {
			return fmt.Errorf("--public-key: %w", err)
		}
		body, err := readArgument(command, args, 0)
		if err != nil {
			return err
		}
		return withCore(command.Context(), func(core *host.Core) error {
			return verify(command, core, parts, signature, key, body)
		})
	}
	return command
}

func verify(command *cobra.Command, core *host.Core, parts signedParts, signature string, key *rsa.PublicKey, body []byte) error {
	head, err := json.Marshal(map[string]any{
		"config":  map[string]string{"clientId": parts.clientID},
		"path":    parts.path,
		"headers": map[string]string{"client-id": parts.clientID, "request-time": parts.time, "signature": signature},
	})
	if err != nil {
		return err
	}
	reply, r, err := call(command.Context(), core, "open_notification", append(append(head, '\n'), body...))
	if err != nil {
		return err
	}
	if len(r.Errors) > 0 {
		return bad(command, r.Errors)
	}
	var opened struct{ ContentPrefix, KeyVersion, Signature string }
	if err := json.Unmarshal(reply, &opened); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(opened.Signature)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(append([]byte(opened.ContentPrefix), body...))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw) != nil {
		return bad(command, gateway.Problems{{Code: gateway.SignatureMismatch, Message: "the signature does not fit this path, client id, time and body under this key"}})
	}
	return tell(command, verdict{Good: true, KeyVersion: opened.KeyVersion, Problems: gateway.Problems{}}, func(w io.Writer) {
		if opened.KeyVersion == "" {
			fmt.Fprintln(w, "good: the signature names no key version")
			return
		}
		fmt.Fprintf(w, "good: the signature names key version %s\n", opened.KeyVersion)
	})
}

// verdict is what verify says as JSON.
type verdict struct {
	Good       bool             `json:"good"`
	KeyVersion string           `json:"keyVersion,omitempty"`
	Problems   gateway.Problems `json:"problems"`
}

func bad(command *cobra.Command, problems gateway.Problems) error {
	err := tell(command, verdict{Problems: problems}, func(w io.Writer) {
		for _, problem := range problems {
			fmt.Fprintf(w, "bad: %v\n", problem)
		}
	})
	if err != nil {
		return err
	}
	return refused
}
