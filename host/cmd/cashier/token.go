package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

// The files of a folder with keys for order tokens.
const (
	tokenIssueKeys  = "order-token-issue.json"
	tokenVerifyKeys = "order-token-verify.json"
)

func tokenCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "token COMMAND",
		Short: "Issue and verify order tokens, and make keys for them",
		Long: `An order token is an order that your server has signed for the checkout at the edge, so that a
price typed in a browser never reaches Alipay.`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unknown command %q for %q; available: %s", args[0], command.CommandPath(), commandNames(command))
			}
			return nil
		},
		RunE: func(command *cobra.Command, _ []string) error {
			return fmt.Errorf("missing subcommand; available: %s", commandNames(command))
		},
	}
	command.AddCommand(tokenKeygenCommand(), tokenIssueCommand(), tokenVerifyCommand())
	for _, c := range command.Commands() {
		c.DisableFlagsInUseLine = true
	}
	return command
}

func tokenKeygenCommand() *cobra.Command {
	var folder, algorithm, id string
	command := &cobra.Command{
		Use:   "keygen --out DIR [--alg EdDSA|HS256] [--key-id ID]",
		Short: "Make the key sets of the shop and of the checkout",
		Long: `keygen writes two JWK Sets: order-token-issue.json for your server, order-token-verify.json for the
checkout. With EdDSA the checkout cannot issue tokens itself; with HS256 both hold one secret. It
never overwrites a file.`,
		Args: cobra.NoArgs,
	}
	command.Flags().StringVar(&folder, "out", "", "the `DIR` to write to; made if needed")
	command.Flags().StringVar(&algorithm, "alg", ordertoken.EdDSA, "EdDSA or HS256")
	command.Flags().StringVar(&id, "key-id", time.Now().UTC().Format("2006-01-02"), "the key's `ID`, different for every key in use")
	_ = command.MarkFlagRequired("out")
	_ = command.RegisterFlagCompletionFunc("alg", cobra.FixedCompletions([]string{ordertoken.EdDSA, ordertoken.HS256}, cobra.ShellCompDirectiveNoFileComp))
	command.RunE = func(command *cobra.Command, _ []string) error {
		issue, verify, err := ordertoken.GenerateKeys(algorithm, id)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return exit{exitRefused, err}
		}
		files := []string{filepath.Join(folder, tokenIssueKeys), filepath.Join(folder, tokenVerifyKeys)}
		for i, text := range [][]byte{issue, verify} {
			if err := writeNew(files[i], append(text, '\n')); err != nil {
				return exit{exitRefused, err}
			}
		}
		return tell(command, map[string][]string{"files": files}, func(w io.Writer) { fmt.Fprintln(w, strings.Join(files, "\n")) })
	}
	return command
}

// writeNew writes a file for this user alone that was not there before.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already; keys are never overwritten", path)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// maxLifetime is what a verifier accepts by default: a token that is valid for longer would be refused everywhere.
const maxLifetime = 24 * time.Hour

func tokenIssueCommand() *cobra.Command {
	var keys string
	var issuer ordertoken.Issuer
	command := &cobra.Command{
		Use:     "issue --keys FILE --issuer NAME --audience ORIGIN [--lifetime DURATION] [ORDER|-]",
		Short:   "Sign an order for the checkout",
		Example: `  cashier token issue --keys order-token-issue.json --issuer https://shop.example --audience https://pay.example order.json`,
		Args:    atMostOne("ORDER"),
	}
	command.Flags().StringVar(&keys, "keys", "", "`FILE` with the JWK Set that signs")
	command.Flags().StringVar(&issuer.Name, "issuer", "", "the shop: the claim iss")
	command.Flags().StringVar(&issuer.Audience, "audience", "", "the public origin of the checkout: the claim aud")
	command.Flags().DurationVar(&issuer.Lifetime, "lifetime", time.Hour, "how long the token is valid, from 1s to 24h")
	for _, name := range []string{"keys", "issuer", "audience"} {
		_ = command.MarkFlagRequired(name)
	}
	command.RunE = func(command *cobra.Command, args []string) error {
		err := timeSpan("lifetime", issuer.Lifetime, time.Second, maxLifetime)
		if err != nil {
			return err
		}
		if issuer.Keys, err = readTokenKeys(keys); err != nil {
			return err
		}
		order, err := readOrder(command, args)
		if err != nil {
			return err
		}
		token, err := issuer.Issue(order, time.Now())
		if err != nil {
			return exit{exitRefused, err}
		}
		return tell(command, map[string]string{"token": token}, func(w io.Writer) { fmt.Fprintln(w, token) })
	}
	return command
}

func tokenVerifyCommand() *cobra.Command {
	var keys string
	var verifier ordertoken.Verifier
	command := &cobra.Command{
		Use:     "verify --keys FILE --audience ORIGIN [--issuer NAME] [TOKEN|-]",
		Short:   "Verify an order token and print its order",
		Example: `  cashier token verify --keys order-token-verify.json --audience https://pay.example eyJ…`,
		Args:    atMostOne("TOKEN"),
	}
	command.Flags().StringVar(&keys, "keys", "", "`FILE` with the JWK Set that verifies")
	command.Flags().StringVar(&verifier.Audience, "audience", "", "the public origin of the checkout")
	command.Flags().StringVar(&verifier.Issuer, "issuer", "", "the shop; by default every one that has a key")
	_ = command.MarkFlagRequired("keys")
	_ = command.MarkFlagRequired("audience")
	command.RunE = func(command *cobra.Command, args []string) error {
		var err error
		if verifier.Keys, err = readTokenKeys(keys); err != nil {
			return err
		}
		var text string
		if len(args) == 1 && args[0] != "-" {
			text = args[0]
		} else {
			read, err := readStandardInput(command)
			if err != nil {
				return err
			}
			text = string(read)
		}
		token, err := verifier.Verify(strings.TrimSpace(text), time.Now())
		if err != nil {
			return exit{exitRefused, err}
		}
		result := struct {
			ID       string        `json:"jti"`
			Issuer   string        `json:"iss"`
			KeyID    string        `json:"kid"`
			IssuedAt time.Time     `json:"iat"`
			Expiry   time.Time     `json:"exp"`
			Order    gateway.Order `json:"order"`
		}{token.ID, token.Issuer, token.KeyID, token.IssuedAt, token.Expiry, token.Order}
		return tell(command, result, func(w io.Writer) {
			row(w, "issuer", token.Issuer)
			row(w, "key", token.KeyID)
			row(w, "expires", token.Expiry.Format(time.RFC3339))
			order, err := json.Marshal(token.Order)
			if err == nil {
				row(w, "order", string(order))
			}
		})
	}
	return command
}

func readTokenKeys(path string) (*ordertoken.Keys, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	keys, err := ordertoken.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}
