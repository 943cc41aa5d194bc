package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/hosttest"
)

type notifyFlags struct {
	message             hosttest.Message
	to, key, keys, body string
	currency, value     string
	refundValue         string
	allowRemote         bool
	times               int
}

func notifyCommand() *cobra.Command {
	var f notifyFlags
	command := &cobra.Command{
		Use:   "notify --to URL (--keys DIR | --key FILE) [--kind KIND] [FLAGS]",
		Short: "Send a signed notification to your server",
		Long: `notify sends a notification as Alipay would, signed with a key that stands for Alipay's: that of a
sandbox (--keys DIR, the folder that keygen or the sandbox made), or any other whose public half your
server holds. It prints the answer; exit code 0 if it is the acknowledgement, 1 if not.

It sends to this machine only, unless --allow-remote is given.

Kinds: ` + strings.Join(hosttest.Kinds(), ", ") + ".",
		Example: `  cashier notify --to http://127.0.0.1:8080/notify --keys keys --payment-request-id order-1-attempt-1 --currency USD --value 100
  cashier notify --to http://127.0.0.1:8080/notify --keys keys --kind refund.succeeded --times 2`,
		Args: cobra.NoArgs,
	}
	flags, m := command.Flags(), &f.message
	flags.StringVar(&f.to, "to", "", "the `URL` of your server")
	flags.StringVar(&f.key, "key", "", "`FILE` with the private key in place of Alipay's")
	flags.StringVar(&f.keys, "keys", "", "`DIR` with sandbox-private.pem")
	flags.StringVar(&m.Kind, "kind", hosttest.PaymentSucceeded, "what happened")
	flags.StringVar(&m.ClientID, "client-id", "", "your client `ID`; that of Alipay's guide by default")
	flags.IntVar(&m.KeyVersion, "key-version", 1, "the version under which your server holds the key")
	flags.StringVar(&m.PaymentRequestID, "payment-request-id", "", "the `ID` that you gave the payment")
	flags.StringVar(&m.PaymentID, "payment-id", "", "the `ID` that Alipay gave it")
	flags.StringVar(&f.currency, "currency", "USD", "of the payment")
	flags.StringVar(&f.value, "value", "100", "of the payment, in the currency's smallest unit")
	flags.StringVar(&m.RefundRequestID, "refund-request-id", "", "the `ID` that you gave the refund")
	flags.StringVar(&m.RefundID, "refund-id", "", "the `ID` that Alipay gave it")
	flags.StringVar(&f.refundValue, "refund-value", "", "of the refund, in the smallest unit; all of the payment by default")
	flags.StringVar(&m.ResultCode, "result-code", "", "the result `CODE`")
	flags.StringVar(&f.body, "body", "", "`FILE` with a body to send instead")
	flags.IntVar(&f.times, "times", 1, "how often to send it")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "send to other machines, too")
	_ = command.MarkFlagRequired("to")
	command.MarkFlagsOneRequired("key", "keys")
	command.MarkFlagsMutuallyExclusive("key", "keys")
	_ = command.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(hosttest.Kinds(), cobra.ShellCompDirectiveNoFileComp))
	command.RunE = func(command *cobra.Command, _ []string) error { return f.run(command) }
	return command
}

func (f *notifyFlags) run(command *cobra.Command) error {
	if err := f.checkAddress(); err != nil {
		return err
	}
	path := f.key
	if f.keys != "" {
		path = filepath.Join(f.keys, sandboxPrivate)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	key, err := gateway.ParsePrivateKey(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f.message.PaymentAmount = gateway.Amount{Currency: f.currency, Value: f.value}
	if f.refundValue != "" {
		f.message.RefundAmount = gateway.Amount{Currency: f.currency, Value: f.refundValue}
	}
	if f.body != "" {
		if f.message.Body, err = readText(f.body, command.InOrStdin()); err != nil {
			return err
		}
	}
	client := &http.Client{Timeout: 15 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return withCore(command.Context(), func(core *host.Core) error {
		acknowledged := true
		for range max(f.times, 1) {
			r, err := f.message.Request(command.Context(), core, key, f.to)
			if err != nil {
				return err
			}
			answer, err := client.Do(r)
			if err != nil {
				return exit{exitRefused, err}
			}
			d := newDelivery(answer)
			acknowledged = acknowledged && d.Acknowledged
			if err := tell(command, d, d.words); err != nil {
				return err
			}
		}
		if !acknowledged {
			return refused
		}
		return nil
	})
}

func (f *notifyFlags) checkAddress() error {
	u, err := url.Parse(f.to)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("--to: an http or https URL is needed")
	}
	name := u.Hostname()
	if ip := net.ParseIP(name); f.allowRemote || name == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("--to: %s is not on this machine; add --allow-remote if the notification shall go there", name)
}

// delivery is a server's answer.
type delivery struct {
	Acknowledged bool   `json:"acknowledged"`
	Status       int    `json:"status"`
	Body         string `json:"body"`
}

func newDelivery(answer *http.Response) delivery {
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10)) // what was read tells enough
	var ack struct {
		Result struct{ ResultCode, ResultStatus string }
	}
	understood := json.Unmarshal(body, &ack) == nil && ack.Result.ResultCode == "SUCCESS" && ack.Result.ResultStatus == "S"
	return delivery{answer.StatusCode == http.StatusOK && understood, answer.StatusCode, string(body)}
}

func (d delivery) words(w io.Writer) {
	if d.Acknowledged {
		fmt.Fprintln(w, "acknowledged")
		return
	}
	fmt.Fprintf(w, "not acknowledged: HTTP %d %q; Alipay would send it again\n", d.Status, d.Body)
}
