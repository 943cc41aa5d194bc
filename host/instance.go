package host

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// instance is one instantiated module. It serves one call at a time.
type instance struct {
	module api.Module
	memory api.Memory
	input  api.Function

	// Every lookup of an exported function allocates a stack of its own (some 24 KB), so each is looked up at most once, and
	// only when it is needed.
	operations map[string]api.Function
	stack      [1]uint64
}

func newInstance(module api.Module) *instance {
	return &instance{
		module:     module,
		memory:     module.Memory(),
		input:      module.ExportedFunction(exportInput),
		operations: make(map[string]api.Function),
	}
}

// call writes the input into the module, runs the operation and copies the reply out. After an error that is [ErrTrap] the
// instance must not be used again.
func (i *instance) call(operation string, input []byte) ([]byte, error) {
	if len(input) > math.MaxInt32 {
		return nil, i.tooLarge(operation, len(input))
	}
	run := i.operations[operation]
	if run == nil {
		run = i.module.ExportedFunction(operation)
		i.operations[operation] = run
	}

	address, err := i.invoke(i.input, uint64(len(input)))
	if err != nil {
		return nil, trap(operation, err)
	}
	if address == 0 {
		return nil, i.tooLarge(operation, len(input))
	}
	if !i.memory.Write(uint32(address), input) {
		return nil, fmt.Errorf("%w: %s: the input buffer is outside of the memory", ErrTrap, operation)
	}

	reply, err := i.invoke(run, uint64(len(input)))
	if err != nil {
		return nil, trap(operation, err)
	}
	view, ok := i.memory.Read(uint32(reply>>32), uint32(reply))
	if !ok {
		return nil, fmt.Errorf("%w: %s: the reply is outside of the memory", ErrTrap, operation)
	}
	return bytes.Clone(view), nil
}

// tooLarge asks the module for the largest input that it has room for: what it has refused tells only that it is smaller.
func (i *instance) tooLarge(operation string, size int) error {
	var failed error
	limit := sort.Search(min(size, math.MaxInt32), func(n int) bool {
		if failed != nil {
			return true
		}
		address, err := i.invoke(i.input, uint64(n)+1)
		failed = err
		return err != nil || address == 0
	})
	if failed != nil {
		return trap(operation, failed)
	}
	return &InputTooLargeError{Operation: operation, Size: size, Limit: limit}
}

// invoke runs a function of one parameter and one result. The context is never the caller's: the engine would only read
// settings from it that are not the caller's to make.
func (i *instance) invoke(function api.Function, parameter uint64) (uint64, error) {
	i.stack[0] = parameter
	err := function.CallWithStack(context.Background(), i.stack[:])
	return i.stack[0], err
}

func (i *instance) close() { _ = i.module.Close(context.Background()) }

// trap makes an [ErrTrap] of an engine's error. Wrapping that one would hand the engine's types to callers.
func trap(operation string, err error) error {
	return fmt.Errorf("%w: %s: %s", ErrTrap, operation, firstLine(err))
}

// firstLine leaves out the stack of numbered functions that follows in the engine's messages.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
