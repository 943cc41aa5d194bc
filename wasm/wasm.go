// Package wasm holds core.wasm: the rules of an AlipayCN Cashier Payment (package
// core), compiled by TinyGo to one WebAssembly module that imports nothing. The same
// file decides in browsers, at the edge and on servers.
//
// Package host runs it; its ABI is described in package guest. The file is committed,
// so that nobody needs the compiler to use it. `./build.sh core` makes it, and a test
// makes it anew and compares the bytes.
package wasm

import (
	"crypto/sha256"
	_ "embed" // for core.wasm
	"encoding/hex"
	"strings"
)

// Core is core.wasm. It must not be modified.
//
//go:embed core.wasm
var Core []byte

// ABI is the number that the module's export "abi" returns. It changes when callers
// have to.
const ABI = 1

//go:embed exports.txt
var exports string

// Exports lists the names of all that the module exports, sorted: its memory,
// "_initialize", "abi", "input" and the operations.
func Exports() []string {
	return strings.Fields(exports)
}

// SHA256 returns the SHA-256 of [Core] in lower-case hexadecimal digits, by which two
// parties can tell that they decide by the same rules.
func SHA256() string {
	sum := sha256.Sum256(Core)
	return hex.EncodeToString(sum[:])
}
