package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host/gateway"
)

// readOrder reads the order that a command acts on: that money is asked for, or that is signed. What it does not know it refuses.
func readOrder(command *cobra.Command, args []string) (order gateway.Order, err error) {
	text, err := readJSON(command, args, 0)
	if err == nil {
		order, err = gateway.ParseOrder(text)
	}
	var problem gateway.Problem
	var problems gateway.Problems
	if errors.As(err, &problems) || errors.As(err, &problem) {
		return order, exit{exitRefused, fmt.Errorf("the order is refused: %w", err)}
	}
	return order, err
}
