package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host/gateway"
)

// answered is what a call prints as JSON: the answer, and what it means.
func answered(answer any, a gateway.Answered, redirect *gateway.Redirect) map[string]any {
	all := map[string]any{"response": answer, "outcome": a.Outcome, "advice": a.Advice}
	if a.State != "" {
		all["state"] = a.State
	}
	if redirect != nil {
		all["redirect"] = redirect
	}
	return all
}

// meaning is the end of what a call prints in words.
func meaning(w io.Writer, a gateway.Answered) {
	row(w, "result", a.ResultStatus+"/"+a.ResultCode)
	row(w, "state", string(a.State))
	row(w, "next", a.Advice.Operator)
	for _, warning := range a.Warnings {
		row(w, "warning", warning.Error())
	}
}

func amount(a gateway.Amount) string {
	if a == (gateway.Amount{}) {
		return ""
	}
	return a.String() + " (smallest unit)"
}

func payCommand() *cobra.Command {
	var f clientFlags
	command := &cobra.Command{
		Use:   "pay " + clientUsage + " [ORDER|-]",
		Short: "Start the payment of an order",
		Long: `pay sends the order to the gateway, verifies the answer, and prints where to send the shopper. The
same order may be sent again at any time: the same paymentRequestId never charges twice.`,
		Example: `  cashier pay --config config.json --keys keys order.json`,
		Args:    atMostOne("ORDER"),
	}
	f.flags(command)
	f.retryFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := f.check(); err != nil {
			return err
		}
		order, err := readOrder(command, args)
		if err != nil {
			return err
		}
		return f.withClient(command, func(ctx context.Context, c *gateway.Client) error {
			payment, err := c.Pay(ctx, order)
			if err != nil {
				return err
			}
			return tell(command, answered(payment, payment.Answered, payment.Redirect), func(w io.Writer) {
				row(w, "paymentRequestId", payment.PaymentRequestID)
				row(w, "paymentId", payment.PaymentID)
				row(w, "paymentAmount", amount(payment.PaymentAmount))
				meaning(w, payment.Answered)
				if payment.Redirect != nil {
					row(w, "open", payment.Redirect.Location)
					if payment.Redirect.Location == "" {
						row(w, "post a form to", payment.Redirect.Action)
					}
				}
			})
		})
	}
	return command
}

func paymentFlags(command *cobra.Command, which *gateway.PaymentReference) {
	command.Flags().StringVar(&which.PaymentRequestID, "payment-request-id", "", "the `ID` that you gave the payment")
	command.Flags().StringVar(&which.PaymentID, "payment-id", "", "the `ID` that Alipay gave it")
	command.Flags().StringVar(&which.MerchantAccountID, "merchant-account-id", "", "the `ID` of the site, if the client id has several")
	command.MarkFlagsOneRequired("payment-request-id", "payment-id")
}

func inquireCommand() *cobra.Command {
	var f clientFlags
	var which gateway.PaymentReference
	command := &cobra.Command{
		Use:     "inquire " + clientUsage + " (--payment-request-id ID | --payment-id ID)",
		Short:   "Ask for the state of a payment",
		Example: `  cashier inquire --config config.json --keys keys --payment-request-id order-1-attempt-1`,
		Args:    noArguments("--payment-request-id %s"),
	}
	f.flags(command)
	f.retryFlag(command)
	paymentFlags(command, &which)
	command.RunE = func(command *cobra.Command, _ []string) error {
		return f.withClient(command, func(ctx context.Context, c *gateway.Client) error {
			found, err := c.InquirePayment(ctx, which)
			if err != nil {
				return err
			}
			return tell(command, answered(found, found.Answered, found.Redirect), func(w io.Writer) {
				row(w, "paymentRequestId", found.PaymentRequestID)
				row(w, "paymentId", found.PaymentID)
				row(w, "paymentAmount", amount(found.PaymentAmount))
				row(w, "paymentTime", found.PaymentTime)
				row(w, "paymentResultCode", found.PaymentResultCode)
				meaning(w, found.Answered)
			})
		})
	}
	return command
}

func cancelCommand() *cobra.Command {
	var f clientFlags
	var which gateway.PaymentReference
	command := &cobra.Command{
		Use:   "cancel " + clientUsage + " (--payment-request-id ID | --payment-id ID)",
		Short: "Cancel a payment, or refund it in full if it is already paid",
		Long: `cancel cancels a payment that is not paid, or refunds it in full if it is, until 00:15 of the next
day in China; later, use refund. No notification follows.`,
		Example: `  cashier cancel --config config.json --keys keys --payment-request-id order-1-attempt-1`,
		Args:    noArguments("--payment-request-id %s"),
	}
	f.flags(command)
	f.retryFlag(command)
	paymentFlags(command, &which)
	command.RunE = func(command *cobra.Command, _ []string) error {
		return f.withClient(command, func(ctx context.Context, c *gateway.Client) error {
			done, err := c.Cancel(ctx, which)
			if err != nil {
				return err
			}
			return tell(command, answered(done, done.Answered, nil), func(w io.Writer) {
				row(w, "paymentRequestId", done.PaymentRequestID)
				row(w, "paymentId", done.PaymentID)
				row(w, "cancelTime", done.CancelTime)
				meaning(w, done.Answered)
			})
		})
	}
	return command
}

func refundCommand() *cobra.Command {
	var f clientFlags
	var r gateway.RefundRequest
	command := &cobra.Command{
		Use:   "refund " + clientUsage + " --refund-request-id ID --payment-id ID --currency CUR --value N",
		Short: "Refund a payment, in whole or in part",
		Long: `refund gives money back. The same refund request id never refunds twice, a new one does. The
value is in the currency's smallest unit: 100 is one dollar, or a hundred yen.`,
		Example: `  cashier refund --config config.json --keys keys --refund-request-id order-1-refund-1 --payment-id 2026… --currency USD --value 100`,
		Args:    noArguments("--payment-id %s"),
	}
	f.flags(command)
	f.retryFlag(command)
	flags := command.Flags()
	flags.StringVar(&r.RefundRequestID, "refund-request-id", "", "the `ID` that you give the refund")
	flags.StringVar(&r.PaymentID, "payment-id", "", "the `ID` that Alipay gave the payment")
	flags.StringVar(&r.RefundAmount.Currency, "currency", "", "the currency of the payment, such as USD")
	flags.StringVar(&r.RefundAmount.Value, "value", "", "how much, in the currency's smallest unit")
	flags.StringVar(&r.RefundReason, "reason", "", "why")
	flags.StringVar(&r.RefundNotifyURL, "notify-url", "", "`URL` to which Alipay tells the result")
	for _, name := range []string{"refund-request-id", "payment-id", "currency", "value"} {
		_ = command.MarkFlagRequired(name)
	}
	command.RunE = func(command *cobra.Command, _ []string) error {
		return f.withClient(command, func(ctx context.Context, c *gateway.Client) error {
			refund, err := c.Refund(ctx, r)
			if err != nil {
				return err
			}
			return tell(command, answered(refund, refund.Answered, nil), func(w io.Writer) {
				row(w, "refundRequestId", refund.RefundRequestID)
				row(w, "refundId", refund.RefundID)
				row(w, "refundAmount", amount(refund.RefundAmount))
				row(w, "refundTime", refund.RefundTime)
				meaning(w, refund.Answered)
			})
		})
	}
	return command
}

func inquireRefundCommand() *cobra.Command {
	var f clientFlags
	var which gateway.RefundReference
	command := &cobra.Command{
		Use:     "inquire-refund " + clientUsage + " (--refund-request-id ID | --refund-id ID)",
		Short:   "Ask for the state of a refund",
		Example: `  cashier inquire-refund --config config.json --keys keys --refund-request-id order-1-refund-1`,
		Args:    noArguments("--refund-request-id %s"),
	}
	f.flags(command)
	f.retryFlag(command)
	command.Flags().StringVar(&which.RefundRequestID, "refund-request-id", "", "the `ID` that you gave the refund")
	command.Flags().StringVar(&which.RefundID, "refund-id", "", "the `ID` that Alipay gave it")
	command.MarkFlagsOneRequired("refund-request-id", "refund-id")
	command.RunE = func(command *cobra.Command, _ []string) error {
		return f.withClient(command, func(ctx context.Context, c *gateway.Client) error {
			found, err := c.InquireRefund(ctx, which)
			if err != nil {
				return err
			}
			return tell(command, answered(found, found.Answered, nil), func(w io.Writer) {
				row(w, "refundRequestId", found.RefundRequestID)
				row(w, "refundId", found.RefundID)
				row(w, "refundAmount", amount(found.RefundAmount))
				row(w, "refundTime", found.RefundTime)
				meaning(w, found.Answered)
			})
		})
	}
	return command
}
