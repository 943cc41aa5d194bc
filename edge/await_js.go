package main

import (
	"context"
	"errors"
	"syscall/js"
)

var (
	promiseClass    = js.Global().Get("Promise")
	uint8ArrayClass = js.Global().Get("Uint8Array")
)

// await waits for a promise. Unlike the await of the bindings it releases both callbacks, and it heeds ctx: an
// operation that was given up goes on in JavaScript, and its end is ignored.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	settled := make(chan outcome, 1)
	var fulfilled, rejected js.Func
	settle := func(o outcome) any {
		fulfilled.Release()
		rejected.Release()
		settled <- o
		return nil
	}
	fulfilled = js.FuncOf(func(_ js.Value, args []js.Value) any {
		return settle(outcome{value: args[0]})
	})
	rejected = js.FuncOf(func(_ js.Value, args []js.Value) any {
		return settle(outcome{err: thrown(args[0])})
	})
	promise.Call("then", fulfilled, rejected)
	select {
	case o := <-settled:
		return o.value, o.err
	case <-ctx.Done():
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

// thrown is the error for a thrown or rejected JavaScript value.
func thrown(value js.Value) error {
	if value.Type() == js.TypeObject && value.Get("message").Type() == js.TypeString {
		return errors.New(value.Get("message").String())
	}
	return errors.New("javascript threw " + value.Type().String())
}

// toJS copies bytes into a new Uint8Array.
func toJS(bytes []byte) js.Value {
	array := uint8ArrayClass.New(len(bytes))
	js.CopyBytesToJS(array, bytes)
	return array
}

// fromJS copies the bytes of a Uint8Array.
func fromJS(array js.Value) []byte {
	bytes := make([]byte, array.Get("byteLength").Int())
	js.CopyBytesToGo(bytes, array)
	return bytes
}
