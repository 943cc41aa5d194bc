package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/sandbox"
)

// The files besides the keys that init writes.
const (
	sampleOrder  = "order.json"
	sampleConfig = "config.json"
)

// defaultListen is where the sandbox listens, and so where the sample config sends requests.
const defaultListen = "127.0.0.1:8801"

func initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a sample order, a config and keys to try the other commands with",
		Long: `init writes order.json, config.json and the four keys of "cashier keygen" into DIR, by default the
current one, which is made if needed. The config and the keys are for "cashier sandbox" at its
default address. It never overwrites a file: if one of them is there, nothing is written.`,
		Example: `  cashier init shop
  cashier validate --config shop/config.json shop/order.json
  cashier sandbox --keys shop
  cashier pay --config shop/config.json --keys shop shop/order.json`,
		Args: atMostOne("DIR"),
		RunE: func(command *cobra.Command, args []string) error {
			folder := "."
			if len(args) > 0 {
				folder = args[0]
			}
			files, err := writeSamples(folder)
			if err != nil {
				return exit{exitRefused, err}
			}
			return tell(command, map[string][]string{"files": files}, func(w io.Writer) {
				fmt.Fprintf(w, "%s\n\nNext: cashier validate --config %s %s\n", strings.Join(files, "\n"),
					filepath.Join(folder, sampleConfig), filepath.Join(folder, sampleOrder))
			})
		},
	}
}

// writeSamples fills a folder, or leaves it alone if one of the files is there.
func writeSamples(folder string) (files []string, err error) {
	config := gateway.Config{ClientID: sandbox.GuideClientID, KeyVersion: 2, GatewayURL: "http://" + defaultListen, RedirectHosts: []string{defaultListen}}
	order := gateway.Order{
		ReferenceOrderID: "order-1", PaymentRequestID: "order-1-1", OrderDescription: "Pencil",
		PaymentAmount: gateway.Amount{Currency: "USD", Value: "100"}, SettlementCurrency: "USD",
		TerminalType: "WEB", BusinessType: "4", Goods: []gateway.Goods{{GoodsName: "Pencil", GoodsQuantity: "1"}},
		PaymentNotifyURL: "http://127.0.0.1:8080/notify", PaymentRedirectURL: "https://shop.example/thanks",
	}
	for _, name := range []string{sampleOrder, sampleConfig} {
		files = append(files, filepath.Join(folder, name))
		if _, err := os.Lstat(files[len(files)-1]); !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(fmt.Errorf("%s is there already; nothing was written", files[len(files)-1]), err)
		}
	}
	if err := writeKeys(folder); err != nil {
		return nil, err
	}
	for i, sample := range []any{order, config} {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(sample); err != nil {
			return nil, err
		}
		if err := writeNew(files[i], text.Bytes()); err != nil {
			return nil, err
		}
	}
	for _, name := range keyFiles {
		files = append(files, filepath.Join(folder, name))
	}
	return files, nil
}
