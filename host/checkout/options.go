package checkout

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/edgecashier/cashier/host/checkout/operator"
	"github.com/edgecashier/cashier/host/gateway"
	"github.com/edgecashier/cashier/host/ordertoken"
)

// Options is what a [Service] is made of. [New] checks all of it.
type Options struct {
	// Gateway has the core, the config, the keys and the clock. Its Retry is not used: advance plans repetitions itself.
	Gateway gateway.Options

	Store Store // required

	// Origin is the public https origin of the service, under which Alipay and shoppers reach it; http is for loopback
	// addresses.
	Origin string

	// TokenKeys verify order tokens; required. ordertoken.ParseVerifyKeys reads them.
	TokenKeys *ordertoken.Keys

	// OrderURL is where the merchant's server turns what a shopper typed into an order token; "" for no checkout form.
	OrderURL string

	// WebhookURL is where the merchant receives messages; required.
	WebhookURL string

	// WebhookSecret signs messages and results: whsec_ and at least 32 bytes in base64. While it is changed it holds two,
	// divided by a blank, the new one first; messages are signed with both.
	WebhookSecret string

	// ResultHosts are the hosts where the merchant's result pages may be, such as shop.example or shop.example:8443. Without
	// one they are those of WebhookURL and OrderURL.
	ResultHosts []string

	// AlertURL gets a message of the type operator.alert when something needs a person; "" for nowhere.
	AlertURL string

	// Operators may use the operator's calls; without one they are switched off.
	Operators *operator.Tokens

	// HTTPClient sends to the merchant's servers; it follows no redirect. The default has no proxy settings but those of the environment.
	HTTPClient *http.Client

	// ClientAddress finds the shopper's address, for the limit of requests without a valid token; the default is the other
	// end of the connection, which behind a proxy is the proxy.
	ClientAddress func(*http.Request) netip.Addr

	// CheckoutsPerMinute bounds what one address (of IPv6 its /64) may send without a valid order token; 0 means 30.
	CheckoutsPerMinute int

	// Alone says that no other program shares the store, so that no request waits for a call that another one might make.
	Alone bool

	// Random makes paymentRequestIds; nil is crypto/rand. Go runs the effects; nil runs each in a goroutine of its own. Both
	// are for simulations that must be repeatable.
	Random io.Reader
	Go     func(effect func())

	// Logger gets one line for everything of note, with ids and codes and without bodies and secrets; nil is silent.
	Logger *slog.Logger

	// Metrics registers collectors for Prometheus; nil for none.
	Metrics prometheus.Registerer
}

// settings are the options as they are used.
type settings struct {
	config      json.RawMessage // of the core, with the origin
	hosts       []string        // Config.RedirectHosts
	origin      string
	orderURL    string
	webhookURL  string
	alertURL    string
	resultHosts []string
	secrets     []secret
	perMinute   int
}

// secret is one that messages are signed with.
type secret struct {
	text string // whsec_ and base64
	key  []byte
}

func (o *Options) settings() (s settings, err error) {
	var wrong []error
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	s.origin = strings.TrimSuffix(o.Origin, "/")
	if u, err := url.Parse(s.origin); err != nil || !safeURL(s.origin) || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		complain("Origin must be https://host, the address under which Alipay and shoppers reach the service")
	}
	if o.Store == nil {
		complain("Store is missing")
	}
	if o.TokenKeys == nil {
		complain("TokenKeys are missing; `cashier token keygen` makes them")
	}
	if !safeURL(o.WebhookURL) {
		complain("WebhookURL must be an https URL, where the merchant receives messages")
	}
	for name, address := range map[string]string{"OrderURL": o.OrderURL, "AlertURL": o.AlertURL} {
		if address != "" && !safeURL(address) {
			complain("%s must be an https URL", name)
		}
	}
	s.webhookURL, s.orderURL, s.alertURL = o.WebhookURL, o.OrderURL, o.AlertURL
	if s.secrets, err = readSecrets(o.WebhookSecret); err != nil {
		complain("%w", err)
	}
	s.resultHosts = resultHosts(o.ResultHosts, o.WebhookURL, o.OrderURL)
	for _, host := range s.resultHosts {
		if u, err := url.Parse("https://" + host); err != nil || u.Host != host || u.Hostname() == "" {
			complain("ResultHosts: %q must be a host without scheme and path, such as shop.example or shop.example:8443", host)
		}
	}
	if s.perMinute = o.CheckoutsPerMinute; s.perMinute == 0 {
		s.perMinute = 30
	}
	if s.perMinute < 0 {
		complain("CheckoutsPerMinute must be at least 1")
	}
	s.hosts = o.Gateway.Config.RedirectHosts
	if s.config, err = coreConfig(o.Gateway.Config, s.origin); err != nil {
		complain("%w", err)
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return s, fmt.Errorf("checkout: %w", errors.Join(wrong...))
	}
	return s, nil
}

// coreConfig is the config of the client with the origin, as advance needs it.
func coreConfig(config gateway.Config, origin string) (json.RawMessage, error) {
	text, err := json.Marshal(struct {
		gateway.Config
		Origin string `json:"origin"`
	}{config, origin})
	return text, err
}

// readSecrets reads one secret, or two during a rotation.
func readSecrets(text string) (secrets []secret, err error) {
	for _, one := range strings.Fields(text) {
		encoded, found := strings.CutPrefix(one, "whsec_")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !found || err != nil || len(key) < 32 {
			return nil, errors.New("WebhookSecret must be whsec_ and at least 32 bytes in base64")
		}
		secrets = append(secrets, secret{one, key})
	}
	if len(secrets) == 0 || len(secrets) > 2 {
		return nil, errors.New("WebhookSecret must be one secret, or two divided by a blank while it is changed")
	}
	return secrets, nil
}

// resultHosts are those of the list, or else those of the merchant's servers.
func resultHosts(list []string, servers ...string) (hosts []string) {
	for _, host := range list {
		if host = strings.ToLower(strings.TrimSpace(host)); host != "" {
			hosts = append(hosts, host)
		}
	}
	if len(hosts) > 0 {
		return hosts
	}
	for _, server := range servers {
		if u, err := url.Parse(server); err == nil && u.Host != "" {
			hosts = append(hosts, strings.ToLower(u.Host))
		}
	}
	return hosts
}

// allowsResultPage tells whether shoppers may be sent to the page: a signature of the merchant's server on an order does
// not make an open redirect of this service.
func (s *settings) allowsResultPage(page string) bool {
	u, err := url.Parse(page)
	return err == nil && safeURL(page) && slices.Contains(s.resultHosts, strings.ToLower(u.Host))
}

// safeURL tells whether text is an absolute URL with https, or with http on this machine.
func safeURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// remoteAddress is the other end of the connection.
func remoteAddress(r *http.Request) netip.Addr {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return address.Addr().Unmap()
}

// merchantClient follows no redirect: what is signed is for one address.
func merchantClient(given *http.Client) *http.Client {
	own := http.Client{}
	if given != nil {
		own = *given
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// patience with others; a call that advance has claimed must end well before its 30 seconds.
const (
	callPatience    = 20 * time.Second // a call to Alipay
	messagePatience = 10 * time.Second // a delivery to the merchant
	orderPatience   = 10 * time.Second // the merchant's answer to what a shopper typed
	storePatience   = 10 * time.Second // a transaction
	payPatience     = 16 * time.Second // a shopper who waits for the address of the cashier
	viewPatience    = 6 * time.Second  // a shopper's page, or an operator, waiting for Alipay
)
