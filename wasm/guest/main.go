// Command guest is core.wasm: the operations of package core behind an ABI that
// needs nothing from its host. It imports no function, so it runs wherever
// WebAssembly does.
//
// # ABI 1
//
// The module exports its memory, _initialize (to be called once, before anything
// else) and these functions:
//
//	abi() i32            the number of this ABI
//	input(n i32) i32     the address of a buffer for n bytes, or 0 when n is too large
//	OPERATION(n i32) i64 runs on the first n bytes of the buffer
//
// A caller asks for a buffer, writes its input there and calls the operation. The
// reply's address is in the upper 32 bits of the result and its length in the lower
// ones. The reply, a JSON object with an "errors" array, is the caller's to read
// until its next call on this instance; nothing is freed by the caller.
//
// A trap is a bug in the module. TinyGo does not unwind its stack, so an instance
// that has trapped must be thrown away.
package main

import (
	"unsafe"

	"github.com/edgecashier/cashier/wasm/core"
)

// version is the number of the ABI above; package wasm holds the same.
const version = 1

// maxInput is room for a JSON head and a message body of 256 KiB each; what is
// larger is no message of this protocol.
const maxInput = 512 << 10

// request is the buffer that the caller writes its input to, and used the heap's
// mark above it.
var (
	request []byte
	used    uintptr
)

func main() {}

//go:wasmexport abi
func abi() int32 { return version }

//go:wasmexport input
func input(n int32) int32 {
	if n < 0 || n > maxInput {
		return 0
	}
	release(0)
	request = make([]byte, max(n, 1))
	used = heap
	return int32(uintptr(unsafe.Pointer(unsafe.SliceData(request))))
}

// run calls an operation on the first n bytes of the input buffer.
func run(operation func(reply, input []byte) []byte, n int32) int64 {
	if n < 0 || int(n) > len(request) {
		n = 0
	}
	release(used)
	reply := operation(nil, request[:n])
	return int64(uintptr(unsafe.Pointer(unsafe.SliceData(reply))))<<32 | int64(len(reply))
}

//go:wasmexport advance
func advance(n int32) int64 { return run(core.Advance, n) }

//go:wasmexport build_cancel
func buildCancel(n int32) int64 { return run(core.BuildCancel, n) }

//go:wasmexport build_inquiry_payment
func buildInquiryPayment(n int32) int64 { return run(core.BuildInquiryPayment, n) }

//go:wasmexport build_inquiry_refund
func buildInquiryRefund(n int32) int64 { return run(core.BuildInquiryRefund, n) }

//go:wasmexport build_pay
func buildPay(n int32) int64 { return run(core.BuildPay, n) }

//go:wasmexport build_refund
func buildRefund(n int32) int64 { return run(core.BuildRefund, n) }

//go:wasmexport content_prefix
func contentPrefix(n int32) int64 { return run(core.ContentPrefix, n) }

//go:wasmexport currencies
func currencies(n int32) int64 { return run(core.Currencies, n) }

//go:wasmexport explain
func explain(n int32) int64 { return run(core.Explain, n) }

//go:wasmexport format_amount
func formatAmount(n int32) int64 { return run(core.FormatAmount, n) }

//go:wasmexport match
func match(n int32) int64 { return run(core.Match, n) }

//go:wasmexport messages
func messages(n int32) int64 { return run(core.Messages, n) }

//go:wasmexport next_state
func nextState(n int32) int64 { return run(core.NextState, n) }

//go:wasmexport open_notification
func openNotification(n int32) int64 { return run(core.OpenNotification, n) }

//go:wasmexport open_response
func openResponse(n int32) int64 { return run(core.OpenResponse, n) }

//go:wasmexport parse_amount
func parseAmount(n int32) int64 { return run(core.ParseAmount, n) }

//go:wasmexport read_cancel
func readCancel(n int32) int64 { return run(core.ReadCancel, n) }

//go:wasmexport read_inquiry_payment
func readInquiryPayment(n int32) int64 { return run(core.ReadInquiryPayment, n) }

//go:wasmexport read_inquiry_refund
func readInquiryRefund(n int32) int64 { return run(core.ReadInquiryRefund, n) }

//go:wasmexport read_notification
func readNotification(n int32) int64 { return run(core.ReadNotification, n) }

//go:wasmexport read_pay
func readPay(n int32) int64 { return run(core.ReadPay, n) }

//go:wasmexport read_refund
func readRefund(n int32) int64 { return run(core.ReadRefund, n) }

//go:wasmexport signature_header
func signatureHeader(n int32) int64 { return run(core.SignatureHeader, n) }

//go:wasmexport validate_form
func validateForm(n int32) int64 { return run(core.ValidateForm, n) }

//go:wasmexport validate_order
func validateOrder(n int32) int64 { return run(core.ValidateOrder, n) }
