package host

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed is returned by [Core.Call] once [Core.Close] was called, also to callers that were waiting for an instance.
	ErrClosed = errors.New("core is closed")

	// ErrUnknownOperation is returned for a name that is no operation of the module; [Core.Operations] lists them.
	ErrUnknownOperation = errors.New("unknown operation")

	// ErrTrap is returned when the module trapped or broke its calling convention. It means a bug in core.wasm, never a bad
	// input. The instance is thrown away; the next call gets another one.
	ErrTrap = errors.New("core.wasm trapped")

	// ErrModule is returned by [Open] when the module is not the one this package was written for: it has imports, other
	// exports or another ABI number.
	ErrModule = errors.New("unusable core.wasm")

	// ErrInputTooLarge is what [errors.Is] finds in an [*InputTooLargeError].
	ErrInputTooLarge = errors.New("input too large")
)

// InputTooLargeError says that the module had no room for an input. Nothing was run.
type InputTooLargeError struct {
	Operation string
	Size      int // of the input, in bytes
	Limit     int // the most that the module has room for, in bytes
}

// Code is INPUT_TOO_LARGE, the word that the core uses for the same problem.
func (*InputTooLargeError) Code() string { return "INPUT_TOO_LARGE" }

func (e *InputTooLargeError) Error() string {
	return fmt.Sprintf("%s: the input has %d bytes; core.wasm accepts at most %d", e.Operation, e.Size, e.Limit)
}

// Is makes errors.Is(err, ErrInputTooLarge) true.
func (*InputTooLargeError) Is(target error) bool { return target == ErrInputTooLarge }
