package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"syscall/js"
)

// requestHead and responseHead travel with the body behind them, as one array of bytes: every value that crosses
// between Go and JavaScript costs a finalizer, so it is one each way and not several for each header.
type requestHead struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

type responseHead struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
}

// serve sets binding.serve(message, resolve), with which instance.mjs has a request handled. A response is whole when
// it is given back; none is streamed, so the lease can end with it.
func serve(handler http.Handler) {
	runtimeContext.Get("binding").Set("serve", js.FuncOf(func(_ js.Value, args []js.Value) any {
		message, resolve := fromJS(args[0]), args[1]
		go func() {
			resolve.Invoke(toJS(respond(handler, message)))
		}()
		return nil
	}))
}

func respond(handler http.Handler, message []byte) []byte {
	text, body, _ := bytes.Cut(message, []byte{'\n'})
	var head requestHead
	if err := json.Unmarshal(text, &head); err != nil {
		panic(err)
	}
	target, err := url.Parse(head.URL)
	if err != nil {
		// The entry lets no such path through; one that got here costs an answer and not the instance.
		return (&response{status: http.StatusBadRequest}).message()
	}
	request := &http.Request{
		Method:        head.Method,
		URL:           target,
		RequestURI:    target.RequestURI(),
		Host:          target.Host,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        make(http.Header, len(head.Headers)),
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
	}
	for name, value := range head.Headers {
		request.Header.Set(name, value)
	}
	w := &response{header: http.Header{}, status: http.StatusOK}
	handler.ServeHTTP(w, request)
	return w.message()
}

// response is an [http.ResponseWriter] in memory.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *response) Header() http.Header         { return r.header }
func (r *response) WriteHeader(status int)      { r.status = status }
func (r *response) Write(p []byte) (int, error) { return r.body.Write(p) }

func (r *response) message() []byte {
	head := responseHead{r.status, make(map[string]string, len(r.header))}
	for name := range r.header {
		head.Headers[name] = r.header.Get(name)
	}
	text, err := json.Marshal(head)
	if err != nil {
		panic(err)
	}
	return append(append(text, '\n'), r.body.Bytes()...)
}
