package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// maxRead bounds what a command takes into memory; core.wasm's own limit is far below.
const maxRead = 16 << 20

// readArgument reads what the positional argument names: a file, standard input, or the text itself.
func readArgument(command *cobra.Command, args []string, position int) ([]byte, error) {
	argument := "-"
	if position < len(args) {
		argument = args[position]
	}
	return readText(argument, command.InOrStdin())
}

func readText(argument string, stdin io.Reader) ([]byte, error) {
	switch {
	case argument == "-":
		return readAll(stdin, "standard input")
	case strings.HasPrefix(argument, "{"):
		return []byte(argument), nil
	}
	file, err := os.Open(argument)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, argument)
}

func readAll(r io.Reader, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxRead+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(text) > maxRead:
		return nil, fmt.Errorf("%s has more than 16 MiB", name)
	}
	return text, nil
}

// guideConfig is the account in Alipay's guide. It makes the first try of a command work; real orders need --config.
const guideConfig = `{"clientId":"SANDBOX_5Y055A2Y2F6K05235","keyVersion":2,"domain":"open-na.alipay.com"}`

func configFlag(command *cobra.Command) *string {
	return command.Flags().String("config", "", "`FILE` with the config as JSON (or the JSON itself); without it, the account of Alipay's guide")
}

func readConfig(argument string) (json.RawMessage, error) {
	if argument == "" {
		return json.RawMessage(guideConfig), nil
	}
	text, err := readText(argument, strings.NewReader(""))
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	if !json.Valid(text) {
		return nil, errors.New("--config: the file holds no JSON")
	}
	return text, nil
}

// orderInput puts an order into an operation's input next to the config. The core judges the order's text as it is, faults of
// its JSON included: what is no JSON goes in alone, so that no text can close the object around it and say more.
func orderInput(config json.RawMessage, order []byte, more string) []byte {
	if !json.Valid(order) {
		return order
	}
	return fmt.Appendf(nil, `{"config":%s,"order":%s%s}`, config, order, more)
}

// report is what every reply has.
type report struct {
	Errors   gateway.Problems `json:"errors"`
	Warnings gateway.Problems `json:"warnings"`
}

// call runs an operation. An input that is too large is answered like any other that is refused, in the core's form.
func call(command *cobra.Command, core *host.Core, operation string, input []byte) (reply []byte, r report, err error) {
	reply, err = core.Call(command.Context(), operation, input)
	var tooLarge *host.InputTooLargeError
	if errors.As(err, &tooLarge) {
		r = report{Errors: gateway.Problems{{Code: gateway.Code(tooLarge.Code()), Message: tooLarge.Error()}}, Warnings: gateway.Problems{}}
		reply, err = json.Marshal(struct {
			Valid bool `json:"valid"`
			report
		}{report: r})
		return reply, r, err
	}
	if err != nil {
		return nil, r, err
	}
	if err := json.Unmarshal(reply, &r); err != nil {
		return nil, r, fmt.Errorf("%s: the reply is no JSON: %w", operation, err)
	}
	return reply, r, nil
}
