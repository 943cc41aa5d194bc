package main

import (
	"context"
	"syscall/js"
)

// send puts a text message on the queue bound under the name, and returns when the queue has it.
func send(ctx context.Context, binding, message string) error {
	promise, err := attempt(func() js.Value {
		return runtimeContext.Get("env").Get(binding).Call("send", message, map[string]any{"contentType": "text"})
	})
	if err != nil {
		return err
	}
	_, err = await(ctx, promise)
	return err
}
