package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/edgecashier/cashier/host/checkout"
	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

// serveFlags are the flags of serve; those that are empty leave the word to the environment and the config.
type serveFlags struct {
	config, keys string
	publicKeys   []string
	given        serviceConfig
}

// serviceConfig is the member "service" of the config. Keys and secrets are in files of their own, so that the config can be
// shown to anybody.
type serviceConfig struct {
	Database            string            `json:"database"`
	Listen              string            `json:"listen"`
	MetricsListen       string            `json:"metricsListen"`
	Origin              string            `json:"origin"`
	WebhookURL          string            `json:"webhookUrl"`
	OrderURL            string            `json:"orderUrl"`
	AlertURL            string            `json:"alertUrl"`
	ResultHosts         []string          `json:"resultHosts"`
	KeyFile             string            `json:"keyFile"`
	PublicKeyFiles      map[string]string `json:"publicKeyFiles"` // by version
	OrderTokenKeysFile  string            `json:"orderTokenKeysFile"`
	WebhookSecretFile   string            `json:"webhookSecretFile"`
	OperatorTokenFile   string            `json:"operatorTokenFile"`
	TLSCertFile         string            `json:"tlsCertFile"`
	TLSKeyFile          string            `json:"tlsKeyFile"`
	ClientAddressHeader string            `json:"clientAddressHeader"`
}

func (f *serveFlags) flags(command *cobra.Command) {
	flags, g := command.Flags(), &f.given
	flags.StringVar(&f.config, "config", "", "`FILE` with the config as JSON; the environment's CONFIG without it")
	flags.StringVar(&f.keys, "keys", "", "`DIR` as keygen writes it, in place of --key and --public-key: for the sandbox")
	flags.StringVar(&g.Database, "database", "", "`URL` of the database")
	flags.StringVar(&g.Listen, "listen", "", "`ADDR` to listen on")
	flags.StringVar(&g.MetricsListen, "metrics-listen", "", "`ADDR` where Prometheus finds /metrics")
	flags.StringVar(&g.Origin, "origin", "", "the public `ORIGIN`, such as https://pay.example.com")
	flags.StringVar(&g.WebhookURL, "webhook-url", "", "`URL` where your shop gets messages")
	flags.StringVar(&g.OrderURL, "order-url", "", "`URL` where your shop makes order tokens of the checkout form")
	flags.StringVar(&g.AlertURL, "alert-url", "", "`URL` that is told when a person is needed")
	flags.StringSliceVar(&g.ResultHosts, "result-hosts", nil, "`HOSTS` of your result pages")
	flags.StringVar(&g.KeyFile, "key", "", "`FILE` with your private key")
	flags.StringArrayVar(&f.publicKeys, "public-key", nil, "`[VERSION=]FILE` with Alipay's public key; version 1 by default; may be repeated")
	flags.StringVar(&g.OrderTokenKeysFile, "order-token-keys", "", "`FILE` with the JWK Set that verifies order tokens")
	flags.StringVar(&g.WebhookSecretFile, "webhook-secret", "", "`FILE` with the secret of messages, or two while it is changed")
	flags.StringVar(&g.OperatorTokenFile, "operator-token", "", "`FILE` with the operators' tokens")
	flags.StringVar(&g.TLSCertFile, "tls-cert", "", "`FILE` with the certificate and its chain, to serve https")
	flags.StringVar(&g.TLSKeyFile, "tls-key", "", "`FILE` with the certificate's key")
	flags.StringVar(&g.ClientAddressHeader, "client-address-header", "", "`HEADER` in which the proxy before it names the shopper's address last")
}

// serveSettings is what serve works with.
type serveSettings struct {
	options          checkout.Options // without the core, the store and the log
	database, listen string
	metricsListen    string
	tlsCert, tlsKey  string
}

// reading collects settings and what is wrong with them.
type reading struct {
	env    func(string) (string, bool)
	log    *slog.Logger
	folder string // of the config
	wrong  []error
}

func (r *reading) complain(name string, err error) {
	if err != nil {
		r.wrong = append(r.wrong, fmt.Errorf("%s: %w", name, err))
	}
}

// text is the first that is given: by a flag, the environment, the config, or else the usual one.
func (r *reading) text(flag, variable, config, usual string) string {
	if flag != "" {
		return flag
	}
	if value, given := r.env(variable); given && variable != "" {
		return value
	}
	if config != "" {
		return config
	}
	return usual
}

// path is a file of the config, which is relative to it.
func (r *reading) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.folder, name)
}

// secret is a text that a flag, the environment or the config gives: the environment has it, the others name a file.
func (r *reading) secret(what, flag, variable, config string, private bool) string {
	file := flag
	if file == "" {
		if value, given := r.env(variable); given {
			return value
		}
		file = r.path(config)
	}
	if file == "" {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		r.complain(what, err)
		return ""
	}
	if info, err := os.Stat(file); err == nil && private && info.Mode()&(fs.ModePerm&0o077) != 0 {
		r.log.Warn("a file with a secret can be read by others; chmod 600 it", "file", file, "mode", info.Mode().Perm().String())
	}
	return string(text)
}

// settings reads everything. The error names all that is missing or wrong, and no secret.
func (f *serveFlags) settings(env func(string) (string, bool), log *slog.Logger) (*serveSettings, error) {
	r := &reading{env: env, log: log}
	config, service, err := r.readConfig(f.config)
	if err != nil {
		return nil, err
	}
	g := f.given
	s := &serveSettings{
		database:      r.text(g.Database, "DATABASE_URL", service.Database, "sqlite:"+r.path("cashier.db")),
		listen:        r.text(g.Listen, "LISTEN", service.Listen, "127.0.0.1:8080"),
		metricsListen: r.text(g.MetricsListen, "METRICS_LISTEN", service.MetricsListen, ""),
		tlsCert:       r.text(g.TLSCertFile, "", r.path(service.TLSCertFile), ""),
		tlsKey:        r.text(g.TLSKeyFile, "", r.path(service.TLSKeyFile), ""),
	}
	if file, ofConfig := strings.CutPrefix(s.database, "sqlite:"); ofConfig && s.database == service.Database {
		s.database = "sqlite:" + r.path(file)
	}
	if (s.tlsCert == "") != (s.tlsKey == "") {
		r.complain("--tls-cert and --tls-key", errors.New("one needs the other"))
	}
	o := &s.options
	o.Gateway.Config = config
	o.Origin = r.text(g.Origin, "ORIGIN", service.Origin, "")
	o.WebhookURL = r.text(g.WebhookURL, "WEBHOOK_URL", service.WebhookURL, "")
	o.OrderURL = r.text(g.OrderURL, "ORDER_URL", service.OrderURL, "")
	o.AlertURL = r.text(g.AlertURL, "ALERT_URL", service.AlertURL, "")
	if o.ResultHosts = g.ResultHosts; len(o.ResultHosts) == 0 {
		if list, given := env("RESULT_HOSTS"); given {
			o.ResultHosts = strings.Split(list, ",")
		} else {
			o.ResultHosts = service.ResultHosts
		}
	}
	o.WebhookSecret = r.secret("--webhook-secret", g.WebhookSecretFile, "WEBHOOK_SECRET", service.WebhookSecretFile, true)
	f.readKeys(r, o, service)
	if text := r.secret("--order-token-keys", g.OrderTokenKeysFile, "ORDER_TOKEN_KEYS", service.OrderTokenKeysFile, false); text == "" {
		r.complain("--order-token-keys", errors.New("the keys that verify order tokens are missing; `cashier token keygen` makes them"))
	} else {
		o.TokenKeys, err = ordertoken.ParseVerifyKeys([]byte(text))
		r.complain("--order-token-keys", err)
	}
	o.Operators, err = operator.ParseTokens(r.secret("--operator-token", g.OperatorTokenFile, "OPERATOR_TOKEN", service.OperatorTokenFile, true))
	r.complain("--operator-token", err)
	if header := r.text(g.ClientAddressHeader, "", service.ClientAddressHeader, ""); header != "" {
		o.ClientAddress = forwardedAddress(header)
	}
	if len(r.wrong) > 0 {
		return nil, errors.Join(r.wrong...)
	}
	return s, nil
}

// readConfig reads the config of the core and the member "service" in it.
func (r *reading) readConfig(file string) (config gateway.Config, service serviceConfig, err error) {
	text := []byte{}
	if file != "" {
		if strings.HasPrefix(file, "{") {
			text = []byte(file)
		} else if text, err = os.ReadFile(file); err != nil {
			return config, service, fmt.Errorf("--config: %w", err)
		} else {
			r.folder = filepath.Dir(file)
		}
	} else if value, given := r.env("CONFIG"); given {
		text = []byte(value)
	} else {
		return config, service, errors.New("--config: a file with the config is needed, or the variable CONFIG")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &members); err != nil {
		return config, service, fmt.Errorf("--config: it is no JSON object: %w", err)
	}
	if own, given := members["service"]; given {
		decoder := json.NewDecoder(bytes.NewReader(own))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&service); err != nil {
			return config, service, fmt.Errorf(`--config: the member "service": %w; keys and secrets belong into files of their own, which it names`, err)
		}
		delete(members, "service")
	}
	rest, err := json.Marshal(members)
	if err != nil {
		return config, service, err
	}
	if config, err = gateway.ParseConfig(rest); err != nil {
		return config, service, fmt.Errorf("--config: %w; keys and secrets belong into files of their own", err)
	}
	return config, service, nil
}

// readKeys reads the merchant's key and Alipay's.
func (f *serveFlags) readKeys(r *reading, o *checkout.Options, service serviceConfig) {
	key, publicKeys := f.given.KeyFile, f.publicKeys
	if f.keys != "" {
		if key != "" || len(publicKeys) > 0 {
			r.complain("--keys", errors.New("it takes the place of --key and --public-key; give one or the other"))
		}
		key, publicKeys = filepath.Join(f.keys, merchantPrivate), []string{filepath.Join(f.keys, sandboxPublic)}
	}
	var err error
	if text := r.secret("--key", key, "PRIVATE_KEY", service.KeyFile, true); text == "" {
		r.complain("--key", errors.New("your private key is missing"))
	} else {
		o.Gateway.Key, err = gateway.ParsePrivateKey(text)
		r.complain("--key", err)
	}
	switch value, given := r.env("ALIPAY_PUBLIC_KEYS"); {
	case len(publicKeys) > 0:
	case given:
		var texts map[string]string
		if json.Unmarshal([]byte(value), &texts) != nil {
			r.complain("ALIPAY_PUBLIC_KEYS", errors.New("it must be a JSON object of keys by version"))
			return
		}
		ring, err := gateway.NewKeyRing(texts)
		r.complain("ALIPAY_PUBLIC_KEYS", err)
		o.Gateway.AlipayKeys = ring
		return
	default:
		for version, file := range service.PublicKeyFiles {
			publicKeys = append(publicKeys, version+"="+r.path(file))
		}
	}
	if len(publicKeys) == 0 {
		r.complain("--public-key", errors.New("Alipay's public key is missing"))
		return
	}
	ring, err := readKeyRing(publicKeys)
	r.complain("--public-key", err)
	o.Gateway.AlipayKeys = ring
}

// forwardedAddress reads the shopper's address from a header that the proxy before this program sets. It takes the last
// address in it: that one the proxy has added, those before it may be anybody's words.
func forwardedAddress(header string) func(*http.Request) netip.Addr {
	return func(r *http.Request) netip.Addr {
		values := strings.Split(strings.Join(r.Header.Values(header), ","), ",")
		address, err := netip.ParseAddr(strings.TrimSpace(values[len(values)-1]))
		if err != nil {
			return netip.Addr{}
		}
		return address.Unmap()
	}
}

// databaseName is the URL of the database without a password.
func (s *serveSettings) databaseName() string {
	u, err := url.Parse(s.database)
	if err != nil || u.User == nil {
		return strings.SplitN(s.database, "?", 2)[0]
	}
	return u.Scheme + "://" + u.Host + u.Path
}
