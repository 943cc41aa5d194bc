package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// built is the reply of build_pay.
type built struct {
	URL           string          `json:"url"`
	Headers       []gateway.Field `json:"headers"`
	Body          string          `json:"body"`
	ContentPrefix string          `json:"contentPrefix"`
}

// parts are what --show takes; none adds anything to what is sent or signed.
var parts = map[string]func(io.Writer, built){
	"body": func(w io.Writer, b built) { fmt.Fprint(w, b.Body) },
	"url":  func(w io.Writer, b built) { fmt.Fprintln(w, b.URL) },
	"headers": func(w io.Writer, b built) {
		for _, header := range b.Headers {
			fmt.Fprintf(w, "%s: %s\n", header.Name, header.Value)
		}
	},
	"content": func(w io.Writer, b built) { fmt.Fprint(w, b.ContentPrefix, b.Body) },
	"": func(w io.Writer, b built) {
		fmt.Fprintf(w, "POST %s\n", b.URL)
		for _, header := range b.Headers {
			fmt.Fprintf(w, "%s: %s\n", header.Name, header.Value)
		}
		fmt.Fprintf(w, "\n%s\n\nText to sign:\n\n%s%s\n", b.Body, b.ContentPrefix, b.Body)
	},
}

func buildCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "build [--config FILE] --time TIME [--show PART] [ORDER|-]",
		Short: "Build the pay request of an order",
		Long: `build prints the request that pays an order, all but its Signature header. With --show it prints
one part: body (the exact bytes to send), url, headers ("Name: value" lines) or content (the exact
text to sign). An order that is not valid gets the core's JSON reply on standard error and exit
code 1.`,
		Example: `  cashier build --time 2020-05-18T12:08:56+05:30 order.json
  cashier build --config config.json --time "$(date +%Y-%m-%dT%H:%M:%S%:z)" --show body order.json > body.json`,
		Args: atMostOne("ORDER"),
	}
	config := configFlag(command)
	at := command.Flags().String("time", "", "the Request-Time header: ISO 8601 with offset, or milliseconds in the wire profile \"current\"")
	show := command.Flags().String("show", "", "print only this `PART`: body, url, headers or content")
	_ = command.MarkFlagRequired("time")
	command.RunE = func(command *cobra.Command, args []string) error {
		write, known := parts[*show]
		if !known || *show == "" && command.Flags().Changed("show") {
			return fmt.Errorf("--show is body, url, headers or content, not %q", *show)
		}
		settings, err := readConfig(command, *config)
		if err != nil {
			return err
		}
		timeMember, err := json.Marshal(*at)
		if err != nil {
			return err
		}
		return withCore(command.Context(), func(core *host.Core) error {
			reply, r, err := callOrder(command, core, "build_pay", settings, args, `,"time":`+string(timeMember))
			if err != nil {
				return err
			}
			if len(r.Errors) > 0 {
				fmt.Fprintf(command.ErrOrStderr(), "%s\n", reply)
				return refused
			}
			for _, warning := range r.Warnings {
				fmt.Fprintf(command.ErrOrStderr(), "warning: %v\n", warning)
			}
			if wantsJSON(command) {
				_, err := fmt.Fprintf(command.OutOrStdout(), "%s\n", reply)
				return err
			}
			var b built
			if err := json.Unmarshal(reply, &b); err != nil {
				return err
			}
			write(command.OutOrStdout(), b)
			return nil
		})
	}
	return command
}
