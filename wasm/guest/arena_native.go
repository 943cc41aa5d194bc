//go:build !tinygo

package main

// Compiled by Go itself, for its tools only, the package leaves memory to Go's
// collector.
var heap uintptr

func release(uintptr) {}
