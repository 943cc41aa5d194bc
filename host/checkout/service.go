package checkout

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/checkout/problem"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
	"github.com/edgecashier/cashier/wasm"
)

// Service is the checkout. It is made by [New], does not change, and is an http.Handler that may be used by any number of
// goroutines. [Service.Run] must run beside it.
type Service struct {
	set       settings
	core      gateway.Core
	client    *gateway.Client
	keys      gateway.Verifier // Alipay's public keys
	store     Store
	tokens    ordertoken.Verifier
	http      *http.Client
	signers   []*webhooks.Webhook // one for each secret
	operators *operator.Tokens
	log       *slog.Logger
	now       func() time.Time
	alone     bool
	random    io.Reader
	address   addressOf
	limit     *limiter
	bodies    *budget
	metrics   *metrics
	handler   http.Handler

	flights          flights
	work             tasks         // effects that are under way
	slots            chan struct{} // of due work
	alipay, merchant reachability
	refused          refusedNotes
	alerted          alerts
}

// New checks the options and makes a service of them. The error names everything that is wrong, and no secret.
func New(o Options) (*Service, error) {
	set, err := o.settings()
	if err != nil {
		return nil, err
	}
	s := &Service{
		set:       set,
		core:      o.Gateway.Core,
		keys:      o.Gateway.AlipayKeys,
		store:     o.Store,
		tokens:    ordertoken.Verifier{Keys: o.TokenKeys, Audience: set.origin},
		http:      merchantClient(o.HTTPClient),
		operators: o.Operators,
		log:       o.Logger,
		alone:     o.Alone,
		random:    o.Random,
		now:       o.Gateway.Now,
		address:   o.ClientAddress,
		limit:     newLimiter(set.perMinute),
		bodies:    newBudget(bodiesInFlight),
		slots:     make(chan struct{}, dueAtOnce),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	if s.work.spawn = o.Go; s.work.spawn == nil {
		s.work.spawn = func(effect func()) { go effect() }
	}
	if s.address == nil {
		s.address = remoteAddress
	}
	for _, one := range set.secrets {
		signer, err := webhooks.NewWebhookRaw(one.key)
		if err != nil {
			return nil, errors.New("checkout: WebhookSecret cannot be used")
		}
		s.signers = append(s.signers, signer)
	}
	options := o.Gateway
	options.Retry = nil // advance plans repetitions
	if options.Logger == nil {
		options.Logger = slog.New(quiet{s.log.Handler()})
	}
	if s.client, err = gateway.New(options); err != nil {
		return nil, err
	}
	if s.metrics, err = newMetrics(o.Metrics, s); err != nil {
		return nil, err
	}
	s.handler = s.routes()
	return s, nil
}

// Wait returns when the effects that are under way have ended, or with the context. What is cut off is given again when
// it is due. No request may be served any more.
func (s *Service) Wait(ctx context.Context) error { return s.work.wait(ctx) }

// ServeHTTP answers requests; see the package for routes.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", s.page(s.form))
	mux.Handle("GET /index.html", s.page(s.form))
	mux.Handle("POST /checkout", s.page(s.checkout))
	mux.Handle("POST /orders", s.json(s.order))
	mux.Handle("GET /return/{paymentRequestId}", s.page(s.comeBack))
	mux.Handle("GET /payments/{paymentRequestId}", s.json(s.payment))
	mux.Handle("POST /notify", s.json(s.notify))
	mux.Handle("POST /notify/{paymentRequestId}", s.json(s.notify))
	mux.Handle("/operator/", operator.Handler(operator.Options{Ledger: ledger{s}, Tokens: s.operators, Log: s.log, Now: s.now}))
	mux.Handle("GET /healthz", s.json(s.health))
	mux.Handle("GET /readyz", s.json(s.ready))
	for pattern, files := range s.files() {
		mux.Handle(pattern, files)
	}
	mux.Handle("/", s.page(func(http.ResponseWriter, *http.Request) error {
		return problem.New("NOT_FOUND", "", "there is nothing at this address")
	}))
	return s.secured(mux)
}

// health says that the service runs, and with which rules.
func (s *Service) health(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "core": wasm.SHA256()})
}

// ready says whether requests can be served: the database answers.
func (s *Service) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		s.log.ErrorContext(ctx, "the database does not answer", "error", err)
		return problem.New("BUSY", "", "the database does not answer").With("Retry-After", "1")
	}
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// refusal is how an error is answered; what is ours is logged.
func (s *Service) refusal(r *http.Request, err error) *problem.Refusal {
	var refused *problem.Refusal
	var problems gateway.Problems
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, ErrUnknownOrder):
		return problem.New("PAYMENT_UNKNOWN", "", "there is no such payment")
	case errors.As(err, &problems):
		if refused = problem.Of(problems); refused.Status < 500 {
			return refused
		}
	}
	s.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	return problem.Internal().With("Retry-After", "5")
}
