package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
)

func validateCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "validate [--config FILE] [ORDER|-]",
		Short: "Check an order against the rules and the contract",
		Long: `validate prints {"valid","errors","warnings"}; errors lists everything that is wrong, each with
a code, a JSON pointer into the order, and a sentence. Exit code 0 if valid, 1 if not.`,
		Example: `  cashier validate order.json
  cashier validate --config config.json - < order.json`,
		Args: atMostOne("ORDER"),
	}
	config := configFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		settings, err := readConfig(command, *config)
		if err != nil {
			return err
		}
		return withCore(command.Context(), func(core *host.Core) error {
			reply, r, err := callOrder(command, core, "validate_order", settings, args, "")
			if err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "%s\n", reply)
			if len(r.Errors) > 0 {
				return refused
			}
			return nil
		})
	}
	return command
}
