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
	config              string
	currency, value     string
	refundValue         string
	allowRemote         bool
	times               int
}

func notifyCommand() *cobra.Command {
	var f notifyFlags
	command := &cobra.Command{
		Use:   "notify --to URL (--keys DIR | --key FILE) [--config FILE] [--kind KIND] [FLAGS]",
		Short: "Send a signed notification to your server",
		Long: `notify sends a notification as Alipay would, signed with a key that stands for Alipay's: that of a
sandbox (--keys DIR, the folder that keygen or the sandbox made), or any other whose public half your
server holds. It prints the answer; exit code 0 if it is the acknowledgement, 1 if not.

The ids that are not given follow from --payment-request-id or --refund-request-id: another request
id makes another notification, the same one (or --times) repeats it, which your server must handle
only once.

It sends to this machine only, unless --allow-remote is given.

Kinds: ` + strings.Join(hosttest.Kinds(), ", ") + ".",
		Example: `  cashier notify --to http://127.0.0.1:8080/notify --keys keys --payment-request-id order-1-attempt-1 --currency USD --value 100
  cashier notify --to http://127.0.0.1:8080/notify --keys keys --kind refund.succeeded --times 2`,
		Args: noArguments("--to %s"),
	}
	flags, m := command.Flags(), &f.message
	flags.StringVar(&f.to, "to", "", "the `URL` of your server")
	flags.StringVar(&f.key, "key", "", "`FILE` with the private key in place of Alipay's")
	flags.StringVar(&f.keys, "keys", "", "`DIR` with sandbox-private.pem")
	flags.StringVar(&m.Kind, "kind", hosttest.PaymentSucceeded, "what happened")
	flags.StringVar(&f.config, "config", "", "`FILE` with your config as JSON (or the JSON itself), for its client id")
	flags.StringVar(&m.ClientID, "client-id", "", "your client `ID`; that of --config or of Alipay's guide by default")
	flags.IntVar(&m.KeyVersion, "key-version", 1, "the version under which your server holds the key")
	flags.StringVar(&m.PaymentRequestID, "payment-request-id", "", "the `ID` that you gave the payment")
	flags.StringVar(&m.PaymentID, "payment-id", "", "the `ID` that Alipay gave it")
	flags.StringVar(&f.currency, "currency", "USD", "the `CURRENCY` of the payment")
	flags.StringVar(&f.value, "value", "100", "the `AMOUNT` of the payment, in the currency's smallest unit")
	flags.StringVar(&m.RefundRequestID, "refund-request-id", "", "the `ID` that you gave the refund")
	flags.StringVar(&m.RefundID, "refund-id", "", "the `ID` that Alipay gave it")
	flags.StringVar(&f.refundValue, "refund-value", "", "the `AMOUNT` of the refund, in the smallest unit; all of the payment by default")
	flags.StringVar(&m.ResultCode, "result-code", "", "the result `CODE`")
	flags.StringVar(&f.body, "body", "", "`FILE` with a body to send instead")
	flags.IntVar(&f.times, "times", 1, "how often to send it")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "send to other machines, too")
	_ = command.MarkFlagRequired("to")
	command.MarkFlagsOneRequired("key", "keys")
	command.MarkFlagsMutuallyExclusive("key", "keys")
	command.MarkFlagsMutuallyExclusive("config", "client-id")
	_ = command.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(hosttest.Kinds(), cobra.ShellCompDirectiveNoFileComp))
	command.RunE = func(command *cobra.Command, _ []string) error { return f.run(command) }
	return command
}

func (f *notifyFlags) run(command *cobra.Command) error {
	if err := errors.Join(f.checkAddress(), f.checkValues()); err != nil {
		return err
	}
	if f.config != "" {
		text, err := readConfig(command, f.config)
		if err != nil {
			return err
		}
		config, err := gateway.ParseConfig(text)
		if err != nil {
			return fmt.Errorf("--config: %w", err)
		}
		f.message.ClientID = config.ClientID
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
		if f.message.Body, err = readText(command, f.body); err != nil {
			return err
		}
	}
	client := &http.Client{Timeout: 15 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return withCore(command.Context(), func(core *host.Core) error {
		if err := f.checkAmounts(command, core); err != nil {
			return err
		}
		acknowledged := true
		for delivery := range f.times {
			r, err := f.message.Request(command.Context(), core, key, f.to)
			if err != nil {
				return err
			}
			answer, err := client.Do(r)
			if err != nil {
				return exit{exitRefused, err}
			}
			d := newDelivery(answer)
			d.Delivery = delivery + 1
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

// checkValues refuses numbers that say nothing.
func (f *notifyFlags) checkValues() error {
	return errors.Join(wholeNumber("times", f.times, 1, maxTimes), keyVersion("key-version", f.message.KeyVersion))
}

// maxTimes is far more than the nine deliveries that Alipay makes.
const maxTimes = 1000

// checkAmounts refuses amounts that Alipay would not send; --body sends anything.
func (f *notifyFlags) checkAmounts(command *cobra.Command, core *host.Core) error {
	for _, flag := range []struct{ name, value string }{{"value", f.value}, {"refund-value", f.refundValue}} {
		if flag.value == "" && flag.name == "refund-value" {
			continue
		}
		var formatted struct{ Text string }
		err := ask(command, core, "format_amount", map[string]string{"value": flag.value, "currency": f.currency, "locale": "en"}, &formatted)
		var problems gateway.Problems
		if errors.As(err, &problems) && problems[0].Path == "/currency" {
			flag.name = "currency"
		}
		if err != nil {
			return fmt.Errorf("--%s: %w; --body sends any body", flag.name, err)
		}
	}
	return nil
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
	return fmt.Errorf("--to: %s is not on this machine; add --allow-remote to send it there anyway", name)
}

// delivery is a server's answer.
type delivery struct {
	Acknowledged bool   `json:"acknowledged"`
	Delivery     int    `json:"delivery"` // 1, or more when the same notification was sent before
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
	return delivery{Acknowledged: answer.StatusCode == http.StatusOK && understood, Status: answer.StatusCode, Body: string(body)}
}

func (d delivery) words(w io.Writer) {
	switch {
	case d.Acknowledged && d.Delivery > 1:
		fmt.Fprintf(w, "acknowledged, delivery %d of the same notification\n", d.Delivery)
		return
	case d.Acknowledged:
		fmt.Fprintln(w, "acknowledged")
		return
	}
	fmt.Fprintf(w, "not acknowledged: HTTP %d %q; Alipay would send it again\n", d.Status, d.Body)
}
