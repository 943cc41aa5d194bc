package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"syscall/js"
	"time"

	"github.com/edgecashier/cashier/host/gateway"
)

var (
	fetchFunction        = js.Global().Get("fetch")
	abortControllerClass = js.Global().Get("AbortController")
	arrayClass           = js.Global().Get("Array")
	headersClass         = js.Global().Get("Headers")
	objectClass          = js.Global().Get("Object")
)

// fetcher sends requests with the platform's fetch. It keeps header values whole (the bindings' own splits them at
// commas, and a signature header has commas), sends the body with its length, gives up when the context ends or the
// time is over, and never follows a redirect: whoever was asked must answer. The body of the answer must be closed.
type fetcher struct{ patience time.Duration }

var _ gateway.Doer = fetcher{}

func (f fetcher) Do(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(request.Context(), f.patience)
	response, err := fetch(ctx, cancel, request)
	if err != nil {
		cancel()
		return nil, err
	}
	return response, nil
}

func fetch(ctx context.Context, cancel context.CancelFunc, request *http.Request) (*http.Response, error) {
	init := objectClass.New()
	init.Set("method", request.Method)
	init.Set("redirect", "manual")
	headers := headersClass.New()
	for name, values := range request.Header {
		for _, value := range values {
			headers.Call("append", name, value)
		}
	}
	init.Set("headers", headers)
	if request.Body != nil {
		body, err := io.ReadAll(request.Body)
		request.Body.Close()
		if err != nil {
			return nil, err
		}
		init.Set("body", toJS(body))
	}
	abort := abortControllerClass.New()
	init.Set("signal", abort.Get("signal"))

	promise, err := attempt(func() js.Value { return fetchFunction.Invoke(request.URL.String(), init) })
	if err != nil {
		return nil, err
	}
	response, err := await(ctx, promise)
	if err != nil {
		abort.Call("abort")
		return nil, err
	}
	result := &http.Response{
		Status:        strconv.Itoa(response.Get("status").Int()) + " " + response.Get("statusText").String(),
		StatusCode:    response.Get("status").Int(),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{},
		Body:          http.NoBody,
		ContentLength: -1,
		Request:       request,
	}
	entries := arrayClass.Call("from", response.Get("headers").Call("entries"))
	for i := range entries.Length() {
		result.Header.Add(entries.Index(i).Index(0).String(), entries.Index(i).Index(1).String())
	}
	if stream := response.Get("body"); stream.Truthy() {
		result.Body = &streamBody{ctx: ctx, cancel: cancel, reader: stream.Call("getReader"), abort: abort}
	} else {
		cancel()
	}
	return result, nil
}

// streamBody reads a ReadableStream chunk by chunk, so that a reader with a limit never holds more than it wants.
type streamBody struct {
	ctx    context.Context
	cancel context.CancelFunc
	reader js.Value
	abort  js.Value
	rest   []byte
	err    error
}

func (b *streamBody) Read(p []byte) (int, error) {
	for len(b.rest) == 0 && b.err == nil {
		result, err := await(b.ctx, b.reader.Call("read"))
		switch {
		case err != nil:
			b.err = err
		case result.Get("done").Bool():
			b.err = io.EOF
		default:
			b.rest = fromJS(result.Get("value"))
		}
	}
	if len(b.rest) == 0 {
		return 0, b.err
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close ends the transfer of what was not read, and the time limit.
func (b *streamBody) Close() error {
	b.cancel()
	if b.err == nil {
		b.err = errors.New("read after close")
		b.abort.Call("abort")
	}
	return nil
}
