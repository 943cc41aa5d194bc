package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

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

	core := &Core{retain: o.retainLimit}
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
	i, waited, err := c.pool.lend(ctx)
	if waited {
		c.waits.Add(1)
	}
	if err != nil {
		return nil, err
	}
	c.calls.Add(1)

	healthy := false
	defer func() {
		if healthy {
			c.pool.giveBack(i)
			return
		}
		c.replaced.Add(1)
		c.pool.discard(i)
	}()
	reply, err := i.call(operation, input)
	healthy = !errors.Is(err, ErrTrap) && i.memory.Size() <= c.retain
	return reply, err
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
