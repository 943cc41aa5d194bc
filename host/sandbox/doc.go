// Package sandbox plays Alipay on the desk of whoever integrates it: the gateway that a merchant's server calls, the
// cashier that a shopper pays at, and the notifications that follow.
//
// All five calls keep their state, in both wire profiles. Notifications follow Alipay's schedule on a clock that can be sped
// up and moved. Faults happen when they are asked for: by an option, by the control API or by words in an order. The
// inspector at /sandbox shows each payment drawn in time, with what was on the wire; /sandbox/control lists the calls that
// tests steer the sandbox with.
//
// It is an [http.Handler] and needs nothing but the standard library and a QR encoder; it never calls out except to the
// notify URLs that merchants give it, and to those only on the loopback interface unless told otherwise.
//
// Its signature code, its JSON reader and its currency rules are its own. It imports neither the rules in wasm/core nor
// the client in host/gateway: a mistake shared by both sides of a conversation would go unnoticed.
//
// Field names are Alipay's own wherever there is one.
package sandbox
