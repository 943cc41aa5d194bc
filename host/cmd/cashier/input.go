package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// maxRead bounds what a command takes into memory; core.wasm's own limit is far below.
const maxRead = 16 << 20

// readArgument reads what the positional argument names: a file, standard input, or the text itself. The bytes are as they came.
func readArgument(command *cobra.Command, args []string, position int) ([]byte, error) {
	argument := "-"
	if position < len(args) {
		argument = args[position]
	}
	return readText(command, argument)
}

func readText(command *cobra.Command, argument string) ([]byte, error) {
	switch text := bytes.TrimLeft([]byte(argument), " \t\r\n\ufeff"); {
	case argument == "-":
		return readStandardInput(command)
	case len(text) == 0:
		return nil, errors.New("the name of the file is empty, as when a shell variable is not set; \"-\" is standard input")
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		return []byte(argument), nil
	}
	file, err := os.Open(argument)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, argument)
}

// hintAfter is how long standard input may be silent before a person at a terminal is told what is waited for.
const hintAfter = 200 * time.Millisecond

// readStandardInput reads to the end, or until the command is interrupted: a read that waits cannot be called off, so it is left
// behind.
func readStandardInput(command *cobra.Command) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	in := command.InOrStdin()
	go func() {
		text, err := readAll(in, "standard input")
		done <- result{text, err}
	}()
	hint := time.NewTimer(hintAfter)
	defer hint.Stop()
	for {
		select {
		case r := <-done:
			return r.text, r.err
		case <-hint.C:
			if isTerminal(in) {
				fmt.Fprintf(command.ErrOrStderr(), "%s reads standard input: end it with Ctrl-D, or give the name of a file.\n", command.CommandPath())
			}
		case <-command.Context().Done():
			return nil, exit{exitInterrupted, errors.New("interrupted while waiting for standard input")}
		}
	}
}

// isTerminal tells whether a person may be typing: a character device that is silent is no /dev/null.
func isTerminal(in io.Reader) bool {
	file, isFile := in.(*os.File)
	if !isFile {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
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

// jsonMalformed is the core's.
const jsonMalformed gateway.Code = "JSON_MALFORMED"

// readJSON is readArgument for a JSON document. A byte order mark is left out; what has no JSON in it at all is a
// [gateway.Problem] that says what it is.
func readJSON(command *cobra.Command, args []string, position int) ([]byte, error) {
	text, err := readArgument(command, args, position)
	if err != nil {
		return nil, err
	}
	return plainJSON(text)
}

func plainJSON(text []byte) ([]byte, error) {
	malformed := func(message string) error { return gateway.Problem{Code: jsonMalformed, Message: message} }
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")), bytes.HasPrefix(text, []byte("{\x00")), bytes.HasPrefix(text, []byte("\x00{")):
		return nil, malformed("The text is UTF-16. Save it as UTF-8.")
	case len(bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))) == 0:
		return nil, malformed("The input is empty. Give the name of a file, the JSON itself, or JSON on standard input.")
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

// guideConfig is the account in Alipay's guide, for commands that ask nobody: the first try works without a config. Commands
// that talk to a gateway have no default.
const guideConfig = `{"clientId":"SANDBOX_5Y055A2Y2F6K05235","keyVersion":2,"domain":"open-na.alipay.com"}`

func configFlag(command *cobra.Command) *string {
	return command.Flags().String("config", "", "`FILE` with the config as JSON (or the JSON itself); without it, the account of Alipay's guide")
}

func readConfig(command *cobra.Command, argument string) (json.RawMessage, error) {
	if argument == "" {
		return json.RawMessage(guideConfig), nil
	}
	text, err := readText(command, argument)
	if err == nil {
		text, err = plainJSON(text)
	}
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	if err := wellFormed(text); err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	return text, nil
}

// wellFormed says where a text stops being one JSON document.
func wellFormed(text []byte) error {
	if json.Valid(text) {
		return nil
	}
	var any json.RawMessage
	return fmt.Errorf("the file holds no JSON, or more than one document: %w", json.Unmarshal(text, &any))
}

// orderInput puts an order into an operation's input next to the config. The core judges the order's text as it is, faults of
// its JSON included: what is no JSON object goes in alone, so that no text can close the object around it and say more.
func orderInput(config json.RawMessage, order []byte, more string) []byte {
	if !json.Valid(order) || !bytes.HasPrefix(bytes.TrimSpace(order), []byte("{")) {
		return order
	}
	return fmt.Appendf(nil, `{"config":%s,"order":%s%s}`, config, order, more)
}

// report is what every reply has.
type report struct {
	Errors   gateway.Problems `json:"errors"`
	Warnings gateway.Problems `json:"warnings"`
}

// refusal is a reply in the core's form for an input that did not reach the core.
func refusal(problem gateway.Problem) (reply []byte, r report, err error) {
	r = report{Errors: gateway.Problems{problem}, Warnings: gateway.Problems{}}
	reply, err = json.Marshal(struct {
		Valid bool `json:"valid"`
		report
	}{report: r})
	return reply, r, err
}

// callOrder is call for an operation that takes an order with its config. What is wrong with the order as a text is in the reply.
func callOrder(command *cobra.Command, core *host.Core, operation string, config json.RawMessage, args []string, more string) (reply []byte, r report, err error) {
	order, err := readJSON(command, args, 0)
	var problem gateway.Problem
	if errors.As(err, &problem) {
		return refusal(problem)
	}
	if err != nil {
		return nil, r, err
	}
	reply, r, err = call(command.Context(), core, operation, orderInput(config, order, more))
	for _, e := range r.Errors {
		if e.Code == "JSON_MALFORMED" || e.Code == "JSON_NOT_UTF_8" {
			// The place is that in the whole input; on its own the order is judged at its own bytes.
			if own, at, err := call(command.Context(), core, operation, order); err == nil && len(at.Errors) > 0 && at.Errors[0].Code == e.Code {
				return own, at, nil
			}
		}
	}
	return reply, r, err
}

// call runs an operation. An input that is too large is answered like any other that is refused, in the core's form.
func call(ctx context.Context, core *host.Core, operation string, input []byte) (reply []byte, r report, err error) {
	reply, err = core.Call(ctx, operation, input)
	var tooLarge *host.InputTooLargeError
	if errors.As(err, &tooLarge) {
		message := fmt.Sprintf("The input has %d bytes, which is too many. Send at most 256 KiB of JSON with at most 10,000 values.", tooLarge.Size)
		return refusal(gateway.Problem{Code: gateway.Code(tooLarge.Code()), Message: message})
	}
	if err != nil {
		return nil, r, err
	}
	if err := json.Unmarshal(reply, &r); err != nil {
		return nil, r, fmt.Errorf("%s: unexpected reply: %w", operation, err)
	}
	return reply, r, nil
}
