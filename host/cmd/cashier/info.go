package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/wasm"
)

func infoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "info",
		Short: "Print the version, what core.wasm is, and the currencies",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return withCore(command.Context(), func(core *host.Core) error {
				type currency struct {
					Currency string
					Decimals int
				}
				var tables struct{ Payment, Settlement []currency }
				if err := ask(command, core, "currencies", struct{}{}, &tables); err != nil {
					return err
				}
				list := func(table []currency) string {
					var items []string
					for _, c := range table {
						items = append(items, fmt.Sprintf("%s %d", c.Currency, c.Decimals))
					}
					return strings.Join(items, ", ")
				}
				fmt.Fprintf(command.OutOrStdout(), "version     %s\nABI         %d\ncore.wasm   %d bytes\nSHA-256     %s\noperations  %s\npayment     %s\nsettlement  %s\n",
					version(), wasm.ABI, len(wasm.Core), wasm.SHA256(), strings.Join(core.Operations(), ", "), list(tables.Payment), list(tables.Settlement))
				return nil
			})
		},
	}
}

// version is the one that the Go toolchain stamped the binary with.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
