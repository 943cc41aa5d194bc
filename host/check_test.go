package host

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestOpenRefusesModule(t *testing.T) {
	good := goodModule()
	noMemory := good.lacking("")
	noMemory.noMemory = true
	noMemory.memory = 1
	imports := good.lacking("")
	imports.imports = [][2]string{{"wasi_snapshot_preview1", "fd_write"}}
	importsMemory := good.lacking("")
	importsMemory.memory, importsMemory.more = 0, [][]byte{slices.Concat(text("env"), text("memory"), []byte{0x02, 0x00, 1})}
	importsGlobal := good.lacking("")
	importsGlobal.more = [][]byte{slices.Concat(text("env"), text("seed"), []byte{0x03, i32, 0})}
	tests := map[string]struct {
		module []byte
		want   string
	}{
		"empty":              {nil, "does not compile"},
		"truncated":          {good.bytes()[:40], "does not compile"},
		"no WebAssembly":     {[]byte("<!doctype html>"), "does not compile"},
		"import":             {imports.bytes(), "imports wasi_snapshot_preview1.fd_write"},
		"imported memory":    {importsMemory.bytes(), "imports env.memory"},
		"imported global":    {importsGlobal.bytes(), "does not start"},
		"no memory":          {noMemory.bytes(), "does not export memory"},
		"operation missing":  {good.lacking("echo").bytes(), "does not export echo"},
		"surplus export":     {good.with(operationOf("secret", reply(0))).bytes(), "exports secret"},
		"wrong parameter":    {good.replacing(function{name: "echo", params: []byte{i64}, results: []byte{i64}, code: []byte{opLocalGet, 0}}).bytes(), "echo has the signature (i64) -> (i64), not (i32) -> (i64)"},
		"abi with parameter": {good.replacing(function{name: "abi", params: []byte{i32}, results: []byte{i32}, code: []byte{opLocalGet, 0}}).bytes(), "abi has the signature (i32) -> (i32), not () -> (i32)"},
		"initialize answers": {good.replacing(function{name: "_initialize", results: []byte{i32}, code: constant(0)}).bytes(), "_initialize has the signature () -> (i32), not () -> ()"},
		"other ABI":          {good.replacing(function{name: "abi", results: []byte{i32}, code: constant(7)}).bytes(), "speaks ABI 7, this package speaks ABI 1"},
		"start traps":        {good.replacing(function{name: "_initialize", code: []byte{opUnreachable}}).bytes(), "does not start"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			core, err := open(t.Context(), test.module, expected{abi: 1, exports: good.exports()})
			if core != nil || !errors.Is(err, ErrModule) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, %v; want an ErrModule with %q", core, err, test.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the message has more than one line: %q", err)
			}
		})
	}
}

func TestOpenRefusesMoreMemoryThanTheLimit(t *testing.T) {
	good := goodModule()
	big := good.lacking("")
	big.memory = 3
	if _, err := open(t.Context(), big.bytes(), expected{abi: 1, exports: good.exports()}, MemoryLimit(2*pageSize)); !errors.Is(err, ErrModule) {
		t.Fatalf("got %v", err)
	}
}

func TestOpenWithCancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}
