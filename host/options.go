package host

import (
	"math"
	"runtime"
)

// pageSize is the unit of WebAssembly memory.
const pageSize = 64 << 10

// maxPages are 4 GiB, the most that WebAssembly can address.
const maxPages = 1 << 16

type options struct {
	poolSize    int
	memoryLimit uint32 // pages
	retainLimit uint32 // bytes
	cacheDir    string
	interpreter bool
	observe     func(Observation)
}

func defaults() options {
	return options{
		poolSize:    runtime.GOMAXPROCS(0),
		memoryLimit: 64 << 20 / pageSize,
		retainLimit: 8 << 20,
	}
}

// Option changes how [Open] sets a [Core] up.
type Option func(*options)

// PoolSize limits how many instances exist, and so how many calls run at the same time; more callers wait in line.
// The default is GOMAXPROCS: calls are short and never block, so more instances than processors only cost memory.
// Values below 1 count as 1.
func PoolSize(n int) Option {
	return func(o *options) { o.poolSize = max(n, 1) }
}

// MemoryLimit is the most memory one instance may ever take, in bytes, rounded up to 64 KiB; the default is 64 MiB. The
// module declares a maximum of its own; the smaller one counts. An instance that wants more traps.
func MemoryLimit(bytes int) Option {
	return func(o *options) {
		o.memoryLimit = uint32((min(int64(max(bytes, pageSize)), maxPages*pageSize) + pageSize - 1) / pageSize)
	}
}

// RetainLimit is the most memory, in bytes, with which an instance goes back to the pool; the default is 8 MiB. WebAssembly
// memory never shrinks, so without a limit a few huge inputs would stay resident for good. An instance above the limit is
// replaced by a fresh one.
func RetainLimit(bytes int) Option {
	return func(o *options) { o.retainLimit = uint32(min(max(int64(bytes), 0), math.MaxUint32)) }
}

// CompilationCache keeps the compiled machine code in a folder, which is created if needed, so that the next process starts
// faster. Whoever can write to the folder can run code in this process: use a private one.
func CompilationCache(dir string) Option {
	return func(o *options) { o.cacheDir = dir }
}

// Interpreter runs the module without compiling it to machine code: slower by orders of magnitude, the same results. It is
// there for tests, and for systems that forbid writable executable memory.
func Interpreter() Option {
	return func(o *options) { o.interpreter = true }
}

// Observe calls a function after every [Core.Call], for metrics: with the operation, how long it waited and ran, and how it ended. It
// runs on the caller's goroutine and counts into its time, so it should only count. Without it [Core.Stats] has the sums.
func Observe(f func(Observation)) Option {
	return func(o *options) { o.observe = f }
}
