package main

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare/cron"

	"github.com/edgecashier/cashier/host/checkout/operator"
)

// coreSHA256 names the core.wasm that the Worker was built with. The build sets it.
var coreSHA256 string

func main() {
	log := slog.New(requestLog{slog.NewJSONHandler(lines{}, nil)})
	slog.SetDefault(log)
	// Variables can be read only during a lease, so the first one makes the program.
	start := sync.OnceValue(func() *program { return newProgram(log) })
	listen()
	serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start().handler.ServeHTTP(w, r.WithContext(withRequestID(r.Context(), r.Header.Get("X-Request-Id"))))
	}))
	cron.ScheduleTaskNonBlock(func(ctx context.Context) error {
		start().watch(ctx, log)
		return nil // an error would end the program, and the log has it
	})
	workers.Ready()
	select {}
}

// program is what one instance works with.
type program struct {
	shards  *shards
	handler http.Handler
	origin  string
	send    func(ctx context.Context, id, payload string) error // nil without ALERT_URL
}

func newProgram(log *slog.Logger) *program {
	number, err := strconv.Atoi(variable("LEDGER_SHARDS"))
	if err != nil {
		number = usualShards
	}
	// JavaScript has checked the variables, and the token of each request.
	tokens, err := operator.ParseTokens(variable("OPERATOR_TOKEN"))
	if err != nil {
		log.Error("OPERATOR_TOKEN cannot be used", "error", err)
	}
	p := &program{
		shards: &shards{number: number, ask: askStub, now: time.Now, core: coreSHA256},
		origin: strings.TrimSuffix(variable("ORIGIN"), "/"),
		send:   alertSender(variable("ALERT_URL"), variable("WEBHOOK_SECRET")),
	}
	p.handler = operator.Handler(operator.Options{
		Ledger: p.shards, Tokens: tokens, Log: log, Now: time.Now,
		Identify: func(r *http.Request) (operator.Identity, bool) { return tokens.Named(r.Header.Get("X-Operator")) },
	})
	return p
}

// usualShards is the number of shards without LEDGER_SHARDS.
const usualShards = 32

func (p *program) watch(ctx context.Context, log *slog.Logger) {
	p.shards.watch(ctx, p.origin, log, p.send)
}

// runtimeContext is the object that the entry keeps for this instance: env and ctx change with each lease, so they
// are read when they are needed and never kept.
var runtimeContext = js.Global().Get("context")

// services are the functions of bridge.mjs.
var (
	services   = runtimeContext.Get("cashier")
	logService = services.Get("log")
)

// variable reads a variable or secret of the Worker, or "" if it is not set.
func variable(name string) string {
	switch value := runtimeContext.Get("env").Get(name); value.Type() {
	case js.TypeString:
		return value.String()
	case js.TypeNumber:
		return strconv.Itoa(value.Int())
	}
	return ""
}
