package sandbox

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"sync/atomic"
	"time"
)

// Server is the sandbox. It is safe for concurrent use.
type Server struct {
	options      Options
	publicOrigin atomic.Pointer[string]
	merchants    map[string]*Merchant
	keys         *keyRing
	faults       *faultPlan
	ledger       *ledger
	sessions     *sessions
	// What was refused for good, by paymentRequestId and by refundRequestId.
	payRefusals, refundRefusals *refusals
	agenda                      *agenda
	courier                     *courier
	keeper                      *keeper // nil without a store
	mux                         *http.ServeMux
}

// New makes a sandbox. Close it when it is no longer used.
func New(options Options) (*Server, error) {
	options, err := options.complete()
	if err != nil {
		return nil, err
	}
	s := &Server{
		options:     options,
		merchants:   map[string]*Merchant{},
		keys:        newKeyRing(options.PrivateKey, options.KeyVersion, options.NextPrivateKey),
		ledger:      newLedger(options.Clock, options.MaximumMemory),
		sessions:    newSessions(),
		payRefusals: newRefusals(), refundRefusals: newRefusals(),
		agenda: newAgenda(options.Clock),
	}
	for i := range options.Merchants {
		s.merchants[options.Merchants[i].ClientID] = &options.Merchants[i]
	}
	if err := s.SetPublicOrigin(options.PublicOrigin); err != nil {
		return nil, err
	}
	general, err := parseFaults(options.Faults)
	if err != nil {
		return nil, err
	}
	s.faults = newFaultPlan(options.Seed, general)
	s.courier = &courier{Server: s, client: newNotifyClient(options.Client, options.AllowRemote), intervals: options.NotifyIntervals}
	if options.Store != nil {
		if err := s.load(options.Store); err != nil {
			s.agenda.close()
			return nil, err
		}
		s.keeper = newKeeper(options.Store, s.ledger, func(err error) { options.Logger.Error("payments are not stored", "error", err) })
	}
	s.mux = s.routes()
	return s, nil
}

// Close gives up what is planned, ends what is running and waits for it. The Server must not be used for new payments
// afterwards.
func (s *Server) Close() error {
	s.agenda.close()
	if s.keeper != nil {
		s.keeper.close()
	}
	if s.options.Client == nil {
		s.courier.client.CloseIdleConnections()
	}
	return nil
}

// SetPublicOrigin tells the sandbox where browsers reach it, once that is known. "" means the Host of each request.
func (s *Server) SetPublicOrigin(origin string) error {
	if origin != "" {
		if err := checkOrigin(origin); err != nil {
			return err
		}
	}
	s.publicOrigin.Store(&origin)
	return nil
}

func (s *Server) origin(r *http.Request) string {
	if origin := *s.publicOrigin.Load(); origin != "" {
		return origin
	}
	host := r.Host
	if !plainHost.MatchString(host) {
		// What a client writes there ends up in links and in the examples for a shell.
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if host = "127.0.0.1"; local != nil {
			host = local.String()
		}
	}
	if r.TLS != nil {
		return "https://" + host
	}
	return "http://" + host
}

var plainHost = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]+)?$|^\[[0-9A-Fa-f:.]+\](:[0-9]+)?$`)

// PublicKey verifies what the sandbox signs until its key is rotated. Its version is KeyVersion.
func (s *Server) PublicKey() *rsa.PublicKey { return &s.options.PrivateKey.PublicKey }

// KeyVersion is the version of PublicKey.
func (s *Server) KeyVersion() int { return s.options.KeyVersion }

// Merchants are the accounts, with the one that New made if it was given none.
func (s *Server) Merchants() []Merchant { return append([]Merchant(nil), s.options.Merchants...) }

// Payments are all payments, oldest first.
func (s *Server) Payments() []Payment { return s.ledger.list() }

// Payment finds a payment by its paymentId or its paymentRequestId.
func (s *Server) Payment(id string) (Payment, bool) {
	payment, found, _ := s.ledger.find(id)
	return payment, found
}

// Wait returns the payment with this paymentId or paymentRequestId as soon as it exists and done says yes to it.
func (s *Server) Wait(ctx context.Context, id string, done func(Payment) bool) (Payment, error) {
	for {
		payment, found, changed := s.ledger.find(id)
		if found && done(payment) {
			return payment, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return payment, fmt.Errorf("sandbox: waiting for payment %s: %w", id, ctx.Err())
		}
	}
}

// ErrNotAcknowledged is the error of WaitAcknowledged for a notification that will not be sent any more.
var ErrNotAcknowledged = errors.New("sandbox: the notification was not acknowledged")

// WaitAcknowledged returns the payment with this paymentId or paymentRequestId as soon as the merchant has acknowledged
// its latest notification.
func (s *Server) WaitAcknowledged(ctx context.Context, id string) (Payment, error) {
	payment, err := s.Wait(ctx, id, func(p Payment) bool {
		return len(p.Notifications) > 0 && p.Notifications[len(p.Notifications)-1].State != Waiting
	})
	if err != nil {
		return payment, err
	}
	if payment.Notifications[len(payment.Notifications)-1].State != Acknowledged {
		return payment, ErrNotAcknowledged
	}
	return payment, nil
}

// HTTPServer is a server for the sandbox, with limits for clients that send slowly, endlessly or not at all. The caller
// calls its Serve or ServeTLS, and its Shutdown, which closes the sandbox first: pages that wait for news would never
// end. It speaks HTTP/1.1, as the official SDKs do.
func (s *Server) HTTPServer() *http.Server {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		Protocols:         new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	server.RegisterOnShutdown(func() { s.Close() })
	return server
}

// ServeHTTP implements http.Handler. The sandbox expects to be at the root of its origin.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mux.ServeHTTP(w, r)
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/ams/", s.gateway)
	s.cashierRoutes(mux)
	s.localRoutes(mux)
	s.controlRoutes(mux)
	s.consoleRoutes(mux)
	return mux
}
