// Package sandbox simulates Alipay for a developer's machine: the gateway that a merchant's server calls, the cashier
// where a shopper pays, and the notifications that follow.
//
// All five calls keep their state, in the request forms of 2020 and of today. Their bytes on the wire are those that
// official SDKs look for, down to the spelling of header names. Notifications follow Alipay's schedule on a clock that
// can be sped up and moved. Faults happen when they are asked for: by an option, by the control API or by words in an
// order. The front page has a first call as a program in five languages; the inspector at /sandbox shows each payment
// with what was on the wire, and why calls were refused; /sandbox/control lists the calls that tests steer the sandbox
// with.
//
// [Server] is an [http.Handler]; [Server.HTTPServer] is a server for it with time-outs and limits. The package needs
// nothing but the standard library and a QR encoder. It never calls out except to the notify URLs that merchants give
// it, and to those only on the loopback interface unless told otherwise.
//
// Its signature code, its JSON reader and its currency rules are its own. It imports neither the rules in wasm/core nor
// the client in host/gateway: a mistake shared by both sides of a conversation would go unnoticed.
//
// Field names are Alipay's own wherever there is one.
package sandbox
