package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/edgecashier/cashier/wasm"
)

// Core is core.wasm, compiled and ready to be called. All its methods may be used by any number of goroutines at the same
// time. It must be closed to free its memory.
type Core struct {
	runtime    wazero.Runtime
	cache      wazero.CompilationCache // nil without [CompilationCache]
	pool       *pool
	operations []string // sorted
	retain     uint32   // bytes
	observe    func(Observation)

	calls, waits, instantiated, replaced atomic.Uint64
	close                                sync.Once
	closeErr                             error
}

// Open compiles the core.wasm that this module of Go embeds and starts the first instance, so that whatever could be wrong
// shows here and not at the first payment. Starting takes tens of milliseconds; open one Core and share it.
//
// The errors are [ErrModule] for a module that is not the expected one, the context's, and those of the file system when
// there is a [CompilationCache].
func Open(ctx context.Context, opts ...Option) (*Core, error) {
	return open(ctx, wasm.Core, expected{abi: wasm.ABI, exports: wasm.Exports()}, opts...)
}

func open(ctx context.Context, module []byte, want expected, opts ...Option) (_ *Core, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := defaults()
	for _, set := range opts {
		set(&o)
	}

	core := &Core{retain: o.retainLimit, observe: o.observe}
	config := wazero.NewRuntimeConfig()
	if o.interpreter {
		config = wazero.NewRuntimeConfigInterpreter()
	}
	config = config.WithMemoryLimitPages(o.memoryLimit).WithDebugInfoEnabled(false)
	if o.cacheDir != "" {
		if core.cache, err = wazero.NewCompilationCacheWithDir(o.cacheDir); err != nil {
			return nil, fmt.Errorf("compilation cache: %w", err)
		}
		config = config.WithCompilationCache(core.cache)
	}
	core.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	defer func() {
		if err != nil {
			_ = core.closeEngine()
		}
	}()

	compiled, err := core.runtime.CompileModule(ctx, module)
	if err != nil {
		return nil, fmt.Errorf("%w: it does not compile: %s", ErrModule, firstLine(err))
	}
	if core.operations, err = want.check(compiled); err != nil {
		return nil, err
	}
	core.pool = newPool(o.poolSize, func() (*instance, error) { return core.instantiate(compiled) })

	first, _, err := core.pool.lend(ctx)
	if err != nil {
		return nil, err
	}
	if err := want.checkABI(first); err != nil {
		first.close()
		return nil, err
	}
	core.pool.giveBack(first)
	return core, nil
}

// instantiate starts an instance. `_initialize` (the constructors of the module's Go runtime) runs once, as part of it.
func (c *Core) instantiate(compiled wazero.CompiledModule) (*instance, error) {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions(exportInitialize)
	module, err := c.runtime.InstantiateModule(context.Background(), compiled, config)
	if err != nil {
		return nil, fmt.Errorf("%w: it does not start: %s", ErrModule, firstLine(err))
	}
	c.instantiated.Add(1)
	return newInstance(module), nil
}

// Call runs one operation of the module and returns its reply, a JSON object whose member "errors" lists the problems found
// in the input (package gateway turns them into Go errors). The reply belongs to the caller; the input is not kept.
//
// The context ends the wait for an instance. It is not looked at while the operation runs: the module caps its input, and an
// interruptible engine would be ten times slower.
//
// Errors: [ErrUnknownOperation], [*InputTooLargeError], [ErrTrap], [ErrClosed] or the context's.
func (c *Core) Call(ctx context.Context, operation string, input []byte) ([]byte, error) {
	if _, known := slices.BinarySearch(c.operations, operation); !known {
		return nil, fmt.Errorf("%w: %q", ErrUnknownOperation, operation)
	}
	if c.observe == nil {
		reply, _, err := c.run(ctx, operation, input, nil)
		return reply, err
	}
	begun := time.Now()
	lent := begun
	reply, replaced, err := c.run(ctx, operation, input, &lent)
	o := Observation{Operation: operation, Waited: lent.Sub(begun), Ran: time.Since(lent), InputSize: len(input), ReplySize: len(reply), Replaced: replaced, Err: err}
	if lent == begun { // it never got an instance
		o.Waited, o.Ran = o.Ran, 0
	}
	c.observe(o)
	return reply, err
}

// run is one call; lent, if not nil, is set to when it got its instance.
func (c *Core) run(ctx context.Context, operation string, input []byte, lent *time.Time) (reply []byte, replaced bool, err error) {
	i, waited, err := c.pool.lend(ctx)
	if waited {
		c.waits.Add(1)
	}
	if err != nil {
		return nil, false, err
	}
	c.calls.Add(1)
	if lent != nil {
		*lent = time.Now()
	}

	replaced = true
	defer func() {
		if !replaced {
			c.pool.giveBack(i)
			return
		}
		c.replaced.Add(1)
		c.pool.discard(i)
	}()
	reply, err = i.call(operation, input)
	replaced = errors.Is(err, ErrTrap) || i.memory.Size() > c.retain
	return reply, replaced, err
}

// Operations lists what [Core.Call] accepts, sorted.
func (c *Core) Operations() []string { return slices.Clone(c.operations) }

// Close refuses further calls, waits for those that run, and frees all memory. Callers in line get [ErrClosed]. Closing again
// does nothing and returns the same error.
func (c *Core) Close() error {
	c.close.Do(func() {
		c.pool.close()
		c.closeErr = c.closeEngine()
	})
	return c.closeErr
}

func (c *Core) closeEngine() error {
	err := c.runtime.Close(context.Background())
	if c.cache != nil {
		err = errors.Join(err, c.cache.Close(context.Background()))
	}
	return err
}
