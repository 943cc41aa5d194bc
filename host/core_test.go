package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func openGood(t testing.TB, opts ...Option) *Core {
	t.Helper()
	good := goodModule()
	core, err := open(context.Background(), good.bytes(), expected{abi: 1, exports: good.exports()}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := core.Close(); err != nil {
			t.Error(err)
		}
	})
	return core
}

func TestCall(t *testing.T) {
	for name, opts := range map[string][]Option{
		"compiler":    nil,
		"interpreter": {Interpreter()},
		"cache":       {CompilationCache(t.TempDir())},
	} {
		t.Run(name, func(t *testing.T) {
			core := openGood(t, opts...)
			for _, input := range []string{"", "{}", strings.Repeat("x", inputRoom)} {
				reply, err := core.Call(t.Context(), "echo", []byte(input))
				if err != nil || string(reply) != input {
					t.Fatalf("got %.20q, %v", reply, err)
				}
			}
		})
	}
}

func TestReplyIsTheCallers(t *testing.T) {
	core := openGood(t, PoolSize(1))
	first, err := core.Call(t.Context(), "echo", []byte("first"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := core.Call(t.Context(), "echo", []byte("other")); err != nil {
		t.Fatal(err)
	}
	if string(first) != "first" {
		t.Fatalf("the next call changed the reply to %q", first)
	}
}

func TestInitializeRunsOnce(t *testing.T) {
	core := openGood(t, PoolSize(1))
	for range 3 {
		reply, err := core.Call(t.Context(), "count", nil)
		if err != nil || binary.LittleEndian.Uint32(reply) != 1 {
			t.Fatalf("got %v, %v", reply, err)
		}
		if _, err := core.Call(t.Context(), "trap", nil); !errors.Is(err, ErrTrap) {
			t.Fatal(err)
		}
	}
}

func TestUnknownOperation(t *testing.T) {
	core := openGood(t)
	for _, name := range []string{"", "Echo", "abi", "input", "memory", "_initialize", "nothing"} {
		if _, err := core.Call(t.Context(), name, nil); !errors.Is(err, ErrUnknownOperation) {
			t.Errorf("%q: got %v", name, err)
		}
	}
	if want := []string{"count", "echo", "grow", "outside", "slow", "trap"}; !slices.Equal(core.Operations(), want) {
		t.Errorf("got %v", core.Operations())
	}
}

func TestInputTooLarge(t *testing.T) {
	core := openGood(t, PoolSize(1))
	_, err := core.Call(t.Context(), "echo", make([]byte, inputRoom+1))
	var tooLarge *InputTooLargeError
	if !errors.Is(err, ErrInputTooLarge) || !errors.As(err, &tooLarge) || tooLarge.Code() != "INPUT_TOO_LARGE" || tooLarge.Size != inputRoom+1 || tooLarge.Limit != inputRoom {
		t.Fatalf("got %v", err)
	}
	if want := "echo: the input has 60001 bytes; core.wasm accepts at most 60000"; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if reply, err := core.Call(t.Context(), "echo", []byte("again")); err != nil || string(reply) != "again" {
		t.Errorf("the next call: %q, %v", reply, err)
	}
	if core.Stats().Replaced != 0 {
		t.Error("an input that is too large cost an instance")
	}
}

func TestTrapTenTimesThenThousandGoodCalls(t *testing.T) {
	core := openGood(t, PoolSize(2))
	for _, operation := range []string{"trap", "outside"} {
		for range 5 {
			_, err := core.Call(t.Context(), operation, []byte("x"))
			if !errors.Is(err, ErrTrap) || !strings.Contains(err.Error(), operation) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v", err)
			}
		}
	}
	for i := range 1000 {
		input := fmt.Appendf(nil, "call %d", i)
		if reply, err := core.Call(t.Context(), "echo", input); err != nil || !bytes.Equal(reply, input) {
			t.Fatalf("call %d: got %q, %v", i, reply, err)
		}
	}
	if got := core.Stats(); got.Replaced != 10 || got.Started != 11 || got.Calls != 1010 {
		t.Errorf("got %+v", got)
	}
}

func TestGrownInstanceIsReplaced(t *testing.T) {
	core := openGood(t, PoolSize(1), RetainLimit(1<<20))
	for range 3 {
		if reply, err := core.Call(t.Context(), "grow", []byte("kept")); err != nil || string(reply) != "kept" {
			t.Fatalf("got %q, %v", reply, err)
		}
	}
	if got := core.Stats(); got.Replaced != 3 {
		t.Errorf("got %+v", got)
	}
}

func TestMemoryLimitHolds(t *testing.T) {
	core := openGood(t, PoolSize(1), MemoryLimit(1<<20), RetainLimit(32<<20))
	for range 3 {
		if _, err := core.Call(t.Context(), "grow", nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := core.Stats(); got.Replaced != 0 {
		t.Errorf("memory grew beyond the limit: %+v", got)
	}
}

func TestCancelledContext(t *testing.T) {
	core := openGood(t, PoolSize(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := core.Call(ctx, "echo", nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("before the call: got %v", err)
	}

	held, _, err := core.pool.lend(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := core.Call(ctx, "echo", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("in line: got %v", err)
	}
	core.pool.giveBack(held)
	if _, err := core.Call(t.Context(), "echo", nil); err != nil {
		t.Fatalf("afterwards: got %v", err)
	}
	if got := core.Stats(); got.Waits != 1 || got.Calls != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestLastReturnedIsLentFirst(t *testing.T) {
	core := openGood(t, PoolSize(3))
	var lent []*instance
	for range 3 {
		i, _, err := core.pool.lend(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		lent = append(lent, i)
	}
	for _, i := range lent {
		core.pool.giveBack(i)
	}
	for range 5 {
		i, _, err := core.pool.lend(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if i != lent[2] {
			t.Fatal("another instance than the last returned one")
		}
		core.pool.giveBack(i)
	}
}

func TestCloseWaitsForRunningCallsAndRefusesTheRest(t *testing.T) {
	core := openGood(t, PoolSize(2))
	var good, closed atomic.Int64
	var started, group sync.WaitGroup
	for range 16 {
		started.Add(1)
		group.Go(func() {
			started.Done()
			for {
				reply, err := core.Call(context.Background(), "slow", []byte("slow"))
				switch {
				case errors.Is(err, ErrClosed):
					closed.Add(1)
					return
				case err != nil || string(reply) != "slow":
					t.Errorf("got %q, %v", reply, err)
					return
				}
				good.Add(1)
			}
		})
	}
	started.Wait()
	time.Sleep(20 * time.Millisecond)
	var closers sync.WaitGroup
	for range 3 {
		closers.Go(func() {
			if err := core.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	closers.Wait()
	group.Wait()
	if closed.Load() != 16 || good.Load() == 0 {
		t.Errorf("%d closed, %d good", closed.Load(), good.Load())
	}
	if _, err := core.Call(t.Context(), "echo", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: got %v", err)
	}
}

// TestHammer lets many more callers than instances call, trap, grow, give up and finally meet a Close.
func TestHammer(t *testing.T) {
	before := runtime.NumGoroutine()
	core := openGood(t, PoolSize(3), RetainLimit(1<<20))
	var group sync.WaitGroup
	for caller := range 24 {
		group.Go(func() {
			for call := range 200 {
				input := fmt.Appendf(nil, "caller %d call %d", caller, call)
				ctx, cancel := context.WithCancel(context.Background())
				operation := "echo"
				switch {
				case call%50 == 7:
					operation = "trap"
				case call%50 == 13:
					operation = "grow"
				case call%10 == 3:
					cancel()
				}
				reply, err := core.Call(ctx, operation, input)
				cancelled := ctx.Err() != nil
				cancel()
				switch {
				case errors.Is(err, ErrClosed) && call > 100:
					return
				case cancelled && errors.Is(err, context.Canceled):
				case operation == "trap" && errors.Is(err, ErrTrap):
				case err != nil || !bytes.Equal(reply, input):
					t.Errorf("%s: got %q, %v", input, reply, err)
				}
			}
		})
	}
	group.Wait()
	if got := core.Stats(); got.Started-got.Replaced > 3 {
		t.Errorf("more instances than the pool may hold: %+v", got)
	}
	if err := core.Close(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}

func TestPooledCallAllocatesAtMostFourTimes(t *testing.T) {
	core := openGood(t, PoolSize(1))
	ctx, input := t.Context(), []byte(`{"a":"b"}`)
	if n := testing.AllocsPerRun(100, func() { _, _ = core.Call(ctx, "echo", input) }); n > 4 {
		t.Errorf("%v allocations a call", n)
	}
}

func TestObserve(t *testing.T) {
	var seen []Observation
	core := openGood(t, PoolSize(1), Observe(func(o Observation) { seen = append(seen, o) }))
	for _, operation := range []string{"echo", "trap", "echo"} {
		_, _ = core.Call(t.Context(), operation, []byte("four"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = core.Call(ctx, "echo", nil)
	if len(seen) != 4 {
		t.Fatalf("got %+v", seen)
	}
	good, trapped, again, late := seen[0], seen[1], seen[2], seen[3]
	if good.Operation != "echo" || good.InputSize != 4 || good.ReplySize != 4 || good.Ran <= 0 || good.Replaced || good.Err != nil {
		t.Errorf("got %+v", good)
	}
	if !trapped.Replaced || !errors.Is(trapped.Err, ErrTrap) || again.Err != nil || again.Replaced {
		t.Errorf("got %+v, %+v", trapped, again)
	}
	if !errors.Is(late.Err, context.Canceled) || late.Ran != 0 {
		t.Errorf("got %+v", late)
	}
}
