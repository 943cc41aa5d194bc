// Package gateway is a client for Alipay's Cashier Payment API: it starts payments ([Client.Pay]), asks about them,
// cancels and refunds them, and recognises the notifications that tell their end ([Client.NotificationHandler]).
//
// The rules of the payment (what may be ordered, how it is written on the wire, what an answer means) are in core.wasm, which
// the package reaches through the small interface [Core]; on a server that is a *host.Core, in a Cloudflare Worker a bridge to
// JavaScript. What remains here is what the module has no means for: RSA, HTTP, the clock. The package imports neither the
// WebAssembly engine nor a database; of what is not the standard library, only a backoff.
//
// # Trust model
//
// Nothing that arrives is believed before its signature is verified over its raw bytes. An answer without a good signature is
// an [*UnverifiedError], whatever its HTTP status says. The shopper's browser coming back proves nothing at all: an order is
// paid when a verified notification says so ([Notification.Paid]) or an inquiry does ([Client.InquirePayment]).
// When a message does not verify and it is not plain why, [Explain] finds the cause.
//
// # Errors
//
// Bad input gives [Problems], all of them at once. What a gateway's answer or its absence means for the merchant is told by
// [errors.Is] with [ErrOutcomeUnknown]: the payment may exist, so only the same paymentRequestId may be used again. [Next] is
// the same in one word, for a switch. Every code (a [Code], such as FIELD_REQUIRED or the gateway's own PARAM_ILLEGAL) can be
// the target of [errors.Is].
//
//	what came                                          error                 ErrOutcomeUnknown   with [Retry]
//	the order or request is wrong                      Problems              no, nothing sent    -
//	no connection, reset, cut off, context ended       *TransportError       yes                 repeated
//	unsigned, altered, above 1 MiB, HTML               *UnverifiedError      yes                 repeated
//	other client id, unknown key version               *UnverifiedError      yes                 not repeated
//	signed, but about another payment or not readable  *UnusableError        yes                 not repeated
//	signed: throttled, unknown, try again              *ResultError          yes                 repeated
//	signed: refused                                    *ResultError          no                  not repeated
//	the same, when a repetition is refused for a       *ResultError          yes                 not repeated
//	reason that says nothing of the first request
//
// With the default Options every request is sent exactly once. [Options.Retry] repeats requests of unknown outcome with the same
// ids and bytes, which never charges or refunds twice. A server that repeats calls itself must keep in mind what an earlier one
// has left open: [ResultError.Undecided] marks the refusals that do not settle it.
//
// No error and no log line holds a key, a signature or a message body.
//
// Facts are from "Accept payments for AlipayCN" and from the pages of https://docs.antom.com.
package gateway
