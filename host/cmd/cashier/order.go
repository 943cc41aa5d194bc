package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/gateway"
)

// readOrder reads the order that a command acts on: that money is asked for, or that is signed. What it does not know it refuses.
func readOrder(command *cobra.Command, args []string) (order gateway.Order, err error) {
	text, err := readJSON(command, args, 0)
	if err == nil {
		order, err = parseOrder(command.Context(), text)
	}
	var problem gateway.Problem
	var problems gateway.Problems
	if errors.As(err, &problems) || errors.As(err, &problem) {
		return order, exit{exitRefused, fmt.Errorf("the order is refused: %w", err)}
	}
	return order, err
}

// parseOrder decodes an order strictly: the core sees the text first, because encoding/json takes the last of two equal names,
// any case of letters, and drops what it does not know. Whether the order is complete is not asked here.
func parseOrder(ctx context.Context, text []byte) (order gateway.Order, err error) {
	var wrong gateway.Problems
	err = withCore(ctx, func(core *host.Core) error {
		_, r, err := call(ctx, core, "validate_order", orderInput(json.RawMessage("{}"), text, ""))
		for _, problem := range r.Errors {
			if code := string(problem.Code); strings.HasPrefix(code, "JSON_") || strings.HasPrefix(code, "FIELD_NOT_A") || code == "INPUT_TOO_LARGE" {
				wrong = append(wrong, problem)
			}
		}
		for _, problem := range r.Warnings {
			if problem.Code == "FIELD_UNKNOWN" {
				problem.Message = "This member is not known. Correct its name, or remove it: an order that is paid or signed has no members that are ignored."
				wrong = append(wrong, problem)
			}
		}
		return err
	})
	switch {
	case err != nil:
		return order, err
	case len(wrong) > 0:
		return order, wrong
	}
	if err := json.Unmarshal(text, &order); err != nil {
		return gateway.Order{}, gateway.Problem{Code: jsonMalformed, Message: err.Error()}
	}
	return order, nil
}
