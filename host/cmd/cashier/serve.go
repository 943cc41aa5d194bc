package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host"
	"github.com/edgecashier/cashier/host/checkout"
	"github.com/edgecashier/cashier/host/checkout/sqlstore"
)

func serveCommand() *cobra.Command {
	var f serveFlags
	command := &cobra.Command{
		Use:   "serve --config FILE [FLAGS]",
		Short: "Run the checkout service: orders, payments, notifications, refunds",
		Long: `serve runs the checkout service until it is interrupted: shoppers come with order tokens of your shop and
are sent to Alipay, Alipay's notifications are taken, your shop is told of results by Standard
Webhooks, and your people cancel and refund at /operator. It keeps orders in SQLite, or in
PostgreSQL, which any number of these programs may share.

Settings come from flags, then from the environment, then from the member "service" of the config:

  flag                     environment          member of "service"
  --database               DATABASE_URL         database         sqlite:FILE or postgres://…; sqlite:cashier.db
  --listen                 LISTEN               listen           127.0.0.1:8080
  --metrics-listen         METRICS_LISTEN       metricsListen    where /metrics is; nowhere
  --origin                 ORIGIN               origin           the public https address
  --webhook-url            WEBHOOK_URL          webhookUrl       where your shop gets messages
  --order-url              ORDER_URL            orderUrl         where it makes orders of forms; no form
  --alert-url              ALERT_URL            alertUrl         who is told that a person is needed; nobody
  --result-hosts           RESULT_HOSTS         resultHosts      hosts of result pages; those of your shop
  --key                    PRIVATE_KEY          keyFile          your private key
  --public-key             ALIPAY_PUBLIC_KEYS   publicKeyFiles   Alipay's public keys by version
  --order-token-keys       ORDER_TOKEN_KEYS     orderTokenKeysFile
  --webhook-secret         WEBHOOK_SECRET       webhookSecretFile
  --operator-token         OPERATOR_TOKEN       operatorTokenFile
  --tls-cert, --tls-key                         tlsCertFile, tlsKeyFile
  --client-address-header                       clientAddressHeader   such as X-Forwarded-For, behind a proxy

Flags and members that name keys and secrets name files; the environment has their text. Files in
the config are relative to it.`,
		Example: `  cashier serve --config config.json
  DATABASE_URL=postgres://cashier@db/cashier cashier serve --config config.json --listen 0.0.0.0:8080`,
		Args: cobra.NoArgs,
	}
	f.flags(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		log := slog.New(slog.NewJSONHandler(command.ErrOrStderr(), nil))
		settings, err := f.settings(os.LookupEnv, log)
		if err != nil {
			return err
		}
		return settings.serve(command.Context(), command.OutOrStdout(), log)
	}
	return command
}

// shutdownPatience is how long requests and effects that are under way may take when the program is to end. Calls to Alipay
// take 20 seconds at most.
const shutdownPatience = 40 * time.Second

// serve answers requests until the context ends, and then brings to an end what it has begun.
func (s *serveSettings) serve(ctx context.Context, out io.Writer, log *slog.Logger) (err error) {
	core, err := host.Open(ctx)
	if err != nil {
		return err
	}
	defer core.Close()
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return exit{exitRefused, fmt.Errorf("--listen: %w", err)}
	}
	defer listener.Close()
	if s.options.Origin == "" {
		if s.options.Origin, err = s.localOrigin(listener.Addr()); err != nil {
			return err
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registerCore(registry, core)
	o := s.options
	o.Gateway.Core, o.Logger, o.Metrics = core, log, registry
	store, err := sqlstore.Open(ctx, s.database, sqlstore.Identity{ClientID: o.Gateway.Config.ClientID, Origin: o.Origin})
	if err != nil {
		return exit{exitRefused, err}
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	o.Store, o.Alone = store, strings.HasPrefix(s.database, "sqlite:")
	service, err := checkout.New(o)
	if err != nil {
		return exit{exitRefused, err}
	}
	stopMetrics, err := s.serveMetrics(registry, log)
	if err != nil {
		return err
	}
	defer stopMetrics()

	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	worked := make(chan error, 1)
	go func() { worked <- service.Run(working) }()
	server := &http.Server{
		Handler: service, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: shutdownPatience, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog:  slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	served := make(chan error, 1)
	go func() {
		if s.tlsCert != "" {
			served <- server.ServeTLS(listener, s.tlsCert, s.tlsKey)
		} else {
			served <- server.Serve(listener)
		}
	}()
	fmt.Fprintf(out, "checkout    %s\nlistening   %s\ndatabase    %s\n", o.Origin, listener.Addr(), s.databaseName())
	select {
	case err := <-served:
		return exit{exitRefused, err}
	case <-ctx.Done():
	}
	log.Info("stopping: what is under way is brought to its end")
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownPatience)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		log.Warn("requests were cut off", "error", err)
	}
	stopWork()
	if err := <-worked; err != nil {
		log.Warn("effects were cut off; they are given again when they are due", "error", err)
	}
	return nil
}

// localOrigin is the origin of a service that is only tried out: the address on this machine where it listens.
func (s *serveSettings) localOrigin(address net.Addr) (string, error) {
	bound, isTCP := address.(*net.TCPAddr)
	if !isTCP || !bound.IP.IsLoopback() || s.tlsCert != "" {
		return "", errors.New(`--origin is missing: the public https address under which Alipay and shoppers reach the service, such as https://pay.example.com`)
	}
	return "http://" + bound.String(), nil
}

// serveMetrics serves /metrics at an address of its own, since they are not for everybody.
func (s *serveSettings) serveMetrics(registry *prometheus.Registry, log *slog.Logger) (stop func(), err error) {
	if s.metricsListen == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", s.metricsListen)
	if err != nil {
		return nil, exit{exitRefused, fmt.Errorf("--metrics-listen: %w", err)}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError)}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }() // it ends with Close
	log.Info("metrics", "address", "http://"+listener.Addr().String()+"/metrics")
	return func() { server.Close() }, nil
}

// registerCore exports the counters of the pool of core.wasm.
func registerCore(registry *prometheus.Registry, core *host.Core) {
	for _, counter := range []struct {
		name, help string
		read       func(host.Stats) uint64
	}{
		{"cashier_core_calls_total", "Operations of core.wasm.", func(s host.Stats) uint64 { return s.Calls }},
		{"cashier_core_waits_total", "Operations that waited for a free instance.", func(s host.Stats) uint64 { return s.Waits }},
		{"cashier_core_started_total", "Instances of core.wasm that were started.", func(s host.Stats) uint64 { return s.Started }},
		{"cashier_core_replaced_total", "Instances of core.wasm that were thrown away.", func(s host.Stats) uint64 { return s.Replaced }},
	} {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: counter.name, Help: counter.help},
			func() float64 { return float64(counter.read(core.Stats())) }))
	}
}
