package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
)

func callCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "call EXPORT [INPUT|-]",
		Short: "Run one export of core.wasm and print its reply",
		Long: `call prints the reply byte for byte. Exit code 1 if the reply has errors, 3 on a trap. The
operations open_… and read_… take a JSON head, a line feed, and the raw body of a message.`,
		Example: `  cashier call parse_amount '{"text":"1,234.50","currency":"USD"}'`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("EXPORT is missing; \"cashier info\" lists the operations")
			}
			return atMostOne("INPUT")(command, args[1:])
		},
		RunE: func(command *cobra.Command, args []string) error {
			input, err := readArgument(command, args, 1)
			if err != nil {
				return err
			}
			return withCore(command.Context(), func(core *host.Core) error {
				reply, r, err := call(command.Context(), core, args[0], input)
				if errors.Is(err, host.ErrUnknownOperation) {
					return fmt.Errorf("core.wasm has no operation %q; available: %s", args[0], strings.Join(core.Operations(), ", "))
				}
				if err != nil {
					return err
				}
				_, _ = command.OutOrStdout().Write(reply)
				if len(r.Errors) > 0 {
					return refused
				}
				return nil
			})
		},
	}
}
