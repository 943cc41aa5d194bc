package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host/gateway"
)

// output is where results go. It remembers the first error, so that no command has to look at each write, and a result that
// was lost is never exit code 0.
type output struct {
	to  io.Writer
	err error
}

// Write never fails: what happened is in err.
func (o *output) Write(p []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.to.Write(p)
	}
	return len(p), nil
}

// jsonFlag is the flag of the root that asks for JSON instead of words.
const jsonFlag = "json"

func wantsJSON(command *cobra.Command) bool {
	wanted, err := command.Flags().GetBool(jsonFlag)
	return err == nil && wanted
}

// tell prints a result: as JSON, or in words.
func tell(command *cobra.Command, result any, words func(io.Writer)) error {
	if !wantsJSON(command) {
		words(command.OutOrStdout())
		return nil
	}
	return printJSON(command.OutOrStdout(), result)
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// failure is an error as JSON.
type failure struct {
	Error    string           `json:"error"`
	ExitCode int              `json:"exitCode"`
	Next     gateway.Outcome  `json:"next,omitempty"` // what to do, if the gateway was asked
	Problems gateway.Problems `json:"problems,omitempty"`
}

func newFailure(err error, code int) failure {
	f := failure{Error: err.Error(), ExitCode: code}
	var problem gateway.Problem
	switch {
	case errors.As(err, &f.Problems):
	case errors.As(err, &problem):
		f.Problems = gateway.Problems{problem}
	}
	if code == exitRefused {
		f.Next = gateway.Next(err)
	}
	return f
}

// row is a line of words: a name, and a value that is not empty.
func row(w io.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(w, "%-18s %s\n", name, value)
	}
}
