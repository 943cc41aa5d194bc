package host

import (
	"flag"
	"testing"
)

// soakCalls is a number that fits into a test; go test ./host -run Soak -soak 300000 is the long run.
var soakCalls = flag.Int("soak", 20_000, "calls that TestSoak makes on one instance")

// TestSoak makes mixed calls on one instance, traps and growth excluded, and looks at its memory: what a call took must be given
// back before the next.
func TestSoak(t *testing.T) {
	wasm, all := openCore(t, PoolSize(1)), allVectors(t)
	size := func() uint32 {
		i, _, err := wasm.pool.lend(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer wasm.pool.giveBack(i)
		return i.memory.Size()
	}
	call := func(n int) {
		v := all[n%len(all)]
		reply, err := wasm.Call(t.Context(), v.Operation, v.Input)
		if err != nil || string(reply) != v.Reply {
			t.Fatalf("call %d, %s: %v, got %s", n, v.Name, err, reply)
		}
	}
	for n := range all {
		call(n)
	}
	before := size()
	for n := range *soakCalls {
		call(n)
	}
	after := size()
	t.Logf("%d calls: memory %d KiB before, %d KiB after", *soakCalls, before>>10, after>>10)
	if after != before {
		t.Errorf("the memory grew from %d to %d bytes", before, after)
	}
	if got := wasm.Stats(); got.Started != 1 {
		t.Errorf("it took %d instances", got.Started)
	}
}
