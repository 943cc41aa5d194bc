package host

import (
	"fmt"
	"testing"

	"github.com/edgecashier/cashier/wasm/core"
	"github.com/edgecashier/cashier/wasm/vectors"
)

// allVectors loads the parity contract: inputs of the operations and the exact bytes of the replies.
func allVectors(t testing.TB) []vectors.Vector {
	t.Helper()
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("there are only %d vectors", len(all))
	}
	return all
}

// TestVectors runs every vector on the embedded core.wasm: compiled, interpreted, and from a cache.
func TestVectors(t *testing.T) {
	all, cache := allVectors(t), t.TempDir()
	for _, test := range []struct {
		name string
		opts []Option
	}{
		{"compiler", nil},
		{"interpreter", []Option{Interpreter()}},
		{"cold cache", []Option{CompilationCache(cache)}},
		{"warm cache", []Option{CompilationCache(cache)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			wasm := openCore(t, append(test.opts, PoolSize(1))...)
			for _, v := range all {
				reply, err := wasm.Call(t.Context(), v.Operation, v.Input)
				if err != nil || string(reply) != v.Reply {
					t.Errorf("%s: %s %.200s\n got %s, %v\nwant %s", v.Name, v.Operation, v.Input, reply, err, v.Reply)
				}
			}
			if got := wasm.Stats(); got.Started != 1 {
				t.Errorf("it took %d instances", got.Started)
			}
		})
	}
}

func TestEveryOperationHasVectors(t *testing.T) {
	seen := map[string]int{}
	for _, v := range allVectors(t) {
		seen[v.Operation]++
	}
	for _, operation := range core.Operations() {
		if seen[operation] == 0 {
			t.Errorf("%s has none", operation)
		}
	}
}

func TestOperationsAreThoseOfTheCore(t *testing.T) {
	if got, want := fmt.Sprint(openCore(t).Operations()), fmt.Sprint(core.Operations()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
