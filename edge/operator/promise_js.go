package main

import (
	"context"
	"syscall/js"
)

var uint8ArrayClass = js.Global().Get("Uint8Array")

// outcome is how something that takes time ended in JavaScript.
type outcome struct {
	value js.Value
	err   error
}

// running are the waits for JavaScript, by number. Go has one thread here and no goroutine is interrupted within a
// statement, so there is no lock.
var (
	running = map[int]chan outcome{}
	started int
)

// watch is the function of bridge.mjs that tells a promise's end.
var watch = services.Get("watch")

// listen takes the ends of what was begun: one function for all, since making and releasing one costs more than the wait.
func listen() {
	runtimeContext.Get("binding").Set("settled", js.FuncOf(func(_ js.Value, args []js.Value) any {
		number := args[0].Int()
		wait, found := running[number]
		if !found {
			return nil // given up
		}
		delete(running, number)
		o := outcome{value: args[1]}
		if len(args) > 2 {
			o = outcome{err: thrown(args[2])}
		}
		wait <- o
		return nil
	}))
}

// await waits for a promise. It heeds ctx: an operation that was given up goes on in JavaScript, and its end is ignored.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	return service(ctx, watch, promise)
}

// service calls a function of bridge.mjs that takes time and waits for its end.
func service(ctx context.Context, function js.Value, args ...any) (js.Value, error) {
	started++
	number := started
	wait := make(chan outcome, 1)
	running[number] = wait
	function.Invoke(append([]any{number}, args...)...)
	select {
	case o := <-wait:
		return o.value, o.err
	case <-ctx.Done():
		delete(running, number)
		return js.Undefined(), ctx.Err()
	}
}

// attempt calls a JavaScript function that may throw.
func attempt(call func() js.Value) (value js.Value, err error) {
	defer func() {
		switch problem := recover().(type) {
		case nil:
		case js.Error:
			err = thrown(problem.Value)
		default:
			panic(problem)
		}
	}()
	return call(), nil
}

// jsError is what JavaScript threw.
type jsError struct {
	message    string
	overloaded bool // a Durable Object has too much to do
}

func (e *jsError) Error() string { return e.message }

// thrown is the error for a thrown or rejected JavaScript value.
func thrown(value js.Value) error {
	if value.Type() == js.TypeObject && value.Get("message").Type() == js.TypeString {
		return &jsError{value.Get("message").String(), value.Get("overloaded").Truthy()}
	}
	return &jsError{message: "javascript threw " + value.Type().String()}
}

// toJS copies bytes into a new Uint8Array.
func toJS(bytes []byte) js.Value {
	array := uint8ArrayClass.New(len(bytes))
	js.CopyBytesToJS(array, bytes)
	return array
}

// fromJS copies the bytes of a Uint8Array.
func fromJS(array js.Value) []byte {
	bytes := make([]byte, array.Length())
	js.CopyBytesToGo(bytes, array)
	return bytes
}
