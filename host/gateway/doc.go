// Package gateway holds the conversation of a merchant's server with Alipay: it starts payments ([Client.Pay]) and recognises
// the notifications that tell their end ([Client.VerifyNotification]).
//
// The rules of the payment (what may be ordered, how it is written on the wire, what an answer means) are in core.wasm, which
// the package reaches through the small interface [Core]; on a server that is a *host.Core, in a Cloudflare Worker a bridge to
// JavaScript. What remains here is what the module has no means for: RSA, HTTP, the clock. The package imports neither the
// WebAssembly engine nor anything else outside of the standard library.
//
// # Who is believed
//
// Nothing that arrives is believed before its signature is verified over its raw bytes. An answer without a good signature is
// an [*UnverifiedError], whatever its HTTP status says. The shopper's browser coming back proves nothing at all: an order is
// paid when a verified notification says so ([Notification.Paid]).
//
// # Errors
//
// Bad input gives [Problems], all of them at once. What a gateway's answer or its absence means for the merchant is told by
// [errors.Is] with [ErrOutcomeUnknown]: the payment may exist, so only the same paymentRequestId may be used again. Every code
// (a [Code], such as FIELD_REQUIRED or the gateway's own PARAM_ILLEGAL) can be the target of [errors.Is].
//
// No error and no log line holds a key, a signature or a message body.
//
// Facts are from "Accept payments for AlipayCN" and from the pages of https://docs.antom.com.
package gateway
