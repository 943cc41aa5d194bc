// A program for the tests of instance.mjs: it does what it is asked to, good or bad.
package main

import (
	"bytes"
	"os"
	"syscall/js"
	"time"
	"unsafe"
)

//go:wasmimport workers ready
func ready()

var later *time.Timer

func main() {
	serve := js.FuncOf(func(_ js.Value, args []js.Value) any {
		message := make([]byte, args[0].Get("length").Int())
		js.CopyBytesToGo(message, args[0])
		_, wish, _ := bytes.Cut(message, []byte("\n"))
		go func() {
			answer := []byte("{\"status\":200,\"headers\":{}}\n" + do(string(wish)))
			array := js.Global().Get("Uint8Array").New(len(answer))
			js.CopyBytesToJS(array, answer)
			args[1].Invoke(array)
		}()
		return nil
	})
	js.Global().Get("context").Get("binding").Set("serve", serve)
	ready()
	select {}
}

func do(wish string) string {
	switch wish {
	case "exit":
		os.Exit(3)
	case "panic":
		panic("as asked")
	case "trap":
		*(*int)(unsafe.Add(unsafe.Pointer(&later), 1<<30)) = 1 // beyond the memory
	case "hang":
		select {}
	case "sleep":
		time.Sleep(20 * time.Millisecond)
	case "leave a timer":
		later = time.NewTimer(50 * time.Millisecond)
	case "wait for the timer":
		<-later.C
	case "env":
		return js.Global().Get("context").Type().String() + env()
	}
	return "done"
}

var context = js.Global().Get("context")

func env() string { return " " + context.Get("env").Get("NAME").String() }
