package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/wasm"
)

func infoCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "info",
		Aliases: []string{"version"},
		Short:   "Print the version, what core.wasm is, and the currencies",
		Args:    noArguments(""),
		RunE: func(command *cobra.Command, _ []string) error {
			return withCore(command.Context(), func(core *host.Core) error {
				type currency struct {
					Currency string `json:"currency"`
					Decimals int    `json:"decimals"`
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
				return tell(command, map[string]any{"version": version(), "abi": wasm.ABI, "bytes": len(wasm.Core), "sha256": wasm.SHA256(),
					"operations": core.Operations(), "payment": tables.Payment, "settlement": tables.Settlement}, func(w io.Writer) {
					fmt.Fprintf(w, "version     %s\nABI         %d\ncore.wasm   %d bytes\nSHA-256     %s\noperations  %s\npayment     %s\nsettlement  %s\n",
						version(), wasm.ABI, len(wasm.Core), wasm.SHA256(), strings.Join(core.Operations(), ", "), list(tables.Payment), list(tables.Settlement))
				})
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
