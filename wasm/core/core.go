// Package core holds the rules of an Alipay Cashier Payment with the AlipayCN
// wallet: which payment and settlement currencies go together, amounts in minor
// units, the China trade facts, the request to sign, the redirect and the
// notification.
//
// The package is pure: it reads no clock, no environment and no randomness, does
// no I/O, keeps no state between calls and uses no floating point, so every call
// can be replayed from its input. Cryptography stays outside: the core says which
// text is signed and takes or gives the signature as base64.
//
// TinyGo compiles it, through package guest, to core.wasm. Natively it is the
// reference that core.wasm is compared with. Programs embed package host or
// host/gateway, not this package.
//
// Facts come from "Accept payments for AlipayCN" (called "the guide" here) and
// from today's Antom API pages, https://docs.antom.com.
package core

import "errors"

// ErrUnknownOperation is returned by [Call] for a name that is not in [Operations].
var ErrUnknownOperation = errors.New("core: unknown operation")

// operation reads one input and appends its reply, a JSON object, to reply.
type operation struct {
	name string
	run  func(reply, input []byte) []byte
}

var operations = [...]operation{
	{"advance", Advance},
	{"build_cancel", BuildCancel},
	{"build_inquiry_payment", BuildInquiryPayment},
	{"build_inquiry_refund", BuildInquiryRefund},
	{"build_pay", BuildPay},
	{"build_refund", BuildRefund},
	{"content_prefix", ContentPrefix},
	{"currencies", Currencies},
	{"explain", Explain},
	{"format_amount", FormatAmount},
	{"match", Match},
	{"messages", Messages},
	{"next_state", NextState},
	{"open_notification", OpenNotification},
	{"open_response", OpenResponse},
	{"parse_amount", ParseAmount},
	{"read_cancel", ReadCancel},
	{"read_inquiry_payment", ReadInquiryPayment},
	{"read_inquiry_refund", ReadInquiryRefund},
	{"read_notification", ReadNotification},
	{"read_pay", ReadPay},
	{"read_refund", ReadRefund},
	{"signature_header", SignatureHeader},
	{"validate_form", ValidateForm},
	{"validate_order", ValidateOrder},
}

// Operations lists the names that [Call] knows, in alphabetical order. They are
// the names of the exports of core.wasm.
func Operations() []string {
	names := make([]string, len(operations))
	for i, o := range operations {
		names[i] = o.name
	}
	return names
}

// Call runs the operation natively and returns its reply, a JSON object with an
// "errors" array that is empty on success. The error is [ErrUnknownOperation] or
// nil: bad input is an answer, not an error. Call may be used from several
// goroutines at once; the caller owns the reply.
func Call(name string, input []byte) ([]byte, error) {
	for i := range operations {
		if operations[i].name == name {
			return operations[i].run(nil, input), nil
		}
	}
	return nil, ErrUnknownOperation
}
