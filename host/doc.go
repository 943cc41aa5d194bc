// Package host runs core.wasm, the rules of an AlipayCN Cashier Payment, inside a Go program.
//
// [Open] compiles the module once and keeps a bounded pool of its instances; [Core.Call] runs one operation on one of them.
// A *[Core] is what package gateway asks for as its Core, so most programs open one at start, hand it to a gateway.Client
// and close it at the end.
//
// The package knows the calling convention of the module and nothing of payments: no keys, no network, no clock. The engine
// underneath (wazero, pure Go, no cgo) shows in no exported signature and may change.
package host
